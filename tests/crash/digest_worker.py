"""Tells digests as a worker does, on a day that a file names: `python -m tests.crash.digest_worker URL CLOCK FOLDER`.

CLOCK is a file with the present instant in ISO, read whenever somebody asks what time it is.
"""

import asyncio
import logging
import random
import sys
from datetime import datetime
from pathlib import Path

from bot import clock
from bot.services import digesting
from bot.services.deps import Deps
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault

_BETWEEN_TICKS_S = 0.02


async def run(database_url: str, present: Path, folder: Path) -> None:
    """Be that worker until it is killed; a minute of the rhythm is a few milliseconds here."""
    clock.now = lambda: datetime.fromisoformat(present.read_text())
    database = await Database.open(database_url)
    async with AiohttpTransport() as transport:
        deps = Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={},
            endpoints={},
            sender=Sender(transport),
            media=FolderStore(folder),
            chance=random.random,
        )
        while True:
            await digesting.tell_due(deps)
            await asyncio.sleep(_BETWEEN_TICKS_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
