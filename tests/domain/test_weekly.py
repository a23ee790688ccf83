"""Weekly slots and the pace of a backlog."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InvalidContent
from bot.domain.pacing import GAP, paced
from bot.domain.weekly import (
    DEFAULT_SLOTS,
    SOONEST,
    WeeklySlot,
    no_free_slot,
    read_slots,
    upcoming_slots,
    write_slots,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SLOTS = st.frozensets(
    st.builds(WeeklySlot, st.integers(min_value=0, max_value=6), st.integers(min_value=0, max_value=24 * 60 - 1)),
    min_size=1,
    max_size=30,
)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "UTC"]
)
INSTANTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis wants them naive


@given(slots=SLOTS)
def test_what_is_written_is_read_again(slots: frozenset[WeeklySlot]) -> None:
    assert read_slots(write_slots(slots)) == tuple(sorted(slots))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("mon-fri 09:00, 13:00; sat 10:00", "mon-fri 09:00, 13:00; sat 10:00"),
        ("Monday, Thursday 9am 1:30pm", "mon thu 09:00, 13:30"),
        ("sat-mon 12am", "mon sat sun 00:00"),
        ("daily 12pm", "mon-sun 12:00"),
        ("weekends 10:00; weekdays 9:00", "mon-fri 09:00; sat sun 10:00"),
        ("tue-tue 23:59", "tue 23:59"),
        (" ; ", ""),
    ],
)
def test_slots_are_read_as_people_write_them(typed: str, written: str) -> None:
    assert write_slots(read_slots(typed)) == written


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("09:00", "names no day"),
        ("mon", "names no time"),
        ("mon 9", "not a time of day"),
        ("mon 24:00", "from 00:00 to 23:59"),
        ("mon 09:60", "from 00:00 to 23:59"),
        ("mon 13pm", "Write 9am"),
        ("mon 0am", "Write 9am"),
        ("mon-foo 09:00", "names no day"),
        ("mon noonish", "not a time of day"),
        ("daily " + " ".join(f"{n // 60:02}:{n % 60:02}" for n in range(30)), "at most 168"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(typed: str, said: str) -> None:
    with pytest.raises(InvalidContent, match=said) as refused:
        read_slots(typed)
    assert refused.value.field == "slots"


@given(slots=SLOTS, zone=ZONES, now=INSTANTS)
def test_moments_come_in_order_ahead_of_now_and_show_a_slot_on_the_clock(
    slots: frozenset[WeeklySlot], zone: str, now: datetime
) -> None:
    moments = list(islice(upcoming_slots(slots, zone, now=now), 40))
    assert moments
    assert all(before.at < after.at for before, after in pairwise(moments))
    assert moments[0].at > now + SOONEST
    for moment in moments:
        there = moment.at.astimezone(ZoneInfo(zone))
        assert WeeklySlot(there.weekday(), there.hour * 60 + there.minute) in slots
        assert (there.second, there.fold) == (0, 0)
        assert moment.wall_time == there.replace(tzinfo=None).isoformat()


def test_a_slot_in_the_missing_hour_does_not_happen_that_night_and_one_in_the_doubled_hour_happens_once() -> None:
    half_past_two = [WeeklySlot(6, 150)]
    spring = datetime(2027, 3, 27, 12, 0, tzinfo=UTC)
    first = next(upcoming_slots(half_past_two, "Europe/Berlin", now=spring))
    assert first.wall_time == "2027-04-04T02:30:00"
    autumn = datetime(2027, 10, 30, 12, 0, tzinfo=UTC)
    one, two = islice(upcoming_slots(half_past_two, "Europe/Berlin", now=autumn), 2)
    assert one.at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert two.wall_time == "2027-11-07T02:30:00"


def test_a_slot_stays_where_it_is_on_the_clock_when_clocks_change() -> None:
    moments = islice(upcoming_slots([WeeklySlot(0, 540)], "Europe/Berlin", now=datetime(2027, 3, 20, tzinfo=UTC)), 2)
    assert [moment.at.hour for moment in moments] == [8, 7]


def test_slots_come_for_a_year_and_without_any_none_comes() -> None:
    assert list(upcoming_slots((), "UTC", now=NOW)) == []
    assert len(list(upcoming_slots(DEFAULT_SLOTS, "UTC", now=NOW))) > 500
    assert "Juniper" in no_free_slot("Juniper").message


@given(
    ages=st.lists(st.integers(min_value=-3600, max_value=3600), max_size=50), gap=st.integers(min_value=0, max_value=60)
)
def test_a_backlog_keeps_its_order_and_its_gap_and_nothing_goes_before_its_second(ages: list[int], gap: int) -> None:
    due = [NOW + timedelta(seconds=age) for age in sorted(ages)]
    planned = paced(due, now=NOW, gap=timedelta(seconds=gap))
    assert len(planned) == len(due)
    assert all(at >= max(own, NOW) for at, own in zip(planned, due, strict=True))
    assert all(after - before >= timedelta(seconds=gap) for before, after in pairwise(planned))


def test_an_overdue_backlog_begins_at_once() -> None:
    due = [NOW - timedelta(minutes=3), NOW - timedelta(minutes=2), NOW + timedelta(hours=1)]
    assert paced(due, now=NOW) == [NOW, NOW + GAP, NOW + timedelta(hours=1)]
