"""The beat for which waits what has no second of its own."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import clock

_INSTANTS = st.floats(min_value=1.0, max_value=10_000_000.0)
_PERIODS = st.sampled_from([0.1, 0.25, 1.0, 2.0])


def _next_beat_s(at_s: float, every_s: float) -> float:
    with patch.object(clock, "uptime_s", lambda: at_s):
        return at_s + clock.until_beat_s(every_s)


@given(_INSTANTS, _PERIODS)
def test_a_beat_is_neither_at_once_nor_much_later_than_asked(at_s: float, every_s: float) -> None:
    assert 0.099 * every_s < _next_beat_s(at_s, every_s) - at_s < 1.101 * every_s


@given(_INSTANTS, _PERIODS, st.floats(min_value=0.01, max_value=0.89))
def test_what_begins_to_wait_between_two_beats_wakes_at_the_same(at_s: float, every_s: float, later: float) -> None:
    beat_s = _next_beat_s(at_s, every_s)
    assert _next_beat_s(beat_s + later * every_s, every_s) == pytest.approx(beat_s + every_s, abs=1e-6)
