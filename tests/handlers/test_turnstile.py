"""A few at a time up to their first byte, and nobody waits for a slow one."""

import asyncio

from bot import clock
from handlers.clock.turnstile import Turnstile


async def test_only_a_few_are_inside_at_a_time() -> None:
    turnstile, inside, most = Turnstile(), 0, 0

    async def go() -> None:
        nonlocal inside, most
        async with turnstile.passing() as passed:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1
            passed()

    await asyncio.gather(*(go() for _ in range(200)))
    assert most <= 32


async def test_slow_ones_keep_nobody_waiting_for_long() -> None:
    turnstile, release = Turnstile(), asyncio.Event()

    async def slow() -> None:
        async with turnstile.passing():
            await release.wait()

    stuck = [asyncio.create_task(slow()) for _ in range(100)]
    began = clock.uptime_s()
    async with turnstile.passing():
        assert clock.uptime_s() - began < 1
    release.set()
    await asyncio.gather(*stuck)
