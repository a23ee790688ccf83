"""The database: transactions, wake-ups and its clock, alike on SQLite and PostgreSQL.

`transaction()` writes, `reading()` reads; nobody else opens a session. On SQLite the commits of many
transactions are one COMMIT (storage/sqlite.py); on PostgreSQL each transaction has its own connection.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import datetime, timedelta
from errno import EROFS
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Engine,
    Executable,
    Interval,
    Row,
    Select,
    func,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate
from sqlalchemy.util import greenlet_spawn

from bot import clock
from storage import postgresql, sqlite
from storage.changes import CHANNEL, Bell, Changes, listening_to_postgresql, polling_sqlite
from storage.postgresql import LIMIT_TRANSACTIONS
from storage.tables import UtcDateTime

Dialect = Literal["sqlite", "postgresql"]
Session = AsyncSession
DatabaseTrouble = DBAPIError
"""What the database says no with, in a class of the driver's or of SQLAlchemy's."""
OperationalTrouble = OperationalError
"""The same where nothing is wrong with what was asked: a disk that is full, a file that is locked."""

_POOL_SIZE = 10
_ROUND_TRIPS = 5
_GLANCE_S = 3.0
"""What is asked each second is answered at once, or its connection is silent."""


class Database:
    """One open database. Bound to the event loop it is used on; `close` it before the loop ends."""

    def __init__(self, *, url: URL, dialect: Dialect, reader: AsyncEngine, writer: sqlite.SqliteWriter | None) -> None:
        self.url = url
        self.dialect: Dialect = dialect
        self._reader = reader
        self._writer = writer
        self._glancer = reader.execution_options(isolation_level="AUTOCOMMIT")
        self._idle = postgresql.Idle(reader) if writer is None else None
        if writer is not None:
            self._glancer = sqlite.glancing_engine(Path(str(url.database)))
        self._bell = Bell(self._watch)

    @classmethod
    async def open(cls, url: str, *, pool_size: int = _POOL_SIZE) -> "Database":
        """Open `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://user@host/name`.

        `pool_size` bounds PostgreSQL's connections. Nothing is created in the database; a missing SQLite file is made,
        readable by its owner alone. Raises ValueError for any other kind of address.
        """
        parsed = make_url(url)
        kind = parsed.get_backend_name()
        if kind == "sqlite" and parsed.database not in (None, "", ":memory:"):
            path = Path(parsed.database)
            sqlite.prepare_file(path)
            return cls(
                url=parsed, dialect="sqlite", reader=sqlite.reader_engine(path), writer=sqlite.SqliteWriter(path)
            )
        if kind in ("postgresql", "postgres"):
            parsed = postgresql.address(parsed)
            return cls(url=parsed, dialect="postgresql", reader=postgresql.engine(parsed, pool_size), writer=None)
        raise ValueError("a database address begins with sqlite:/// and a file, or with postgresql://")

    async def close(self) -> None:
        """Commit what waits and close every connection."""
        await self._bell.close()
        if self._writer is not None:
            await self._writer.close()
            await self._glancer.dispose()
        await self._reader.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """A session whose work is durable when the block is left without an error, and undone otherwise.

        No network call belongs inside, and no second transaction of the same task.
        """
        session: Session | None = None
        if self._writer is not None:
            async with self._writer.transaction() as session:
                yield session
        else:
            async with AsyncSession(self._reader, expire_on_commit=False) as session, session.begin():
                yield session
        if session.info.get(_ANNOUNCED):
            self._bell.ring()

    @staticmethod
    def hurried() -> AbstractContextManager[None]:
        """Transactions inside go before others that wait for SQLite's one writer. PostgreSQL needs no order."""
        return sqlite.hurried()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A session for reading: it sees one consistent state on SQLite, each statement's own on PostgreSQL.

        There it needs no transaction: that would be two more messages to the server.
        """
        reader = self._glancer if self._writer is None else self._reader
        async with AsyncSession(reader, expire_on_commit=False) as session:
            yield session

    async def glance(
        self, query: Select[*tuple[Any, ...]], values: Mapping[str, object] | None = None
    ) -> Row[*tuple[Any, ...]] | None:
        """The first row of one query, without a transaction: what is asked each second must cost next to nothing."""
        glancing = greenlet_spawn(_first_of, self._glancer.sync_engine, query, values)
        if self._idle is None:
            return await glancing
        try:
            async with asyncio.timeout(_GLANCE_S):
                return await glancing
        except TimeoutError:
            self.doubt_connections()
            raise

    async def write_at_once(
        self,
        statement: ReturningInsert[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]],
        values: Mapping[str, object],
    ) -> Row[*tuple[Any, ...]] | None:
        """Run one statement that is a transaction by itself; returns the first row it gives."""
        if self._writer is not None:
            return await self._writer.write_at_once(statement, values)
        return await greenlet_spawn(_first_of, self._glancer.sync_engine, statement, values)

    async def all_at_once(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Run one statement of PostgreSQL's that writes, and is a transaction by itself; returns what it gives.

        It is durable when this returns, after one message to the server in place of three and more.
        """
        return await greenlet_spawn(_all_of, self._glancer.sync_engine, statement, values)

    def doubt_connections(self) -> None:
        """One to PostgreSQL was silent, as after a fail-over: no other that idles now is used again.

        Those in use are left to their time-outs.
        """
        if self._idle is not None:
            self._idle.end()

    def changes(self) -> Changes:
        """Wake-ups for `async with`: see Changes."""
        return Changes(self._bell)

    async def clock_offset(self) -> timedelta:
        """Database time less ours. The middle of the quickest of a few round trips; on SQLite the machine's time."""
        if self._writer is not None:
            return clock.machine() - clock.now()
        async with self._reader.connect() as connection:
            measured: list[tuple[timedelta, timedelta]] = []
            for _ in range(_ROUND_TRIPS):
                before = clock.now()
                there = (await connection.execute(select(func.clock_timestamp(type_=UtcDateTime())))).scalar_one()
                after = clock.now()
                measured.append((after - before, there - (before + (after - before) / 2)))
        return min(measured)[1]

    async def try_writing(self) -> None:
        """Write something that changes nothing. Raises the error of a disk, or of rights, that refuse it."""
        async with self.transaction() as session:
            if self._writer is not None:
                version = await session.scalar(text("PRAGMA user_version"))
                await session.execute(text(f"PRAGMA user_version = {version}"))
            elif await session.scalar(text("SHOW transaction_read_only")) == "on":
                raise OSError(EROFS, "it is read-only")
            else:
                await session.execute(text("UPDATE ticks SET name = name WHERE false"))

    @property
    def commits(self) -> int:
        """COMMITs of the SQLite writer so far; 0 on PostgreSQL."""
        return self._writer.commits if self._writer is not None else 0

    @asynccontextmanager
    async def _schema_change(self) -> AsyncIterator[Any]:
        """A connection in a transaction of its own, for storage/migrations alone."""
        if self._writer is not None:
            engine = sqlite.migration_engine(Path(str(self.url.database)))
        else:
            engine = postgresql.migration_engine(self.url)
        try:
            async with engine.begin() as connection:
                if self._writer is None:
                    await connection.execute(text(LIMIT_TRANSACTIONS.format(limit=0, this_one_alone="true")))
                yield connection
        finally:
            await engine.dispose()

    async def _watch(self, bell: Bell) -> None:
        if self._writer is not None:
            path = Path(str(self.url.database))
            await polling_sqlite(bell, self._writer.data_version, path.with_name(f"{path.name}-wal"))
        else:
            await listening_to_postgresql(bell, self.url.render_as_string(hide_password=False))


