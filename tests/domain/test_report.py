"""Which days a report is about, and what its chart shows."""

from datetime import date, timedelta

import pytest

from bot.domain.errors import InvalidContent
from bot.domain.growth import Grown
from bot.domain.report import Span, read_span, span_bars, split_brand

TODAY = date(2026, 11, 27)
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("", "2026-11-20", "2026-11-26"),
        ("today", "2026-11-27", "2026-11-27"),
        ("Yesterday", "2026-11-26", "2026-11-26"),
        ("week", "2026-11-23", "2026-11-27"),
        ("last  week", "2026-11-16", "2026-11-22"),
        ("month", "2026-11-01", "2026-11-27"),
        ("2026-10-01 2026-10-31", "2026-10-01", "2026-10-31"),
        ("2026-10-01 to 2026-12-31", "2026-10-01", "2026-11-27"),
        ("2026-11-03", "2026-11-03", "2026-11-03"),
    ],
)
def test_days_are_named_in_words_or_dates(text: str, since: str, until: str) -> None:
    assert read_span(text, TODAY) == Span(since=date.fromisoformat(since), until=date.fromisoformat(until))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("next week", "names no days"),
        ("2026-11-31 2026-12-01", "not in the calendar"),
        ("2026-11-20 2026-11-10", "is before"),
        ("2026-12-01 2026-12-02", "still to come"),
        ("2024-01-01 2026-01-01", "at most a year"),
        ("2026-01-01 2026-01-02 2026-01-03", "names no days"),
    ],
)
def test_days_that_cannot_be_are_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(InvalidContent, match=said):
        read_span(text, TODAY)


def test_a_brand_of_several_words_is_found_before_the_days() -> None:
    brands = ["Juniper", "Juniper Roastery"]

    assert split_brand("juniper roastery last week", brands) == ("Juniper Roastery", "last week")
    assert split_brand("Juniper", brands) == ("Juniper", "")
    assert split_brand("last week", brands) == (None, "last week")
    assert split_brand("Juniperus today", brands) == (None, "Juniperus today")


@pytest.mark.parametrize(("many", "bars"), [(1, 1), (14, 14), (15, 3), (100, 15), (366, 13)])
def test_a_chart_has_at_most_twenty_bars_of_all_the_days(many: int, bars: int) -> None:
    span = Span(since=TODAY - timedelta(days=many - 1), until=TODAY)
    grown = Grown(days={span.since + timedelta(days=day): 1 for day in range(many)})

    made = span_bars(grown, span)

    assert len(made) == bars
    assert len({bar.label for bar in made}) == bars
    assert sum(bar.value or 0 for bar in made) == many


def test_days_are_compared_only_with_days_that_are_known() -> None:
    span = Span(since=TODAY - timedelta(days=1), until=TODAY)
    known = {TODAY - timedelta(days=back): 100 for back in range(3)}

    assert not Grown(days=known).knows(span.before.since, span.before.until)
    assert Grown(days=known | {TODAY - timedelta(days=3): 1}).knows(span.before.since, span.before.until)
