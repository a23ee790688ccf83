"""What runs when. APScheduler owns the rhythm; every tick claims its work in the database, so any number may run it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import clock
from bot.services import holding, outages, reconciling, renewing, tidying
from bot.services.delivering import Deliverer
from bot.services.deps import Deps
from bot.services.glancing import Glance, glance
from bot.services.ports import Notifier
from handlers.clock.timekeeping import compare_clocks, compared_every_s, stepped

if TYPE_CHECKING:
    from bot.domain.ids import ItemId

_log = logging.getLogger(__name__)

_LOOKS_AT_ONCE = 30
"""A look at a network that does not answer takes its time-out; the others do not wait for it."""
_GLANCE_LASTS_S = 0.5
"""Ticks of the same second share one glance."""
_LONGEST_GOODBYE_S = 5.0


class Rhythm:
    """The periodic work of one process, between `start` and `stop`."""

    def __init__(self, deps: Deps, notifier: Notifier) -> None:
        self._deps = deps
        self._deliverer = Deliverer(deps, notifier)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._begin = clock.machine()
        """One instant for all, so that ticks of the same second wake the process once."""
        self._glance: asyncio.Task[Glance] | None = None
        self._glanced_at_s = float("-inf")
        self._failing: set[str] = set()
        self._looks: set[ItemId] = set()
        self._running: set[asyncio.Task[object]] = set()
        self._minding: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. Needs a running event loop."""
        self._every(1, "recover", self._recover)
        self._every(1, "look", self._look, at_once=_LOOKS_AT_ONCE)
        self._every(1, "holds", self._end_holds)
        self._every(1, "notices", self._say)
        self._every(1, "outages", self._watch)
        self._every(3600, "tidy", lambda: tidying.tidy_in_turn(self._deps))
        self._every(3600, "renew", lambda: renewing.renew_in_turn(self._deps))
        self._every(compared_every_s(self._deps), "clock", lambda: compare_clocks(self._deps))
        self._scheduler.start()
        self._minding = asyncio.create_task(self._mind_steps(), name="clock-steps")

    async def stop(self) -> None:
        """End: no new ticks, and those that run may finish, but for looks at networks that do not answer."""
        if self._minding is not None:
            self._minding.cancel()
            await asyncio.gather(self._minding, return_exceptions=True)
        self._scheduler.pause()
        self._deliverer.stop()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_LONGEST_GOODBYE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    async def _recover(self) -> None:
        if (await self._seen()).recover:
            await reconciling.recover(self._deps)

    async def _look(self) -> None:
        if (await self._seen()).look:
            await reconciling.look(self._deps, self._looks)

    async def _say(self) -> None:
        if (await self._seen()).say:
            await self._deliverer.turn()

    async def _end_holds(self) -> None:
        if (await self._seen()).release:
            await holding.end_holds(self._deps)

    async def _watch(self) -> None:
        if (await self._seen()).watch:
            await outages.watch(self._deps)

    async def _seen(self) -> Glance:
        """What there is to do, asked at most twice a second."""
        now_s = clock.uptime_s()
        if self._glance is None or now_s - self._glanced_at_s > _GLANCE_LASTS_S:
            self._glanced_at_s = now_s
            self._glance = asyncio.create_task(glance(self._deps))
        return await asyncio.shield(self._glance)

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
            next_run_time=self._begin,
        )

    async def _mind_steps(self) -> None:
        """Start every tick anew when the machine's clock was set: set back, APScheduler would wait for its old time."""
        while True:
            await stepped()
            for job in self._scheduler.get_jobs():  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # as above
                job.modify(next_run_time=clock.machine())  # pyright: ignore[reportUnknownMemberType]  # as above
