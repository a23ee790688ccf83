"""WHEN in a line: every form of the grammar, and what is said about what is not in it."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.composition import When
from bot.domain.errors import InvalidContent
from bot.domain.slots import Moment
from bot.domain.when import read_parts, read_when

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 20, 8, 0, 0, 500_000, tzinfo=UTC)
"""A Friday, 09:00 in Berlin."""
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)


def at(text: str, *, zone: str = BERLIN, now: datetime = NOW) -> str:
    moment = read_when(text, zone, now=now)
    assert isinstance(moment, Moment)
    return moment.at.strftime("%Y-%m-%d %H:%M:%S")


def refusal(text: str, *, zone: str = BERLIN, now: datetime = NOW) -> InvalidContent:
    with pytest.raises(InvalidContent) as caught:
        read_when(text, zone, now=now)
    return caught.value


def tried(text: str, zone: str) -> Moment | When | InvalidContent:
    try:
        return read_when(text, zone, now=NOW)
    except InvalidContent as error:
        return error


@pytest.mark.parametrize(("text", "meant"), [("now", When.NOW), (" NOW ", When.NOW), ("Draft", When.DRAFT)])
def test_two_words_are_no_times(text: str, meant: When) -> None:
    assert read_when(text, BERLIN, now=NOW) is meant


@pytest.mark.parametrize("typed", ["next", "Next slot", "next  free slot"])
def test_the_next_free_slot_can_be_asked_for(typed: str) -> None:
    assert read_when(typed, BERLIN, now=NOW) is When.SLOT


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("in 2h", "2026-11-20 10:00:00"),
        ("in 20s", "2026-11-20 08:00:20"),
        ("in 1h30m", "2026-11-20 09:30:00"),
        ("in 1 hour and 5 minutes", "2026-11-20 09:05:00"),
        ("in 45 min", "2026-11-20 08:45:00"),
        ("in 3 days", "2026-11-23 08:00:00"),
        ("in 2 weeks", "2026-12-04 08:00:00"),
        ("in 1d 2h", "2026-11-21 10:00:00"),
        ("today 17:30", "2026-11-20 16:30:00"),
        ("17:30", "2026-11-20 16:30:00"),
        ("tomorrow 9am", "2026-11-21 08:00:00"),
        ("tomorrow at 9 am", "2026-11-21 08:00:00"),
        ("9am tomorrow", "2026-11-21 08:00:00"),
        ("Tomorrow, 12am", "2026-11-20 23:00:00"),
        ("tomorrow noon", "2026-11-21 11:00:00"),
        ("fri 14:00", "2026-11-20 13:00:00"),
        ("fri 8:00", "2026-11-27 07:00:00"),
        ("friday 9am London", "2026-11-20 09:00:00"),
        ("wed 9am", "2026-11-25 08:00:00"),
        ("2026-12-01 09:00", "2026-12-01 08:00:00"),
        ("2026-12-01T09:00:20", "2026-12-01 08:00:20"),
        ("2026-12-01 09:00 Europe/London", "2026-12-01 09:00:00"),
        ("2026-12-01 09:00 new york", "2026-12-01 14:00:00"),
        ("2026-12-01 9:30pm London time", "2026-12-01 21:30:00"),
        ("2026-12-01T09:00+05:45", "2026-12-01 03:15:00"),
        ("2026-12-01 09:00 UTC", "2026-12-01 09:00:00"),
        ("1 dec 9am", "2026-12-01 08:00:00"),
        ("December 1st 9am", "2026-12-01 08:00:00"),
        ("1 nov 2027 9am", "2027-11-01 08:00:00"),
        ("1 nov 9am", "2027-11-01 08:00:00"),
    ],
)
def test_the_forms_of_the_grammar(text: str, utc: str) -> None:
    assert at(text) == utc


@pytest.mark.parametrize("place", ["west", "North", "south", "center"])
def test_a_part_of_the_world_is_no_place_though_a_zone_is_called_so(place: str) -> None:
    """Australia/West is not what somebody in Boston means."""
    with pytest.raises(InvalidContent, match="not a time zone"):
        read_when(f"fri 9am {place}", "America/New_York", now=NOW)


def test_a_place_is_remembered_with_the_wall_time() -> None:
    moment = read_when("fri 9am london", BERLIN, now=NOW)
    assert isinstance(moment, Moment)
    assert (moment.wall_time, moment.zone) == ("2026-11-20T09:00:00", "Europe/London")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12/1 9am", "12/1 can be 1 December or 12 January. Choose the date below."),
        ("1.12. 9am", "1.12 can be 12 January or 1 December. Choose the date below."),
        ("12/13 9am", "12/13 is not how Herald reads dates. Write 13 December or 2026-12-01."),
        ("tomorrow 9", "‘9’ may be morning or evening. Write 9am or 09:00."),  # noqa: RUF001  # quotes
        ("tomorrow", "‘tomorrow’ names no time of day. Write it as tomorrow 9am or fri 14:00."),  # noqa: RUF001  # quotes
        (
            "soon",
            "‘soon’ is not a time Herald can read. Write it as tomorrow 9am, fri 14:00, in 2h or 2026-12-01 09:00.",  # noqa: RUF001  # quotes
        ),
        ("tomorrow 13pm", "13pm is not a time of day. Write 9am or 21:00."),
        ("tomorrow 25:00", "25:00:00 is not a time of day. Choose one from 00:00 to 23:59:59."),
        ("2026-02-30 9am", "2026-02-30 is not in the calendar. Choose another day."),
        ("today 8:00", "08:00 Berlin on Fri 20 Nov passed 1 hour ago. Choose a later time or now."),
        ("tomorrow 9am EST", "EST can mean several time zones. Write a place, such as Berlin."),
        ("tomorrow 9am Berln", "‘Berln’ is not a time zone Herald knows. Did you mean Europe/Berlin?"),  # noqa: RUF001  # quotes
        (
            "in two hours",
            "‘in two hours’ is not a length of time Herald can read. Write in 2h, in 45 min or in 3 days.",  # noqa: RUF001  # quotes
        ),
        ("in 1h 1h", "‘in 1h 1h’ is not a length of time Herald can read. Write in 2h, in 45 min or in 3 days."),  # noqa: RUF001  # quotes
        ("in 999999 weeks", "Choose a time within the next year."),
        ("in 0 s", "That is at once. Write now."),
    ],
)
def test_what_is_not_in_the_grammar_is_told_and_not_guessed(text: str, sentence: str) -> None:
    assert refusal(text).message == sentence


@pytest.mark.parametrize(
    ("text", "day", "hour", "zone"),
    [
        ("12/1 9am", None, "09:00", None),
        ("9am 12/1 london", None, "09:00", "Europe/London"),
        ("tomorrow 9am Berln", "2026-11-21", "09:00", None),
        ("tomorrow 25:00", "2026-11-21", None, None),
        ("tomorrow", "2026-11-21", None, None),
        ("2020-01-01T09:00:20 new york", "2020-01-01", "09:00:20", "America/New_York"),
        ("2027-03-28 02:30", "2027-03-28", "02:30", None),
        ("fri 10am sat 11am", "2026-11-20", "10:00", None),
        ("yesterday noon", None, "12:00", None),
        ("13pm 9:00", None, "09:00", None),
        ("in 99999 weeks", None, None, None),
        ("feb 30 9am", None, "09:00", None),
        ("soon", None, None, None),
        ("", None, None, None),
    ],
)
def test_of_what_is_refused_the_rest_is_read(text: str, day: str | None, hour: str | None, zone: str | None) -> None:
    parts = read_parts(text, BERLIN, now=NOW)
    assert (parts.day and parts.day.isoformat(), parts.time, parts.zone) == (day, hour, zone)


@given(text=st.text(max_size=60) | st.from_regex(r"[a-z0-9:/. -]{0,30}", fullmatch=True), zone=st.sampled_from(ZONES))
def test_of_any_text_something_or_nothing_is_read(text: str, zone: str) -> None:
    parts = read_parts(text, zone, now=NOW)
    assert parts.time is None or re.fullmatch(r"\d\d:\d\d(:\d\d)?", parts.time)
    assert parts.zone is None or ZoneInfo(parts.zone)


def test_a_time_that_the_clock_change_skips_is_explained() -> None:
    before = datetime(2027, 3, 27, 12, tzinfo=UTC)
    assert refusal("tomorrow 2:30", now=before).message == (
        "02:30 does not exist in Berlin on Sun 28 Mar: clocks go from 02:00 to 03:00. Choose 01:59 or 03:00."
    )
    half_past_two = datetime(2027, 3, 27, 1, 30, tzinfo=UTC)
    assert "does not exist" in refusal("in 1 day", now=half_past_two).message


def test_a_time_that_happens_twice_is_asked() -> None:
    before = datetime(2027, 10, 30, 12, tzinfo=UTC)
    assert "happens twice in Berlin" in refusal("tomorrow 2:30", now=before).message
    assert at("2027-10-31T02:30+01:00", now=before) == "2027-10-31 01:30:00"


@given(text=st.text(max_size=60) | st.from_regex(r"[a-z0-9:/. -]{0,30}", fullmatch=True), zone=st.sampled_from(ZONES))
def test_any_text_is_a_time_to_come_or_a_sentence(text: str, zone: str) -> None:
    meant = tried(text, zone)
    if isinstance(meant, InvalidContent):
        assert meant.message
        assert meant.field in {"at", "zone"}
    else:
        assert isinstance(meant, When) or NOW.replace(microsecond=0) < meant.at <= NOW + timedelta(days=366)


@given(
    moment=st.datetimes(min_value=datetime(2026, 11, 22), max_value=datetime(2027, 11, 1)),  # noqa: DTZ001  # a wall time
    zone=st.sampled_from(ZONES),
)
def test_a_wall_time_is_that_wall_time_or_explained(moment: datetime, zone: str) -> None:
    wall = moment.replace(second=0, microsecond=0)
    read = tried(f"{wall:%Y-%m-%d %H:%M}", zone)
    if isinstance(read, InvalidContent):
        assert "does not exist" in read.message or "happens twice" in read.message
    else:
        assert isinstance(read, Moment)
        assert read.at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall


@pytest.mark.parametrize("zone", ZONES)
def test_every_zone_is_found_by_its_whole_name(zone: str) -> None:
    assert at(f"2026-12-01 12:00 {zone}") == at("2026-12-01 12:00", zone=zone)
