"""The beat for which waits what has no second of its own."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from bot import clock


@given(st.sampled_from([0.1, 0.25, 1.0, 2.0]))
def test_a_beat_is_neither_at_once_nor_much_later_than_asked(every_s: float) -> None:
    left_s = clock.until_beat_s(every_s)
    assert 0.1 * every_s < left_s <= 1.1 * every_s


async def test_what_waits_for_a_beat_wakes_together() -> None:
    woken: list[float] = []

    async def wake(after_s: float) -> None:
        await asyncio.sleep(after_s)
        await asyncio.sleep(clock.until_beat_s(0.4))
        woken.append(clock.uptime_s())

    begin_s = clock.until_beat_s(0.4)
    await asyncio.gather(*(wake(begin_s + after_s) for after_s in (0.05, 0.15, 0.3)))
    assert max(woken) - min(woken) < 0.1
