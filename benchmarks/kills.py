"""SIGKILL in the middle of a drain, and a restart: what was sent twice, what never, by the sink's own log.

What is counted does not depend on how fast the machine is, so several cases run at once.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from benchmarks import herald
from benchmarks.contenders import ON_POSTGRESQL, ON_SQLITE, PEERS, Field
from benchmarks.databases import fresh_postgresql, fresh_sqlite
from benchmarks.drains import PEERS_IN_FLIGHT, Count, Peer, Servers, Tell, filled, stored_in
from benchmarks.peers.settings import Settings
from benchmarks.processes import Child, running
from bot import clock
from storage.engine import Database

UNSEARCHABLE = f"{ON_POSTGRESQL}, a network that shows nothing"
LATENCY_S = 0.05
_LEAD_S = 6.0
_LOOK_EVERY_S, _LOOK_CLOSELY_S = 0.2, 0.002
_DOWN_S = 1.0
_QUIET_S = 15.0
"""celery's redis is looked through each 10 s for what was not acknowledged; who is quiet for longer is done."""
_SETTLED_S = 3.0
_PATIENCE_S = 600.0
_STARTED_S = 60.0
_AT_ONCE = 3
_LOG = "killed.log"
"""In the run's folder: workers that were killed have a lot to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """What a SIGKILL did."""

    contender: str
    posts: int
    killed_at: int
    """How many had arrived."""
    duplicates: int
    lost: int
    """Never arrived, and nobody is asked."""
    unrecorded: int
    """Arrived, no id was stored in the end, and nobody is asked."""
    asked: int
    """About how many a person is asked, whether they arrived or not; only Herald asks."""
    in_doubt: int
    """How many were in doubt at once after the restart; only Herald knows."""
    recovered_s: float | None
    """From the restart to the last arrival; None when nothing more arrived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A filled queue, and how to start a worker on it."""

    sink: Child
    posts: int
    start: Callable[[], AbstractAsyncContextManager[Child]]
    stored: Count
    unfinished: Count
    """How many posts somebody still has to do something for; counted as none where nobody can tell."""
    doubtful: Callable[[], Awaitable[set[str]]]
    """The keys of the posts of which it says itself that it does not know."""
    quiet_s: float


async def survive(field: Field, folder: Path, posts: int, only: str, tell: Tell) -> list[Survival]:
    """Kill each contender once, several at a time; `tell` hears of each that is through."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(run: Awaitable[Survival]) -> Survival:
        async with gate:
            found = await run
        tell(1)
        return found

    runs = [run for name, run in _runs(field, folder, posts).items() if only.lower() in name.lower()]
    return list(await asyncio.gather(*(one(run()) for run in runs)))


def names(field: Field, only: str) -> list[str]:
    """Who would be killed."""
    return [name for name in _runs(field, Path(), 1) if only.lower() in name.lower()]


def _runs(field: Field, folder: Path, posts: int) -> Mapping[str, Callable[[], Awaitable[Survival]]]:
    def fresh() -> AbstractAsyncContextManager[str]:
        return fresh_postgresql(field.servers.postgresql_url)

    runs: dict[str, Callable[[], Awaitable[Survival]]] = {
        ON_SQLITE: lambda: _herald(ON_SQLITE, fresh_sqlite(folder), folder, posts),
        ON_POSTGRESQL: lambda: _herald(ON_POSTGRESQL, fresh(), folder, posts),
        UNSEARCHABLE: lambda: _herald(UNSEARCHABLE, fresh(), folder, posts, "--unsearchable"),
    }
    for name, peer in PEERS.items():
        if name not in field.absent:
            runs[name] = lambda name=name, peer=peer: _peer(name, peer, field.servers, posts, folder / _LOG)
    return runs


async def _herald(
    name: str, fresh: AbstractAsyncContextManager[str], folder: Path, posts: int, *options: str
) -> Survival:
    async with fresh as url, running("sink", str(LATENCY_S)) as sink:
        database = await Database.open(url)
        try:
            sink_url = f"http://127.0.0.1:{await sink.line()}"
            due_at = clock.now() + timedelta(seconds=_LEAD_S)
            await herald.fill(database, sink_url, count=posts, due_at=due_at)
            arguments = (url, sink_url, str(folder / "media"), "--senders", str(PEERS_IN_FLIGHT), *options)
            case = _Case(
                sink=sink,
                posts=posts,
                start=lambda: running("worker", *arguments, log=folder / _LOG),
                stored=lambda: herald.published(database),
                unfinished=lambda: herald.unfinished(database),
                doubtful=lambda: herald.in_doubt(database),
                quiet_s=_SETTLED_S,
            )
            return await _killed(name, case)
        finally:
            await database.close()


