"""What runs when. APScheduler owns the rhythm; every tick claims its work in the database, so any number may run it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import clock
from bot.services import reconciling, tidying
from bot.services.delivering import Deliverer
from bot.services.deps import Deps
from bot.services.ports import Notifier

if TYPE_CHECKING:
    from bot.domain.ids import ItemId

_log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)
"""A tick that is skipped because the one before still runs is no news: every tick takes up all there is."""

_LOOKS_AT_ONCE = 30
"""A look at a network that does not answer takes its time-out; the others do not wait for it."""
_LONGEST_GOODBYE_S = 5.0
_WORRYING_OFFSET = timedelta(milliseconds=250)


class Rhythm:
    """The periodic work of one process, between `start` and `stop`."""

    def __init__(self, deps: Deps, notifier: Notifier) -> None:
        self._deps = deps
        self._deliverer = Deliverer(deps, notifier)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._failing: set[str] = set()
        self._looks: set[ItemId] = set()
        self._running: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Begin. Needs a running event loop."""
        self._every(1, "recover", lambda: reconciling.recover(self._deps))
        self._every(1, "look", lambda: reconciling.look(self._deps, self._looks), at_once=_LOOKS_AT_ONCE)
        self._every(1, "notices", self._deliverer.turn)
        self._every(3600, "tidy", lambda: tidying.tidy(self._deps))
        self._every(60, "clock", lambda: compare_clocks(self._deps))
        self._scheduler.start()

    async def stop(self) -> None:
        """End: no new ticks, and those that run may finish, but for looks at networks that do not answer."""
        self._scheduler.pause()
        self._deliverer.stop()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_LONGEST_GOODBYE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    def _every(self, seconds: int, name: str, work: Callable[[], Awaitable[object]], *, at_once: int = 1) -> None:
        async def tick() -> None:
            task = asyncio.current_task()
            if task is not None:
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            try:
                await work()
            except Exception:  # noqa: BLE001  # the next tick tries again; said once until it works again
                if name not in self._failing:
                    _log.exception("tick failed", extra={"tick": name})
                self._failing.add(name)
            else:
                if name in self._failing:
                    _log.info("tick works again", extra={"tick": name})
                self._failing.discard(name)

        self._scheduler.add_job(  # pyright: ignore[reportUnknownMemberType]  # APScheduler 3 has no types
            tick,
            "interval",
            seconds=seconds,
            id=name,
            max_instances=at_once,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=clock.now(),
        )


async def compare_clocks(deps: Deps) -> None:
    """Go by the database's time from now on, and say so when this machine's clock is far from it."""
    offset = await deps.database.clock_offset()
    clock.correct(offset)
    if abs(offset) > _WORRYING_OFFSET:
        _log.warning(
            "this clock differs from the database's, whose time counts", extra={"offset_s": offset.total_seconds()}
        )
