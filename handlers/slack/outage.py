"""What is said when a network does not answer, and what that becomes when it is back."""

from collections.abc import Mapping
from datetime import datetime

from handlers.slack import blocks as b
from handlers.slack import times
from handlers.slack.blocks import Message


def down(network: str, payload: Mapping[str, object], zone: str) -> Message:
    """Posts wait for a network; Herald goes on by itself."""
    since, waiting = _at(payload.get("since")), _number(payload.get("waiting"))
    from_then = f" since {times.happened(since, zone)}" if since else ""
    if waiting == 1:
        waits = f"1 post waits and is not lost: Herald sends it when {network} is back, or asks if that is too late."
    else:
        many = times.counted(waiting, "post")
        waits = f"{many} wait, none is lost: Herald sends them when {network} is back, and asks about those too late."
    said = f"⏳ *{_name(network, payload)} does not answer*{from_then}. {waits}"
    return b.message(said, [b.section(said)])


def back(network: str, payload: Mapping[str, object], zone: str) -> Message:
    """It is over."""
    since, at = _at(payload.get("since")), _at(payload.get("back_at"))
    from_then = f" since {times.happened(at, zone)}" if at else ""
    length = f", after {times.span(at - since)}" if at and since else ""
    sent, missed = _number(payload.get("sent")), _number(payload.get("missed"))
    became = [f"{times.counted(sent, 'post')} went out"] if sent else []
    if missed:
        became.append(f"{times.counted(missed, 'post')} came too late: Herald asks what to do")
    ended = ", ".join(became) if became else "Nothing waits for it any more"
    said = f"✅ *{_name(network, payload)} answers again*{from_then}{length}. {ended}."
    return b.message(said, [b.section(said)])


def _name(network: str, payload: Mapping[str, object]) -> str:
    host = b.word(payload.get("host"))
    return f"{network} ({b.inert(host, 75)})" if host else network


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _at(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(b.word(value) or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
