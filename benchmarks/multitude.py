"""A database with very many waiting posts, made in bulk: what Herald would have written, without Herald's minutes.

Ten brands of one workspace with three accounts each; a post goes to two accounts, so it has two items. Seconds are
spread over more than a year, the soonest an hour from now.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import asyncpg

from benchmarks.connector import PLATFORM
from benchmarks.content import TOKEN
from benchmarks.herald import vault
from bot.domain.accounts import Account, Secret, Tokens
from bot.domain.ids import WorkspaceId
from storage import accounts, brands, workspaces
from storage.engine import Database

BRANDS = 10
LEAD = timedelta(seconds=5)
GRACE = timedelta(minutes=15)
_ACCOUNTS_OF_A_BRAND = 3
_ITEMS_OF_A_POST = 2
_SPREAD = timedelta(days=400)
_SOONEST = timedelta(hours=1)
_WRITTEN = timedelta(days=90)
"""They were written during so long a time."""
_POSTS_AT_ONCE = 5_000
_TEXT = "A sentence of some length, as people write them. " * 5
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Row = Mapping[str, Any]
Batch = dict[str, list[Row]]
"""Rows by table, in the order in which tables refer to each other."""
Tell = Callable[[int], None]
"""Told how many items were written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Whose posts they are."""

    workspace_id: WorkspaceId
    accounts: Sequence[Account]
    """Those of one brand stand together."""

    def of_brand(self, number: int) -> Sequence[Account]:
        """The accounts of one brand, counted from 0."""
        first = number * _ACCOUNTS_OF_A_BRAND
        return self.accounts[first : first + _ACCOUNTS_OF_A_BRAND]


async def found(database: Database) -> Crowd:
    """A workspace, its brands and their accounts."""
    known: list[Account] = []
    async with database.transaction() as session:
        workspace = await workspaces.create_workspace(session, "Paperboat")
        for number in range(BRANDS):
            brand = await brands.create_brand(session, workspace.id, f"Juniper {number}", timezone="Europe/Berlin")
            for one in range(_ACCOUNTS_OF_A_BRAND):
                new = accounts.NewAccount(
                    platform=PLATFORM,
                    platform_account_id=f"{number}-{one}",
                    handle=f"juniper-{number}-{one}",
                    display_name="Juniper",
                    service_url="http://127.0.0.1:9",
                )
                account = await accounts.save_account(session, workspace.id, brand.id, new)
                await accounts.store_tokens(session, workspace.id, vault(), account, Tokens(access=Secret(TOKEN)))
                known.append(account)
    return Crowd(workspace_id=workspace.id, accounts=known)


async def fill(  # noqa: PLR0913  # what is put where
    database: Database, crowd: Crowd, items: int, *, now: datetime, tell: Tell, name: str = "a"
) -> None:
    """Write that many waiting items, and have PostgreSQL count what it has, as it does by itself in time."""
    chance = random.Random(7)  # noqa: S311  # the same crowd in each run
    posts = items // _ITEMS_OF_A_POST

    def batches() -> Iterator[Batch]:
        for start in range(0, posts, _POSTS_AT_ONCE):
            batch = _empty()
            for number in range(start, min(posts, start + _POSTS_AT_ONCE)):
                brand = crowd.of_brand(chance.randrange(BRANDS))
                written_at, due_at = now - _WRITTEN * (1 - number / posts), now + _SOONEST + chance.random() * _SPREAD
                of = chance.sample(brand, _ITEMS_OF_A_POST)
                _add(batch, crowd, of, f"{name}{number:09d}", now=written_at, due_at=due_at)
            yield batch

    await _write(database, batches(), tell)
    await _analyze(database)


async def add_due(  # noqa: PLR0913  # what is put where
    database: Database, crowd: Crowd, of: Sequence[Account], items: int, *, due_at: datetime, name: str
) -> None:
    """Write items of single-item posts that are all due then."""
    batch = _empty()
    for number in range(items):
        _add(batch, crowd, [of[number % len(of)]], f"{name}{number:09d}", now=due_at, due_at=due_at)
    await _write(database, iter([batch]), lambda _: None)


def _empty() -> Batch:
    return {"posts": [], "post_parts": [], "post_items": [], "cards": [], "audit_events": []}


def _add(  # noqa: PLR0913  # one post's facts
    batch: Batch, crowd: Crowd, of: Sequence[Account], name: str, *, now: datetime, due_at: datetime
) -> None:
    post_id, brand_id = f"post_{name}", of[0].brand_id
    whose = {"workspace_id": crowd.workspace_id}
    batch["posts"].append(
        {
            "id": post_id,
            "brand_id": brand_id,
            "code": name[-6:].upper(),
            "version": 1,
            "created_by": "benchmarks",
            "created_at": now,
            "scheduled_at": due_at,
            "options": "{}",
            **whose,
        }
    )
    batch["post_parts"].append({"post_id": post_id, "part": 0, "text": f"{name} {_TEXT}", **whose})
    batch["post_items"] += [_item(account, f"{name}_{n}", post_id, now, due_at) for n, account in enumerate(of)]
    card = {"wanted": 1, "shown": 1, "due_at": now, "tries": 0, "channel": "C1", "ts": name, "posted_at": now}
    batch["cards"].append({"post_id": post_id, "brand_id": brand_id, **card, **whose})
    event = {"at": now, "actor": "benchmarks", "event": "schedule", "detail": '{"text": "Scheduled."}'}
    batch["audit_events"].append({"id": f"evt_{name}", "post_id": post_id, **event, **whose})


def _item(account: Account, name: str, post_id: str, now: datetime, due_at: datetime) -> Row:
    return {
        "id": f"item_{name}",
        "workspace_id": account.workspace_id,
        "brand_id": account.brand_id,
        "post_id": post_id,
        "account_id": account.id,
        "platform": account.platform,
        "post_type": "sink-post",
        "part": 0,
        "state": "scheduled",
        "version": 1,
        "key": f"key-{name}",
        "key_at": now,
        "scheduled_at": due_at,
        "due_at": due_at,
        "claim_at": due_at - LEAD,
        "missed_after": due_at + GRACE,
        "lead_s": LEAD.total_seconds(),
        "attempt": 0,
        "tries": 0,
        "looks": 0,
        "created_at": now,
    }


# --- Writing --------------------------------------------------------------------------------------------------------


async def _write(database: Database, batches: Iterator[Batch], tell: Tell) -> None:
    if database.dialect == "sqlite":
        loop = asyncio.get_running_loop()
        path = Path(str(database.url.database))
        await asyncio.to_thread(_into_sqlite, path, batches, lambda n: loop.call_soon_threadsafe(tell, n))
    else:
        await _into_postgresql(database.url.render_as_string(hide_password=False), batches, tell)


def _into_sqlite(path: Path, batches: Iterator[Batch], tell: Callable[[int], object]) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=60)
    try:
        connection.execute("PRAGMA cache_size=-400000")
        for batch in batches:
            connection.execute("BEGIN IMMEDIATE")
            for table, rows in batch.items():
                names = list(rows[0])
                statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608  # our own names
                connection.executemany(statement, ([_in_sqlite(row[name]) for name in names] for row in rows))
            connection.execute("COMMIT")
            tell(len(batch["post_items"]))
    finally:
        connection.close()


def _in_sqlite(value: object) -> object:
    return (value - _EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value


async def _into_postgresql(url: str, batches: Iterator[Batch], tell: Tell) -> None:
    connection = await cast("Any", asyncpg).connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")  # rows are sound, and need no looking up
        for batch in batches:
            for table, rows in batch.items():
                names = list(rows[0])
                records = [tuple(row[name] for name in names) for row in rows]
                await connection.copy_records_to_table(table, records=records, columns=names)
            tell(len(batch["post_items"]))
    finally:
        await connection.close()


async def _analyze(database: Database) -> None:
    if database.dialect == "sqlite":
        return  # Herald never has SQLite analyze: plans must be good without
    connection = await cast("Any", asyncpg).connect(database.url.render_as_string(hide_password=False))
    try:
        await connection.execute("VACUUM (ANALYZE)", timeout=600)
    finally:
        await connection.close()
