"""The weekly slots of a brand: local times at which it likes to post, and when they come.

A slot is a wall time of a weekday in the brand's zone, so it stays where it is on the clock when clocks change. On the
night they go forward a slot in the missing hour does not happen; on the night they go back a slot in the doubled hour
happens once, the first time.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from bot.domain.errors import InvalidContent, invalid
from bot.domain.slots import HORIZON, Moment, zone_called

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {
    **{name: number for number, name in enumerate(_DAYS)},
    **{name: number for number, name in enumerate(_LONG)},
    "tues": 1,
    "thur": 3,
    "thurs": 3,
}
_GROUPS = {"daily": range(7), "weekdays": range(5), "weekends": range(5, 7)}
_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(am|pm)?", re.ASCII)
_MOST = 7 * 24
_NOON = 12
_HOW = "Write them as mon-fri 09:00, 13:00; sat 10:00."

SOONEST = timedelta(minutes=1)
"""A slot nearer than this is over before anybody has read which one it is."""


@dataclass(frozen=True, slots=True, order=True)
class WeeklySlot:
    """A wall time of a weekday: 0 is Monday, `minute` counts from midnight."""

    weekday: int
    minute: int


DEFAULT_SLOTS = tuple(WeeklySlot(weekday, hour * 60) for weekday in range(5) for hour in (9, 15))
"""Where a brand has set none: Monday to Friday at 09:00 and 15:00 in its own zone.

Somebody is at work then to see how it went and to press the button that mends it; two a day keep an account from
flooding its readers; and neither is near the hours that a clock change skips or doubles.
"""


def read_slots(text: str) -> tuple[WeeklySlot, ...]:
    """`mon-fri 09:00, 13:00; sat 10:00` as slots, in the order of the week; empty for an empty text.

    A new line says the same as a semicolon.

    Raises InvalidContent for field `slots`.
    """
    found: set[WeeklySlot] = set()
    for group in filter(None, (piece.strip() for piece in text.casefold().replace("\n", ";").split(";"))):
        found |= set(_group(group))
    if len(found) > _MOST:
        raise invalid("slots", f"That is {len(found)} slots a week. Choose at most {_MOST}.")
    return tuple(sorted(found))


def _group(group: str) -> Iterator[WeeklySlot]:
    words = group.replace(",", " ").split()
    days: list[int] = []
    while words and (named := _days(words[0])) is not None:
        days += named
        del words[0]
    if not days:
        raise invalid("slots", f"{group[:40]!r} names no day. {_HOW}")
    if not words:
        raise invalid("slots", f"{group[:40]!r} names no time. {_HOW}")
    for word in words:
        minute = minute_of(word)
        yield from (WeeklySlot(day, minute) for day in days)


def _days(word: str) -> list[int] | None:
    if word in _GROUPS:
        return list(_GROUPS[word])
    first, dash, last = word.partition("-")
    if first not in _NUMBERS or (dash and last not in _NUMBERS):
        return None
    begin, end = _NUMBERS[first], _NUMBERS[last] if dash else _NUMBERS[first]
    return [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]


def minute_of(word: str, field: str = "slots", how: str = _HOW) -> int:
    """`09:00`, `9am` or `9:30pm` as minutes after midnight. Raises InvalidContent for `field`."""
    shape = _CLOCK.fullmatch(word)
    if shape is None or (shape[2] is None and shape[3] is None):
        raise invalid(field, f"{word[:20]!r} is not a time of day. {how}")
    hour, minute = int(shape[1]), int(shape[2] or 0)
    if shape[3] is not None:
        if not 1 <= hour <= _NOON:
            raise invalid(field, f"{word[:20]!r} is not a time of day. Write 9am or 21:00.")
        hour = hour % _NOON + (_NOON if shape[3] == "pm" else 0)
    try:
        time(hour, minute)
    except ValueError:
        raise invalid(field, f"{word[:20]!r} is not a time of day. Choose one from 00:00 to 23:59.") from None
    return hour * 60 + minute


def write_slots(slots: Iterable[WeeklySlot]) -> str:
    """Slots as `read_slots` reads them, days with the same times together."""
    by_day: dict[int, list[int]] = {}
    for slot in sorted(set(slots)):
        by_day.setdefault(slot.weekday, []).append(slot.minute)
    days_of: dict[tuple[int, ...], list[int]] = {}
    for day, minutes in by_day.items():
        days_of.setdefault(tuple(minutes), []).append(day)
    return "; ".join(f"{_named(days)} {_clocks(minutes)}" for minutes, days in days_of.items())


def _named(days: list[int]) -> str:
    """`mon-fri`, `sat`, `mon tue thu`."""
    in_a_row = all(after == before + 1 for before, after in pairwise(days))
    if in_a_row and len(days) > 2:  # noqa: PLR2004  # two are named as two
        return f"{_DAYS[days[0]]}-{_DAYS[days[-1]]}"
    return " ".join(_DAYS[day] for day in days)


def _clocks(minutes: Iterable[int]) -> str:
    return ", ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in minutes)


def upcoming_slots(slots: Collection[WeeklySlot], zone: str, *, now: datetime) -> Iterator[Moment]:
    """The moments of the slots after `now`, earliest first, for as long as posts may be planned ahead.

    `zone` is an IANA name. Raises InvalidContent for field `zone`.
    """
    place = zone_called(zone)
    today = now.astimezone(place).date() - timedelta(days=1)
    last, end = now + SOONEST, now + HORIZON
    for ahead in range(HORIZON.days + 3):
        day = today + timedelta(days=ahead)
        moments: list[Moment] = []
        for slot in sorted({slot for slot in slots if slot.weekday == day.weekday()}):
            wall = datetime.combine(day, time(slot.minute // 60, slot.minute % 60))
            at = wall.replace(tzinfo=place).astimezone(UTC)
            if at.astimezone(place).replace(tzinfo=None) == wall:
                moments.append(Moment(at=at, wall_time=wall.isoformat(), zone=place.key))
        for moment in sorted(moments, key=lambda one: one.at):
            if last < moment.at < end:
                last = moment.at
                yield moment


def no_free_slot(brand: str) -> InvalidContent:
    """To who wants the next free slot where every one is taken."""
    return invalid("at", f"Every slot of {brand} within the next year is taken. Choose a time.")
