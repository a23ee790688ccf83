"""Transactions, on both engines."""

import asyncio

import pytest
from sqlalchemy import func, select

from storage.engine import Database
from storage.ids import new_id
from storage.tables import WorkspaceRow
from bot import clock


async def _write(database: Database, name: str) -> None:
    async with database.transaction() as session:
        session.add(WorkspaceRow(id=new_id("ws"), name=name, created_at=clock.now()))


async def _names(database: Database) -> list[str]:
    async with database.reading() as session:
        return list((await session.scalars(select(WorkspaceRow.name).order_by(WorkspaceRow.name))).all())


async def test_what_was_written_can_be_read(database: Database) -> None:
    await _write(database, "Juniper")
    assert await _names(database) == ["Juniper"]


async def test_a_failing_body_takes_back_its_own_work_alone(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(WorkspaceRow(id=new_id("ws"), name="gone", created_at=clock.now()))
            await session.flush()
            raise LookupError

    outcomes = await asyncio.gather(_write(database, "a"), fail(), _write(database, "b"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [type(None), LookupError, type(None)]
    assert await _names(database) == ["a", "b"]
