"""What a day added, from totals read at odd times."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.growth import Grown, Noons, days_between, together

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 5, 40, tzinfo=UTC)
NOONS = Noons(date(2026, 11, 20), date(2026, 11, 30), BERLIN)


def reading(days: float, total: int) -> tuple[datetime, int]:
    return MONDAY + timedelta(days=days), total


def added(*readings: tuple[datetime, int]) -> dict[date, int]:
    found: dict[date, int] = {}
    for before, after in pairwise(readings):
        for day, number in NOONS.shares(before, after):
            found[day] = found.get(day, 0) + number
    return found


def test_a_reading_each_morning_tells_of_the_day_before() -> None:
    assert added(reading(0, 10), reading(1, 30), reading(2, 35)) == {date(2026, 11, 23): 20, date(2026, 11, 24): 5}


def test_a_reading_each_evening_tells_of_the_day_itself() -> None:
    assert added(reading(0.6, 10), reading(1.6, 30)) == {date(2026, 11, 24): 20}


def test_days_without_a_reading_share_what_was_added_meanwhile() -> None:
    shared = {date(2026, 11, 23): 4, date(2026, 11, 24): 3, date(2026, 11, 25): 3}

    assert added(reading(0, 10), reading(3, 20)) == shared


def test_two_readings_of_one_afternoon_are_that_day_s() -> None:
    assert added(reading(0.4, 0), reading(0.5, 7)) == {date(2026, 11, 23): 7}


def test_a_network_that_takes_back_what_it_counted_makes_no_day_negative() -> None:
    day = date(2026, 11, 23)
    sums = together([Grown(days=added(reading(0, 10), reading(1, 4))), Grown(days=added(reading(0, 1), reading(1, 2)))])

    assert sums.days == {day: -5}
    assert sums.of(day) == sums.between(day, day) == 0
    assert sums.of(day + timedelta(days=1)) is None


@given(st.lists(st.tuples(st.floats(0.01, 9), st.integers(0, 10**6)), min_size=2, max_size=12))
def test_nothing_is_lost_or_invented(steps: list[tuple[float, int]]) -> None:
    days, total, readings = 0.0, 0, list[tuple[datetime, int]]()
    for ahead, more in steps:
        days, total = days + ahead, total + more
        readings.append(reading(days, total))

    assert sum(added(*readings).values()) == total - steps[0][1]


@given(st.floats(-9, 9), st.floats(0.001, 9))
def test_looking_up_noons_is_the_same_as_counting_them(begin: float, length: float) -> None:
    since = MONDAY + timedelta(days=begin)
    until = since + timedelta(days=length)

    assert list(NOONS.days(since, until)) == days_between(since, until, BERLIN)
