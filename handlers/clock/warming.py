"""Which hosts the next seconds need connections to, told once for each host and burst."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from bot import clock
from bot.services import publishing
from bot.services.deps import Deps
from handlers.clock.crew import Crew
from handlers.clock.lanes import Lanes
from handlers.clock.waits import until_set

T = TypeVar("T")

EVERY_S = 0.5
_AT_ONCE = 16
_AHEAD_S = 3.0


class Warming:
    """What was asked for lately is not asked for again, unless more is needed."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._warmed: dict[str, tuple[float, int]] = {}

    def wanted(self, waiting: Iterable[tuple[str, float]], *, now_s: float) -> Iterator[tuple[str, int]]:
        """Hosts and how many connections each should have, given the hosts and seconds of what waits."""
        hosts = Counter(host for host, due_s in waiting if EVERY_S < due_s - now_s < _AHEAD_S)
        self._warmed = {host: one for host, one in self._warmed.items() if now_s - one[0] < _AHEAD_S}
        for host, due in hosts.items():
            wanted = min(due, self._most)
            if host and wanted > self._warmed.get(host, (0.0, 0))[1]:
                self._warmed[host] = (now_s, wanted)
                yield host, wanted


class Warmers:
    """Who opens the connections that the next seconds need, to at most `most` a host."""

    def __init__(self, deps: Deps, *, most: int) -> None:
        self._deps = deps
        self._warming = Warming(most=most)
        self._crew: Crew[tuple[str, int]] = Crew(self._warm, most=_AT_ONCE)

    async def run(self, lanes: Lanes[T], changed: asyncio.Event) -> None:
        """Look at what waits in the lanes, until cancelled. `changed` is set when more does."""
        while True:
            if not len(lanes):
                await until_set(changed, None)
            await asyncio.sleep(EVERY_S)
            self._crew.add(self._warming.wanted(lanes.seconds(), now_s=clock.epoch_s()))

    async def stop(self) -> None:
        """Break everything off."""
        await self._crew.stop()

    async def _warm(self, host_and_number: tuple[str, int]) -> None:
        await publishing.warm(self._deps, *host_and_number)
