"""WHEN as people type it in a line: `now`, `next`, `draft`, `in 2h`, `fri 14:00 London`, `2026-12-01 09:00`.

A closed grammar: what is not in it is refused with a sentence, and never guessed at. `12/1` is 1 December to one reader
and 12 January to another, so it is asked; a wall time that a clock change skips or repeats is explained, not shifted.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.composition import When
from bot.domain.errors import InvalidContent, invalid
from bot.domain.slots import HORIZON, Moment, parse_when, quoted, zone_called, zones_of_place

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_SHORT_DAYS = {"tues": 1, "thur": 3, "thurs": 3, **{name[:3]: number for number, name in enumerate(_DAYS)}}
_SHORT_MONTHS = {"sept": 9, **{name[:3]: number for number, name in enumerate(_MONTHS, 1)}}
_WEEKDAYS = {**_SHORT_DAYS, **{name: number for number, name in enumerate(_DAYS)}}
_MONTH_NAMES = {**_SHORT_MONTHS, **{name: number for number, name in enumerate(_MONTHS, 1)}}
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "week", "weeks"), "weeks"),
}
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)\s*(Z|[+-]\d\d:?\d\d)", re.ASCII | re.IGNORECASE)
_SPAN = re.compile(r"(\d{1,6})\s*([a-z]+)(?:\s*,\s*|\s+and\s+|\s*)", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(am|pm)?", re.ASCII)
_HOUR = re.compile(r"(\d{1,2})(am|pm)", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d\d)?)?", re.ASCII)
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?", re.ASCII)
_YEAR = re.compile(r"20\d\d", re.ASCII)
_NAMED = {
    "now": When.NOW,
    "draft": When.DRAFT,
    "best": When.BEST,
    "best time": When.BEST,
    **dict.fromkeys(("next", "next slot", "next free slot"), When.SLOT),
}
_EXAMPLES = "Write it as tomorrow 9am, fri 14:00, in 2h or 2026-12-01 09:00."


def read_when(text: str, zone: str, *, now: datetime) -> Moment | When:
    """The moment meant, `When.NOW`, `When.SLOT`, `When.BEST` or `When.DRAFT`.

    Read in `zone`, an IANA name, unless the text names a place.
    `now` is aware. Raises InvalidContent for field `at` or `zone`, with a sentence that says what to write.
    """
    typed = " ".join(text.split())
    if (named := _NAMED.get(typed.casefold())) is not None:
        return named
    if instant := _INSTANT.fullmatch(typed):
        return parse_when(f"{instant[1]}T{instant[2]}{instant[3]}", None, now=now)
    head, _, span = typed.casefold().partition(" ")
    if head == "in":
        return _after(span, zone, typed, now=now)
    return _at(typed, zone, now=now)


# --- What a refused WHEN says nevertheless --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What can be read of a WHEN that is refused; None: not that."""

    day: date | None = None
    """The wall date."""
    time: str | None = None
    """The wall time, `09:00` or `09:00:20`."""
    zone: str | None = None
    """An IANA name, where a place is named."""


def read_parts(text: str, zone: str, *, now: datetime) -> Parts:
    """Of `12/1 9am` the hour, of `2027-03-28 02:30` on the night that lacks it both: a form begins with them.

    Read in `zone`, an IANA name, unless the text names a place. `now` is aware. Raises nothing.
    """
    words, left = _words(text), list[str]()
    hour: str | None = None
    named: _Day | str | None = None
    if words[:1] and words[0].casefold() == "in":
        return Parts()
    while words:
        if hour is None and (taken := _hour_at(words)) is not None:
            hour, words = taken
        elif named is None and (dated := _day_at(words, zone, now=now)) is not None:
            named, words = dated
        else:
            left, words = [*left, words[0]], words[1:]
    places = (zones_of_place(" ".join(left[at:])) for at in range(len(left)))
    place = next((found[0] for found in places if len(found) == 1), None)
    today = now.astimezone(zone_called(place or zone)).replace(tzinfo=None)
    return Parts(day=_date_at(named, hour, today), time=hour, zone=place)


def _hour_at(words: list[str]) -> tuple[str, list[str]] | None:
    try:
        found = _time(words)
        return None if found is None else (time.fromisoformat(found[0]).isoformat().removesuffix(":00"), found[1])
    except (InvalidContent, ValueError):
        return None


