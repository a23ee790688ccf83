"""The one message that asks about all posts of a brand that an outage made late."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.publication import State
from handlers.slack import blocks as b
from handlers.slack import names, times, wording
from handlers.slack.blocks import Message
from handlers.slack.facts import BrandLike

_BECAME = {
    State.PUBLISHED: "published",
    State.CANCELLED: "dropped",
    State.FAILED: "failed",
    State.MISSED: "still missed",
    State.UNCONFIRMED: "not sure yet",
}


def asking(brand: BrandLike, posts: int, notice_id: str, *, below: bool = True) -> Message:
    """Many posts of a brand were found late together; each has its card with its own buttons, if `below` it."""
    many = times.counted(posts, "post")
    unsent = wording.NOT_SENT if posts == 1 else "None of them was sent."
    said = f"⏰ *Missed* · {many} of {b.inert(brand.name, 75)}. {unsent}"
    how = f"{'Each card below asks about its own post; ' if below else ''}Home lists them all."
    row = b.actions(
        b.button(wording.POST_ALL, names.MISSED_POST, notice_id, style="primary", ask=wording.ask_post_all(many)),
        b.button(wording.NEXT_SLOTS, names.MISSED_SLOTS, notice_id),
        b.button(wording.DROP_ALL, names.MISSED_DROP, notice_id, style="danger", ask=wording.ask_drop_all(many)),
    )
    return b.message(f"{said} {how}", [b.section(f"{said} {how}"), row])


def settled(brand: BrandLike, states: Mapping[State, int], *, by: str | None, at: datetime) -> Message:
    """What it becomes once nobody has to act any more; `by` is inert."""
    counted: dict[str, int] = {}
    for state, number in states.items():
        word = _BECAME.get(state, "going out")
        counted[word] = counted.get(word, 0) + number
    became = ", ".join(f"{number:,} {word}" for word, number in counted.items())
    mark = "🚫" if set(states) == {State.CANCELLED} else "✅"
    many = times.counted(sum(states.values()), "missed post")
    who = f" by {by}" if by else ""
    said = f"{mark} Settled{who}, {times.happened(at, brand.timezone)}: {many} of {b.inert(brand.name, 75)}, {became}."
    return b.message(said, [b.section(said)])
