"""Modals that only say something, and the one that asks before a menu's verb loses something."""

from collections.abc import Sequence

from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Dialog, Json


def loading(title: str = "New post") -> Json:
    """Opened at once, filled later."""
    return said(wording.LOADING, title=title)


def no_accounts(brand: str, brand_id: str, *, may_connect: bool) -> Json:
    """Instead of the composer, while there is nowhere to post to."""
    row = [b.button(wording.CONNECT_ACCOUNT, names.CONNECT, brand_id, style="primary")] if may_connect else []
    text = wording.no_accounts(b.inert(brand, 75))
    return said(text if may_connect else f"{text} An admin can connect one.", buttons=row)


def said(text: str, *, title: str = "New post", buttons: Sequence[Json] = ()) -> Json:
    """A sentence of our own markup, maybe with buttons."""
    blocks = [b.section(text), *([b.actions(*buttons)] if buttons else [])]
    return b.modal(names.NOTHING_TO_SUBMIT, title, blocks)


def no_brand(*, may_make: bool) -> Json:
    """Instead of the composer, while there is no brand yet."""
    row = [b.button("Make a brand", names.MAKE_BRAND, style="primary")] if may_make else []
    return said(wording.NO_BRAND if may_make else f"{wording.NO_BRAND} An admin can make one.", buttons=row)


def confirm(asked: Dialog, value: str, *, callback_id: str = names.CONFIRM) -> Json:
    """The dialog of a verb chosen in a `⋯` menu, as a modal; `value` is the option's, `VERB:POST_ID:VERSION`."""
    text: Json = {"type": "section", "text": b.plain(b.bare(asked.text), b.TEXT_LIMIT)}
    return b.modal(callback_id, asked.title, [text], submit=asked.yes, close=asked.no, metadata=value)
