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
        self._inside: dict[Passage, float] = {}
        """Those with a place, and since when; the longest first."""
        self._sweeping: asyncio.TimerHandle | None = None

    def passing(self) -> "Passage":
        """Wait for a place. The block gets a callable to say, right before its first byte, that it is through."""
        return Passage(self)

    async def enter(self, passage: "Passage") -> None:
        """Have a place as soon as there is one."""
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        self._inside[passage] = loop.time()
        if self._sweeping is None:
            self._sweeping = loop.call_later(_LONGEST_S, self._sweep)

    def leave(self, passage: "Passage") -> None:
        """Give the place up, if it still has one."""
        if self._inside.pop(passage, None) is not None:
            self._places.release()

    def _sweep(self) -> None:
        """Take the places of those who had theirs for long enough: one timer for all of them."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for passage, since_s in list(self._inside.items()):
            if now_s - since_s < _LONGEST_S:
                self._sweeping = loop.call_at(since_s + _LONGEST_S, self._sweep)
                return
            self.leave(passage)
        self._sweeping = None


class Passage:
    """One way through the turnstile, for `async with`. Calling it gives the place up; it says yes."""

    __slots__ = ("_turnstile",)

    def __init__(self, turnstile: Turnstile) -> None:
        self._turnstile = turnstile

    async def __aenter__(self) -> Self:
        await self._turnstile.enter(self)
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
        self._turnstile.leave(self)
        return True
