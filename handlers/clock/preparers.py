"""Who makes posts ready, and how many at once: for an account, on a host, in all.

Each account has a crew for its texts and one for what has files, so that nobody stands behind another's uploads, nor a
text behind those of its own account. Of what a host or the whole has places for, who waits longest is next. While a
network processes what it was given nobody keeps a place.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

from bot.services.publishing import Job
from handlers.clock.crew import Crew
from handlers.clock.lease import Lease

Pause = Callable[[float], Awaitable[None]]
Prepare = Callable[[Lease, Job, Pause], Coroutine[Any, Any, None]]
_Held = tuple[Lease, Job]
_Key = tuple[str, bool]
_CREWS_KEPT = 256


_TASKS_OF_AN_ACCOUNT = 512
"""Those that wait for a place, or for a network that is processing, included."""


@dataclass(frozen=True, slots=True)
class _Most:
    """How many are made ready at once. Fewer in all than the transport has connections: the sending needs some."""

    of_an_account: int
    on_a_host: int
    in_all: int


_MOST = {
    False: _Most(of_an_account=16, on_a_host=64, in_all=128),
    True: _Most(of_an_account=8, on_a_host=24, in_all=48),
}
"""Of texts, and of what has files."""


class Preparers:
    """`prepare` is called with each, and with how to wait without keeping others from its place."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._crews: dict[_Key, Crew[_Held]] = {}
        self._shares: WeakValueDictionary[_Key, asyncio.Semaphore] = WeakValueDictionary()
        self._in_all = {has_files: asyncio.Semaphore(most.in_all) for has_files, most in _MOST.items()}

    def __len__(self) -> int:
        return sum(map(len, self._crews.values()))

    def add(self, lease: Lease, jobs: Iterable[Job]) -> None:
        """Have these made ready; of an account in this order."""
        by_key: dict[_Key, list[_Held]] = {}
        for job in jobs:
            by_key.setdefault((job.item.account_id, bool(job.item.media)), []).append((lease, job))
        if len(self._crews) > _CREWS_KEPT:
            self._crews = {key: crew for key, crew in self._crews.items() if len(crew)}
        for key, held in by_key.items():
            if key not in self._crews:
                self._crews[key] = Crew(self._work, most=_TASKS_OF_AN_ACCOUNT)
            self._crews[key].add(held)

    async def stop(self) -> None:
        """Break everything off and forget what waits."""
        await asyncio.gather(*(crew.stop() for crew in self._crews.values()))

    def drop(self) -> None:
        """The same without waiting until it is over."""
        for crew in self._crews.values():
            crew.drop()

    async def _work(self, held: _Held) -> None:
        lease, job = held
        account, has_files = job.login.connected.account, bool(job.item.media)
        most = _MOST[has_files]
        of_account = self._share((account.id, has_files), most.of_an_account)
        on_host = self._share((account.service_url, has_files), most.on_a_host)
        place = Place(of_account, on_host, self._in_all[has_files])

        async def pause(for_s: float) -> None:
            async with place.left():
                await asyncio.sleep(for_s)

        async with place:
            await self._prepare(lease, job, pause)

    def _share(self, key: _Key, most: int) -> asyncio.Semaphore:
        share = self._shares.get(key)
        if share is None:
            share = self._shares[key] = asyncio.Semaphore(most)
        return share


class Place:
    """One of the account's, the host's and of all, in that order: who waits takes nobody else's."""

    def __init__(self, *of: asyncio.Semaphore) -> None:
        self._of = of
        self._taken = 0

    async def __aenter__(self) -> None:
        try:
            for semaphore in self._of:
                await semaphore.acquire()
                self._taken += 1
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        while self._taken:
            self._taken -= 1
            self._of[self._taken].release()

    @asynccontextmanager
    async def left(self) -> AsyncIterator[None]:
        """Leave it for the block, and have it again afterwards."""
        await self.__aexit__()
        yield
        await self.__aenter__()
