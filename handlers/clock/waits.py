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
