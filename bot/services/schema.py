"""Whether a database is there and up to date, waiting for one that starts; and in sentences why it cannot be used."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from socket import gaierror
from typing import TypeVar

from bot import clock
from bot.domain.errors import Conflict
from storage.engine import Database, DatabaseTrouble, OperationalTrouble
from storage.migrations import NewerSchema, NotInUnicode, migrate, schema_is_current

_log = logging.getLogger(__name__)

T = TypeVar("T")

_ASK_AGAIN_S = 0.5

NEWER = "The database was last used by a newer Herald than this one. Update this one, or restore a backup made before."

_POOLER = "Connect to the server itself, or to a pooler as docs/operating.md describes it."
_CURES = {
    "42501": "Connect as the owner of the database and its tables, or make this user that.",
    "53300": "Allow more connections there, or run fewer processes.",
    "42P05": _POOLER,
    "26000": _POOLER,
    "08P01": _POOLER,
}
"""What helps, by PostgreSQL's code: rights, connections, and what poolers make of statements and settings that stay.

Source: https://www.postgresql.org/docs/18/errcodes-appendix.html, 2026-11-23.
"""


_MAY_PASS = frozenset({"57P01", "57P02", "57P03", "53300"})
"""A server that ends, that begins, or has no connection left. Source: as above."""
_CONNECTION_BROKE = "08"
"""The class of such codes; the pooler's own among them does not pass."""


def may_pass(error: Exception) -> bool:
    """Whether a database that cannot be reached may be reachable in a moment: while its machine or itself starts."""
    code = _state(error) or str(getattr(error, "sqlstate", None) or "")
    broke = code.startswith(_CONNECTION_BROKE) and code not in _CURES
    return isinstance(error, OSError) or code in _MAY_PASS or broke


async def answered(ask: Callable[[], Awaitable[T]], *, wait_s: float) -> T:
    """What the database says to this, asked again and again while its server may be about to start, so long.

    Raises what the last asking raised. It says once in the log that it waits.
    """
    give_up_s, told = clock.uptime_s() + wait_s, False
    while True:
        try:
            return await ask()
        except Exception as error:
            if clock.uptime_s() >= give_up_s or not may_pass(error):
                raise
            if not told:
                told = True
                _log.warning("%s Herald goes on trying for %d s.", cannot_be_reached(error), wait_s)
        await asyncio.sleep(_ASK_AGAIN_S)


async def bring_up_to_date(database: Database, *, wait_s: float = 0.0) -> None:
    """Run the migrations; a server that is not there yet is waited for so long.

    Raises Conflict when the database cannot be used.
    """
    try:
        if wait_s:
            await answered(partial(schema_is_current, database), wait_s=wait_s)
        await migrate(database)
    except NewerSchema as error:
        raise Conflict(NEWER) from error
    except NotInUnicode as error:
        raise Conflict(f"The database is in {error}. Make it anew with TEMPLATE template0 ENCODING 'UTF8'.") from error
    except OSError as error:
        raise Conflict(cannot_be_reached(error)) from error
    except DatabaseTrouble as error:
        raise Conflict(_sentence(database, error)) from error


def _sentence(database: Database, error: DatabaseTrouble) -> str:
    """Whether it is the wrong one, or the right one in a bad state: SQLite says that when it is opened, too."""
    bad_state = database.dialect == "sqlite" and isinstance(error, OperationalTrouble)
    return cannot_be_written(error) if bad_state or error.statement is not None else cannot_be_reached(error)


def cannot_be_reached(error: Exception) -> str:
    """The sentence for it, with what the database itself said."""
    said = " ".join(str(error.orig).split()) if isinstance(error, DatabaseTrouble) else ""
    if isinstance(error, gaierror):
        said = "nobody knows that host"
    cure = _CURES.get(_state(error), "Check HERALD_DATABASE_URL.")
    return f"The database cannot be reached ({said or type(error).__name__}). {cure}"


def cannot_be_written(error: Exception) -> str:
    """The sentence for it."""
    cause = getattr(error, "orig", None) or error
    why = (cause.strerror if isinstance(cause, OSError) else str(cause)) or type(cause).__name__
    cure = _CURES.get(_state(error), "Make room, or make it writable, and start again.")
    return f"The database cannot be written: {' '.join(why.split())}. {cure}"


def _state(error: Exception) -> str:
    """PostgreSQL's code for it; empty for SQLite and for what never came to a server."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
