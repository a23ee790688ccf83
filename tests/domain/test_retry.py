"""Backoff with full jitter."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.retry import LONGEST_WAIT_S, next_try

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@given(tries=st.integers(min_value=0, max_value=10_000), chance=st.floats(min_value=0, max_value=1))
def test_the_next_try_is_never_in_the_past_and_never_further_than_the_longest_wait(tries: int, chance: float) -> None:
    wait = next_try(tries, NOW, chance) - NOW
    assert timedelta(0) <= wait <= timedelta(seconds=LONGEST_WAIT_S)


def test_the_span_doubles_with_each_try() -> None:
    spans = [(next_try(tries, NOW, 1.0) - NOW).total_seconds() for tries in range(9)]
    assert spans == [2, 4, 8, 16, 32, 64, 128, 256, 300]
