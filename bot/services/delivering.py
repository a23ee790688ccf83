"""Bringing cards and notices to where they belong: in order, channel by channel, by one deliverer at a time.

Over all machines one deliverer holds a lease and keeps it while it works. Each channel of each workspace is a lane of
its own (bot/services/telling.py); what fails or is slow in one does not hold up the others. Where there are more lanes
than places, each has its place for a short while, and the workspace that has the fewest comes first.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from functools import partial

from bot import clock
from bot.services.deps import Deps
from bot.services.ports import Notifier
from bot.services.telling import Saver, Teller
from storage import lanes, ticks
from storage.ids import new_id
from storage.lanes import Lane

_log = logging.getLogger(__name__)

SEND_S = 10.0
"""How long saying one thing may take."""
LEASE_S = 15.0
_MARGIN_S = 1.0
_TASK = "notices"
_RENEW_EVERY_S = 1.0
_LOOK_EVERY_S = 0.25
_BREATH_S = 0.01
_LANES_AT_ONCE = 16
_PLACE_S = 2.0
"""So long a lane keeps its place while others wait for one."""
_BROKEN_S = 5.0
"""So long a lane in which something of ours broke is left alone."""
_SAVE_AGAIN_S = 0.5


class Deliverer:
    """Delivers what is owed, whenever it has its turn."""

    def __init__(self, deps: Deps, notifier: Notifier, *, lease_s: float = LEASE_S, send_s: float = SEND_S) -> None:
        self._deps = deps
        self._notifier = notifier
        self._id = new_id("dlv")
        self._lease_s = lease_s
        self._send_s = send_s
        self._held_until_s = float("-inf")
        self._ending = False
        self._saver = Saver(deps)
        self._times_refused = Counter[str]()
        self._begun_s: dict[Lane, float] = {}
        """Of this turn, when each lane had its place last."""
        self._somebody_vanished = False
        """Whether whoever did this before was killed at it, and may have said what nobody wrote down."""
        self._crowded = False
        """Whether lanes wait for a place."""

    def stop(self) -> None:
        """End the running turn after what is being said right now; there is no other."""
        self._ending = True

    async def turn(self) -> int:
        """Deliver all that is due, also what comes meanwhile. Returns how much got through.

        Nothing happens while another deliverer is at it. Not one transaction: many short ones.
        """
        if not await self._open_lanes() or not await self._hold():
            return 0
        before = self._saver.got_through
        saving = asyncio.create_task(self._saver.run())
        try:
            await self._work()
        finally:
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)
            await asyncio.shield(self._leave())
        return self._saver.got_through - before

    async def _work(self) -> None:
        running: dict[Lane, asyncio.Task[None]] = {}
        broken: dict[Lane, float] = {}
        renew_at_s = clock.uptime_s() + _RENEW_EVERY_S
        try:
            while True:
                if clock.uptime_s() >= renew_at_s or not self._may_say():
                    renew_at_s = clock.uptime_s() + _RENEW_EVERY_S
                    if not await self._hold():
                        return
                now_s = clock.uptime_s()
                open_lanes = await self._open_lanes() if self._may_say() else []
                waiting = {lane for lane in open_lanes if lane not in running and broken.get(lane, 0.0) <= now_s}
                while waiting and len(running) < _LANES_AT_ONCE:
                    lane = self._next(waiting, running)
                    waiting.discard(lane)
                    teller = self._teller(lane)
                    self._begun_s[lane] = now_s
                    running[lane] = asyncio.create_task(teller.clear(partial(self._may_go_on, lane)))
                self._crowded = bool(waiting)
                if not running:
                    return
                await asyncio.wait(running.values(), timeout=_LOOK_EVERY_S)
                await asyncio.sleep(_BREATH_S)
                broken |= dict.fromkeys(_ended(running), clock.uptime_s() + _BROKEN_S)
        finally:
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)
            self._begun_s.clear()

    def _next(self, waiting: Collection[Lane], running: Collection[Lane]) -> Lane:
        """Of the workspace with the fewest places the lane that had none for longest."""
        places = Counter(lane.workspace_id for lane in running)
        return min(waiting, key=lambda lane: (places[lane.workspace_id], self._begun_s.get(lane, 0.0), lane))

    def _may_go_on(self, lane: Lane) -> bool:
        """Whether a lane may say one thing more in its place."""
        over = self._crowded and clock.uptime_s() - self._begun_s[lane] > _PLACE_S
        return self._may_say() and not over

    def _teller(self, lane: Lane) -> Teller:
        teller = Teller(self._deps, self._notifier, self._saver, lane, send_s=self._send_s, refused=self._times_refused)
        if self._somebody_vanished and lane not in self._begun_s:
            teller.doubt()
        return teller

    async def _open_lanes(self) -> list[Lane]:
        if self._ending:
            return []
        async with self._deps.database.reading() as session:
            return await lanes.open_lanes(session, now=clock.now())

    def _may_say(self) -> bool:
        """Whether what begins now is over before somebody else could begin it."""
        return not self._ending and clock.uptime_s() + self._send_s + _MARGIN_S < self._held_until_s

    async def _hold(self) -> bool:
        asked_at_s = clock.uptime_s()
        async with self._deps.database.transaction() as session:
            before = await ticks.holder(session, _TASK)
            held = await ticks.hold_task(session, _TASK, self._id, lease=timedelta(seconds=self._lease_s))
        if held and before != self._id:
            self._somebody_vanished = before is not None
        self._held_until_s = asked_at_s + self._lease_s if held else float("-inf")
        return held

    async def _leave(self) -> None:
        """Write down what got through, trying for as long as the lease lasts, and hand it on."""
        while self._saver.unsaved:
            try:
                await self._saver.flush()
            except Exception:  # noqa: BLE001  # the database is away; it may come back in time
                if clock.uptime_s() >= self._held_until_s:
                    break
                await asyncio.sleep(_SAVE_AGAIN_S)
        self._saver.forget()
        self._held_until_s = float("-inf")
        with suppress(Exception):
            async with self._deps.database.transaction() as session:
                await ticks.leave_task(session, _TASK, self._id)


def _ended(running: dict[Lane, asyncio.Task[None]]) -> set[Lane]:
    """Take out the lanes whose work ended; returns those in which it broke, for a reason of ours."""
    broken: set[Lane] = set()
    for lane in [lane for lane, task in running.items() if task.done()]:
        error = running.pop(lane).exception()
        if error is not None:
            _log.error("notices of a channel left for later", extra={"workspace_id": lane.workspace_id}, exc_info=error)
            broken.add(lane)
    return broken
