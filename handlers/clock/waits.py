"""Waiting with an end."""

import asyncio
from collections.abc import Coroutine


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


async def unless_set(event: asyncio.Event, work: Coroutine[object, object, object]) -> bool:
    """Do the work, or leave it when the event is set before it is done. Whether it was done."""
    doing, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((doing, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        doing.cancel()
    await asyncio.wait((doing,))
    if doing.cancelled():
        return False
    doing.result()
    return True
