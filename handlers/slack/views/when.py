"""The part of a modal that asks for a time: date, time, zone, and which one when clocks go back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.domain.composition import Fold, Form
from bot.domain.errors import UserError
from bot.domain.slots import Moment, parse_when, place_name
from handlers.slack import blocks as b
from handlers.slack import names, times
from handlers.slack.blocks import Json

_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


def time_blocks(form: Form, *, brand_zone: str, reader_zone: str | None, now: datetime) -> Iterator[Json]:
    """Date, time and zone, what they come to, and the question of the doubled hour if it has to be asked."""
    zone = form.zone if form.zone in _zones() else brand_zone
    picked = {"type": "datepicker", "action_id": names.DATE_INPUT}
    if _day(form.date):
        picked["initial_date"] = str(form.date)
    yield b.field(names.DATE_INPUT, "Date", {**picked}, dispatch=True)
    clock = {"type": "timepicker", "action_id": names.TIME_INPUT}
    if _time(form.time):
        clock["initial_time"] = str(form.time)[:5]
    yield b.field(names.TIME_INPUT, "Time", {**clock}, dispatch=True)
    select: Json = {"type": "external_select", "action_id": names.ZONE_INPUT, "min_query_length": 0}
    select |= {"placeholder": b.plain("Search a place", 150), "initial_option": zone_option(zone)}
    yield b.field(names.ZONE_INPUT, "Time zone", select, dispatch=True)
    yield from _outcome(replace(form, zone=zone), reader_zone, now)


def _outcome(form: Form, reader_zone: str | None, now: datetime) -> Iterator[Json]:
    moment = moment_of(form, now)
    doubled = doubled_hour(form)
    if isinstance(moment, Moment):
        yield b.context(_worth(moment, str(form.zone), reader_zone, now), block_id=names.MOMENT)
    elif moment is not None and doubled is None:
        yield b.context(f"⚠️ Not yet: {b.inert(moment, 300)}", block_id=names.MOMENT)
    if doubled is not None:
        first, second = (f"{at.astimezone(UTC):%H:%M} UTC" for at in doubled)
        options = [
            b.option(f"First (before the change, {first})", Fold.FIRST.value),
            b.option(f"Second (after the change, {second})", Fold.SECOND.value),
        ]
        radio = b.choice("radio_buttons", names.FOLD_INPUT, options, form.fold.value if form.fold else None)
        yield b.field(names.FOLD_INPUT, f"Clocks go back that night. Which {str(form.time)[:5]}?", radio, dispatch=True)


def _worth(moment: Moment, zone: str, reader_zone: str | None, now: datetime) -> str:
    """`= Fri 27 Nov, 08:00 UTC · 03:00 New York (you) · in 6 days`."""
    utc = moment.at.astimezone(UTC)
    said = [f"= {utc:%a} {utc.day} {utc:%b}, {times.clock(utc)} UTC"]
    if reader_zone in _zones() and reader_zone != zone:
        own = moment.at.astimezone(ZoneInfo(str(reader_zone)))
        day = "" if own.date() == utc.date() else f"{own:%a} {own.day} {own:%b}, "
        said.append(f"{day}{times.clock(own)} {times.place(str(reader_zone))} (you)")
    return " · ".join([*said, f"in {times.span(moment.at - now)}"])


def moment_of(form: Form, now: datetime) -> Moment | str | None:
    """The instant meant, the sentence that refuses it, or None while something is missing."""
    if not (_day(form.date) and _time(form.time) and form.zone in _zones()):
        return None
    text = f"{form.date}T{form.time}"
    doubled = doubled_hour(form)
    if doubled is not None and form.fold is not None:
        offset = doubled[form.fold is Fold.SECOND].utcoffset() or timedelta(0)
        text += _offset(offset)
    try:
        return parse_when(text, form.zone, now=now)
    except UserError as error:
        return error.message


def doubled_hour(form: Form) -> tuple[datetime, datetime] | None:
    """The two instants (in the zone) that the wall time names on the night clocks go back, or None."""
    if not (_day(form.date) and _time(form.time) and form.zone in _zones()):
        return None
    wall = datetime.fromisoformat(f"{form.date}T{form.time}").replace(tzinfo=ZoneInfo(str(form.zone)))
    first, second = wall.replace(fold=0), wall.replace(fold=1)
    before, after = first.utcoffset(), second.utcoffset()
    return (first, second) if before is not None and after is not None and before > after else None


def read_time(states: Mapping[str, Mapping[str, object]], form: Form) -> Form:
    """The form with what the date, time, zone and fold inputs hold; an absent input leaves its field."""
    day = b.word(states[names.DATE_INPUT].get("selected_date")) if names.DATE_INPUT in states else form.date
    zone = b.chosen(states[names.ZONE_INPUT]) if names.ZONE_INPUT in states else form.zone
    fold, time = form.fold, form.time
    if names.FOLD_INPUT in states:
        said = b.chosen(states[names.FOLD_INPUT])
        fold = Fold(said) if said in set(Fold) else None
    if names.TIME_INPUT in states:
        picked = b.word(states[names.TIME_INPUT].get("selected_time"))
        # The picker knows no seconds: those somebody typed stay as long as the minute does.
        time = form.time if form.time and picked == form.time[:5] else picked
    return replace(form, date=day, time=time, zone=zone, fold=fold)


# --- Zones --------------------------------------------------------------------------------------------------------


def zone_option(zone: str) -> Json:
    """A zone as a choice: `Berlin (Europe/Berlin)`."""
    return b.option(zone if "/" not in zone else f"{place_name(zone)} ({zone})", zone)


def zone_options(query: str, *, first: Sequence[str | None] = ()) -> list[Json]:
    """The zones that fit what was typed, the brand's and the reader's own first; at most a hundred."""
    typed = query.strip().casefold().replace(" ", "_")
    known = _zones()
    ahead = [zone for zone in dict.fromkeys(first) if zone in known]
    fits = [zone for zone in sorted(known, key=lambda zone: ("/" not in zone, zone)) if typed in zone.casefold()]
    fits.sort(key=lambda zone: not zone.rpartition("/")[2].casefold().startswith(typed))
    ordered = dict.fromkeys([*(zone for zone in ahead if zone and typed in zone.casefold()), *fits])
    return [zone_option(zone) for zone in list(ordered)[: b.MOST_OPTIONS] if zone]


def _zones() -> frozenset[str]:
    return _KNOWN


_KNOWN = frozenset(available_timezones()) - _NO_PLACES


def _day(text: str | None) -> bool:
    try:
        return text is not None and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _time(text: str | None) -> bool:
    try:
        return text is not None and datetime.fromisoformat(f"2026-01-01T{text}").strftime("%H:%M:%S").startswith(text)
    except ValueError:
        return False


def _offset(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
