"""What a day added, from totals read at odd times."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.growth import Reading, grown, of_one
from bot.domain.ids import ItemId

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 5, 40, tzinfo=UTC)


def reading(days: float, total: int | None) -> Reading:
    return Reading(at=MONDAY + timedelta(days=days), total=total)


def test_a_reading_each_morning_tells_of_the_day_before() -> None:
    added = of_one([reading(0, 10), reading(1, 30), reading(2, 35)], BERLIN)

    assert added == {date(2026, 11, 23): 20, date(2026, 11, 24): 5}


def test_a_reading_each_evening_tells_of_the_day_itself() -> None:
    added = of_one([reading(0.6, 10), reading(1.6, 30)], BERLIN)

    assert added == {date(2026, 11, 24): 20}


def test_days_without_a_reading_share_what_was_added_meanwhile() -> None:
    added = of_one([reading(0, 10), reading(3, 20)], BERLIN)

    assert added == {date(2026, 11, 23): 4, date(2026, 11, 24): 3, date(2026, 11, 25): 3}


def test_two_readings_of_one_afternoon_are_that_day_s() -> None:
    added = of_one([reading(0.4, 0), reading(0.5, 7)], BERLIN)

    assert added == {date(2026, 11, 23): 7}


def test_what_was_not_told_is_left_out_and_is_never_nothing() -> None:
    added = of_one([reading(0, None), reading(1, 5), reading(2, None), reading(3, 9)], BERLIN)

    assert added == {date(2026, 11, 24): 2, date(2026, 11, 25): 2}
    assert grown({ItemId("i"): [reading(0, None), reading(1, None)]}, BERLIN).of(date(2026, 11, 23)) is None


def test_a_network_that_takes_back_what_it_counted_makes_no_day_negative() -> None:
    sums = grown({ItemId("a"): [reading(0, 10), reading(1, 4)], ItemId("b"): [reading(0, 1), reading(1, 2)]}, BERLIN)

    assert sums.of(date(2026, 11, 23)) == 0
    assert sums.of_item(ItemId("a"), date(2026, 11, 23), date(2026, 11, 23)) == -6


@given(st.lists(st.tuples(st.floats(0.01, 9), st.integers(0, 10**6)), min_size=2, max_size=12))
def test_nothing_is_lost_or_invented(steps: list[tuple[float, int]]) -> None:
    days, total, readings = 0.0, 0, list[Reading]()
    for ahead, more in steps:
        days, total = days + ahead, total + more
        readings.append(reading(days, total))

    assert sum(of_one(readings, BERLIN).values()) == total - steps[0][1]
