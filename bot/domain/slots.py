"""Local time and UTC: what a person typed as WHEN becomes one instant, or one sentence that says what to change.

A time nobody can misread is required: an offset, or a wall time with its IANA zone. A wall time that a clock change
skips or repeats is refused with the choices, never shifted silently.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.errors import InvalidContent, invalid

HORIZON = timedelta(days=366)
"""How far ahead a post may be planned."""

_SHAPE = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d(:\d\d([.,]\d{1,6})?)?)\s*(?P<offset>[Zz]|[+-]\d\d(:?\d\d)?)?",
    re.ASCII,
)
_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
_CONTINENTS = frozenset(
    {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
)
_NO_CITIES = frozenset({"west", "north", "south", "center"})
"""Names of zones, such as Australia/West, that mean another part of the world to most who write them alone."""
_EXAMPLE = "Write it as 2026-12-01T09:00 with a zone, or with an offset as 2026-12-01T09:00+01:00."


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant (`at`, aware UTC), and the wall time (ISO without offset) and zone the person chose, if they did."""

    at: datetime
    wall_time: str | None = None
    zone: str | None = None


def parse_when(text: str, zone: str | None, *, now: datetime) -> Moment:
    """Read ISO 8601 with an offset, or a wall time in `zone`. Raises InvalidContent for field `at` or `zone`.

    With both, the offset must be one the zone has at that time; it then settles which of two equal wall times is meant.
    """
    wall, offset = _read(text)
    place = None if zone is None else zone_called(zone)
    if place is None:
        if offset is None:
            raise invalid("at", f"{text!r} names no time zone. Add --zone Europe/Berlin, or an offset such as +01:00.")
        _refuse_far_years(wall, None, now=now)
        return _checked(Moment(at=(wall - offset).replace(tzinfo=UTC)), _offset_name(wall, offset), now=now)
    _refuse_far_years(wall, place, now=now)
    at = _in_zone(wall, place) if offset is None else _with_offset(wall, offset, place)
    return _checked(Moment(at=at, wall_time=wall.isoformat(), zone=place.key), _wall_name(wall, place), now=now)


def zone_called(name: str) -> ZoneInfo:
    """The IANA zone of exactly this name. Raises InvalidContent for field `zone`, with the likeliest name meant."""
    if name in _zones():
        return ZoneInfo(name)
    meant = _likeliest(name)
    hint = f"Did you mean {meant}?" if meant else "Write it as Europe/Berlin."
    raise invalid("zone", f"{quoted(name)} is not a time zone Herald knows. {hint}")


