"""The schema's history, and the only way to change it: small steps forward, run under a lock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.engine import Database

_ADVISORY_LOCK = 0x4865726D
"""Any number, as long as nothing else of Herald takes it."""

_ALONE = Lock()
_LOOK_AGAIN_S = 0.02


class NewerSchema(Exception):
    """The database has a revision that this code does not know: a newer Herald was here."""


class NotInUnicode(Exception):
    """A new PostgreSQL database that has no place for some letters. Its encoding is the argument."""


@asynccontextmanager
async def _alone() -> AsyncIterator[None]:
    """Alembic keeps the migration that runs in a global: one at a time in a process, whatever loop or thread asks.

    Asked again and again, for waiting for it would stop the loop in which the other one runs.
    """
    while not _ALONE.acquire(blocking=False):  # noqa: ASYNC110  # who holds it may be in another thread
        await asyncio.sleep(_LOOK_AGAIN_S)
    try:
        yield
    finally:
        _ALONE.release()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection, to: str) -> None:
    if not _revisions(connection) and connection.dialect.name == "postgresql":
        _must_be_unicode(connection)
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise RuntimeError(f"the migration would leave a row of {broken[0]} without its parent")


def _must_be_unicode(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise NotInUnicode(encoding)


def _revisions(connection: Connection) -> set[str]:
    """Those the database has. Raises NewerSchema."""
    found = set(MigrationContext.configure(connection).get_current_heads())
    known = {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
    if unknown := found - known:
        raise NewerSchema(f"revision {min(unknown)} is not known")
    return found


def _is_current(connection: Connection) -> bool:
    return _revisions(connection) == set(ScriptDirectory.from_config(_config()).get_heads())


async def migrate(database: Database, *, to: str = "head") -> None:
    """Bring the schema to its newest revision, in one transaction. A second process waits and then finds it done.

    Raises NewerSchema and NotInUnicode.
    """
    async with _alone(), database._schema_change() as connection:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # made for this module
        if database.dialect == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ADVISORY_LOCK})
        await connection.run_sync(_upgrade, to)


async def schema_is_current(database: Database) -> bool:
    """Whether the database has exactly the revision this code was written for. Raises NewerSchema."""
    async with database.reading() as session:
        return await (await session.connection()).run_sync(_is_current)
