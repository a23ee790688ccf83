"""Connections to PostgreSQL that fall silent: one time-out is all they cost."""

import asyncio

import pytest
from sqlalchemy import literal, select

from bot import clock
from storage import engine, postgresql
from storage.engine import Database
from tests.black_hole import way_to

_LIMIT_S = 0.5
_AT_ONCE_S = 0.3
_QUERY = select(literal(1))


async def _transact(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(_QUERY)


async def _open(url: str) -> Database:
    """With several connections that idle."""
    database = await Database.open(url)
    await asyncio.gather(*(_transact(database) for _ in range(5)))
    return database


async def _took_s(database: Database) -> float:
    """All that may come, at once."""
    begun_s = clock.uptime_s()
    await asyncio.gather(*(_transact(database) for _ in range(4)), *(database.glance(_QUERY) for _ in range(4)))
    return clock.uptime_s() - begun_s


async def test_a_glance_that_is_not_answered_ends_what_idles(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_GLANCE_S", _LIMIT_S)
    async with way_to(postgres_url) as way:
        database = await _open(way.url)
        way.fall_silent()
        with pytest.raises(TimeoutError):
            await database.glance(_QUERY)
        assert await _took_s(database) < _AT_ONCE_S
        await database.close()


async def test_a_transaction_that_is_not_answered_ends_what_idles(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_COMMAND_TIMEOUT_S", _LIMIT_S)
    async with way_to(postgres_url) as way:
        database = await _open(way.url)
        way.fall_silent()
        begun_s = clock.uptime_s()
        with pytest.raises(TimeoutError):
            await _transact(database)
        assert clock.uptime_s() - begun_s < _LIMIT_S + _AT_ONCE_S
        assert await _took_s(database) < _AT_ONCE_S
        await database.close()


async def test_who_doubts_the_connections_is_heard_at_once_and_breaks_off_nobody(postgres_url: str) -> None:
    async with way_to(postgres_url) as way:
        database = await _open(way.url)
        async with database.transaction() as session:
            await session.execute(_QUERY)
            database.doubt_connections()
            await session.execute(_QUERY)
        way.fall_silent()
        database.doubt_connections()
        assert await _took_s(database) < _AT_ONCE_S
        await database.close()
