"""Bringing cards and notices to where they belong: in order, channel by channel, by one deliverer at a time.

Over all machines one deliverer holds a lease and keeps it while it works. Each channel of each workspace is a lane of
its own (bot/services/telling.py); what fails or is slow in one does not hold up the others.
"""

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from datetime import timedelta

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
        broken: set[Lane] = set()
        renew_at_s = clock.uptime_s() + _RENEW_EVERY_S
        try:
            while True:
                if clock.uptime_s() >= renew_at_s or not self._may_say():
                    renew_at_s = clock.uptime_s() + _RENEW_EVERY_S
                    if not await self._hold():
                        return
                for lane in await self._open_lanes() if self._may_say() else []:
                    if lane not in running and lane not in broken and len(running) < _LANES_AT_ONCE:
                        running[lane] = asyncio.create_task(self._teller(lane).clear(self._may_say))
                if not running:
                    return
                await asyncio.wait(running.values(), timeout=_LOOK_EVERY_S)
                await asyncio.sleep(_BREATH_S)
                broken |= _ended(running)
        finally:
            for task in running.values():
                task.cancel()
            await asyncio.gather(*running.values(), return_exceptions=True)

    def _teller(self, lane: Lane) -> Teller:
        return Teller(self._deps, self._notifier, self._saver, lane, send_s=self._send_s, refused=self._times_refused)

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
            held = await ticks.hold_task(session, _TASK, self._id, lease=timedelta(seconds=self._lease_s))
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
