"""How numbers grew in a time: totals turned into what each day added, and added up again. Unknown stays unknown."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.numbers import NAMES, Numbers

_ENGAGING = ("likes", "comments", "shares", "saves", "quotes")


class Granularity(StrEnum):
    """How long the steps of a series are."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Some days (UTC), from the first to the last."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days + 1

    def before(self) -> "Span":
        """As many days, right before."""
        return Span(start=self.start - timedelta(days=self.days), end=self.start - timedelta(days=1))

    def has(self, day: date) -> bool:
        """Whether it is one of them."""
        return self.start <= day <= self.end


def grown(before: Numbers | None, after: Numbers) -> Numbers:
    """What came in between. A number nobody knew before counts from nothing."""
    values: dict[str, int | None] = {}
    for name in NAMES:
        last: int | None = getattr(after, name)
        first: int | None = getattr(before, name) if before is not None else None
        values[name] = None if last is None else last - (first or 0)
    return Numbers(**values)


def known_of(before: Numbers | None, after: Numbers) -> Numbers:
    """The newest known of each number: what a network does not tell today it told of until then."""
    if before is None:
        return after
    told: dict[str, int | None] = {name: getattr(after, name) for name in NAMES}
    return Numbers(**{name: getattr(before, name) if value is None else value for name, value in told.items()})


def tells_more(before: Numbers, after: Numbers) -> bool:
    """Whether a number is told that was not told before."""
    return any(getattr(before, name) is None and getattr(after, name) is not None for name in NAMES)


@dataclass(slots=True)
class Adding:
    """Numbers that are being added up."""

    totals: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, one: Numbers) -> None:
        """Add what is known of these."""
        for name in NAMES:
            value: int | None = getattr(one, name)
            if value is not None:
                self.totals[name] = self.totals.get(name, 0) + value

    @property
    def numbers(self) -> Numbers:
        """The sum; None where nobody knows any of them."""
        return Numbers(**self.totals)


def added(several: Iterable[Numbers]) -> Numbers:
    """The sum; None where nobody knows any of them."""
    total = Adding()
    for one in several:
        total.add(one)
    return total.numbers


def engagement(numbers: Numbers) -> int | None:
    """What people did with it: likes, comments, shares, saves and quotes; None where none of them is known."""
    known = [value for name in _ENGAGING if (value := getattr(numbers, name)) is not None]
    return sum(known) if known else None


def step_of(at: datetime, day: date, granularity: Granularity) -> str:
    """The step of a series a snapshot belongs to, named by its beginning."""
    match granularity:
        case Granularity.HOUR:
            return at.strftime("%Y-%m-%dT%H:00:00Z")
        case Granularity.DAY:
            return day.isoformat()
        case Granularity.WEEK:
            return (day - timedelta(days=day.weekday())).isoformat()
        case Granularity.MONTH:
            return day.replace(day=1).isoformat()


def change_percent(before: int | None, after: int | None) -> float | None:
    """How much more it is than before; None where there is nothing to compare with."""
    if before is None or after is None or before == 0:
        return None
    return round((after - before) / abs(before) * 100, 1)
