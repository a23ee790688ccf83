"""When a brand is told of its day: a wall time in its own zone, once a day, whatever clocks or crashes do."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DEFAULT_MINUTE = 9 * 60
"""Minutes after midnight: 09:00."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTime:
    """Whether a brand has a digest, and at which minute of its own day."""

    enabled: bool = True
    minute: int = DEFAULT_MINUTE

    @property
    def clock(self) -> str:
        """`09:00`."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


def instant_of(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The instant (aware UTC) at which clocks there show that minute of the day.

    A minute that the night skips comes as much later as clocks are put forward; one that it doubles is the first.
    """
    wall = datetime.combine(day, time(minute // 60, minute % 60))
    return wall.replace(tzinfo=zone).astimezone(UTC)


def latest(minute: int, zone: ZoneInfo, now: datetime) -> tuple[date, datetime]:
    """The newest day of which it was time to tell by now, and when it was."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    while (at := instant_of(day, minute, zone)) > now:
        day -= timedelta(days=1)
    return day, at


def following(minute: int, zone: ZoneInfo, now: datetime, told: date | None) -> datetime:
    """The next time after now, on a day of which was not told yet."""
    day = now.astimezone(zone).date() - timedelta(days=1)
    while (at := instant_of(day, minute, zone)) <= now or (told is not None and day <= told):
        day += timedelta(days=1)
    return at


def mondays_told(told: date | None, day: date) -> date | None:
    """The newest Monday after the day told of last and not after `day`: whose report of the week is due."""
    monday = day - timedelta(days=day.weekday())
    if told is None:
        return monday if monday == day else None
    return monday if told < monday else None
