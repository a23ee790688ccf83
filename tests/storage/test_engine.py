"""Transactions, on both engines."""

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from bot import clock
from storage.engine import Database, database_now, take_time
from storage.ids import new_id
from storage.tables import WorkerRow, WorkspaceRow


async def _write(database: Database, name: str) -> None:
    async with database.transaction() as session:
        session.add(WorkspaceRow(id=new_id("ws"), name=name, created_at=clock.now()))


async def _names(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.scalars(select(WorkspaceRow.name).order_by(WorkspaceRow.name))).all())


async def test_what_was_written_can_be_read(database: Database) -> None:
    await _write(database, "Juniper")
    assert await _names(database) == ["Juniper"]


async def test_an_error_of_the_database_does_not_tell_what_was_to_be_written(database: Database) -> None:
    """It is logged, and neither a post's text nor what leads to a secret may be."""
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE workspaces RENAME TO elsewhere"))
    with pytest.raises(DBAPIError) as wrote:
        await _write(database, "the text of a post")
    with pytest.raises(DBAPIError) as read:
        async with database.reading() as session:
            await session.execute(select(WorkspaceRow).where(WorkspaceRow.name == "the text of a post"))
    with pytest.raises(DBAPIError) as glanced:
        await database.glance(select(WorkspaceRow.id).where(WorkspaceRow.name == "the text of a post"))
    assert not [one for one in (wrote, read, glanced) if "the text of a post" in str(one.value)]


async def test_a_failing_body_takes_back_its_own_work_alone(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(WorkspaceRow(id=new_id("ws"), name="gone", created_at=clock.now()))
            await session.flush()
            raise LookupError

    outcomes = await asyncio.gather(_write(database, "a"), fail(), _write(database, "b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, type(None)]
    assert await _names(database) == ["a", "b"]


async def test_a_glance_that_is_cancelled_at_any_moment_keeps_no_connection(database: Database) -> None:
    """SQLite has one for all of them."""
    query = select(func.count()).select_from(WorkspaceRow)
    for pauses in range(30):
        glances = [asyncio.create_task(database.glance(query)) for _ in range(2)]
        for _ in range(pauses):
            await asyncio.sleep(0)
        glances[0].cancel()
        await asyncio.gather(*glances, return_exceptions=True)
        assert await asyncio.wait_for(database.glance(query), 5) == (0,)


async def test_a_statement_by_itself_is_a_transaction(database: Database) -> None:
    new = insert(WorkspaceRow).returning(WorkspaceRow.id)
    values = {"id": "ws_1", "name": "Juniper", "created_at": clock.now()}
    assert await database.write_at_once(new, values) == ("ws_1",)
    with pytest.raises(IntegrityError):
        await database.write_at_once(new, values)
    assert await _names(database) == ["Juniper"]


async def test_a_length_of_time_is_added_to_the_databases_own_instant(database: Database) -> None:
    before = clock.now()
    async with database.transaction() as session:
        now = database_now(session)
        await session.execute(
            insert(WorkerRow).values(
                id="worker_1", host="h", pid=1, started_at=now, lease_until=now + timedelta(seconds=5)
            )
        )
    async with database.reading() as session:
        row = (await session.execute(select(WorkerRow))).scalar_one()
    assert timedelta(seconds=4.9) < row.lease_until - row.started_at < timedelta(seconds=5.1)
    assert row.started_at.tzinfo is not None
    assert abs(row.started_at - before) < timedelta(seconds=5)


async def test_stored_instants_keep_their_microseconds_and_sort(database: Database) -> None:
    first = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    async with database.transaction() as session:
        for number in (2, 1):
            at = first + timedelta(microseconds=number)
            session.add(WorkerRow(id=f"worker_{number}", host="h", pid=1, started_at=at, lease_until=at))
    async with database.reading() as session:
        found = (await session.scalars(select(WorkerRow.lease_until).order_by(WorkerRow.lease_until))).all()
    assert list(found) == [first + timedelta(microseconds=1), first + timedelta(microseconds=2)]


async def test_a_naive_instant_is_refused(database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as session:
            at = datetime(2026, 11, 21)  # noqa: DTZ001  # the mistake under test
            session.add(WorkerRow(id="worker_1", host="h", pid=1, started_at=at, lease_until=at))

    with pytest.raises(StatementError, match="naive"):
        await write()


async def test_only_a_transaction_that_says_so_may_take_its_time(postgres_url: str) -> None:
    database = await Database.open(postgres_url)

    async def limit(*, patient: bool) -> object:
        async with database.transaction() as session:
            if patient:
                await take_time(session)
            return await session.scalar(text("SHOW transaction_timeout"))

    usual = await limit(patient=False)
    assert [await limit(patient=True), await limit(patient=False)] == ["0", usual]
    assert usual not in {"0", None}
    await database.close()
