"""WHEN: every way to type a time, and what is said about the wrong ones."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import InvalidContent
from bot.domain.slots import HORIZON, parse_when, zone_called

NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)
ZONES = sorted(zone for zone in available_timezones() if "/" in zone)


def refusal(text: str, zone: str | None = None, *, now: datetime = NOW) -> InvalidContent:
    with pytest.raises(InvalidContent) as caught:
        parse_when(text, zone, now=now)
    return caught.value


def test_an_instant_with_an_offset_needs_no_zone() -> None:
    moment = parse_when("2026-12-01T09:00+01:00", None, now=NOW)
    assert moment.at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (moment.wall_time, moment.zone) == (None, None)


@pytest.mark.parametrize("text", ["2026-12-01T08:00Z", "2026-12-01 08:00:00z", " 2026-12-01T13:45:00+0545 "])
def test_the_usual_spellings_of_iso_mean_the_same(text: str) -> None:
    assert parse_when(text, None, now=NOW).at == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_wall_time_keeps_the_zone_beside_utc() -> None:
    moment = parse_when("2026-12-01 09:00", "Europe/Berlin", now=NOW)
    assert moment.at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert (moment.wall_time, moment.zone) == ("2026-12-01T09:00:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("zone", "hour", "minute"),
    [("Asia/Kathmandu", 3, 15), ("Asia/Kolkata", 3, 30), ("Australia/Eucla", 0, 15), ("Asia/Tokyo", 0, 0)],
)
def test_zones_off_the_full_hour_are_exact(zone: str, hour: int, minute: int) -> None:
    assert parse_when("2026-12-01T09:00", zone, now=NOW).at == datetime(2026, 12, 1, hour, minute, tzinfo=UTC)


def test_the_last_second_of_a_day_is_a_time() -> None:
    assert parse_when("2026-12-31T23:59:59", "UTC", now=NOW).at == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_leap_day_exists_in_leap_years_alone() -> None:
    before = datetime(2027, 11, 1, tzinfo=UTC)
    assert parse_when("2028-02-29T12:00", "UTC", now=before).at == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert refusal("2027-02-29T12:00", "UTC").message == "2027-02-29 is not in the calendar. Choose another day."


def test_a_wall_time_without_a_zone_is_refused() -> None:
    error = refusal("2026-12-01T09:00")
    assert error.field == "at"
    assert "names no time zone" in error.message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Berln", "Europe/Berlin"),
        ("Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Berln", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Asia/Kathmandhu", "Asia/Kathmandu"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_likeliest_one(typed: str, meant: str) -> None:
    error = refusal("2026-12-01T09:00", typed)
    assert error.field == "zone"
    assert error.message == f"‘{typed}’ is not a time zone Herald knows. Did you mean {meant}?"  # noqa: RUF001  # quotes


@pytest.mark.parametrize("name", ["", "../etc/passwd", "/etc/localtime", "Factory", "x" * 500, "Europe", "\0"])
def test_a_name_like_no_zone_is_refused_shortly(name: str) -> None:
    with pytest.raises(InvalidContent) as caught:
        zone_called(name)
    assert "is not a time zone Herald knows" in caught.value.message
    assert len(caught.value.message) < 140


def test_a_time_that_clocks_skip_is_refused_with_both_neighbours() -> None:
    assert refusal("2027-03-28T02:30", "Europe/Berlin").message == (
        "02:30 does not exist in Berlin on Sun 28 Mar: clocks go from 02:00 to 03:00. Choose 01:59 or 03:00."
    )


def test_a_half_hour_gap_names_its_own_edges() -> None:
    error = refusal("2027-10-03T02:15", "Australia/Lord_Howe")
    assert "clocks go from 02:00 to 02:30. Choose 01:59 or 02:30." in error.message


def test_a_time_that_happens_twice_needs_its_offset() -> None:
    assert refusal("2027-10-31T02:30", "Europe/Berlin").message == (
        "02:30 happens twice in Berlin on Sun 31 Oct: clocks go back. Add the offset: 2027-10-31T02:30+02:00 is the"
        " first, 2027-10-31T02:30+01:00 the second."
    )


@pytest.mark.parametrize(("offset", "hour"), [("+02:00", 0), ("+01:00", 1)])
def test_the_offset_settles_which_of_two_equal_times_is_meant(offset: str, hour: int) -> None:
    moment = parse_when(f"2027-10-31T02:30{offset}", "Europe/Berlin", now=NOW)
    assert moment.at == datetime(2027, 10, 31, hour, 30, tzinfo=UTC)
    assert moment.zone == "Europe/Berlin"


def test_an_offset_the_zone_does_not_have_then_is_refused() -> None:
    assert refusal("2026-12-01T09:00+05:00", "Europe/Berlin").message == (
        "Berlin is at +01:00 then, not +05:00. Leave out the offset or the zone."
    )


def test_a_past_time_says_how_long_ago() -> None:
    now = datetime(2026, 11, 21, 8, 4, 30, tzinfo=UTC)
    assert refusal("2026-11-21T09:00", "Europe/Berlin", now=now).message == (
        "09:00 Berlin on Sat 21 Nov passed 4 minutes ago. Choose a later time or now."
    )


@pytest.mark.parametrize("text", ["2026-11-21T08:00:00Z", "1970-01-01T00:00Z", "0001-01-01T00:00+18:00"])
def test_the_present_and_everything_before_it_is_past(text: str) -> None:
    assert "passed" in refusal(text).message


@pytest.mark.parametrize("text", ["2027-11-23T08:00Z", "9999-12-31T23:59-18:00", "2028-01-01T00:00Z"])
def test_more_than_a_year_ahead_is_refused(text: str) -> None:
    assert refusal(text).message == "Choose a time within the next year."


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-12-01", "9am", "2026-12-01T9:00", "12/1 9am", "2026-12-01T24:00Z", "2026-12-01T23:59:60Z",
     "2026-13-01T00:00Z", "2026-00-10T00:00Z", "2026-12-01T09:00+99:00", "2026-12-01T09:00+01:75", "\uff12026-12-01T09:00Z",  # noqa: E501
     "2026-12-01T09:00Z; rm -rf", "x" * 1000],
)  # fmt: skip
def test_what_is_no_time_is_refused_in_one_sentence(text: str) -> None:
    error = refusal(text)
    assert error.field == "at"
    assert len(error.message) < 200


@given(st.datetimes(min_value=datetime(2026, 11, 23), max_value=datetime(2027, 11, 19)), st.sampled_from(ZONES))  # noqa: DTZ001
@settings(max_examples=400, deadline=None)
def test_a_wall_time_is_read_back_as_typed_or_refused_for_a_clock_change(wall: datetime, zone: str) -> None:
    place = ZoneInfo(zone)
    offsets = {wall.replace(tzinfo=place, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) > 1:
        assert refusal(wall.isoformat(), zone).field == "at"
        return
    moment = parse_when(wall.isoformat(), zone, now=NOW)
    assert moment.at.astimezone(place).replace(tzinfo=None) == wall
    assert moment.at.utcoffset() == timedelta(0)


@given(st.sampled_from(ZONES), st.integers(min_value=0, max_value=365 * 24 * 2))
@settings(max_examples=300, deadline=None)
def test_both_neighbours_named_for_a_gap_exist(zone: str, half_hours: int) -> None:
    wall = datetime(2026, 11, 23) + timedelta(minutes=30 * half_hours + 7)  # noqa: DTZ001
    try:
        parse_when(wall.isoformat(), zone, now=NOW)
    except InvalidContent as error:
        if "does not exist" not in error.message:
            return
        earlier, later = error.message.rstrip(".").split("Choose ")[1].split(" or ")
        for clock in (earlier, later):
            parse_when(f"{wall:%Y-%m-%d}T{clock}", zone, now=NOW)


@given(st.text(max_size=60), st.one_of(st.none(), st.text(max_size=40)))
@settings(max_examples=300, deadline=None)
def test_nothing_typed_raises_anything_but_a_sentence(text: str, zone: str | None) -> None:
    try:
        moment = parse_when(text, zone, now=NOW)
    except InvalidContent:
        return
    assert NOW < moment.at <= NOW + HORIZON
