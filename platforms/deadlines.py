"""Ends for what must not last for ever: one timer for all of them.

`asyncio.timeout` sets a timer and takes it back for each block, which for a request that is answered at once costs more
than writing it. Here a block only notes its end, and the one timer rings at the first of them.
"""

import asyncio
from types import TracebackType

_STOPPED_S = 1.0
"""A timer that rings so much too late tells of a process that was stopped, or of a machine that was."""
_CATCH_UP_S = 0.5
"""Then what has arrived meanwhile has so long to be read."""


class Deadlines:
    """Those of one event loop."""

    def __init__(self) -> None:
        self._running: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None

    def within(self, seconds: float) -> "Deadline":
        """For `with`: what takes longer is cancelled, and the block raises TimeoutError."""
        return Deadline(self, seconds)

    def begin(self, deadline: "Deadline") -> None:
        """Have it ring."""
        self._running.add(deadline)
        if self._timer is None or deadline.at_s < self._timer.when():
            self._ring_at(deadline.at_s)

    def end(self, deadline: "Deadline") -> None:
        """Have it ring no more. The timer stays: whom it finds is up to then."""
        self._running.discard(deadline)

    def _ring_at(self, at_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at_s, self._ring)

    def _ring(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._timer is not None and now_s - self._timer.when() > _STOPPED_S:
            self._ring_at(now_s + _CATCH_UP_S)
            return
        self._timer = None
        for deadline in [one for one in self._running if one.at_s <= now_s]:
            self._running.discard(deadline)
            deadline.expire()
        if self._running:
            self._ring_at(min(one.at_s for one in self._running))


class Deadline:
    """The end of one block, entered once. Behaves as `asyncio.timeout` does towards other cancellations."""

    __slots__ = ("_cancelling", "_deadlines", "_expired", "_seconds", "_task", "at_s")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        self._deadlines = deadlines
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("only a task can be cancelled")
        self._task = task
        self._cancelling = task.cancelling()
        self.at_s = asyncio.get_running_loop().time() + self._seconds
        self._deadlines.begin(self)

    def expire(self) -> None:
        """The time is over."""
        self._expired = True
        self._task.cancel()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._deadlines.end(self)
        if self._expired and self._task.uncancel() <= self._cancelling and exc_type is asyncio.CancelledError:
            raise TimeoutError from exc_value
