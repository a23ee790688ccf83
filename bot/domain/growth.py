"""What a day added to numbers that are only known as totals, at odd times.

Between two readings of a total lies what was added. It is put down to the local days whose noon lies between them, in
equal shares, or to the day of the middle where there is no noon: a reading each morning then tells of the day before,
one each evening of the day itself, and one after a pause of three days of all three. Nothing is known of a day that no
two readings enclose.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_MARGIN = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What was added on each local day that something is known of."""

    days: Mapping[date, int]

    def of(self, day: date) -> int | None:
        """What that day added; None: unknown. A network that takes back what it counted makes no day negative."""
        known = self.days.get(day)
        return None if known is None else max(known, 0)

    def between(self, since: date, until: date) -> int | None:
        """What the days from the first to the last added, of those that are known; None: none is."""
        known = [added for day, added in self.days.items() if since <= day <= until]
        return max(sum(known), 0) if known else None

    def knows(self, since: date, until: date) -> bool:
        """Whether something is known of each of these days, so that others may be compared with them."""
        days = ((since + timedelta(days=ahead)) for ahead in range((until - since).days + 1))
        return all(day in self.days for day in days)


def together(some: Sequence[Grown]) -> Grown:
    """The sum."""
    days: dict[date, int] = {}
    for one in some:
        for day, number in one.days.items():
            days[day] = days.get(day, 0) + number
    return Grown(days=days)


class Noons:
    """The noons of some local days, for finding quickly which of them lie between two instants."""

    def __init__(self, since: date, until: date, zone: ZoneInfo) -> None:
        """From the first day to the last, and a little around."""
        first, many = since - _MARGIN, (until - since + 2 * _MARGIN).days + 1
        self._zone = zone
        self._days = [first + timedelta(days=ahead) for ahead in range(many)]
        self._at = [_noon(day, zone) for day in self._days]

    def days(self, since: datetime, until: datetime) -> Sequence[date]:
        """The local days whose noon lies between two instants (aware UTC); else the day of the middle."""
        if since < self._at[0] or until > self._at[-1]:
            return days_between(since, until, self._zone)
        found = self._days[bisect_right(self._at, since) : bisect_right(self._at, until)]
        return found or [_middle(since, until, self._zone)]

    def shares(self, before: tuple[datetime, int], after: tuple[datetime, int]) -> Iterator[tuple[date, int]]:
        """What each local day added between two readings, each an instant and a total."""
        days = self.days(before[0], after[0])
        share, left = divmod(after[1] - before[1], len(days))
        for number, day in enumerate(days):
            yield day, share + (1 if number < left else 0)


def days_between(since: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    """The same for any two instants."""
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    found: list[date] = []
    while day <= last:
        if since < _noon(day, zone) <= until:
            found.append(day)
        day += timedelta(days=1)
    return found or [_middle(since, until, zone)]


def _noon(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(12), zone).astimezone(UTC)


def _middle(since: datetime, until: datetime, zone: ZoneInfo) -> date:
    return (since + (until - since) / 2).astimezone(zone).date()
