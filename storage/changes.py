"""How a waiting worker learns that work became due: rung here, by NOTIFY, or by looking at the SQLite file."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, cast

import asyncpg
from sqlalchemy.exc import DBAPIError

from bot import clock

log = logging.getLogger(__name__)

CHANNEL = "herald_due"
_POLL_S, _POLL_ALONE_S = 0.1, 0.25
_ALONE_AFTER_S = 10.0
_RECONNECT_S = 0.5
_CONNECT_TIMEOUT_S = 5
_KEEPALIVE_S = 10.0


class _Connection(Protocol):
    """What is used of asyncpg's connection, which has no types of its own."""

    def add_termination_listener(self, callback: Callable[[object], None]) -> None: ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None: ...

    async def fetchval(self, query: str, *, timeout: float) -> object: ...  # noqa: ASYNC109  # asyncpg's name

    def terminate(self) -> None: ...


class Bell:
    """Rings everybody who waits. Watches outside this process for as long as somebody has `Changes` open."""

    def __init__(self, watch: Callable[["Bell"], Awaitable[None]]) -> None:
        self._watch = watch
        self._watching: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Event] = set()
        self._ready = asyncio.Event()

    def ring(self) -> None:
        """Something changed."""
        for waiter in self._waiting:
            waiter.set()

    def ready(self) -> None:
        """The watch is up, or has found that it cannot be for now."""
        self._ready.set()

    async def join(self, waiter: asyncio.Event) -> None:
        """Ring this one too; returns when nothing that happens from now on is missed."""
        self._waiting.add(waiter)
        if self._watching is None:
            self._ready.clear()
            self._watching = asyncio.create_task(self._run(), name="storage-changes")
        await self._ready.wait()

    async def leave(self, waiter: asyncio.Event) -> None:
        """Ring this one no more."""
        self._waiting.discard(waiter)
        if not self._waiting:
            await self.close()

    async def close(self) -> None:
        """Stop watching."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def _run(self) -> None:
        await self._watch(self)


class Changes:
    """Wake-ups: `async with database.changes() as changes: await changes.wait(timeout_s=1)`.

    A change between two waits is not lost. A wake-up is a hint: it may come without a cause, and while the
    connection for it is away only the time-out comes.
    """

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self._bell.join(self._changed)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._bell.leave(self._changed)

    def wake(self) -> None:
        """Let who waits go on."""
        self._changed.set()

    async def wait(self, timeout_s: float) -> bool:
        """Return at a change, True, or after `timeout_s`, False."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True


async def polling_sqlite(bell: Bell, data_version: Callable[[], Awaitable[int]], wal: Path) -> None:
    """Ring when another process has committed, or may have. Runs until cancelled.

    Looks each 100 ms while others write now and then, each 250 ms when none has for ten seconds. Every commit writes to
    the file `wal`, so while that stands as it stood the database need not be asked.
    """
    loop = asyncio.get_running_loop()
    seen = await _version(data_version)
    stood: tuple[int, int] | None = None
    rung_s = loop.time()
    bell.ready()
    while True:
        stands = await _moved(wal, stood, alone_from_s=rung_s + _ALONE_AFTER_S)
        settled = False
        while not settled:
            settled, stood = stands is not None and stands == stood, stands
            now = await _version(data_version)
            if now != seen:
                seen, rung_s = now, loop.time()
                bell.ring()
            if not settled:
                await asyncio.sleep(_POLL_S)
                stands = _standing(wal)


async def _moved(wal: Path, stood: tuple[int, int] | None, *, alone_from_s: float) -> tuple[int, int] | None:
    """How the file stands once that is another way. A timer alone: a task that sleeps would cost thrice as much."""
    loop = asyncio.get_running_loop()
    moved: asyncio.Future[tuple[int, int] | None] = loop.create_future()

    def soon() -> asyncio.TimerHandle:
        every_s = _POLL_S if loop.time() < alone_from_s else _POLL_ALONE_S
        return loop.call_later(clock.until_beat_s(every_s), look)

    def look() -> None:
        nonlocal timer
        stands = _standing(wal)
        if stands is not None and stands == stood:
            timer = soon()
        elif not moved.done():
            moved.set_result(stands)

    timer = soon()
    try:
        return await moved
    finally:
        timer.cancel()


async def _version(data_version: Callable[[], Awaitable[int]]) -> int | None:
    """None: it cannot be read for now, which whoever has something to write says."""
    try:
        return await data_version()
    except (DBAPIError, sqlite3.Error, OSError):
        return None


def _standing(wal: Path) -> tuple[int, int] | None:
    """The file's size and last change, if it is there.

    Two changes within one tick of the kernel's clock look the same: one more question after each change covers that.
    """
    try:
        found = wal.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


async def listening_to_postgresql(bell: Bell, url: str) -> None:
    """Ring at NOTIFY, and once after each reconnect, as anything may have happened meanwhile. Runs until cancelled.

    The driver's own mistakes end nothing: asked while it reads a server's good-bye it raises what is of no class of its
    errors (asyncpg.InternalClientError).
    """
    away = False
    while True:
        try:
            connection = await _connect(url)
        except Exception as error:  # noqa: BLE001  # whatever it was, wake-ups must come back
            if not away:
                log.warning("storage.listen_lost", extra={"error": type(error).__name__})
            away = True
            bell.ready()
        else:
            why = "closed"
            try:
                await _listen(connection, bell, came_back=away)
            except Exception as error:  # noqa: BLE001  # as above
                why = type(error).__name__
                bell.ready()
            finally:
                connection.terminate()
            log.warning("storage.listen_lost", extra={"error": why})
            away = True
        await asyncio.sleep(_RECONNECT_S)


async def _connect(url: str) -> _Connection:
    untyped = cast("Any", asyncpg)
    return cast("_Connection", await untyped.connect(url, timeout=_CONNECT_TIMEOUT_S))


async def _listen(connection: _Connection, bell: Bell, *, came_back: bool) -> None:
    """Listen until the connection is gone; also raises what it is gone with."""
    gone = asyncio.Event()

    def heard(*_: object) -> None:
        bell.ring()

    def ended(_: object) -> None:
        gone.set()

    connection.add_termination_listener(ended)
    await connection.add_listener(CHANNEL, heard)
    bell.ready()
    if came_back:
        log.warning("storage.listen_back")
        bell.ring()
    while not gone.is_set():
        try:
            async with asyncio.timeout(_KEEPALIVE_S):
                await gone.wait()
        except TimeoutError:
            await connection.fetchval("SELECT 1", timeout=_CONNECT_TIMEOUT_S)
