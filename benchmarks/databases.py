"""Databases for one run each, and what their servers use."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import Database
from storage.migrations import migrate

_PROC = Path("/proc")
_USED_SELF, _USED_WITH_CHILDREN = slice(11, 13), slice(11, 15)
"""Of the fields of /proc/PID/stat behind the name: user and system time, own and of children waited for (proc(5))."""


@asynccontextmanager
async def fresh_sqlite(folder: Path) -> AsyncGenerator[str]:
    """A migrated SQLite file that is removed afterwards."""
    home = folder / f"sqlite-{uuid4().hex}"
    url = f"sqlite:///{home / 'herald.db'}"
    await _migrated(url)
    try:
        yield url
    finally:
        shutil.rmtree(home)


@asynccontextmanager
async def fresh_postgresql(server_url: str, *, migrated: bool = True) -> AsyncGenerator[str]:
    """A database of a running server, with Herald's tables unless told otherwise, dropped afterwards."""
    name = f"bench_{uuid4().hex}"
    await execute(server_url, f"CREATE DATABASE {name}")
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    if migrated:
        await _migrated(url)
    try:
        yield url
    finally:
        await execute(server_url, f"DROP DATABASE {name} WITH (FORCE)")


async def _migrated(url: str) -> None:
    database = await Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()


async def execute(server_url: str, statement: str) -> str:
    """Run one statement outside any transaction; returns its first value as text."""
    url = make_url(server_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            result = await connection.execute(text(statement))
            return str(result.scalar()) if result.returns_rows else ""
    finally:
        await engine.dispose()


async def settle_down(url: str) -> None:
    """Give a PostgreSQL database that was just filled the statistics an older one has, and write out what is dirty."""
    await execute(url, "VACUUM ANALYZE")
    await execute(url, "CHECKPOINT")


async def durability_of(server_url: str) -> dict[str, str]:
    """What the server says of itself: it must not have been told to hurry."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    return {name: await execute(server_url, f"SHOW {name}") for name in names}


async def used_by(pids: Sequence[int]) -> float | None:
    """CPU seconds these processes and their children have used so far; None where /proc does not say."""
    if not pids or not (_PROC / "self/stat").exists():
        return None
    return await asyncio.to_thread(_used, pids)


def _used(pids: Sequence[int]) -> float:
    ticks = 0
    for entry in _PROC.iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(entry.name) in pids:
            ticks += sum(map(int, fields[_USED_WITH_CHILDREN]))
        elif int(fields[1]) in pids:
            ticks += sum(map(int, fields[_USED_SELF]))
    return ticks / os.sysconf("SC_CLK_TCK")
