"""PostgreSQL goes away in the middle of a drain: answers are kept and written down later, nothing is doubled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from bot import clock
from bot.domain.publication import State
from storage.engine import Database
from tests.conftest import PostgresServer
from tests.crash.arena import LEASE_S, PATIENCE_S, Arena, numbered

_POSTS = 200

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def guardian(postgres_server: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    """A connection to another database of the same server."""
    connection = await asyncpg.connect(postgres_server.url)
    yield connection
    await connection.close()


async def _cut(guardian: asyncpg.Connection, name: str) -> None:
    await guardian.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)


@asynccontextmanager
async def _away(guardian: asyncpg.Connection, name: str) -> AsyncIterator[None]:
    """The database refuses everybody and throws out who is there, as while a server restarts."""
    await guardian.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    try:
        await _cut(guardian, name)
        yield
    finally:
        await guardian.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")


async def _begun(arena: Arena) -> str:
    """Posts in mid-drain; the database's name."""
    arena.network.latency_s = 0.2
    arena.start()
    await arena.until_true(lambda: "worker joined" in arena.workers[0].log())
    await arena.post_many(_POSTS, clock.now() + timedelta(seconds=1.5))
    await arena.until_true(lambda: len(arena.network.asked) >= 40)
    return str(make_url(arena.settings.database_url).database)


async def _all_once(arena: Arena, within_s: float) -> None:
    deadline_s = clock.uptime_s() + within_s
    while True:
        with suppress(DBAPIError, OSError):  # our own connections were cut as well
            await arena.until_only(State.PUBLISHED, within_s=deadline_s - clock.uptime_s())
            break
        await asyncio.sleep(0.1)
    await asyncio.sleep(1)
    arena.assert_once(numbered(_POSTS))


async def test_connections_cut_again_and_again(arena: Arena, guardian: asyncpg.Connection) -> None:
    name = await _begun(arena)
    for _ in range(10):
        await _cut(guardian, name)
        await asyncio.sleep(0.1)
    await _all_once(arena, within_s=PATIENCE_S)
    assert await arena.workers[0].end() == 0


@pytest.mark.parametrize("away_s", [2.0, LEASE_S + 2.0], ids=["within-the-lease", "past-the-lease"])
async def test_the_server_is_gone_for_a_while(arena: Arena, guardian: asyncpg.Connection, away_s: float) -> None:
    name = await _begun(arena)
    async with _away(guardian, name):
        asked = len(arena.network.asked)
        await asyncio.sleep(away_s)
        await arena.until_true(lambda: "answers not saved yet, kept" in arena.workers[0].log())
        assert len(arena.network.asked) < asked + arena.settings.senders * 3
    await _all_once(arena, within_s=PATIENCE_S)
    assert await arena.workers[0].end() == 0


async def test_the_database_takes_nothing_for_a_while(arena: Arena, guardian: asyncpg.Connection) -> None:
    """As after a switch to a stand-by that nobody has promoted."""
    name = await _begun(arena)
    worker = arena.workers[0]
    await guardian.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await _cut(guardian, name)
    await arena.until_true(lambda: "answers not saved yet, kept" in worker.log())
    await asyncio.sleep(LEASE_S + 2.0)
    await guardian.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = off")
    await _cut(guardian, name)
    await _all_once(arena, within_s=PATIENCE_S)
    assert worker.log().count("dispatcher answers not saved yet, kept") == 1
    assert worker.log().count("dispatcher arming failed") <= 1
    assert await worker.end() == 0


async def test_a_worker_stopped_in_a_transaction_does_not_hold_up_the_others(arena: Arena) -> None:
    """A stopped process leaves its transaction open, and with it its locks: on its own row in `workers`, here."""
    await arena.queue.post("Hello", due_at=clock.now() + timedelta(seconds=8))
    worker = arena.start()
    await arena.until_only(State.CLAIMED, within_s=PATIENCE_S)
    stopped = await Database.open(arena.settings.database_url)
    with suppress(DBAPIError, OSError):
        async with stopped.transaction() as session:
            await session.execute(text("UPDATE workers SET lease_until = lease_until"))
            worker.kill()
            arena.start()
            await arena.until_only(State.PUBLISHED, within_s=PATIENCE_S)
    await stopped.close()
    arena.assert_once(["Hello"])
