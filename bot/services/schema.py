"""Why a database cannot be used, in sentences."""

from socket import gaierror

from bot.domain.errors import Conflict
from storage.engine import Database, DatabaseTrouble, OperationalTrouble
from storage.migrations import NewerSchema, NotInUnicode, migrate

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


async def bring_up_to_date(database: Database) -> None:
    """Run the migrations. Raises Conflict when the database cannot be used."""
    try:
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
