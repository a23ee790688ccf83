"""The PostgreSQL database an installation moves to: empty before, filled in one transaction."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from socket import gaierror
from typing import Any, Protocol, cast

import asyncpg
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.domain.errors import Conflict, invalid
from storage import postgresql
from storage.changes import CHANNEL
from storage.tables import Base

_CONNECT_TIMEOUT_S = 10
_POSTGRESQL_PORT = 5432
_HISTORY = "alembic_version"

TROUBLES = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What its driver raises when something is wrong there."""


class _Transaction(Protocol):
    """What is used of asyncpg's transaction."""

    async def start(self) -> None: ...

    async def commit(self) -> None: ...


class _Connection(Protocol):
    """What is used of asyncpg's connection, which has no types of its own."""

    def transaction(self) -> _Transaction: ...

    def cursor(self, query: str, *, prefetch: int) -> AsyncIterator[Sequence[Any]]: ...

    async def execute(self, query: str, *values: object) -> str: ...

    async def fetch(self, query: str) -> list[Sequence[Any]]: ...

    async def fetchval(self, query: str, *values: object) -> Any: ...  # noqa: ANN401  # whatever was asked for

    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> str: ...

    async def close(self) -> None: ...


class Target:
    """The new database. Everything after `begin` is one transaction."""

    def __init__(self, connection: _Connection) -> None:
        self.connection = connection
        self._transaction = connection.transaction()

    async def begin(self) -> None:
        """From here on nobody else writes there."""
        await self._transaction.start()
        names = ", ".join(quoted(table.name) for table in Base.metadata.sorted_tables)
        await self.connection.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")

    async def occupied_by(self) -> str | None:
        """A table with something in it, or that is none of Herald's; None: the database is empty."""
        ours = {table.name for table in Base.metadata.sorted_tables}
        query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
        for (name,) in await self.connection.fetch(query):
            if name == _HISTORY:
                continue
            anything = f"SELECT EXISTS (SELECT 1 FROM {quoted(name)})"  # noqa: S608  # quoted
            if name not in ours or await self.connection.fetchval(anything):
                return str(name)
        return None

    async def encoding(self) -> str:
        """How it writes text; anything but UTF8 has no place for some."""
        return str(await self.connection.fetchval("SHOW server_encoding"))

    async def commit(self) -> None:
        """Make everything visible at once; the planner knows what is there, and workers that wait are woken.

        It is told nothing of empty tables: those known to be empty are read as a whole by every plan made then, also
        when a burst has filled them (1.3 s for a claim of 1,000 in place of 3 ms; PostgreSQL 18.6, 2026-11-23).
        """
        for table in Base.metadata.sorted_tables:
            if await self.connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {quoted(table.name)})"):  # noqa: S608  # quoted
                await self.connection.execute(f"ANALYZE {quoted(table.name)}")
        await self.connection.execute("SELECT pg_notify($1, '')", CHANNEL)
        await self._transaction.commit()


@asynccontextmanager
async def arriving(url: str) -> AsyncIterator[Target]:
    """Connect. What the block does not commit leaves no trace. Raises Conflict when nobody answers there."""
    untyped = cast("Any", asyncpg)
    try:
        connection = cast("_Connection", await untyped.connect(url, timeout=_CONNECT_TIMEOUT_S))
    except (*TROUBLES, TimeoutError) as error:
        message = f"The database at {place_of(url)} cannot be reached ({_why(error)}). Check its address."
        raise Conflict(message, field="to") from error
    try:
        yield Target(connection)
    finally:
        await connection.close()


def _why(error: Exception) -> str:
    """What the server said, or else what kind of silence it was."""
    if isinstance(error, gaierror):
        return "nobody knows that host"
    return " ".join(str(error).split()) if isinstance(error, asyncpg.PostgresError) else type(error).__name__


def address_of(text: str) -> str:
    """An address for `arriving` and `Database.open`. Raises InvalidContent when it is not PostgreSQL's."""
    try:
        parsed = make_url(text)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres") or not parsed.database:
        raise invalid("to", "That is not the address of a PostgreSQL database. Write postgresql://USER@HOST/NAME.")
    return postgresql.address(parsed).render_as_string(hide_password=False)


def place_of(url: str) -> str:
    """Where a database is, to be shown and compared: host and name, no user, no password."""
    parsed = make_url(url)
    host = parsed.host or str(parsed.query.get("host", "localhost"))
    port = f":{parsed.port}" if parsed.port not in (None, _POSTGRESQL_PORT) else ""
    return f"{host}{port}/{parsed.database}"


def quoted(name: str) -> str:
    """A name of ours as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
