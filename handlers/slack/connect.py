"""Connecting accounts: choosing the network, the link that is the asker's alone, and what became of it."""

from collections.abc import Mapping, Sequence

from handlers.slack import blocks as b
from handlers.slack import names, times, wording
from handlers.slack.blocks import Json, Message
from handlers.slack.facts import BrandLike, Names

_MOST_NETWORKS = 40
_IN_A_ROW = 20
"""Slack takes 25."""


def networks(brand: BrandLike, titles: Mapping[str, str]) -> Message:
    """Which network? One button each; `titles` by platform."""
    asked = f"Which network should {b.inert(brand.name, 75)} be connected to?"
    shown = list(titles.items())[:_MOST_NETWORKS]
    buttons = [_network(brand, platform, title) for platform, title in shown]
    blocks = [b.actions(*buttons[at : at + _IN_A_ROW]) for at in range(0, len(buttons), _IN_A_ROW)]
    more = [b.context(f"and {len(titles) - len(shown)} more")] if len(titles) > len(shown) else []
    return b.message(asked, [b.section(asked), *blocks, *more])


def _network(brand: BrandLike, platform: str, title: str) -> Json:
    action = f"{names.CONNECT_PLATFORM}:{platform}"
    return b.button(title, action, f"{brand.id}:{platform}", spoken=f"Connect {title}")


def which_brand(known: Sequence[BrandLike], *, may_make: bool) -> Message:
    """The accounts of which brand are meant? Without any, one has to be made."""
    new = b.button("Make a brand", names.MAKE_BRAND, style="primary")
    if not known:
        return b.message(wording.NO_BRAND, [b.section(wording.NO_BRAND), *([b.actions(new)] if may_make else [])])
    asked = "Which brand is this for?"
    rows = [
        b.section(
            f"*{b.inert(brand.name, 75)}*", b.button("Choose", names.CONNECT, brand.id, spoken=f"Choose {brand.name}")
        )
        for brand in known[:_MOST_NETWORKS]
    ]
    left = len(known) - len(rows)
    more = f"and {times.counted(left, 'more brand')}: type `/social accounts BRAND`"
    return b.message(asked, [b.section(asked), *rows, *([b.context(more)] if left > 0 else [])])


def open_link(brand: BrandLike, *, title: str, url: str, guide: str | None = None, again: str | None = None) -> Message:
    """The link to the page where it happens; `again` is the handle of an account that is reconnected.

    `guide` is where to read how.
    """
    account = f"{b.inert(title, 40)}{f' · @{b.inert(again, 60)}' if again else ''}"
    verb = "Reconnect" if again else "Connect"
    said = f"{verb} {account} for *{b.inert(brand.name, 75)}*. The link is yours alone and works for 10 minutes."
    opened = b.button(f"Open {b.one_line(title, 40)}", names.OPEN_LINK, url=url, style="primary")
    read = b.link(guide, f"How to {verb.lower()} {b.one_line(title, 40)}") if b.web_address(guide) and guide else ""
    further = [b.context(read)] if read else []
    return b.message(said, [b.section(said), *further, b.actions(opened)])


def no_address(platform: str, brand: BrandLike) -> Message:
    """No browser reaches this Herald: the command to type instead."""
    said = wording.no_public_address(b.inert(platform, 40), b.inert(brand.name, 75))
    return b.message(said, [b.section(said)])


def connected(called: Names, *, platform: str, handle: str, waiting: int = 0, again: bool = False) -> Message:
    """It worked. `waiting` posts failed while it was out of order and ask for themselves."""
    word = "Reconnected" if again else "Connected"
    said = f"✅ {word} {called.account(platform, handle)}."
    if waiting:
        said += f" {times.counted(waiting, 'post')} failed while it was disconnected; each card asks you about its own."
    row = b.actions(b.button("Write a first post" if not again else wording.NEW_POST, names.NEW_POST))
    return b.message(said, [b.section(said), row])


def disconnected(called: Names, *, platform: str, handle: str, cancelled: int) -> Message:
    """It is out."""
    posts = f" {times.counted(cancelled, 'planned post')} cancelled." if cancelled else ""
    said = f"🚫 Disconnected {called.account(platform, handle)}.{posts}"
    return b.message(said, [b.section(said)])
