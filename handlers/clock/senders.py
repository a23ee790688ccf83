"""Who sends: each post at its second, so many at once, and a few at a time up to their first byte.

A thousand sends that start together take turns at every step, and the first byte of the first one leaves when nearly
all are ready. Begun a few at a time they leave one after another from the first millisecond on, at no cost to the last.
One timer serves all that wait for their second, and each send is one task that begins when there is a place for it.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from bot import clock

T = TypeVar("T")

_STARTING_AT_ONCE = 12
_LONGEST_START_S = 0.01
"""Nobody holds a place for longer: a host that takes its time to connect must not keep others waiting."""

Passed = Callable[[], None]
"""To be called right before the first byte, and in any case at the end; a second call does nothing."""


class Senders(Generic[T]):
    """Sends what is put here. `send` is called with each and its `Passed`; at most `most` run at a time."""

    def __init__(self, send: Callable[[T, Passed], Coroutine[Any, Any, None]], *, most: int) -> None:
        self._send = send
        self._most = most
        self._later: list[tuple[float, int, T]] = []
        self._due: deque[T] = deque()
        self._arrivals = 0
        self._bell: asyncio.TimerHandle | None = None
        self._at_work: set[asyncio.Task[None]] = set()
        self._starting: dict[_Passage, float] = {}
        """Those before their first byte, and since when; the longest first."""
        self._sweeping: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._later) + len(self._due) + len(self._at_work)

    def put(self, what: T, *, due_s: float) -> None:
        """Have it sent at that second, of the epoch, or now if that is past. For several, `begin` comes once.

        From here on it is the loop's clock that counts: what is armed does not wait for one that was set back.
        """
        wait_s = due_s - clock.epoch_s()
        if wait_s <= 0:
            self._due.append(what)
        else:
            self._arrivals += 1
            heapq.heappush(self._later, (asyncio.get_running_loop().time() + wait_s, self._arrivals, what))

    def begin(self) -> None:
        """Begin what is due and has a place."""
        self._ripen()
        loop = asyncio.get_running_loop()
        while self._due and len(self._starting) < _STARTING_AT_ONCE and len(self._at_work) < self._most:
            passage = _Passage(self)
            self._starting[passage] = loop.time()
            if self._sweeping is None:
                self._sweeping = loop.call_later(_LONGEST_START_S, self._sweep)
            task = loop.create_task(self._send(self._due.popleft(), passage))
            self._at_work.add(task)
            task.add_done_callback(self._ended)

    async def finish(self, *, within_s: float) -> None:
        """Wait until nothing is left, and no longer."""
        end_s = clock.uptime_s() + within_s
        while len(self) and (left_s := end_s - clock.uptime_s()) > 0:
            if self._at_work:
                await asyncio.wait(self._at_work, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            else:
                await asyncio.sleep(min(left_s, _LONGEST_START_S))

    async def stop(self) -> None:
        """Send nothing more, and break off what is under way."""
        self._later.clear()
        self._due.clear()
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)

    def pass_on(self, passage: "_Passage") -> None:
        """Give its place to the next, if it still has one."""
        if self._starting.pop(passage, None) is not None and self._due:
            self.begin()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        if self._due:
            self.begin()

    def _ripen(self) -> None:
        """Line up what has become due, and have the bell rung at the next second."""
        if not self._later:
            return
        now_s = asyncio.get_running_loop().time()
        while self._later and self._later[0][0] <= now_s:
            self._due.append(heapq.heappop(self._later)[2])
        if self._later:
            self._ring_at(self._later[0][0])

    def _ring_at(self, at_s: float) -> None:
        if self._bell is not None:
            if self._bell.when() <= at_s:
                return
            self._bell.cancel()
        self._bell = asyncio.get_running_loop().call_at(at_s, self._ring)

    def _ring(self) -> None:
        self._bell = None
        self.begin()

    def _sweep(self) -> None:
        """Take the places of those who had theirs for long enough: one timer for all of them."""
        loop = asyncio.get_running_loop()
        now_s, self._sweeping = loop.time(), None
        for passage, since_s in list(self._starting.items()):
            if now_s - since_s < _LONGEST_START_S:
                self._sweeping = loop.call_at(since_s + _LONGEST_START_S, self._sweep)
                break
            del self._starting[passage]
        self.begin()


class _Passage:
    """The place of one send up to its first byte. Calling it gives the place up."""

    __slots__ = ("_senders",)

    def __init__(self, senders: Senders[Any]) -> None:
        self._senders = senders

    def __call__(self) -> None:
        self._senders.pass_on(self)
