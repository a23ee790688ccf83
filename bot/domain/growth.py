"""What a day added to numbers that are only known as totals, at odd times.

Between two readings of a total lies what was added. It is put down to the local days whose noon lies between them, in
equal shares, or to the day of the middle where there is no noon: a reading each morning then tells of the day before,
one each evening of the day itself, and one after a pause of three days of all three. Nothing is known of a day that no
two readings enclose.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.ids import ItemId
from bot.domain.record import record


@record
class Reading:
    """A total as it was read at an instant (aware UTC). None: the network did not tell it."""

    at: datetime
    total: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What was added on each local day that something is known of, in all and by item."""

    days: Mapping[date, int]
    items: Mapping[ItemId, Mapping[date, int]]

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

    def of_item(self, item_id: ItemId, since: date, until: date) -> int | None:
        """What those days added to one item; None: unknown."""
        known = [added for day, added in self.items.get(item_id, {}).items() if since <= day <= until]
        return sum(known) if known else None


NOTHING = Grown(days={}, items={})


def grown(readings: Mapping[ItemId, Sequence[Reading]], zone: ZoneInfo) -> Grown:
    """What each day added to these items; the readings of an item are in the order of time."""
    days: dict[date, int] = {}
    items: dict[ItemId, Mapping[date, int]] = {}
    for item_id, of_item in readings.items():
        added = of_one(of_item, zone)
        items[item_id] = added
        for day, number in added.items():
            days[day] = days.get(day, 0) + number
    return Grown(days=days, items=items)


def of_one(readings: Iterable[Reading], zone: ZoneInfo) -> dict[date, int]:
    """What each local day added to one total."""
    found: dict[date, int] = {}
    before: Reading | None = None
    for reading in readings:
        if reading.total is None:
            continue
        if before is not None and before.total is not None:
            days = days_between(before.at, reading.at, zone)
            share, left = divmod(reading.total - before.total, len(days))
            for number, day in enumerate(days):
                found[day] = found.get(day, 0) + share + (1 if number < left else 0)
        before = reading
    return found


def days_between(since: datetime, until: datetime, zone: ZoneInfo) -> list[date]:
    """The local days whose noon lies between two instants; else the day of the middle."""
    day, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    found: list[date] = []
    while day <= last:
        if since < datetime.combine(day, time(12), zone) <= until:
            found.append(day)
        day += timedelta(days=1)
    return found or [(since + (until - since) / 2).astimezone(zone).date()]
