"""The days and instants of a post that comes again."""

from datetime import UTC, date, datetime, time
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.repeats import Every, Pattern, Repeat, days_after, instant_of, pattern_of, problem_with

NINE = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""Monday, 09:00 in Berlin."""


def days(every: Every, first: date, *, until: date = date(2027, 12, 31), many: int = 5) -> list[str]:
    pattern = Pattern(first=first, time=time(9), zone="Europe/Berlin")
    return [f"{day:%a %d %b}" for day in islice(days_after(first, Repeat(every=every, until=until), pattern), many)]


@pytest.mark.parametrize(
    ("every", "first", "following"),
    [
        (Every.DAILY, date(2026, 12, 30), ["Thu 31 Dec", "Fri 01 Jan", "Sat 02 Jan"]),
        (Every.WEEKDAYS, date(2026, 12, 3), ["Fri 04 Dec", "Mon 07 Dec", "Tue 08 Dec"]),
        (Every.WEEKDAYS, date(2026, 12, 5), ["Mon 07 Dec", "Tue 08 Dec", "Wed 09 Dec"]),
        (Every.WEEKLY, date(2026, 11, 30), ["Mon 07 Dec", "Mon 14 Dec", "Mon 21 Dec"]),
        (Every.MONTHLY, date(2026, 11, 27), ["Sun 27 Dec", "Wed 27 Jan", "Sat 27 Feb"]),
        (Every.MONTHLY, date(2026, 12, 31), ["Sun 31 Jan", "Sun 28 Feb", "Wed 31 Mar"]),
    ],
)
def test_the_days_that_follow(every: Every, first: date, following: list[str]) -> None:
    assert days(every, first, many=3) == following


def test_the_last_day_counts_and_none_after_it() -> None:
    assert days(Every.WEEKLY, date(2026, 11, 30), until=date(2026, 12, 14)) == ["Mon 07 Dec", "Mon 14 Dec"]


@given(
    every=st.sampled_from(Every),
    first=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    turn=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_each_day_is_later_and_none_far(every: Every, first: date, turn: date) -> None:
    pattern = Pattern(first=first, time=time(9), zone="Europe/Berlin")
    found = list(islice(days_after(turn, Repeat(every=every, until=date(2035, 1, 1)), pattern), 30))
    steps = [(after - before).days for before, after in pairwise([turn, *found])]
    assert len(found) == 30
    assert (
        1 <= min(steps) <= max(steps) <= {Every.DAILY: 1, Every.WEEKDAYS: 3, Every.WEEKLY: 7, Every.MONTHLY: 31}[every]
    )


def test_a_time_stays_on_the_clock_when_clocks_change() -> None:
    pattern = pattern_of(NINE, "Europe/Berlin")
    assert pattern == Pattern(first=date(2026, 11, 30), time=time(9), zone="Europe/Berlin")
    assert instant_of(date(2027, 3, 22), pattern) == datetime(2027, 3, 22, 8, 0, tzinfo=UTC)
    assert instant_of(date(2027, 3, 29), pattern) == datetime(2027, 3, 29, 7, 0, tzinfo=UTC)


def test_a_time_that_a_night_skips_is_later_and_of_two_it_is_the_first() -> None:
    pattern = Pattern(first=date(2027, 3, 1), time=time(2, 30), zone="Europe/Berlin")
    assert instant_of(date(2027, 3, 28), pattern) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert instant_of(date(2026, 10, 25), pattern) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("every", "until", "sentence"),
    [
        (None, None, None),
        (Every.DAILY, None, "Say until when it repeats."),
        (Every.DAILY, date(2026, 11, 23), "That day is over. Choose a later one, or let it not repeat."),
        (Every.DAILY, date(2028, 1, 1), "Choose a day within the next year."),
        (Every.DAILY, date(2026, 11, 24), None),
    ],
)
def test_what_is_asked_for_is_looked_at(every: Every | None, until: date | None, sentence: str | None) -> None:
    problem = problem_with(every, until, today=date(2026, 11, 23))
    assert (problem and problem.message) == sentence
    assert problem is None or problem.field == "until"