def _first_of(
    engine: Engine, statement: Executable, values: Mapping[str, object] | None
) -> Row[*tuple[Any, ...]] | None:
    """Connect, run, and give the connection back: one greenlet for all, where AsyncConnection takes one for each."""
    with engine.connect() as connection:
        return connection.execute(statement, values).first()


def _all_of(engine: Engine, statement: Executable, values: Mapping[str, object]) -> Sequence[Row[*tuple[Any, ...]]]:
    with engine.connect() as connection:
        return connection.execute(statement, values).all()


_ANNOUNCED = "announced"


async def announce(session: Session) -> None:
    """Say, when this transaction commits, that work became due: every `Changes` of every process wakes up."""
    session.info[_ANNOUNCED] = True
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def take_time(session: Session) -> None:
    """Let this transaction last as long as it must: it writes much, and locks nothing that others wait for."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(LIMIT_TRANSACTIONS.format(limit=0, this_one_alone="true")))


def database_now(session: Session, *, plus: timedelta = timedelta(0)) -> ColumnElement[datetime]:
    """The instant the database goes by, for use in statements: its own clock on PostgreSQL, this machine's on SQLite.

    `plus` is added to it.
    """
    if session.get_bind().dialect.name == "postgresql":
        return type_coerce(func.clock_timestamp() + literal(plus, Interval()), UtcDateTime())
    return literal(clock.now() + plus, UtcDateTime())