def place_name(zone: str) -> str:
    """What people call a zone: `Berlin` for Europe/Berlin."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def zones_of_place(typed: str) -> tuple[str, ...]:
    """The IANA names of zones that people call so: `London`, `new york`, `Europe/London`, `UTC`; the case is free.

    Old names of the same zone count once: of several with the same clocks the one with a continent's name stays.
    """
    wanted = typed.strip().replace(" ", "_").casefold()
    found = _zones_by_name().get(wanted, ())
    clocks = {zone: _clocks(zone) for zone in found}
    return tuple(zone for number, zone in enumerate(found) if clocks[zone] not in [clocks[z] for z in found[:number]])


@cache
def _zones_by_name() -> dict[str, tuple[str, ...]]:
    """Every name a zone goes by, in small letters, to the zones meant; those on a continent first."""
    named: dict[str, list[str]] = {}
    for zone in sorted(_zones(), key=lambda name: (name.split("/")[0] not in _CONTINENTS, name)):
        names = {zone.casefold()} if "/" in zone or zone in {"UTC", "GMT"} else set[str]()
        if zone.split("/")[0] in _CONTINENTS:
            names.add(zone.rsplit("/", 1)[-1].casefold())
        for name in names - _NO_CITIES:
            named.setdefault(name, []).append(zone)
    return {name: tuple(zones) for name, zones in named.items()}


@cache
def _clocks(zone: str) -> tuple[timedelta, ...]:
    """What clocks in the zone show through a few years: equal for two names of one zone."""
    place = ZoneInfo(zone)
    weeks = (datetime.fromisoformat("2025-01-01") + timedelta(weeks=week) for week in range(260))
    return tuple(_offset_at(wall, place, fold=0) for wall in weeks)


def both_times(wall: datetime, zone: str) -> tuple[datetime, datetime] | None:
    """The two instants (aware UTC) at which clocks in `zone` show `wall`, on the night they go back; else None.

    Raises InvalidContent for field `zone`.
    """
    place = zone_called(zone)
    first, second = _offset_at(wall, place, fold=0), _offset_at(wall, place, fold=1)
    if first <= second:
        return None
    return (wall - first).replace(tzinfo=UTC), (wall - second).replace(tzinfo=UTC)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - _NO_PLACES


def _likeliest(name: str) -> str | None:
    """The zone whose whole name, else whose place, is most like what was typed."""
    typed = name.strip().replace(" ", "_").casefold()
    zones = sorted(_zones(), key=lambda zone: ("/" not in zone, zone))
    whole = {zone.casefold(): zone for zone in reversed(zones)}
    places = {zone.rsplit("/", 1)[-1].casefold(): zone for zone in reversed(zones)}
    for names in (whole, places) if "/" in typed else (places, whole):
        if close := difflib.get_close_matches(typed, names, n=1, cutoff=0.75):
            return names[close[0]]
    return None


def _read(text: str) -> tuple[datetime, timedelta | None]:
    """The wall time and the offset, as typed."""
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise invalid("at", f"{quoted(text)} is not a date and time Herald can read. {_EXAMPLE}")
    day, time = shape["date"], shape["time"].replace(",", ".")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise invalid("at", f"{day} is not in the calendar. Choose another day.") from None
    try:
        wall = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        raise invalid("at", f"{time} is not a time of day. Choose one from 00:00 to 23:59:59.") from None
    return wall, _read_offset(shape["offset"])


def _read_offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text in "Zz":
        return timedelta(0)
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    offset = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or offset > timedelta(hours=18):  # noqa: PLR2004  # minutes of an hour
        raise invalid("at", f"{text} is no offset from UTC. Write one such as +01:00.")
    return -offset if text[0] == "-" else offset


def _offset_at(wall: datetime, zone: ZoneInfo, *, fold: int) -> timedelta:
    return wall.replace(tzinfo=zone, fold=fold).utcoffset() or timedelta(0)


def _in_zone(wall: datetime, zone: ZoneInfo) -> datetime:
    """The one instant at which clocks in `zone` show `wall`; refused when there is none, or two."""
    first, second = _offset_at(wall, zone, fold=0), _offset_at(wall, zone, fold=1)
    if first < second:
        raise _skipped(wall, zone, first, second)
    if first > second:
        raise _repeated(wall, zone, first, second)
    return (wall - first).replace(tzinfo=UTC)


def _with_offset(wall: datetime, offset: timedelta, zone: ZoneInfo) -> datetime:
    """The instant that `wall` with `offset` names, if clocks in `zone` then show `wall`."""
    at = (wall - offset).replace(tzinfo=UTC)
    if at.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
        return at
    _in_zone_or_repeated(wall, zone)
    own = _offset_at(wall, zone, fold=0)
    raise invalid(
        "at",
        f"{place_name(zone.key)} is at {offset_text(own)} then, not {offset_text(offset)}."
        " Leave out the offset or the zone.",
    )


def _in_zone_or_repeated(wall: datetime, zone: ZoneInfo) -> None:
    """Refuse a skipped wall time: with a wrong offset that is still the better thing to say."""
    first, second = _offset_at(wall, zone, fold=0), _offset_at(wall, zone, fold=1)
    if first < second:
        raise _skipped(wall, zone, first, second)


def _skipped(wall: datetime, zone: ZoneInfo, before: timedelta, after: timedelta) -> InvalidContent:
    """`wall` lies in a gap: name the change and its two neighbours."""
    change = _change(wall, zone, before, after)
    last, next_ = change + before, change + after
    return invalid(
        "at",
        f"{_clock(wall)} does not exist in {place_name(zone.key)} on {_day(wall)}: clocks go from {_clock(last)} to"
        f" {_clock(next_)}. Choose {_clock(last - timedelta(minutes=1))} or {_clock(next_)}.",
    )


def _repeated(wall: datetime, zone: ZoneInfo, first: timedelta, second: timedelta) -> InvalidContent:
    typed = wall.isoformat(timespec="minutes" if not wall.second and not wall.microsecond else "auto")
    return invalid(
        "at",
        f"{_clock(wall)} happens twice in {place_name(zone.key)} on {_day(wall)}: clocks go back. Add the offset:"
        f" {typed}{offset_text(first)} is the first, {typed}{offset_text(second)} the second.",
    )


def _change(wall: datetime, zone: ZoneInfo, before: timedelta, after: timedelta) -> datetime:
    """The second (naive UTC) from which `zone` is at `after`, near a `wall` time the change skips."""
    low, high = wall - after, wall - before
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        changed = middle.replace(tzinfo=UTC).astimezone(zone).utcoffset() == after
        low, high = (low, middle) if changed else (middle, high)
    return high.replace(microsecond=0)


def _refuse_far_years(wall: datetime, zone: ZoneInfo | None, *, now: datetime) -> None:
    """Years so far off that no arithmetic is needed (and some would overflow)."""
    if wall.year > now.year + 2:
        raise invalid("at", "Choose a time within the next year.")
    if wall.year < now.year - 1:
        where = f" {place_name(zone.key)}" if zone else ""
        day = f"{_day(wall)} {wall.year}"
        raise invalid("at", f"{_clock(wall)}{where} on {day} has passed. Choose a later time or now.")


def _checked(moment: Moment, called: str, *, now: datetime) -> Moment:
    if moment.at <= now:
        raise invalid("at", f"{called} passed {_ago(now - moment.at)} ago. Choose a later time or now.")
    if moment.at > now + HORIZON:
        raise invalid("at", "Choose a time within the next year.")
    return moment


def _wall_name(wall: datetime, zone: ZoneInfo) -> str:
    return f"{_clock(wall)} {place_name(zone.key)} on {_day(wall)}"


def _offset_name(wall: datetime, offset: timedelta) -> str:
    return f"{_clock(wall)} {'UTC' if not offset else offset_text(offset)} on {_day(wall)}"


def offset_text(offset: timedelta) -> str:
    """An offset from UTC as it is typed: `+01:00`."""
    minutes = round(abs(offset).total_seconds() / 60)
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _clock(wall: datetime) -> str:
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


def _day(wall: datetime) -> str:
    return f"{wall:%a} {wall.day} {wall:%b}"


def _ago(gone: timedelta) -> str:
    seconds = int(gone.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            return _counted(seconds // size, unit)
    return _counted(max(seconds, 1), "second")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def quoted(text: str) -> str:
    """Typed text in quotation marks, short enough for a sentence, what does not print as its escape."""
    short = text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004  # a sentence, not a page
    return f"‘{repr(short)[1:-1]}’"  # noqa: RUF001  # quotation marks
