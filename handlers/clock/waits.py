"""Waiting with an end."""

import asyncio


async def until_set(event: asyncio.Event, timeout_s: float | None) -> None:
    """Until the event is set from now on, or the time is over."""
    event.clear()
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass


async def while_busy(*, longest_s: float, step_s: float) -> None:
    """As long as the loop has more to do than it can: one that wakes us on time has nothing that is worth the wait."""
    loop = asyncio.get_running_loop()
    now_s = loop.time()
    end_s = now_s + longest_s
    while now_s < end_s:
        slept_from_s = now_s
        await asyncio.sleep(step_s)
        now_s = loop.time()
        if now_s - slept_from_s < 1.5 * step_s:
            return
