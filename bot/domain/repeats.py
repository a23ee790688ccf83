"""A post that comes again: on which days, at which wall time, until when."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.domain.errors import Problem
from bot.domain.slots import HORIZON, zone_called

_DAY = timedelta(days=1)
_WEEKEND = 5
"""The first day of it, Monday being 0."""


class Every(StrEnum):
    """How often."""

    DAILY = "daily"
    WEEKDAYS = "weekdays"
    """Monday to Friday."""
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    """On the same day of each month, or on its last day where it is shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How often, and the last day on which it may go out."""

    every: Every
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What the days are counted from: the first one's day, and the wall time in a zone (an IANA name) they all have."""

    first: date
    time: time
    zone: str


def pattern_of(at: datetime, zone: str) -> Pattern:
    """The pattern that begins with this instant (aware UTC)."""
    wall = at.astimezone(zone_called(zone)).replace(tzinfo=None, fold=0, microsecond=0)
    return Pattern(first=wall.date(), time=wall.time(), zone=zone)


def problem_with(every: Every | None, until: date | None, *, today: date) -> Problem | None:
    """Why it cannot repeat like that; None when it can, or is not to."""
    if every is None:
        return None
    if until is None:
        return Problem(field="until", message="Say until when it repeats.")
    if until <= today:
        return Problem(field="until", message="That day is over. Choose a later one, or let it not repeat.")
    if until > today + HORIZON:
        return Problem(field="until", message="Choose a day within the next year.")
    return None


def days_after(turn: date, repeat: Repeat, pattern: Pattern) -> Iterator[date]:
    """The days on which it goes out after that one."""
    day = turn
    while True:
        day = _following(day, repeat.every, pattern.first)
        if day > repeat.until:
            return
        yield day


def instant_of(day: date, pattern: Pattern) -> datetime:
    """When that day's goes out (aware UTC): at the wall time, also after clocks have changed.

    Where clocks skip that time it is as much later as they are put forward; of two equal times it is the first.
    """
    return datetime.combine(day, pattern.time, tzinfo=zone_called(pattern.zone)).astimezone(UTC)


def _following(day: date, every: Every, first: date) -> date:
    match every:
        case Every.DAILY:
            return day + _DAY
        case Every.WEEKDAYS:
            day += _DAY
            while day.weekday() >= _WEEKEND:
                day += _DAY
            return day
        case Every.WEEKLY:
            return day + timedelta(days=7 - (day - first).days % 7)
        case Every.MONTHLY:
            own = _of_month(day.year, day.month, first.day)
            return own if own > day else _of_month(day.year + day.month // 12, day.month % 12 + 1, first.day)


def _of_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
