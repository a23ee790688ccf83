"""First contact: the message to who installed Herald, and what is asked in a channel without a brand."""

from handlers.slack import blocks as b
from handlers.slack import names, wording
from handlers.slack.blocks import Message
from handlers.slack.facts import BrandLike
from handlers.slack.home import Steps, step_texts


def welcome(*, name: str | None, brand: BrandLike | None, steps: Steps) -> Message:
    """The direct message to the installer; rebuilt as steps are done. `name` is inert."""
    hello = wording.hello(name)
    brand_id = brand.id if brand is not None else ""
    called = b.inert(brand.name, 75) if brand is not None else None
    texts = step_texts(steps, called)
    done = (steps.connected is not None, steps.channel is not None, steps.written)
    buttons = (
        (wording.CONNECT_ACCOUNT, names.CONNECT, brand_id),
        ("Choose a channel", names.EDIT_BRAND if brand_id else names.MAKE_BRAND, brand_id),
        ("Write a first post", names.NEW_POST, brand_id),
    )
    open_ones = [button for button, over in zip(buttons, done, strict=True) if not over]
    row = [
        b.button(label, action, value, style=None if place else "primary")
        for place, (label, action, value) in enumerate(open_ones)
    ]
    blocks = [b.section(hello)]
    ticked = [text for text, over in zip(texts, done, strict=True) if over]
    blocks += [b.section(b.lines(ticked))] if ticked else []
    blocks += [b.actions(*row)] if row else [b.section("✅ All three steps are done. Nothing to do.")]
    return b.message(hello, [*blocks, b.context(wording.ONLY_YOU)])


def whose_channel(brand: BrandLike | None, channel: str) -> Message:
    """In a channel that belongs to no brand; `channel` is its id. The brand is the one it could be given to."""
    asked = "Is this channel for a brand?"
    row = [b.button("New brand", names.MAKE_BRAND, channel), b.button("No", names.NOT_A_BRAND, channel)]
    if brand is not None:
        label = f"Make it {b.one_line(brand.name, 50)}'s channel"
        row.insert(0, b.button(label, names.USE_CHANNEL, f"{brand.id}:{channel}", style="primary"))
    return b.message(asked, [b.section(asked), b.actions(*row)])