def _day_at(words: list[str], zone: str, *, now: datetime) -> "tuple[_Day | str, list[str]] | None":
    try:
        return _day(words, zone, now=now)
    except InvalidContent:
        return None


def _date_at(named: "_Day | str | None", hour: str | None, today: datetime) -> date | None:
    try:
        return None if named is None else _date(named, hour or "00:00", today)
    except (InvalidContent, OverflowError):
        return None


# --- in 2h -----------------------------------------------------------------------------------------------------------


def _after(span: str, zone: str, typed: str, *, now: datetime) -> Moment:
    """So long from now: whole days and weeks by the calendar, so that the time of day stays; the rest as it elapses."""
    amounts = _amounts(span)
    if amounts is None:
        problem = f"{quoted(typed)} is not a length of time Herald can read."
        raise invalid("at", f"{problem} Write in 2h, in 45 min or in 3 days.")
    days = amounts.get("days", 0) + 7 * amounts.get("weeks", 0)
    elapsed = timedelta(**{unit: amounts.get(unit, 0) for unit in ("hours", "minutes", "seconds")})
    if timedelta(days=days) + elapsed > HORIZON:
        raise invalid("at", "Choose a time within the next year.")
    start = now.astimezone(UTC).replace(microsecond=0)
    if days == 0:
        if not elapsed:
            raise invalid("at", "That is at once. Write now.")
        return Moment(at=start + elapsed)
    wall = start.astimezone(zone_called(zone)).replace(tzinfo=None) + timedelta(days=days)
    moment = parse_when(wall.isoformat(), zone, now=now)
    return Moment(at=moment.at + elapsed) if elapsed else moment


def _amounts(span: str) -> dict[str, int] | None:
    """How much of each unit; None when it is not such a list, or names a unit twice."""
    found: dict[str, int] = {}
    position = 0
    while position < len(span):
        piece = _SPAN.match(span, position)
        unit = _UNITS.get(piece[2]) if piece is not None else None
        if piece is None or unit is None or unit in found:
            return None
        found[unit] = int(piece[1])
        position = piece.end()
    return found or None


# --- tomorrow 9am London ---------------------------------------------------------------------------------------------


def _at(typed: str, zone: str, *, now: datetime) -> Moment:
    """A day and a time of day, in either order, then perhaps a place."""
    time, day, place = None, None, _words(typed)
    for _ in range(2):
        if time is None and (taken := _time(place)) is not None:
            time, place = taken
        elif day is None and (dated := _day(place, zone, now=now)) is not None:
            day, place = dated
    if time is None:
        raise _no_time(typed, place, day_known=day is not None)
    where = _zone(place) if place else zone
    today = now.astimezone(zone_called(where)).replace(tzinfo=None)
    chosen = _date(day, time, today)
    return parse_when(f"{chosen.isoformat()}T{time}", where, now=now)


def _words(typed: str) -> list[str]:
    words = [word for word in typed.replace(",", " ").split() if word.casefold() not in {"at", "on"}]
    if words and (iso := re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](.+)", words[0])):
        words[:1] = [iso[1], iso[2]]
    return words


def _no_time(typed: str, rest: list[str], *, day_known: bool) -> InvalidContent:
    if day_known and rest and rest[0].isdecimal():
        return invalid("at", f"{quoted(rest[0])} may be morning or evening. Write 9am or 09:00.")
    if day_known:
        return invalid("at", f"{quoted(typed)} names no time of day. Write it as tomorrow 9am or fri 14:00.")
    return invalid("at", f"{quoted(typed)} is not a time Herald can read. {_EXAMPLES}")


def _time(words: list[str]) -> tuple[str, list[str]] | None:
    """A time of day as `09:00:00`, and the words behind it."""
    if not words:
        return None
    first, rest = words[0].casefold(), words[1:]
    if first == "noon":
        return "12:00", rest
    if rest and rest[0].casefold() in {"am", "pm"} and re.fullmatch(r"[\d:]+", first, re.ASCII):
        first, rest = first + rest[0].casefold(), rest[1:]
    if clock := _CLOCK.fullmatch(first):
        return _clock(int(clock[1]), clock[2], clock[3] or "00", clock[4], first), rest
    if hour := _HOUR.fullmatch(first):
        return _clock(int(hour[1]), "00", "00", hour[2], first), rest
    return None


def _clock(hour: int, minute: str, second: str, half: str | None, typed: str) -> str:
    if half is not None:
        if not 1 <= hour <= 12:  # noqa: PLR2004  # the hours of half a day
            raise invalid("at", f"{typed} is not a time of day. Write 9am or 21:00.")
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02}:{minute}:{second}"


