"""A few at a time up to their first byte.

A thousand sends that start together take turns at every step, and the first byte of the first one leaves when nearly
all are ready. Passing a turnstile they leave one after another from the first millisecond on, at no cost to the last.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_AT_ONCE = 32
_LONGEST_S = 0.01
"""Nobody holds a place for longer: a host that takes its time to connect must not keep others waiting."""


class Turnstile:
    """Bounds how many sends are between their start and their first byte."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[Callable[[], bool]]:
        """Wait for a place. The block gets a callable to say, right before its first byte, that it is through."""
        await self._places.acquire()
        inside = True

        def passed() -> bool:
            nonlocal inside
            if inside:
                inside = False
                self._places.release()
            return True

        timer = asyncio.get_running_loop().call_later(_LONGEST_S, passed)
        try:
            yield passed
        finally:
            timer.cancel()
            passed()
