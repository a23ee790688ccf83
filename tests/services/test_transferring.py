"""Moving from SQLite to PostgreSQL: everything arrives, nothing half-done remains, and never two databases in use."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import JSON, Text, func, insert, select, text, type_coerce, update

from bot import clock
from bot.domain.errors import Conflict, UserError
from bot.domain.publication import State
from bot.services import transferring
from bot.services.transferring import Transferred
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import Base, PostItemRow, WorkerRow, WorkspaceRow
from storage.vault import Vault
from tests import filling
from tests.factories import make_account, make_workspace, vault
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import queue

EVERYTHING = {table.name for table in Base.metadata.sorted_tables}

TRANSFER = """
import asyncio, sys
from bot.services import transferring
from storage.vault import Vault

def told(table, done, of):
    print(table, done, of, flush=True)
    if table == sys.argv[3] and done:
        sys.stdin.read()

asyncio.run(transferring.transfer(sys.argv[1], sys.argv[2], vault=Vault([b"k" * 32]), told=told))
"""

MEASURE = """
import resource
from bot.services import transferring
from storage.media.folder import FolderStore
before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
"""


async def _move(source: str, target: str, ring: Vault | None = None) -> Transferred:
    return await transferring.transfer(source, target, vault=ring or vault(), told=lambda _table, _done, _of: None)


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    try:
        yield database
    finally:
        await database.close()


async def _contents(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table as Python sees it, with JSON's null told from SQL's."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    async with _open(url) as database, database.reading() as session:
        for table in Base.metadata.sorted_tables:
            texts = [type_coerce(c, Text()).is_(None) for c in table.columns if isinstance(c.type, JSON)]
            rows = [tuple(row) for row in await session.execute(select(*table.columns, *texts))]
            found[table.name] = sorted(rows, key=repr)
    return found


async def _count(url: str, *names: str) -> dict[str, int]:
    async with _open(url) as database, database.reading() as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if not names or table.name in names
        }


async def _fill(url: str) -> None:
    async with _open(url) as database:
        async with database.transaction() as session:
            await filling.fill(session)
            await session.execute(update(Base.metadata.tables["credentials"]).values(key_id=vault().key_id))
        async with database.transaction() as session:
            await session.execute(Base.metadata.tables["moves"].delete())


async def test_every_table_arrives_as_it_was(sqlite_url: str, empty_postgres_url: str) -> None:
    await _fill(sqlite_url)
    before = await _contents(sqlite_url)
    assert {name for name, rows in before.items() if len(rows) == filling.ROWS} == EVERYTHING - {"moves"}

    done = await _move(sqlite_url, empty_postgres_url)

    after = await _contents(empty_postgres_url)
    for name in EVERYTHING - {"post_items", "workers"}:
        assert after[name] == before[name], name
    assert done.rows == {name: len(rows) for name, rows in after.items()}
    assert after["workers"] == []


async def test_what_was_claimed_is_free_and_what_was_being_sent_is_left_to_recovery(
    sqlite_url: str, empty_postgres_url: str
) -> None:
    await _fill(sqlite_url)
    await _move(sqlite_url, empty_postgres_url)
    async with _open(empty_postgres_url) as database, database.reading() as session:
        rows = (await session.execute(select(PostItemRow.state, PostItemRow.worker_id))).all()
    states = sorted(state for state, _ in rows)
    assert states == [State.SCHEDULED, State.SCHEDULED, State.SENDING]


async def test_no_plan_is_made_for_a_table_because_it_is_empty_now(sqlite_url: str, empty_postgres_url: str) -> None:
    async with _open(sqlite_url) as database:
        await make_workspace(database)

    await _move(sqlite_url, empty_postgres_url)

    asked = "SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    async with _open(empty_postgres_url) as database, database.reading() as session:
        known = {row.relname: row.reltuples for row in await session.execute(text(asked))}
    assert known["workspaces"] == 1
    assert known["item_material"] == -1  # what is said of a table that nobody has looked at


async def test_moving_again_is_refused_wherever_to(sqlite_url: str, empty_postgres_url: str, postgres_url: str) -> None:
    await _fill(sqlite_url)
    await _move(sqlite_url, empty_postgres_url)
    with pytest.raises(Conflict, match=r"moved to .* already"):
        await _move(sqlite_url, empty_postgres_url)
    with pytest.raises(Conflict, match="This installation moved to"):
        await _move(sqlite_url, postgres_url)


async def test_a_target_with_something_in_it_is_refused(sqlite_url: str, postgres_url: str) -> None:
    async with _open(postgres_url) as database:
        await make_workspace(database)
    with pytest.raises(Conflict, match="not empty: there is table workspaces"):
        await _move(sqlite_url, postgres_url)
    assert (await _count(sqlite_url, "moves")) == {"moves": 0}


async def test_a_target_with_a_table_of_somebody_else_is_refused(sqlite_url: str, empty_postgres_url: str) -> None:
    connection = await asyncpg.connect(empty_postgres_url)
    await connection.execute("CREATE TABLE customers (id int)")
    with pytest.raises(Conflict, match="not empty: there is table customers"):
        await _move(sqlite_url, empty_postgres_url)
    assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 1
    await connection.close()


@pytest.mark.parametrize("address", ["sqlite:///other.db", "mysql://u@h/n", "postgresql://h", "somewhere", ""])
async def test_only_postgresql_will_do(sqlite_url: str, address: str) -> None:
    with pytest.raises(UserError, match="not the address of a PostgreSQL database"):
        await _move(sqlite_url, address)
    with pytest.raises(UserError, match="not the address of a PostgreSQL database"):
        await _move(sqlite_url, sqlite_url)


async def test_a_server_that_does_not_answer_is_one_sentence_without_the_password(sqlite_url: str) -> None:
    with pytest.raises(Conflict, match=r"at 127\.0\.0\.1:1/herald cannot be reached") as refused:
        await _move(sqlite_url, "postgresql://herald:hunter2@127.0.0.1:1/herald")
    assert "hunter2" not in str(refused.value)


async def test_why_a_server_refuses_is_told(sqlite_url: str, empty_postgres_url: str) -> None:
    with pytest.raises(Conflict, match=r'cannot be reached \(database "nothing_\w+" does not exist\)'):
        await _move(sqlite_url, empty_postgres_url.replace("/test_", "/nothing_"))
    with pytest.raises(Conflict, match=r"cannot be reached \(nobody knows that host\)"):
        await _move(sqlite_url, "postgresql://herald@nowhere.invalid/herald")


async def test_a_living_lease_is_respected(sqlite_url: str, empty_postgres_url: str) -> None:
    async with _open(sqlite_url) as database, database.transaction() as session:
        now = clock.now()
        lease = {"host": "h", "pid": 1, "started_at": now, "lease_until": now + timedelta(seconds=60)}
        await session.execute(insert(WorkerRow).values(id="wkr_1", **lease))
    with pytest.raises(Conflict, match="A worker is running"):
        await _move(sqlite_url, empty_postgres_url)
    assert await _count(sqlite_url, "workers", "moves") == {"workers": 1, "moves": 0}


async def test_nothing_else_may_have_the_database_open(sqlite_url: str, empty_postgres_url: str) -> None:
    """An idle `herald web` holds no lease and writes only when somebody asks."""
    idle = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select * from moves').fetchall();"
    idle += "print('open', flush=True); sys.stdin.read()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", idle, sqlite_url.removeprefix("sqlite:///"),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"open\n"
    with pytest.raises(Conflict, match="Stop every herald serve, web and worker"):
        await _move(sqlite_url, empty_postgres_url)
    await process.communicate(b"")
    await _move(sqlite_url, empty_postgres_url)


async def test_a_key_ring_of_another_installation_is_refused(sqlite_url: str, empty_postgres_url: str) -> None:
    async with _open(sqlite_url) as database:
        await make_account(database)
    with pytest.raises(Conflict, match="opens none of the stored tokens"):
        await _move(sqlite_url, empty_postgres_url, Vault([b"x" * 32]))
    await _move(sqlite_url, empty_postgres_url)


async def test_what_postgresql_cannot_hold_is_named_and_nothing_is_moved(
    sqlite_url: str, empty_postgres_url: str
) -> None:
    async with _open(sqlite_url) as database, database.transaction() as session:
        session.add(WorkspaceRow(id="ws_1", name="nothing \x00 ends here", created_at=clock.now()))
    with pytest.raises(Conflict, match=r"did not take table workspaces .* Nothing was moved"):
        await _move(sqlite_url, empty_postgres_url)
    assert sum((await _count(empty_postgres_url)).values()) == 0
    assert await _count(sqlite_url, "moves", "workspaces") == {"moves": 0, "workspaces": 1}


@pytest.mark.parametrize("killed_in", ["workspaces", "post_items", "workers"])
async def test_killed_in_the_middle_it_leaves_both_as_they_were(
    sqlite_url: str, empty_postgres_url: str, killed_in: str
) -> None:
    await _fill(sqlite_url)
    last = [table.name for table in Base.metadata.sorted_tables if table.name not in {"workers", "moves"}][-1]
    before = await _contents(sqlite_url)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", TRANSFER, sqlite_url, empty_postgres_url, last if killed_in == "workers" else killed_in,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async for line in process.stdout:
        name, done, _ = line.decode().split()
        if name == (last if killed_in == "workers" else killed_in) and done != "0":
            break
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert sum((await _count(empty_postgres_url)).values()) == 0
    assert await _contents(sqlite_url) == before
    assert (await _move(sqlite_url, empty_postgres_url)).rows["posts"] == filling.ROWS


async def test_killed_between_the_two_commits_it_goes_on_when_it_is_run_again(
    sqlite_url: str, empty_postgres_url: str
) -> None:
    """Then the old database is marked, and nothing has arrived: neither is in use."""
    await _fill(sqlite_url)
    await _move(sqlite_url, empty_postgres_url)
    place = (await _contents(sqlite_url))["moves"][0][0]
    connection = await asyncpg.connect(empty_postgres_url)
    for table in reversed(Base.metadata.sorted_tables):
        await connection.execute(f'DELETE FROM "{table.name}"')  # noqa: S608  # a table of ours
    await connection.close()
    assert (await _move(sqlite_url, empty_postgres_url)).target == place
    assert (await _count(sqlite_url, "moves")) == {"moves": 1}
    assert (await _count(empty_postgres_url, "moves", "posts")) == {"moves": 0, "posts": filling.ROWS}


async def test_many_rows_do_not_need_more_memory(sqlite_url: str, empty_postgres_url: str) -> None:
    """Held in memory, these rows would take some 40 MB."""
    rows = 50_000
    many = """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :rows)
        INSERT INTO audit_events (id, workspace_id, at, actor, event, detail)
        SELECT printf('aud_%d', n), (SELECT id FROM workspaces), 1800000000000000 + n, 'tests', 'happened',
               json_object('text', printf('%0200d', n), 'n', n) FROM numbers
    """
    async with _open(sqlite_url) as database:
        await make_workspace(database)
        async with database.transaction() as session:
            await session.execute(text(many), {"rows": rows})
    measured = MEASURE + TRANSFER + "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb)"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", measured, sqlite_url, empty_postgres_url, "", stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    grown_kb = int(said.split()[-1])
    assert await _count(empty_postgres_url, "audit_events") == {"audit_events": rows}
    assert grown_kb < 20_000


async def test_posts_go_on_where_they_were_and_nothing_twice(
    sqlite_url: str, empty_postgres_url: str, network: ToyNetwork, tmp_path: Path
) -> None:
    database = await Database.open(sqlite_url)
    async with queue(database, toy_connector(), network, FolderStore(tmp_path / "media")) as old:
        first = await old.post("First")
        async with old.working():
            assert await old.until(first, State.PUBLISHED) == [State.PUBLISHED]
        network.behaviour = lambda _: "lose_answer"
        lost = await old.post("In doubt")
        async with old.working():
            await old.until(lost, State.UNCONFIRMED)
        later = await old.post("Later", due_at=clock.now() + timedelta(seconds=1))
        network.behaviour = lambda _: "ok"
        await database.close()
        await _move(sqlite_url, empty_postgres_url, Vault([bytes(32)]))
        async with _open(empty_postgres_url) as moved:
            new = replace(old, deps=replace(old.deps, database=moved))
            async with new.working():
                for post_id in (first, lost, later):
                    assert await new.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert sorted(network.texts()) == ["First", "In doubt", "Later"]
    assert sorted(network.asked) == ["First", "In doubt", "Later"]
