"""What runs when. Every tick claims its work in the database, so any number of processes may run it.

APScheduler owns the rhythm, but for each second's: a plain loop wakes an idle process less often and does less then.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import clock
from bot.services import (
    agreeing,
    alerting,
    checking,
    digesting,
    holding,
    holding_posts,
    measuring,
    outages,
    preflight,
    reconciling,
    recurring,
    relaying,
    renewing,
    tidying,
)
from bot.services.delivering import Deliverer
from bot.services.deps import Deps
from bot.services.glancing import glance
from bot.services.ports import Notifier
from bot.services.relaying import Relay
from handlers.clock.timekeeping import Steps, compare_clocks, compared_every_s

if TYPE_CHECKING:
    from bot.domain.ids import ItemId

_log = logging.getLogger(__name__)
logging.getLogger("apscheduler").setLevel(logging.ERROR)
"""A tick that is skipped because the one before still runs is no news: every tick takes up all there is."""

_LOOKS_AT_ONCE = 30
"""A look at a network that does not answer takes its time-out; the others do not wait for it."""
_LONGEST_GOODBYE_S = 5.0
_BEAT_S = 1


class Rhythm:
    """The periodic work of one process, between `start` and `stop`."""

    def __init__(self, deps: Deps, notifier: Notifier) -> None:
        self._deps = deps
        self._deliverer = Deliverer(deps, notifier)
        self._relay = Relay(deps)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._begin = clock.machine()
        """One instant for all, so that ticks of the same second wake the process once."""
        self._each_beat: dict[str, Callable[[], Awaitable[object]]] = {}
        self._under_way: Counter[str] = Counter()
        self._failing: set[str] = set()
        self._looks: set[ItemId] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin. Needs a running event loop."""
        self._every(_BEAT_S, "second", self._each_second)
        self._every(15, "approvals", lambda: agreeing.end_late(self._deps))
        self._every(15, "repeats", lambda: recurring.plan_next(self._deps))
        self._every(3600, "tidy", lambda: tidying.tidy_in_turn(self._deps))
        self._every(60, "missions", lambda: relaying.tell_of_passed_in_turn(self._deps))
        self._every(3600, "renew", lambda: renewing.renew_in_turn(self._deps))
        self._every(60, "digests", lambda: digesting.tell_due(self._deps))
        self._every(60, "numbers", lambda: measuring.measure(self._deps))
        self._every(3600, "alerts", lambda: alerting.warn_in_turn(self._deps))
        self._every(3600, "accounts", lambda: checking.check_in_turn(self._deps))
        self._every(300, "preflight-day", lambda: preflight.look_in_turn(self._deps, preflight.Step.DAY))
        self._every(60, "preflight-soon", lambda: preflight.look_in_turn(self._deps, preflight.Step.SOON))
        self._every(compared_every_s(self._deps), "clock", lambda: compare_clocks(self._deps))
        self._scheduler.start()
        self._beating = asyncio.create_task(self._beat(), name="beat")

    async def stop(self) -> None:
        """End: no new ticks, and those that run may finish, but for looks at networks that do not answer."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        self._scheduler.pause()
        self._deliverer.stop()
        self._relay.stop()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_LONGEST_GOODBYE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._scheduler.shutdown(wait=False)

    async def _each_second(self) -> None:
        """Begin what there is something to do for. One glance for all: most seconds there is nothing."""
        seen = await glance(self._deps)
        if seen.recover:
            self._begin_work("recover", lambda: reconciling.recover(self._deps))
        if seen.look:
            self._begin_work("look", lambda: reconciling.look(self._deps, self._looks), at_once=_LOOKS_AT_ONCE)
        if seen.release:
            self._begin_work("holds", lambda: holding.end_holds(self._deps))
            self._begin_work("holds of posts", lambda: holding_posts.end_holds(self._deps))
        if seen.say:
            self._begin_work("notices", self._deliverer.turn)
        if seen.deliver:
            self._begin_work("webhooks", self._relay.turn)
        if seen.watch:
            self._begin_work("outages", lambda: outages.watch(self._deps))

    def _begin_work(self, name: str, work: Callable[[], Awaitable[object]], *, at_once: int = 1) -> None:
        if self._under_way[name] >= at_once:
            return
        self._under_way[name] += 1
        task = asyncio.create_task(self._tick(name, work), name=f"tick-{name}")
        task.add_done_callback(lambda _: self._under_way.subtract([name]))
        self._own(task)

    def _own(self, task: asyncio.Task[Any]) -> None:
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tick(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
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

    def _every(self, seconds: int, name: str, work: Callable[[], Awaitable[object]]) -> None:
        if seconds == _BEAT_S:
            self._each_beat[name] = work
            return

        async def tick() -> None:
            task = asyncio.current_task()
            if task is not None:
                self._own(task)
            await self._tick(name, work)

        self._scheduler.add_job(  # pyright: ignore[reportUnknownMemberType]  # APScheduler 3 has no types
            tick,
            "interval",
            seconds=seconds,
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=self._begin,
        )

    async def _beat(self) -> None:
        """Begin each second's ticks, and all the others anew when the machine's clock was set.

        Set back, APScheduler would wait for its old time.
        """
        steps = Steps()
        while True:
            for name, work in self._each_beat.items():
                self._begin_work(name, work)
            await asyncio.sleep(clock.until_beat_s(_BEAT_S))
            if steps.seen():
                await self._tick("clock-steps", self._begin_anew)

    async def _begin_anew(self) -> None:
        for job in self._scheduler.get_jobs():  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # as above
            job.modify(next_run_time=clock.machine())  # pyright: ignore[reportUnknownMemberType]  # as above
