"""The migrations lead to storage/tables.py, and nowhere else."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from storage.engine import Database, Session
from storage.migrations import migrate, schema_is_current
from storage.tables import Base

MIGRATE = """
import asyncio, sys
from storage.engine import Database
from storage.migrations import migrate

async def main():
    database = await Database.open(sys.argv[1])
    await migrate(database)
    await database.close()

asyncio.run(main())
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return str(request.getfixturevalue("empty_postgres_url"))


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Base.metadata))


async def test_an_empty_database_becomes_exactly_the_tables(empty_url: str) -> None:
    database = await Database.open(empty_url)
    assert not await schema_is_current(database)
    await migrate(database)
    assert await schema_is_current(database)
    async with database.reading() as session:
        assert await (await session.connection()).run_sync(_differences) == []
    await database.close()


async def test_migrating_again_changes_nothing(database: Database) -> None:
    assert await schema_is_current(database)
    await migrate(database)
    assert await schema_is_current(database)


async def test_partial_indexes_and_fillfactor_are_there(database: Database) -> None:
    async with database.reading() as session:
        if database.dialect == "sqlite":
            query = "SELECT sql FROM sqlite_master WHERE name = 'ix_post_items_claim'"
        else:
            query = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_post_items_claim'"
            options = await session.scalar(text("SELECT reloptions FROM pg_class WHERE relname = 'post_items'"))
            assert {"fillfactor=70", "autovacuum_vacuum_scale_factor=0.01"} <= set(options or ())
        definition = str(await session.scalar(text(query)))
    assert "'scheduled'" in definition.partition("WHERE")[2]


async def test_two_processes_migrating_at_once_both_end_well(empty_url: str) -> None:
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", MIGRATE, empty_url, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [(await process.communicate())[1].decode() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    database = await Database.open(empty_url)
    assert await schema_is_current(database)
    await database.close()


async def test_databases_migrated_at_once_in_one_process_all_become_current(empty_url: str, tmp_path: Path) -> None:
    urls = [empty_url, *(f"sqlite:///{tmp_path}/beside-{n}.db" for n in range(2))]

    def in_a_thread_of_its_own() -> bool:
        return asyncio.run(_made_current(f"sqlite:///{tmp_path}/thread.db"))

    beside = asyncio.to_thread(in_a_thread_of_its_own)
    assert await asyncio.gather(beside, *map(_made_current, urls)) == [True] * 4


async def _made_current(url: str) -> bool:
    database = await Database.open(url)
    await migrate(database)
    current = await schema_is_current(database)
    await database.close()
    return current


async def test_posts_of_the_first_schema_get_codes_and_versions(empty_url: str) -> None:
    database = await Database.open(empty_url)
    await migrate(database, to="0001_initial")
    async with database.transaction() as session:
        at = 1_700_000_000_000_000 if database.dialect == "sqlite" else "2026-11-01T00:00:00Z"
        made = {
            "workspaces (id, name, created_at)": "'ws', 'W'",
            "brands (id, workspace_id, name, timezone, grace_s, created_at)": "'br', 'ws', 'B', 'UTC', 900",
            "posts (id, workspace_id, brand_id, created_by, options, created_at)": "'abcdefgh', 'ws', 'br', '', '{}'",
        }
        for table, values in made.items():
            await session.execute(text(f"INSERT INTO {table} VALUES ({values}, {at!r})"))  # noqa: S608  # ours
    await migrate(database)
    async with database.reading() as session:
        assert (await session.execute(text("SELECT code, version FROM posts"))).one() == ("CDEFGH", 1)
    await database.close()


async def test_items_of_the_schema_before_go_to_their_account_once_and_may_get_other_kinds_beside_them(
    empty_url: str,
) -> None:
    database = await Database.open(empty_url)
    await migrate(database, to="0018_asked_approver")
    now = datetime(2026, 11, 1, tzinfo=UTC)
    at = int(now.timestamp() * 1_000_000) if database.dialect == "sqlite" else now
    whose = {"workspace_id": "ws", "brand_id": "br"}
    account = {"platform": "instagram", "platform_account_id": "ac", "handle": "ac", "display_name": "", "limits": "{}"}
    item: dict[str, object] = {**whose, "post_id": "po", "account_id": "ac", "platform": "instagram", "part": 0}
    item |= {"state": "published", "version": 1, "key": "", "key_at": at, "lead_s": 5.0, "created_at": at}
    item |= dict.fromkeys(("attempt", "tries", "looks"), 1)
    async with database.transaction() as session:
        await _insert(session, "workspaces", id="ws", name="W", created_at=at)
        brand = {"id": "br", "workspace_id": "ws", "name": "B", "timezone": "UTC", "grace_s": 900}
        await _insert(session, "brands", **brand, created_at=at)
        post = {"id": "po", **whose, "code": "PO", "version": 1, "created_by": "", "options": "{}"}
        await _insert(session, "posts", **post, created_at=at)
        where = {"service_url": "", "health": "healthy", "connected_at": at}
        await _insert(session, "accounts", id="ac", **whose, **account, **where)
        await _insert(session, "post_items", id="one", post_type="instagram-post", **item)
        attempt = {"attempt": 1, "workspace_id": "ws", "worker_id": "w", "claimed_at": at, "armed_at": at}
        await _insert(session, "attempts", item_id="one", **attempt)

    await migrate(database)

    story = {**item, "post_type": "instagram-story"}
    async with database.transaction() as session:
        await _insert(session, "post_items", id="two", kind="instagram-story", **story)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await _insert(session, "post_items", id="three", **story)
    async with database.reading() as session:
        items = (await session.execute(text("SELECT id, kind, state FROM post_items ORDER BY id"))).all()
        attempts = (await session.execute(text("SELECT item_id FROM attempts"))).all()
    assert items == [("one", "", "published"), ("two", "instagram-story", "published")]
    assert attempts == [("one",)]
    await database.close()


async def _insert(session: Session, table: str, **row: object) -> None:
    places = ", ".join(f":{name}" for name in row)
    await session.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"), row)  # noqa: S608  # ours
