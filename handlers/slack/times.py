"""Times and durations in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.slots import place_name
from handlers.slack.blocks import inert, moment

_SPANS = (("day", 86_400), ("h", 3_600), ("min", 60))
_ON_TIME_S = 5


def place(zone: str) -> str:
    """`Berlin`, inert."""
    return inert(place_name(zone), 40)


def spelled(at: datetime, zone: str) -> str:
    """`Fri 27 Nov, 09:00 Berlin`, for where no date token goes."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b}, {clock(there)} {place(zone)}"


def day_and_year(at: datetime, zone: str) -> str:
    """`Thu 3 Dec 2026, 14:10 Berlin`, for what may be further away than a year and nobody chose to the second."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a} {there.day} {there:%b} {there.year}, {there:%H:%M} {place(zone)}"


def clock(there: datetime) -> str:
    """`09:00`, with seconds if somebody chose some."""
    return f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"


def planned(at: datetime, zone: str, *, reader_zone: str | None = None) -> str:
    """`Fri 27 Nov, 09:00 Berlin (you: …)`: the wall time chosen, then each reader's own.

    The bracket goes when the only reader's zone is the chosen one.
    """
    if reader_zone is not None and _same(at, zone, reader_zone):
        return spelled(at, zone)
    return f"{spelled(at, zone)} (you: {moment(at, zone)})"


def happened(at: datetime, zone: str) -> str:
    """`10:02` for each reader, with the day once that is not today."""
    return moment(at, zone, "{date_short_pretty} at {time}")


def _same(at: datetime, zone: str, other: str) -> bool:
    return at.astimezone(ZoneInfo(zone)).utcoffset() == at.astimezone(ZoneInfo(other)).utcoffset()


def span(length: timedelta) -> str:
    """`6 days`, `4 min`, `20 s`: rounded to one unit."""
    seconds = abs(length).total_seconds()
    for unit, size in _SPANS:
        if seconds >= size:
            number = int(seconds / size + 0.5)
            return f"{number} {unit}s" if unit == "day" and number != 1 else f"{number} {unit}"
    return f"{int(seconds)} s"


def lateness(planned_at: datetime, done_at: datetime) -> str:
    """`on time`, or `4 min late`."""
    late = done_at - planned_at
    return "on time" if late < timedelta(seconds=_ON_TIME_S) else f"{span(late)} late"


def day_name(there: datetime, now: datetime) -> str:
    """`Today · Sat 21 November`, for a local day; `now` in the same zone."""
    apart = (there.date() - now.date()).days
    name = f"{there:%a} {there.day} {there:%B}"
    return {0: f"Today · {name}", 1: f"Tomorrow · {name}"}.get(apart, f"{there:%A} {there.day} {there:%B}")


def counted(number: int, what: str) -> str:
    """`1 post`, `2 posts`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def next_hour(now: datetime) -> datetime:
    """The next full hour that is at least half an hour ahead."""
    soon = now + timedelta(minutes=90)
    return soon.replace(minute=0, second=0, microsecond=0)