_Day = date | int | tuple[int, int]
"""A date; or a weekday, 0 for Monday; or a month and a day without a year."""


def _day(words: list[str], zone: str, *, now: datetime) -> tuple[_Day | str, list[str]] | None:
    """The day named by the first words, and the words behind it; `today` and `tomorrow` as they are."""
    if not words:
        return None
    first, rest = words[0].casefold(), words[1:]
    if first in {"today", "tomorrow"}:
        return first, rest
    if first in _WEEKDAYS:
        return _WEEKDAYS[first], rest
    if _ISO.fullmatch(first):
        return _calendar(first), rest
    if _SLASHED.fullmatch(first):
        raise _ambiguous(first, now.astimezone(zone_called(zone)).year)
    return _named_day(first, rest)


def _named_day(first: str, rest: list[str]) -> tuple[_Day | str, list[str]] | None:
    """`1 dec`, `dec 1`, with or without a year."""
    if not rest:
        return None
    second, behind = rest[0].casefold(), rest[1:]
    month, day = (first, second) if first in _MONTH_NAMES else (second, first)
    number = _ORDINAL.fullmatch(day)
    if month not in _MONTH_NAMES or number is None:
        return None
    if behind and _YEAR.fullmatch(behind[0]):
        return _calendar(f"{behind[0]}-{_MONTH_NAMES[month]:02}-{int(number[1]):02}"), behind[1:]
    _calendar(f"2024-{_MONTH_NAMES[month]:02}-{int(number[1]):02}")
    return (_MONTH_NAMES[month], int(number[1])), behind


def _calendar(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("at", f"{text} is not in the calendar. Choose another day.") from None


def _ambiguous(typed: str, year: int) -> InvalidContent:
    """A date of two numbers: named as each reader reads it, or as it should be written."""
    shape = _SLASHED.fullmatch(typed)
    first, second = (int(shape[1]), int(shape[2])) if shape is not None else (0, 0)
    readings = [(second, first), (first, second)]
    possible = [f"{day} {_MONTHS[month - 1].capitalize()}" for day, month in readings if _exists(year, month, day)]
    shown = typed.rstrip("./")
    if len(set(possible)) > 1:
        return invalid("at", f"{shown} can be {possible[0]} or {possible[1]}. Choose the date below.")
    meant = possible[0] if possible else "1 December"
    return invalid("at", f"{shown} is not how Herald reads dates. Write {meant} or 2026-12-01.")


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _date(day: _Day | str | None, time: str, today: datetime) -> date:
    """The day meant: the next such weekday or date whose time is still to come."""
    match day:
        case date():
            return day
        case "tomorrow":
            return today.date() + timedelta(days=1)
        case int():
            ahead = timedelta(days=(day - today.weekday()) % 7)
            passed = not ahead and time <= f"{today:%H:%M:%S}"
            return today.date() + ahead + timedelta(days=7 if passed else 0)
        case (int() as month, int() as number):
            return _next_date(month, number, today.date())
        case _:
            return today.date()


def _next_date(month: int, number: int, today: date) -> date:
    for year in range(today.year, today.year + 8):
        if _exists(year, month, number) and date(year, month, number) >= today:
            return date(year, month, number)
    raise invalid("at", "Choose a time within the next year.")


def _zone(words: list[str]) -> str:
    """The zone meant by a place's name, an IANA name, UTC or GMT. Raises InvalidContent for field `zone`."""
    named = [word for word in words if word.casefold() != "time"]
    typed = " ".join(named) or " ".join(words)
    zones = zones_of_place(typed)
    if len(zones) > 1:
        names = " or ".join(zones[:2])
        raise invalid("zone", f"{quoted(typed)} can be {names}. Write the whole name.")
    if zones:
        return zones[0]
    raise invalid("zone", _not_a_zone(typed))


def _not_a_zone(typed: str) -> str:
    """Letters such as EST mean several zones, or one that leaves out the summer: a place is asked for."""
    if len(typed) <= 5 and typed.isalpha() and typed.isupper():  # noqa: PLR2004  # an abbreviation
        return f"{typed} can mean several time zones. Write a place, such as Berlin."
    try:
        zone_called(typed)
    except InvalidContent as error:
        return error.message
    return f"{quoted(typed)} is not a time zone Herald knows. Write it as Europe/Berlin."
