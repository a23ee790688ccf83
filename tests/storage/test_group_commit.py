"""The one writer of SQLite: who shares a COMMIT, who fails with whom, and that nobody can wedge it."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from bot import clock
from storage.engine import Database
from storage.ids import new_id
from storage.sqlite import WriterLost
from storage.tables import WorkspaceRow

HOLD_THE_LOCK = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
connection.execute("COMMIT")
"""


@pytest.fixture
async def lite(sqlite_url: str) -> AsyncIterator[Database]:
    database = await Database.open(sqlite_url)
    yield database
    await database.close()


async def _write(database: Database, name: str = "w") -> None:
    async with database.transaction() as session:
        session.add(WorkspaceRow(id=new_id("ws"), name=name, created_at=clock.now()))


async def _count(database: Database) -> int:
    async with database.reading() as session:
        return int(await session.scalar(select(func.count()).select_from(WorkspaceRow)) or 0)


async def test_bodies_that_come_together_share_few_commits(lite: Database) -> None:
    await asyncio.gather(*(_write(lite) for _ in range(200)))
    assert await _count(lite) == 200
    assert lite.commits < 100


async def test_nobody_is_told_before_the_commit(lite: Database) -> None:
    async def write_and_look() -> int:
        await _write(lite)
        return await _count(lite)

    seen = await asyncio.gather(*(write_and_look() for _ in range(20)))
    assert min(seen) >= 1
    assert max(seen) == 20


async def test_a_cancelled_body_takes_back_its_own_work_alone(lite: Database) -> None:
    inside = asyncio.Event()

    async def stuck() -> None:
        async with lite.transaction() as session:
            session.add(WorkspaceRow(id=new_id("ws"), name="gone", created_at=clock.now()))
            await session.flush()
            inside.set()
            await asyncio.Event().wait()

    before = asyncio.create_task(_write(lite))
    task = asyncio.create_task(stuck())
    after = [asyncio.create_task(_write(lite)) for _ in range(5)]
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.gather(before, *after)
    assert await _count(lite) == 6


async def test_cancelling_at_any_moment_wedges_nothing_and_loses_nobody_elses_work(lite: Database) -> None:
    async def victim() -> None:
        async with lite.transaction() as session:
            for _ in range(5):
                session.add(WorkspaceRow(id=new_id("ws"), name="victim", created_at=clock.now()))
                await session.flush()

    kept = 0
    for pauses in range(60):
        task = asyncio.create_task(victim())
        neighbours = [asyncio.create_task(_write(lite, "neighbour")) for _ in range(3)]
        for _ in range(pauses):
            await asyncio.sleep(0.0001)
        task.cancel()
        await asyncio.gather(*neighbours)
        kept += len(neighbours)
        await asyncio.gather(task, return_exceptions=True)
    async with lite.reading() as session:
        query = select(WorkspaceRow.name, func.count()).group_by(WorkspaceRow.name)
        counts = dict((await session.execute(query)).all())
    assert counts["neighbour"] == kept
    assert counts.get("victim", 0) % 5 == 0


def _at_once(
    database: Database, workspace_id: str, name: str = "w"
) -> Coroutine[Any, Any, Row[*tuple[Any, ...]] | None]:
    new = insert(WorkspaceRow).returning(WorkspaceRow.id)
    return database.write_at_once(new, {"id": workspace_id, "name": name, "created_at": clock.now()})


async def test_single_statements_share_commits_with_the_others_and_one_that_fails_takes_nothing_along(
    lite: Database,
) -> None:
    twice = ["one", "one", "two"]
    written = await asyncio.gather(
        *(_at_once(lite, name) for name in twice), *(_write(lite) for _ in range(97)), return_exceptions=True
    )
    assert isinstance(written[1], IntegrityError)
    assert [written[0], written[2]] == [("one",), ("two",)]
    assert await _count(lite) == 99
    assert lite.commits < 50


async def test_a_single_statement_that_is_cancelled_leaves_the_writer_whole(lite: Database) -> None:
    for pauses in range(30):
        victim = asyncio.create_task(_at_once(lite, new_id("ws"), "victim"))
        neighbour = asyncio.create_task(_write(lite, "neighbour"))
        for _ in range(pauses):
            await asyncio.sleep(0.0001)
        victim.cancel()
        await neighbour
        await asyncio.gather(victim, return_exceptions=True)
    assert await _count(lite) >= 30


async def test_a_single_statement_in_which_sqlite_gives_up_loses_nothing_that_was_confirmed(lite: Database) -> None:
    async with lite.transaction() as session:
        when = "CREATE TRIGGER refusal BEFORE INSERT ON workspaces WHEN new.name = 'bad'"
        await session.execute(text(f"{when} BEGIN SELECT RAISE(ROLLBACK, 'no'); END"))
    for _ in range(10):
        before = await _count(lite)
        outcomes = await asyncio.gather(
            _write(lite), _at_once(lite, new_id("ws"), "bad"), _write(lite), return_exceptions=True
        )
        assert isinstance(outcomes[1], IntegrityError)
        assert {type(outcome) for outcome in (outcomes[0], outcomes[2])} <= {WriterLost, type(None)}
        assert await _count(lite) - before == outcomes.count(None), "who was told of success, and only they, is kept"
    await _write(lite)


async def test_a_body_that_runs_out_of_time_is_told_so(lite: Database) -> None:
    async def dawdle() -> None:
        async with asyncio.timeout(0.05), lite.transaction() as session:
            for _ in range(100_000):
                await session.execute(text("SELECT 1"))

    with pytest.raises(TimeoutError):
        await dawdle()
    await _write(lite)
    assert await _count(lite) == 1


