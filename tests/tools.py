"""What services work with, around a test's own database."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.services.deps import Deps
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import Endpoints
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault


@asynccontextmanager
async def tools(database: Database, folder: Path) -> AsyncIterator[Deps]:
    """What services work with; loopback may be reached."""
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors=REGISTER,
            endpoints={name: Endpoints(api="") for name in REGISTER},
            sender=Sender(transport),
            media=FolderStore(folder),
            chance=random.random,
        )
