"""Instants and days in bodies: UTC to whole seconds on the way out, ISO 8601 with an offset on the way in."""

import re
from datetime import UTC, date, datetime, timedelta

from bot import clock
from bot.domain.errors import InvalidContent, invalid

INSTANT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
"""How instants are written."""
_NAIVE = re.compile(r"[0-9Ww-]+([Tt ][0-9:.,]+)?")
_WITH_OFFSET = re.compile(r"[0-9Ww-]+[Tt ][0-9:.,]+([Zz]|[+-][0-9]{2}(:?[0-5][0-9])?)")
_LARGEST_OFFSET = timedelta(hours=18)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def stamp(at: datetime) -> str:
    """`2026-11-27T08:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_given(field: str, text: str) -> datetime:
    """The time meant, with the offset it has. Raises InvalidContent for what is no time, and for one without an offset.

    An offset is in hours and minutes, 18 hours at most, as everywhere in Herald (bot/domain/slots.py).
    """
    if not _NAIVE.fullmatch(text) and not _WITH_OFFSET.fullmatch(text):
        raise _no_time(field)
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        raise _no_time(field) from None
    offset = found.utcoffset()
    if offset is None:
        raise invalid(field, f"{field} has no offset from UTC. Write it as 2026-11-27T09:00:00+01:00.")
    if abs(offset) > _LARGEST_OFFSET:
        raise _no_time(field)
    return found


def _no_time(field: str) -> InvalidContent:
    return invalid(field, f"{field} is not a time. Write it as 2026-11-27T09:00:00+01:00.")


def instant(field: str, text: str) -> datetime:
    """The aware UTC instant meant. Raises InvalidContent for what is no time, and for one without an offset."""
    try:
        return as_given(field, text).astimezone(UTC)
    except OverflowError:
        raise _no_time(field) from None


def coming(field: str, text: str, *, within: timedelta | None = None) -> datetime:
    """An instant ahead. Raises InvalidContent for one that has passed or is further than `within`."""
    found, now = instant(field, text), clock.now()
    if found <= now:
        raise invalid(field, f"{field} has passed already. Choose a time ahead.")
    if within is not None and found > now + within:
        raise invalid(field, f"{field} is more than {within.days} days ahead. Choose an earlier time.")
    return found


def day(field: str, text: str) -> date:
    """A calendar day. Raises InvalidContent for what is none."""
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise invalid(field, f"{field} is not a day. Write it as 2026-11-27.")


def time_of_day(field: str, text: str) -> str:
    """A time without a day, as it is written. Raises InvalidContent for what is none."""
    if not _TIME_OF_DAY.fullmatch(text):
        raise invalid(field, f"{field} is not a time of day. Write it as 09:30.")
    return text
