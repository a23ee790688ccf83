"""SQLite's own ways: how its files are opened, and the one writer that lets many transactions share one COMMIT.

Every body given to `SqliteWriter.transaction` runs alone, in its own SAVEPOINT, on the one connection that writes. What
waited while it ran joins the same outer transaction, and one COMMIT makes all of them durable. Nobody is told that a
body is done before that COMMIT.
"""

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import Executable, Row, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from storage.sqlite_driver import Connection, to_the_end

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 5_000
_BEGIN_TRIES = 3
_GROUP_MEMBERS = 256
_GROUP_S = 0.010
_READERS = 4
_READING = ("journal_mode=WAL", "query_only=ON", "cache_size=-512")
"""Half a megabyte of pages for each reader, for the system keeps them too: by default they took 8 MB more."""
_OPEN_TRIES = 100
_OPEN_PAUSE_S = 0.05
_PRIMARY_CODE = 0xFF
"""Which bits of an error's code say what kind it is. Source: https://sqlite.org/rescode.html, 2026-11-21."""


class WriterLost(Exception):
    """The engine ended the shared transaction by itself (disk full, input or output error): nothing of it was kept."""


def prepare_file(path: Path) -> None:
    """Make the database file and its folder, readable by their owner alone. An existing folder is left as it is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)


def _connector(path: Path, *, pragmas: tuple[str, ...], tries: int, whole: bool = True) -> Callable[[], Any]:
    async def connect() -> aiosqlite.Connection:
        def opened() -> sqlite3.Connection:
            return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_MS / 1000)

        kind = Connection if whole else aiosqlite.Connection
        connection = kind(opened, iter_chunk_size=64)
        connection._thread.daemon = True  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # a forgotten one must not hold the process
        await connection
        try:
            for pragma in pragmas:
                await _set(connection, pragma, tries)
        except BaseException:
            await connection.close()
            raise
        return connection

    return connect


async def _set(connection: aiosqlite.Connection, pragma: str, tries: int) -> None:
    """Run a pragma. Switching a new file to WAL does not wait for another process doing the same, so this does."""
    for left in reversed(range(tries)):
        try:
            await connection.execute_fetchall(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if not left or error.sqlite_errorcode & _PRIMARY_CODE not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise
            await asyncio.sleep(_OPEN_PAUSE_S)
        else:
            return


def _engine(path: Path, begin: str, pragmas: tuple[str, ...], **options: Any) -> AsyncEngine:  # noqa: ANN401
    whole, tries = options.pop("whole", True), options.pop("tries", _OPEN_TRIES)
    connector = _connector(path, pragmas=pragmas, tries=tries, whole=whole)
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", async_creator=connector, hide_parameters=True, **options
    )

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:  # noqa: ANN401  # SQLAlchemy's listener type
        connection.exec_driver_sql(begin)

    @event.listens_for(engine.sync_engine, "handle_error")
    def keep_connection(context: ExceptionContext) -> None:
        """SQLAlchemy would drop the connection of a cancelled call; one that waits for its end is still good."""
        if whole and isinstance(context.original_exception, asyncio.CancelledError):
            context.is_disconnect = False

    _ = begin_transaction, keep_connection
    return engine


def reader_engine(path: Path) -> AsyncEngine:
    """Connections that see one consistent state per transaction and cannot write."""
    return _engine(path, "BEGIN", _READING, pool_size=_READERS, max_overflow=0)


def glancing_engine(path: Path) -> AsyncEngine:
    """One connection for single queries, without BEGIN and its end."""
    connect = _connector(path, pragmas=_READING, tries=_OPEN_TRIES)
    return create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        async_creator=connect,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,
        pool_size=1,
        max_overflow=0,
        pool_reset_on_return=None,
    )


def migration_engine(path: Path) -> AsyncEngine:
    """One connection for changing the schema: rebuilt tables need foreign keys unchecked until the end."""
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", "busy_timeout=60000")
    return _engine(path, "BEGIN IMMEDIATE", pragmas, poolclass=NullPool)


def _writer_engine(path: Path) -> AsyncEngine:
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}")
    return _engine(path, "BEGIN IMMEDIATE", pragmas, poolclass=NullPool)


def lone_engine(path: Path) -> AsyncEngine:
    """One connection that nobody else may have beside it: while it is in its transaction, no process can read or write.

    Connecting fails with OperationalError while any other process has the file open, even one that does nothing: in WAL
    mode an open connection keeps a shared lock. Source: https://www.sqlite.org/wal.html#noshm, 2026-11-21.
    """
    pragmas = ("locking_mode=EXCLUSIVE", "synchronous=FULL", "foreign_keys=ON")
    return _engine(path, "BEGIN IMMEDIATE", pragmas, poolclass=NullPool, tries=1, whole=False)


_hurried: ContextVar[bool] = ContextVar("hurried", default=False)


@contextmanager
def hurried() -> Generator[None, None, None]:
    """Whoever writes inside goes before those who do not: somebody waits for it, or a second is near."""
    before = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(before)


class _Turn:
    """A lock whose next owner is the one who hurries, and otherwise the one who came first."""

    def __init__(self) -> None:
        self._taken = False
        self._hurried: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        if not self._taken:
            self._taken = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._hurried if _hurried.get() else self._others
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        """Give the lock to the next who still waits; nobody else can take it in between."""
        for waiting in (self._hurried, self._others):
            while waiting:
                turn = waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
                    return
        self._taken = False


class _Group:
    """The bodies that share one COMMIT."""

    def __init__(self) -> None:
        self.members = 0
        self._loop = asyncio.get_running_loop()
        self.begun_s = self._loop.time()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self.closing: asyncio.Task[None] | None = None

    def full(self) -> bool:
        return self.members >= _GROUP_MEMBERS or self._loop.time() - self.begun_s >= _GROUP_S

    def end(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
            return
        self.done.set_exception(error)
        self.done.exception()  # a group whose members were all cancelled has nobody to read it


class SqliteWriter:
    """The one writer of this process."""

    def __init__(self, path: Path) -> None:
        self._engine = _writer_engine(path)
        self._connection: AsyncConnection | None = None
        self._driver: aiosqlite.Connection | None = None
        self._lock = _Turn()
        self._group: _Group | None = None
        self._owner: asyncio.Task[object] | None = None
        self._failing = False
        self.commits = 0
        """COMMITs made so far: what the group commit is measured by."""

    async def close(self) -> None:
        """Commit what waits and close the connection."""
        async with self._lock:
            if self._group is not None:
                await self._commit(self._group)
            await self._drop_connection()
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Run the body alone and leave once its work is durable. A body that raises takes back its own work alone.

        When the shared COMMIT fails, every member gets that error. Cancelling somebody who waits for the COMMIT does
        not take back the finished body.
        """
        self._refuse_another_inside()
        async with self._lock:
            self._owner = asyncio.current_task()
            try:
                group = await self._joined()
                async with self._savepoint(group) as session:
                    yield session
                if group.full() or _hurried.get():
                    await to_the_end(self._commit(group))
            finally:
                self._owner = None
        await asyncio.shield(group.done)

    async def write_at_once(self, statement: Executable, values: Mapping[str, object]) -> Row[*tuple[Any, ...]] | None:
        """Run one statement and return the first row it gives, once that is durable.

        SQLite takes a statement that fails back by itself, so there is no session and no savepoint.
        """
        self._refuse_another_inside()
        async with self._lock:
            row, group = await to_the_end(self._write(statement, values))
        await asyncio.shield(group.done)
        return row

    async def _write(
        self, statement: Executable, values: Mapping[str, object]
    ) -> tuple[Row[*tuple[Any, ...]] | None, _Group]:
        group = await self._join()
        assert self._connection is not None  # noqa: S101  # the group was begun on it
        try:
            row = (await self._connection.execute(statement, values)).first()
        except Exception:
            if not self._in_transaction():
                await self._fail(group, WriterLost("SQLite ended the transaction by itself"))
            self._close_soon(group)
            raise
        group.members += 1
        if group.full() or _hurried.get():
            await self._commit(group)
        else:
            self._close_soon(group)
        return row, group

    def _refuse_another_inside(self) -> None:
        if asyncio.current_task() is self._owner:
            raise RuntimeError("a transaction was opened inside a transaction")

    async def data_version(self) -> int:
        """A number that changes when another connection has committed. Own commits do not count."""
        async with self._lock:
            driver = await to_the_end(self._connected())
            ((version,),) = await driver.execute_fetchall("PRAGMA data_version")
            return int(version)

    async def _connected(self) -> aiosqlite.Connection:
        if self._connection is None or self._driver is None:
            self._connection = await self._engine.connect()
            raw = await self._connection.get_raw_connection()
            self._driver = raw.driver_connection
        assert self._driver is not None  # noqa: S101  # a connection has its driver's
        return self._driver

    async def _drop_connection(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def _joined(self) -> _Group:
        try:
            return await to_the_end(self._join())
        finally:
            if self._group is not None and self._group.members == 0:
                self._close_soon(self._group)

    async def _join(self) -> _Group:
        """The open group, or a new one with its BEGIN IMMEDIATE. Raises OperationalError when the file stays locked."""
        if self._group is None:
            await self._connected()
            await self._begin()
            self._group = _Group()
        return self._group

    async def _begin(self) -> None:
        assert self._connection is not None  # noqa: S101  # made by _connected
        for left in reversed(range(_BEGIN_TRIES)):
            try:
                await self._connection.begin()
            except OperationalError as error:
                await self._connection.rollback()
                if not left or "locked" not in str(error.orig):
                    raise
            else:
                return

    @asynccontextmanager
    async def _savepoint(self, group: _Group) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(bind=self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            yield session
            self._check(group)
            await to_the_end(session.commit())
        except BaseException:
            await to_the_end(self._take_back(session, group))
            raise
        finally:
            self._close_soon(group)
            await to_the_end(session.close())
        group.members += 1

    async def _take_back(self, session: AsyncSession, group: _Group) -> None:
        if self._in_transaction():
            try:
                await session.rollback()
            except Exception as error:  # noqa: BLE001  # handed to every member
                await self._fail(group, error)
        else:
            await self._fail(group, WriterLost("SQLite ended the transaction by itself"))

    def _check(self, group: _Group) -> None:
        if group is not self._group or not self._in_transaction():
            raise WriterLost("SQLite ended the transaction by itself")

    def _in_transaction(self) -> bool:
        return self._driver is not None and self._driver.in_transaction

    def _close_soon(self, group: _Group) -> None:
        """Have the group committed once everybody who waits for the writer now has had their turn."""
        if group.closing is None and not group.done.done():
            group.closing = asyncio.create_task(self._close_group(group), name="sqlite-commit")

    async def _close_group(self, group: _Group) -> None:
        async with self._lock:
            if self._group is group:
                await self._commit(group)

    async def _commit(self, group: _Group) -> None:
        assert self._connection is not None  # noqa: S101  # the group was begun on it
        try:
            await self._connection.commit()
        except Exception as error:  # noqa: BLE001  # handed to every member
            await self._fail(group, error)
        else:
            self._group = None
            self._failing = False
            self.commits += 1
            group.end(None)

    async def _fail(self, group: _Group, error: Exception) -> None:
        """Nothing of the group is kept; the next one starts on a new connection."""
        if not self._failing:
            log.error("storage.commit_failed", extra={"members": group.members, "error": str(error)})
        self._failing = True
        self._group = None
        try:
            await self._drop_connection()
        finally:
            group.end(error)
