"""How a drain is measured: everything is made ready, then watched from its second until the last id is durable."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import herald
from benchmarks.databases import fresh_postgresql, settle_down, used_by
from benchmarks.figures import Measured, Usage, Work
from benchmarks.peers.settings import Settings
from benchmarks.processes import Child, running
from bot import clock
from storage.engine import Database

Tell = Callable[[int], None]
"""Told how many more posts are done, for the progress bar."""
Count = Callable[[], Awaitable[int]]

PEERS_IN_FLIGHT = 64
_BARE_LEAD_S = 1.0
_COUNTED_FROM_S = 6.0
"""What the worker uses is counted from this long before the instant: claiming and preparing are in, starting is not."""
_READY_S = 2.0
_LOOK_EVERY_S, _LOOK_AT_THE_END_EVERY_S = 0.02, 0.002
"""The end is read more closely than what leads to it: of a drain that takes 0.3 s, 20 ms are a sixteenth."""
_NEARLY_ALL = 0.95
_QUIET_S = 30.0
"""Nothing arriving and nothing stored for so long is the end of a drain, whatever is missing."""
_SHARE_OF_ONE_HOST = 2
"""Of a worker's senders one host alone gets half."""
_HERALD_FILLED_PER_S = 1_000
_STARTS = 4
_STARTED_S = 60.0
_FILLED_S = 300.0


class TooLate(RuntimeError):
    """The second came before everything was ready: the machine is slower than was planned for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another queue."""

    module: str
    """In benchmarks/peers."""
    filled_per_s: int
    """How many posts a second it surely takes; its second is set that far ahead."""
    needs_broker: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What runs for everybody: a PostgreSQL, and a redis if one was found."""

    postgresql_url: str
    broker_url: str
    pids: tuple[int, ...]


async def in_time(run: Callable[[Work], Awaitable[Measured]], work: Work) -> Measured:
    """Run it, with more and more time to get ready when the machine needs more. Raises TooLate in the end."""
    for start in range(_STARTS):
        try:
            return await run(replace(work, lead_s=work.lead_s * 2**start))
        except TooLate:
            if start == _STARTS - 1:
                raise
    raise AssertionError("unreachable")


async def bare_loop(work: Work, tell: Tell) -> Measured:
    """The client loop alone, started at the instant."""
    async with running("sink", str(work.latency_s)) as sink:
        url = f"http://127.0.0.1:{await sink.line()}"
        async with running("bare", url, str(work.posts), str(work.in_flight)) as loop:
            await loop.line()
            before = await loop.usage()
            due_s = time.time() + _BARE_LEAD_S
            done_s = float(await loop.ask(str(due_s), timeout_s=_FILLED_S))
            after = await loop.usage()
        tell(work.posts)
        return Measured(
            due_s=due_s,
            durable_s=done_s,
            arrivals=json.loads(await sink.ask()),
            expected=work.posts,
            usage=_used([before], [after]),
            in_flight=work.in_flight,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """How many Herald workers there are and how they run."""

    count: int = 1
    profile: Path | None = None
    server_pids: tuple[int, ...] = ()
    budget: str = ""
    """What the network allows, as `connector.budget_of` reads it; empty for as much as one likes."""
    accounts: int = herald.ACCOUNTS


async def herald_on(
    database_url: str, folder: Path, work: Work, tell: Tell, workers: Workers | None = None
) -> Measured:
    """Herald's worker processes on a migrated, empty database."""
    how = workers or Workers()
    database = await Database.open(database_url)
    try:
        async with running("sink", str(work.latency_s)) as sink, AsyncExitStack() as stack:
            url = f"http://127.0.0.1:{await sink.line()}"
            due_at = clock.now() + timedelta(seconds=work.lead_s + work.posts / _HERALD_FILLED_PER_S)
            await herald.fill(database, url, count=work.posts, due_at=due_at, spread_over=how.accounts)
            if not database_url.startswith("sqlite"):
                await settle_down(database_url)
            senders = str(work.in_flight * _SHARE_OF_ONE_HOST)
            arguments = [database_url, url, str(folder), "--senders", senders]
            if how.budget:
                arguments += ["--budget", how.budget]
            if how.profile is not None:
                arguments += ["--profile", str(how.profile)]
            children = [await stack.enter_async_context(running("worker", *arguments)) for _ in range(how.count)]
            for child in children:
                await child.line(_STARTED_S)
            race = _Race(sink=sink, workers=children, pids=how.server_pids, due_s=due_at.timestamp())
            measured = await race.run(work, lambda: herald.published(database), tell)
            return replace(measured, in_flight=work.in_flight * how.count)
    finally:
        await database.close()


