"""Whether the key ring opens what is stored. Changing keys is in bot/services/workspaces.py."""

import logging

from bot.services.deps import Deps
from storage import rotation
from storage.engine import Database, DatabaseTrouble
from storage.vault import Vault, load_key_ring, new_key

_log = logging.getLogger(__name__)


async def count_sealed(database: Database) -> int:
    """How many tokens and secrets are stored, whatever their key; 0 as well where there are no tables yet."""
    try:
        async with database.reading() as session:
            return await rotation.count_shut_away(session, Vault(load_key_ring(new_key())))
    except DatabaseTrouble:
        return 0


async def trouble(deps: Deps) -> str | None:
    """What is stored under keys that are not in the ring, in a sentence; None when everything can be opened."""
    async with deps.database.reading() as session:
        shut = await rotation.count_shut_away(session, deps.vault)
    if not shut:
        return None
    they = "1 stored secret is" if shut == 1 else f"{shut} stored secrets are"
    return (
        f"{they} sealed with a key that is not in the key ring. Put it back behind the newest one, or connect those"
        " accounts anew."
    )


async def tell(deps: Deps) -> None:
    """Say so in the log when something cannot be opened: a process that starts can do the rest of its work."""
    if said := await trouble(deps):
        _log.error("%s", said)