async def test_a_cancelled_waiter_leaves_the_queue(lite: Database) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with lite.transaction():
            inside.set()
            await leave.wait()

    first = asyncio.create_task(slow())
    await inside.wait()
    waiting = asyncio.create_task(_write(lite))
    await asyncio.sleep(0.01)
    waiting.cancel()
    leave.set()
    await first
    await asyncio.wait_for(_write(lite), 1)
    assert await _count(lite) == 1


async def test_who_hurries_goes_before_those_who_came_first(lite: Database) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()
    order: list[str] = []

    async def slow() -> None:
        async with lite.transaction():
            inside.set()
            await leave.wait()

    async def write(name: str) -> None:
        await _write(lite, name)
        order.append(name)

    async def hurry(name: str) -> None:
        with lite.hurried():
            await write(name)

    first = asyncio.create_task(slow())
    await inside.wait()
    waiting = [asyncio.create_task(write(f"other {number}")) for number in range(3)]
    hurrying = [asyncio.create_task(hurry(f"hurried {number}")) for number in range(3)]
    await asyncio.sleep(0.01)
    hurrying[1].cancel()
    leave.set()
    await asyncio.gather(first, *waiting, *hurrying, return_exceptions=True)
    assert order == ["hurried 0", "hurried 2", "other 0", "other 1", "other 2"]
    assert await _count(lite) == 5


async def test_a_failing_commit_fails_every_member_and_keeps_nothing(lite: Database) -> None:
    async def break_a_promise() -> None:
        async with lite.transaction() as session:
            await session.execute(text("PRAGMA defer_foreign_keys = ON"))
            await session.execute(
                text(
                    "INSERT INTO brands (id, workspace_id, name, timezone, grace_s, created_at)"
                    " VALUES ('b', 'nobody', 'x', 'UTC', 1, 1)"
                )
            )

    for _ in range(20):
        before = await _count(lite)
        outcomes = await asyncio.gather(_write(lite), break_a_promise(), _write(lite), return_exceptions=True)
        assert "FOREIGN KEY" in str(outcomes[1])
        assert all(outcome is None or "FOREIGN KEY" in str(outcome) for outcome in outcomes), outcomes
        assert await _count(lite) - before == outcomes.count(None), "who was told of success, and only they, is kept"
    await _write(lite)


async def test_when_sqlite_gives_up_the_transaction_everybody_in_it_is_told(lite: Database) -> None:
    async def give_up() -> None:
        async with lite.transaction() as session:
            await session.execute(text("ROLLBACK"))

    for _ in range(20):
        before = await _count(lite)
        outcomes = await asyncio.gather(_write(lite), give_up(), _write(lite), return_exceptions=True)
        assert isinstance(outcomes[1], WriterLost)
        assert {type(outcome) for outcome in outcomes} <= {WriterLost, type(None)}
        assert await _count(lite) - before == outcomes.count(None), "who was told of success, and only they, is kept"


async def test_a_transaction_inside_a_transaction_is_refused_at_once(lite: Database) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        async with lite.transaction():
            await _write(lite)
    with pytest.raises(RuntimeError, match="inside a transaction"):
        async with lite.transaction():
            await _at_once(lite, "inside")
    await _write(lite)


async def test_another_process_that_writes_is_waited_for(lite: Database) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD_THE_LOCK, str(lite.url.database), "0.7", stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    await holder.stdout.readline()
    await _write(lite)
    assert await holder.wait() == 0
    assert await _count(lite) == 1


async def test_reading_sees_one_state_and_cannot_write(lite: Database) -> None:
    async with lite.reading() as session:
        count = select(func.count()).select_from(WorkspaceRow)
        assert await session.scalar(count) == 0
        await _write(lite)
        assert await session.scalar(count) == 0
        with pytest.raises(Exception, match="readonly"):
            await session.execute(text("DELETE FROM workspaces"))


async def test_file_and_folder_are_their_owners_alone_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "data" / "herald.db"
    database = await Database.open(f"sqlite:///{path}")
    async with database.transaction() as session:
        settings = [await session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1
    assert settings == ["wal", 2]
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [found.stat().st_mode & 0o777 for found in path.parent.iterdir()] == [0o600] * 3
    await database.close()


@pytest.mark.usefixtures("lite")
async def test_work_that_was_confirmed_survives_the_death_of_the_process(sqlite_url: str) -> None:
    program = """
import asyncio, os, signal, sys
from bot import clock
from storage.engine import Database
from storage.tables import WorkspaceRow

async def main():
    database = await Database.open(sys.argv[1])
    async def write(number):
        async with database.transaction() as session:
            session.add(WorkspaceRow(id=f"ws_{number}", name="w", created_at=clock.now()))
        print(f"ws_{number}", flush=True)
    await asyncio.gather(*(write(number) for number in range(5000)))

asyncio.run(main())
"""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, sqlite_url, stdout=subprocess.PIPE)
    assert process.stdout is not None
    confirmed = [(await process.stdout.readline()).decode().strip() for _ in range(300)]
    process.kill()
    confirmed += [line for line in (await process.stdout.read()).decode().split("\n")[:-1] if line]
    await process.wait()
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    stored = {row[0] for row in connection.execute("SELECT id FROM workspaces")}
    connection.close()
    assert set(confirmed) <= stored
    assert len(stored) < 5000
