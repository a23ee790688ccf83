"""SQLite's connections: calls that are never left half way, and one way to the driver's thread for each statement."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")


class Connection(aiosqlite.Connection):
    """Goes to its thread once a statement.

    A cancelled task leaves once the running call is over, so that it is known what was done and the connection stays
    good for everybody else who shares its transaction. Making and closing a cursor waits for nothing and is done here;
    the rows of a statement are fetched with it. What neither waits nor fails (a BEGIN that locks nothing, a savepoint
    and its release) goes along with the next call, and nobody waits for the end of a transaction that only read.
    SQLAlchemy's adapter goes four times for each.
    """

    _under_way = 0
    _fetched: tuple[sqlite3.Cursor, list[Any]] | None = None
    _ahead: tuple[str, ...] = ()
    """Statements to run before the next call."""
    _reads = False
    """Whether a transaction is open that cannot write."""

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # the driver's
        if not self._running or not self._connection:
            raise ValueError("Connection closed")
        cursor, name = getattr(fn, "__self__", None), getattr(fn, "__name__", "")
        of_cursor = isinstance(cursor, sqlite3.Cursor)
        if not self._under_way and name == ("close" if of_cursor else "cursor"):
            return fn()
        if self._reads and name in {"commit", "rollback"}:
            return self._end_reading(fn)
        if self._fetched is not None and self._fetched[0] is cursor and name.startswith("fetch"):
            return self._hand_out(name)
        if of_cursor and name == "execute":
            return await self._statement(cursor, *args)
        if name == "rollback":
            self._ahead = ()
        return await self._in_thread(partial(fn, *args, **kwargs))

    async def _statement(
        self, cursor: sqlite3.Cursor, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
    ) -> sqlite3.Cursor:
        self._fetched = None
        if sql == "BEGIN" or sql.startswith(("SAVEPOINT ", "RELEASE SAVEPOINT ")):
            self._ahead = (*self._ahead, sql)
            self._reads |= sql == "BEGIN"
            return cursor
        rows = await self._in_thread(partial(_run, cursor, sql, parameters))
        self._fetched = (cursor, rows) if rows is not None else None
        return cursor

    def _end_reading(self, end: Callable[[], None]) -> None:
        """Queue it, unless nothing was begun yet. What comes next on this connection comes after it."""
        begun, self._ahead, self._reads = not self._ahead, (), False
        if begun:
            self._tx.put_nowait((None, end))  # pyright: ignore[reportUnknownMemberType]  # aiosqlite's bare futures

    def _hand_out(self, how: str) -> list[Any]:
        if how != "fetchall" or self._fetched is None:
            raise RuntimeError("this connection gives all rows of a statement at once")
        rows, self._fetched = self._fetched[1], None
        return rows

    async def _in_thread(self, work: Callable[[], T]) -> T:
        call: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if self._ahead:
            work, self._ahead = partial(_after, self._conn, self._ahead, work), ()
        self._under_way += 1
        self._tx.put_nowait((call, work))  # pyright: ignore[reportUnknownMemberType]  # aiosqlite's bare futures
        try:
            await asyncio.wait([call])
        except asyncio.CancelledError:
            await to_the_end(asyncio.wait([call]))
            raise
        finally:
            self._under_way -= 1
        return call.result()


def _after(connection: sqlite3.Connection, ahead: tuple[str, ...], work: Callable[[], T]) -> T:
    for statement in ahead:
        connection.execute(statement)
    return work()


def _run(cursor: sqlite3.Cursor, sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[Any] | None:
    """The statement's rows; None where it has none."""
    cursor.execute(sql, parameters)
    return cursor.fetchall() if cursor.description is not None else None


async def to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await what a cancellation must not cut short; the cancellation follows when it is over."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
