"""When a published item's numbers are asked for: once a day (UTC) on ninety days, spread by account. Pure arithmetic.

The first time is an hour or so after publishing; from the day after on it is the account's own time of the day, so that
its items go into few calls and no two accounts have to be asked at once.
"""

from datetime import UTC, datetime, time, timedelta
from zlib import crc32

DAYS = 90
"""So many days of an item are asked for, the first one included."""
KEPT = timedelta(days=DAYS)
"""After so long an item is never asked for again."""
OWN_EVERY = timedelta(hours=6)
"""How often an account's own numbers are asked for."""

_FIRST_AFTER = timedelta(minutes=50)
_FIRST_SPREAD = timedelta(minutes=30)
_DAY = timedelta(days=1)
_EARLIEST = timedelta(minutes=10)
_LATEST = timedelta(hours=20)
"""No account's time of the day is later, so that there is some of the day left to try again."""
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=3)
_DOUBLINGS = 10


def share_of(name: str) -> float:
    """A number from 0 to 1 that is always the same for this name."""
    return crc32(name.encode()) / 2**32


def time_of_day(account_id: str) -> timedelta:
    """When an account's items are asked for, counted from midnight UTC."""
    return _EARLIEST + share_of(account_id) * (_LATEST - _EARLIEST)


def first_at(item_id: str, published_at: datetime) -> datetime:
    """When an item's numbers are asked for the first time."""
    return published_at + _FIRST_AFTER + share_of(item_id) * _FIRST_SPREAD


def last_at(item_id: str, published_at: datetime) -> datetime:
    """The last instant at which they are: the end of the ninetieth day, and never later than ninety times 24 hours."""
    end = midnight(first_at(item_id, published_at)) + KEPT - timedelta(microseconds=1)
    return min(end, published_at + KEPT)


def next_day_at(account_id: str, now: datetime) -> datetime:
    """When an account's items are asked for on the day after this one."""
    return midnight(now) + _DAY + time_of_day(account_id)


def again_at(account_id: str, tries: int, now: datetime) -> datetime:
    """When something is tried again that failed `tries` times in a row: the same day while any of it is left."""
    again = now + wait(tries)
    return again if again < midnight(now) + _DAY else next_day_at(account_id, now)


def wait(tries: int) -> timedelta:
    """How long to leave alone what failed `tries` times in a row."""
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(max(tries, 1) - 1, _DOUBLINGS))


def midnight(at: datetime) -> datetime:
    """The beginning of that day (UTC)."""
    return datetime.combine(at.astimezone(UTC).date(), time.min, UTC)