async def peer_on(peer: Peer, servers: Servers, work: Work, tell: Tell) -> Measured:
    """Another queue on a database of its own."""
    async with (
        running("sink", str(work.latency_s)) as sink,
        fresh_postgresql(servers.postgresql_url, migrated=False) as url,
        stored_in(url) as stored,
    ):
        settings = Settings(
            database_url=url,
            sink_url=f"http://127.0.0.1:{await sink.line()}",
            broker_url=servers.broker_url,
            posts=work.posts,
            in_flight=min(PEERS_IN_FLIGHT, work.in_flight),
            due_s=time.time() + work.lead_s + work.posts / peer.filled_per_s,
        )
        due_s = await filled(peer, settings)
        await settle_down(url)
        async with running("peers", peer.module, "serve", settings.as_json()) as worker:
            await worker.line(_STARTED_S)
            race = _Race(sink=sink, workers=[worker], pids=servers.pids, due_s=due_s)
            measured = await race.run(work, stored, tell)
        return replace(measured, in_flight=settings.in_flight)


async def filled(peer: Peer, settings: Settings) -> float:
    """Let a peer make its tables and enqueue the posts; returns the instant they are due."""
    async with running("peers", peer.module, "fill", settings.as_json()) as filler:
        return float(await filler.line(_FILLED_S))


@asynccontextmanager
async def stored_in(url: str) -> AsyncGenerator[Count]:
    """Counts the ids a peer has stored."""
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT", pool_size=1
    )

    async def count() -> int:
        async with engine.connect() as connection:
            found = await connection.execute(text("SELECT count(*) FROM posted WHERE remote_id IS NOT NULL"))
            return int(found.scalar_one())

    try:
        yield count
    finally:
        await engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Race:
    """Workers that are ready, and the sink they will post to."""

    sink: Child
    workers: Sequence[Child]
    pids: Sequence[int]
    due_s: float

    async def run(self, work: Work, stored: Count, tell: Tell) -> Measured:
        """Watch the drain. Raises TooLate."""
        if work.punctual and time.time() > self.due_s - _READY_S:
            raise TooLate
        await asyncio.sleep(max(0.0, self.due_s - _COUNTED_FROM_S - time.time()))
        before, servers_before = await self._usage(), await used_by(self.pids)
        await asyncio.sleep(max(0.0, self.due_s - time.time()))
        durable_s, recorded = await self._drained(work.posts, stored, tell)
        after, servers_after = await self._usage(), await used_by(self.pids)
        return Measured(
            due_s=self.due_s,
            durable_s=durable_s,
            arrivals=json.loads(await self.sink.ask()),
            expected=work.posts,
            usage=_used(before, after),
            servers_cpu_s=None if servers_before is None or servers_after is None else servers_after - servers_before,
            recorded=recorded,
        )

    async def _usage(self) -> list[Usage]:
        return [await worker.usage() for worker in self.workers]

    async def _drained(self, posts: int, stored: Count, tell: Tell) -> tuple[float, int]:
        """Wait for the last arrival, then for the last id; the database is asked nothing before that."""
        arrived, recorded, moved_s = 0, 0, time.time()
        while time.time() - moved_s < _QUIET_S:
            if not all(worker.alive() for worker in self.workers):
                raise RuntimeError("a worker ended early")
            if arrived < posts:
                found = int(await self.sink.ask("count"))
                moved_s = time.time() if found > arrived else moved_s
                tell(found - arrived)
                arrived = found
            if arrived >= posts:
                found = await stored()
                moved_s = time.time() if found > recorded else moved_s
                recorded = found
            if recorded >= posts:
                return time.time(), recorded
            await asyncio.sleep(_LOOK_EVERY_S if arrived < posts * _NEARLY_ALL else _LOOK_AT_THE_END_EVERY_S)
        return moved_s, await stored()


def _used(before: Sequence[Usage], after: Sequence[Usage]) -> Usage:
    return Usage(
        cpu_s=sum(one.cpu_s for one in after) - sum(one.cpu_s for one in before),
        peak_mb=sum(one.peak_mb for one in after),
    )