async def _peer(name: str, peer: Peer, servers: Servers, posts: int, log: Path) -> Survival:
    async with (
        fresh_postgresql(servers.postgresql_url, migrated=False) as url,
        running("sink", str(LATENCY_S)) as sink,
        stored_in(url) as stored,
    ):
        settings = Settings(
            database_url=url,
            sink_url=f"http://127.0.0.1:{await sink.line()}",
            broker_url=servers.broker_url,
            posts=posts,
            in_flight=PEERS_IN_FLIGHT,
            due_s=0.0,
            quick_recovery=True,
        )
        await filled(peer, settings)
        case = _Case(
            sink=sink,
            posts=posts,
            start=lambda: running("peers", peer.module, "serve", settings.as_json(), log=log),
            stored=stored,
            unfinished=_cannot_tell,
            doubtful=_never_in_doubt,
            quiet_s=_QUIET_S,
        )
        return await _killed(name, case)


async def _cannot_tell() -> int:
    return 0


async def _never_in_doubt() -> set[str]:
    return set()


async def _killed(name: str, case: _Case) -> Survival:
    """Kill at half of the posts, start again, and wait until nothing moves any more."""
    async with case.start() as worker, asyncio.timeout(_PATIENCE_S):
        await worker.line(_STARTED_S)
        while int(await case.sink.ask("count")) < case.posts // 2:  # noqa: ASYNC110  # another process counts
            await asyncio.sleep(_LOOK_CLOSELY_S)
        await worker.kill()
    killed_at = int(await case.sink.ask("count"))
    await asyncio.sleep(_DOWN_S)
    restarted_s = time.time()
    async with case.start() as worker:
        await worker.line(_STARTED_S)
        in_doubt = await _quiet(case)
    arrivals: dict[str, list[float]] = json.loads(await case.sink.ask())
    asked = await case.doubtful()
    instants = [at for times in arrivals.values() for at in times]
    return Survival(
        contender=name,
        posts=case.posts,
        killed_at=killed_at,
        duplicates=len(instants) - len(arrivals),
        lost=case.posts - len(arrivals.keys() | asked),
        unrecorded=max(0, len(arrivals.keys() - asked) - await case.stored()),
        asked=len(asked),
        in_doubt=in_doubt,
        recovered_s=max(instants) - restarted_s if max(instants) > restarted_s else None,
    )


async def _quiet(case: _Case) -> int:
    """Wait until nothing is left to do and nothing arrives or is stored; returns the most that were in doubt."""
    in_doubt, seen, moved_s, began_s = 0, (-1, -1), time.time(), time.time()
    while time.time() - moved_s < case.quiet_s and time.time() - began_s < _PATIENCE_S:
        arrivals: dict[str, list[float]] = json.loads(await case.sink.ask())
        now = (sum(len(times) for times in arrivals.values()), await case.stored())
        in_doubt = max(in_doubt, len(await case.doubtful()))
        if now != seen or await case.unfinished():
            seen, moved_s = now, time.time()
        await asyncio.sleep(_LOOK_EVERY_S)
    return in_doubt


def summed(rounds: Sequence[Survival]) -> Survival:
    """Several kills of one contender: what went wrong is summed, the most in doubt and the middle of the rest told."""
    recovered = [one.recovered_s for one in rounds if one.recovered_s is not None]
    return Survival(
        contender=rounds[0].contender,
        posts=sum(one.posts for one in rounds),
        killed_at=sum(one.killed_at for one in rounds),
        duplicates=sum(one.duplicates for one in rounds),
        lost=sum(one.lost for one in rounds),
        unrecorded=sum(one.unrecorded for one in rounds),
        asked=sum(one.asked for one in rounds),
        in_doubt=max(one.in_doubt for one in rounds),
        recovered_s=median(recovered) if recovered else None,
    )
