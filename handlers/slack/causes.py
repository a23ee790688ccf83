"""What pre-flight found, in words: the cause of each trouble, and how bad it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.slack import blocks as b
from handlers.slack import times
from handlers.slack.facts import CardFacts, Names

Trouble = Mapping[str, object]
"""As bot/services/foreseeing.py makes them."""
_MOST_CAUSES = 3
_LONGEST_ADDRESS = 100


def heading(troubles: Sequence[Trouble], at: datetime, zone: str, now: datetime) -> str:
    """`*Will fail tomorrow 09:00 Berlin*`. What is only late, or only a link that leads nowhere, is no failure."""
    kinds = {trouble.get("what") for trouble in troubles}
    late = kinds <= {"link", "quota"} and all(one.get("late") for one in troubles if one.get("what") == "quota")
    when = _when(at, zone, now)
    if kinds <= {"link"}:
        return f"*Please look again before {when}*"
    return f"*Will be late {when}*" if late else f"*Will fail {when}*"


def _when(at: datetime, zone: str, now: datetime) -> str:
    place = ZoneInfo(zone)
    there, today = at.astimezone(place), now.astimezone(place).date()
    day = {today: "today", today + timedelta(days=1): "tomorrow"}.get(there.date())
    return f"{day} {times.clock(there)} {times.place(zone)}" if day else times.spelled(at, zone)


def cause(trouble: Trouble, called: Names, platform: str, name: str, zone: str) -> str:
    """Why, without a full stop; `name` is the account's, inert."""
    match trouble.get("what"):
        case "reconnect":
            return f"{name} must be reconnected"
        case "quota":
            until = _at(trouble.get("until"))
            return f"{called.title(platform)} has 0 posts left" + (
                f" until {times.spelled(until, zone)}" if until else ""
            )
        case "media":
            return f"{b.inert(b.word(trouble.get('file')) or 'a file', 75)} is missing"
        case "link":
            return _link(trouble)
        case _:
            return b.inert(b.word(trouble.get("said")) or "a network does not take it", 300).rstrip(".")


def _link(trouble: Trouble) -> str:
    address = (b.word(trouble.get("url")) or "").partition("://")[2].rstrip("/")
    shown = b.inert(address, _LONGEST_ADDRESS)
    if status := trouble.get("status"):
        return f"the link in the text answers {b.inert(str(status), 10)}: {shown}"
    return f"the link in the text leads nowhere, there is no such site: {shown}"


def _at(value: object) -> datetime | None:
    word = b.word(value)
    return datetime.fromisoformat(word) if word else None


def note(facts: CardFacts, now: datetime) -> str | None:
    """Above the text of a card: what pre-flight found, each cause once."""
    at = facts.post.scheduled_at
    if not facts.troubles or at is None:
        return None
    items = {item.item_id: item for item in facts.post.items}
    causes: list[str] = []
    for item_id, trouble in facts.troubles:
        if (item := items.get(item_id)) is not None:
            name = facts.names.place(item)
            causes.append(cause(trouble, facts.names, item.platform, name, facts.zone))
    told = list(dict.fromkeys(causes))
    more = f"; and {len(told) - _MOST_CAUSES} more" if len(told) > _MOST_CAUSES else ""
    opening = heading([trouble for _, trouble in facts.troubles], at, facts.zone, now)
    return f"⚠️ {opening}: {'; '.join(told[:_MOST_CAUSES])}{more}." if told else None
