"""A few at a time up to their first byte.

A thousand sends that start together take turns at every step, and the first byte of the first one leaves when nearly
all are ready. Passing a turnstile they leave one after another from the first millisecond on, at no cost to the last.
"""

import asyncio
from types import TracebackType
from typing import Self

_AT_ONCE = 32
_LONGEST_S = 0.01
"""Nobody holds a place for longer: a host that takes its time to connect must not keep others waiting."""


class Turnstile:
    """Bounds how many sends are between their start and their first byte."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    def passing(self) -> "Passage":
        """Wait for a place. The block gets a callable to say, right before its first byte, that it is through."""
        return Passage(self._places)


class Passage:
    """One way through the turnstile, for `async with`. Calling it gives the place up; it says yes."""

    __slots__ = ("_inside", "_places", "_timer")

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._inside = False
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        await self._places.acquire()
        self._inside = True
        self._timer = asyncio.get_running_loop().call_later(_LONGEST_S, self)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self()

    def __call__(self) -> bool:
        """Through: somebody else may come."""
        if self._inside:
            self._inside = False
            if self._timer is not None:
                self._timer.cancel()
            self._places.release()
        return True
