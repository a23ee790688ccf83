"""What is said when a network does not answer, and what that becomes when it is back."""

from collections.abc import Mapping
from datetime import datetime

from handlers.slack import blocks as b
from handlers.slack import times
from handlers.slack.blocks import Message


def down(network: str, payload: Mapping[str, object], zone: str) -> Message:
    """Posts wait for a network; Herald goes on by itself."""
    count = _number(payload.get("waiting"))
    waits = f"{times.counted(count, 'post')} {'waits' if count == 1 else 'wait'}"
    until = _at(payload.get("until"))
    again = f" Herald tries again at {times.happened(until, zone)}, then less often, and" if until else " Herald"
    said = f"🔌 *{_name(network, payload)} does not answer.* {waits}.{again} says here when it is back."
    return b.message(said, [b.section(said)])


def back(network: str, payload: Mapping[str, object], zone: str) -> Message:
    """It is over."""
    at = _at(payload.get("back_at"))
    when = f" at {times.happened(at, zone)}" if at else ""
    sent, missed = _number(payload.get("sent")), _number(payload.get("missed"))
    rest = f", {times.counted(missed, 'post')} {'was' if missed == 1 else 'were'} missed" if missed else ""
    said = (
        f"✅ {_name(network, payload)} did not answer; it was back{when}. {times.counted(sent, 'post')} went out{rest}."
    )
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
