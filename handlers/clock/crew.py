"""Working off what comes with as few tasks as that takes.

Most posts are made ready without waiting for anything: one task does hundreds of them in a few milliseconds. Another
one begins only when the first has to wait, up to as many as there may be.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_AT_A_STRETCH = 32
"""After so many others get a turn of the loop."""


class Crew(Generic[T]):
    """`work` is called with everything that is added, by at most `most` tasks at a time, in order."""

    def __init__(self, work: Callable[[T], Coroutine[Any, Any, None]], *, most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: deque[T] = deque()
        self._busy = 0
        self._members: set[asyncio.Task[None]] = set()
        self._coming: asyncio.Task[None] | None = None
        """A member that has not begun yet."""

    def __len__(self) -> int:
        return len(self._waiting) + self._busy

    def add(self, more: Iterable[T]) -> None:
        """Have these done, too."""
        self._waiting.extend(more)
        self._call_one()

    async def stop(self) -> None:
        """Break everything off and forget what waits."""
        self.drop()
        await asyncio.gather(*self._members, return_exceptions=True)

    def drop(self) -> None:
        """The same without waiting until it is over."""
        self._waiting.clear()
        for member in self._members:
            member.cancel()

    def _call_one(self) -> None:
        if not self._waiting or self._coming is not None or len(self._members) >= self._most:
            return
        member = self._coming = asyncio.get_running_loop().create_task(self._member())
        self._members.add(member)
        member.add_done_callback(self._left)

    async def _member(self) -> None:
        self._coming = None
        done = 0
        while self._waiting:
            one = self._waiting.popleft()
            self._call_one()
            self._busy += 1
            try:
                await self._work(one)
            finally:
                self._busy -= 1
            done += 1
            if done % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)

    def _left(self, member: asyncio.Task[None]) -> None:
        self._members.discard(member)
        if self._coming is member:
            self._coming = None
        self._call_one()
