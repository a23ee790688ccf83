"""Moving an installation from SQLite to PostgreSQL: everything or nothing, and never in use in both places.

The order is what makes it safe. The old database is held alone, so nothing runs on it. Everything is written to the new
one in a transaction. The old one is marked as moved, and only then the new one is committed: whatever breaks in
between, at most one of them can be used.
"""

import logging
from dataclasses import dataclass

from bot.domain.errors import Conflict
from bot.services import schema
from storage import moves
from storage.arriving import TROUBLES, Target, address_of, arriving, place_of
from storage.engine import Database
from storage.leaving import Source, leaving
from storage.moves import Move
from storage.transfer import Told, carry_all
from storage.vault import Vault

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What was moved."""

    target: str
    """Host and name of the new database."""
    rows: dict[str, int]
    """By table."""


async def transfer(source_url: str, to: str, *, vault: Vault, told: Told) -> Transferred:
    """Move everything from a SQLite database to an empty PostgreSQL database. Media files stay where they are.

    Run again after it was interrupted, it begins anew. Raises InvalidContent for an address that is not PostgreSQL's,
    and Conflict when it cannot be done; then nothing was.
    """
    url = address_of(to)
    target_place = place_of(url)
    await _migrate(source_url)
    async with leaving(source_url) as here, arriving(url) as there:
        gone = await moves.moved_to(here.session)
        await _must_fit(there, gone, target_place)
        await _must_open(here, vault)
        await here.let_go()
        await moves.unmark(here.session)
        await _migrate(url)
        await there.begin()
        await _must_fit(there, gone, target_place)
        rows = await carry_all(here, there, told)
        await moves.mark_moved(here.session, target_place)
        await here.commit()
        await _commit(there, target_place)
    return Transferred(target=target_place, rows=rows)


async def moved_away(database: Database) -> Move | None:
    """Where everything went; None: it is here."""
    async with database.reading() as session:
        return await moves.moved_to(session)


async def stay(database: Database) -> Move | None:
    """Take back the mark: the installation is here after all. Returns what it said; None: there was none."""
    async with database.transaction() as session:
        gone = await moves.moved_to(session)
        await moves.unmark(session)
    return gone


def where_it_went(gone: Move) -> str:
    """A sentence for whoever opens a database that everything has left."""
    return (
        f"This installation moved to {gone.target} on {gone.at:%Y-%m-%d}. Set HERALD_DATABASE_URL to it;"
        " or, if nothing runs there, take everything back with: herald transfer --undo-mark"
    )


async def _must_fit(there: Target, gone: Move | None, place: str) -> None:
    """The target is empty, and nothing moved anywhere else before."""
    if gone is not None and gone.target != place:
        raise Conflict(where_it_went(gone))
    if (encoding := await there.encoding()) != "UTF8":
        raise Conflict(f"The database at {place} is in {encoding}. Make it anew with ENCODING 'UTF8'.", field="to")
    occupied = await there.occupied_by()
    if occupied is not None and gone is not None:
        raise Conflict(f"Everything moved to {place} already. Set HERALD_DATABASE_URL to it.")
    if occupied is not None:
        raise Conflict(f"The database at {place} is not empty: there is table {occupied}. Make a new one.", field="to")


async def _must_open(here: Source, vault: Vault) -> None:
    """The key ring is this installation's."""
    sealed_with = await here.key_ids()
    if sealed_with and not any(vault.has(key_id) for key_id in sealed_with):
        raise Conflict("The key ring opens none of the stored tokens. Give the keys this installation was used with.")


async def _migrate(url: str) -> None:
    database = await Database.open(url, pool_size=1)
    try:
        await schema.bring_up_to_date(database)
    finally:
        await database.close()


async def _commit(there: Target, place: str) -> None:
    try:
        await there.commit()
    except TROUBLES as error:
        _log.exception("the answer to the commit was lost")
        message = (
            f"The connection to {place} broke at the last step. Run the same command again: it looks, and goes on."
        )
        raise Conflict(message) from error
