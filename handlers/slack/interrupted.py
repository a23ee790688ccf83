"""What is said when Herald was stopped in the middle of what somebody asked for: nothing they typed is lost."""

from collections.abc import Mapping

from handlers.slack import blocks as b
from handlers.slack.blocks import Message
from handlers.slack.payload import Json, record, records, text

_LONGEST = 2_900


def what_of(body: Json) -> str:
    """What somebody did, as they typed it or as it stood on the button; "" for what has no words."""
    if command := text(body.get("command")):
        return f"{command} {text(body.get('text')) or ''}".strip()
    actions = records(body.get("actions"))
    return text(record(actions[0].get("text")).get("text")) or "" if actions else ""


def cut_off(payload: Mapping[str, object]) -> Message:
    """It may be done or not."""
    what = b.word(payload.get("what"))
    said = (
        "⚠️ Herald was stopped while it worked on what you asked for, and may not have done it. Look whether it is done"
        " before you ask again."
    )
    return b.message(said, [b.section(said), *([b.quote(what, _LONGEST)] if what else [])])
