"""Wake-ups: from this process, from another one, and after the connection for them was lost."""

import asyncio
import logging
import sys
import time

import asyncpg
import pytest
from sqlalchemy import URL, make_url, text

from bot import clock
from storage.changes import CHANNEL
from storage.engine import Database, announce
from storage.ids import new_id
from storage.migrations import migrate
from storage.tables import WorkspaceRow

ANNOUNCE = """
import asyncio, sys
from bot import clock
from storage.engine import Database, announce
from storage.tables import WorkspaceRow

async def main():
    database = await Database.open(sys.argv[1])
    async with database.transaction() as session:
        session.add(WorkspaceRow(id="ws_other", name="other", created_at=clock.now()))
        await announce(session)
    await database.close()

asyncio.run(main())
"""


async def _announce(database: Database) -> None:
    async with database.transaction() as session:
        session.add(WorkspaceRow(id=new_id("ws"), name="w", created_at=clock.now()))
        await announce(session)


async def _announce_and_undo(database: Database) -> None:
    async with database.transaction() as session:
        await announce(session)
        raise LookupError


async def test_an_announcement_of_this_process_wakes_it(database: Database) -> None:
    async with database.changes() as changes:
        waiting = asyncio.create_task(changes.wait(5))
        await _announce(database)
        begun = time.monotonic()
        assert await waiting
        assert time.monotonic() - begun < 1


async def test_an_announcement_between_two_waits_is_not_lost(database: Database) -> None:
    async with database.changes() as changes:
        await _announce(database)
        assert await changes.wait(5)


async def test_everybody_who_waits_is_woken(database: Database) -> None:
    async with database.changes() as first, database.changes() as second:
        await _announce(database)
        assert await first.wait(5)
        assert await second.wait(5)


async def test_work_that_was_not_announced_or_was_undone_wakes_nobody(database: Database) -> None:
    async with database.changes() as changes:
        async with database.transaction() as session:
            session.add(WorkspaceRow(id=new_id("ws"), name="w", created_at=clock.now()))
        with pytest.raises(LookupError):
            await _announce_and_undo(database)
        assert not await changes.wait(0.4)


async def test_another_process_is_heard(database_url: str, database: Database) -> None:
    async with database.changes() as changes:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", ANNOUNCE, database_url)
        assert await changes.wait(20)
        assert await process.wait() == 0


async def test_another_process_is_heard_after_a_long_silence(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.changes._ALONE_AFTER_S", 0.0)
    async with database.changes() as changes:
        assert not await changes.wait(0.6)
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", ANNOUNCE, database_url)
        assert await changes.wait(20)
        assert await process.wait() == 0
        assert not await changes.wait(0.6)


async def test_listening_again_after_the_server_cut_the_connection(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = await Database.open(postgres_url)
    other = await asyncpg.connect(postgres_url)
    caplog.set_level(logging.INFO, logger="storage.changes")
    async with database.changes() as changes:
        cut = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN %' AND datname = current_database()"
        )
        assert await other.fetchval(cut) == 1
        assert await changes.wait(10), "a reconnect counts as a change"
        await other.execute("NOTIFY herald_due")
        assert await changes.wait(10)
    assert [record.message for record in caplog.records] == ["storage.listen_lost", "storage.listen_back"]
    await other.close()
    await database.close()


async def test_listening_again_where_the_server_said_goodbye_and_did_not_hang_up(
    postgres_url: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked between a server's good-bye and the end of its connection, the driver fails with none of its own errors."""
    monkeypatch.setattr("storage.changes._KEEPALIVE_S", 0.2)
    there = make_url(postgres_url)
    clients: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(writer)
        upstream = await _open(there)
        await asyncio.gather(_relay(reader, upstream[1]), _relay(upstream[0], writer))

    async with await asyncio.start_server(answer, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        through = there.set(host="127.0.0.1", port=port, query={"sslmode": "disable"})
        database = await Database.open(through.render_as_string(hide_password=False))
        other = await asyncpg.connect(postgres_url)
        async with asyncio.timeout(30), database.changes() as changes:
            clients[0].write(_message(b"E", b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"))
            assert await changes.wait(10), "a reconnect counts as a change"
            await other.execute(f"NOTIFY {CHANNEL}")
            assert await changes.wait(10)
        await other.close()
        await database.close()
    assert [record.message for record in caplog.records] == ["storage.listen_lost", "storage.listen_back"]


def _message(kind: bytes, content: bytes) -> bytes:
    """As PostgreSQL's protocol frames it. Source: postgresql.org/docs/18/protocol-message-formats.html, 2026-11-23."""
    return kind + (len(content) + 4).to_bytes(4, "big") + content


async def _open(there: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    port = there.port or 5432
    if there.host is not None:
        return await asyncio.open_connection(there.host, port)
    return await asyncio.open_unix_connection(f"{there.query['host']}/.s.PGSQL.{port}")


async def _relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65_536):
        writer.write(said)
    writer.close()


async def test_a_database_that_cannot_be_reached_only_waits(caplog: pytest.LogCaptureFixture) -> None:
    database = await Database.open("postgresql://nobody@127.0.0.1:9/none")
    async with database.changes() as changes:
        assert not await changes.wait(0.7)
    assert [record.message for record in caplog.records] == ["storage.listen_lost"]
    await database.close()


@pytest.mark.parametrize("said", ["sslmode=prefer&application_name=somebody", "ssl=prefer"])
async def test_an_address_is_understood_as_those_who_host_postgresql_write_it(
    empty_postgres_url: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = await Database.open(f"{empty_postgres_url}{'&' if '?' in empty_postgres_url else '?'}{said}")
    await migrate(database)
    async with database.reading() as session:
        assert await session.scalar(text("SHOW application_name")) == "herald"
    other = await asyncpg.connect(empty_postgres_url)
    async with database.changes() as changes:
        await other.execute(f"NOTIFY {CHANNEL}")
        assert await changes.wait(10)
    assert not caplog.records
    await other.close()
    await database.close()


async def test_a_connection_the_server_cut_is_replaced_before_use(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    await _announce(database)
    other = await asyncpg.connect(postgres_url)
    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = $1"
    assert await other.fetchval(cut, database.url.database) >= 1
    await asyncio.sleep(0.1)
    await _announce(database)
    await other.close()
    await database.close()


async def test_the_databases_clock_is_close_to_ours_here(database: Database) -> None:
    offset = await database.clock_offset()
    assert abs(offset.total_seconds()) < 0.05
