"""Backoff with full jitter."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.retry import LAST_CHANCE, LONGEST_WAIT_S, next_try

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@given(tries=st.integers(min_value=0, max_value=10_000), chance=st.floats(min_value=0, max_value=1))
def test_the_next_try_is_never_in_the_past_and_never_further_than_the_longest_wait(tries: int, chance: float) -> None:
    wait = next_try(tries, NOW, chance) - NOW
    assert timedelta(0) <= wait <= timedelta(seconds=LONGEST_WAIT_S)


def test_the_span_doubles_with_each_try() -> None:
    spans = [(next_try(tries, NOW, 1.0) - NOW).total_seconds() for tries in range(9)]
    assert spans == [2, 4, 8, 16, 32, 64, 128, 256, 300]


def test_a_wait_past_the_grace_ends_in_one_last_try_a_moment_before_it() -> None:
    grace = NOW + timedelta(seconds=100)
    assert next_try(9, NOW, 1.0, before=grace) == grace - LAST_CHANCE
    assert next_try(2, NOW, 1.0, before=grace) == NOW + timedelta(seconds=8)
    late = grace - LAST_CHANCE
    assert next_try(9, late, 1.0, before=grace) == late + timedelta(seconds=LONGEST_WAIT_S)


@given(tries=st.integers(min_value=0, max_value=40), chance=st.floats(min_value=0, max_value=1))
def test_the_wait_is_drawn_from_the_whole_span(tries: int, chance: float) -> None:
    whole = next_try(tries, NOW, 1.0) - NOW
    drawn = next_try(tries, NOW, chance) - NOW
    assert abs(drawn - whole * chance) <= timedelta(microseconds=2)
