"""An arena on each database, in each dialect of the toy network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.engine import Database
from storage.media.folder import FolderStore
from tests.crash.arena import Arena
from tests.crash.worker import Settings
from tests.toy import toy_network
from tests.toy_queue import queue


@pytest.fixture
def keyed() -> bool:
    """Whether a repeat meets the first post; a test may ask for the other dialect."""
    return True


@pytest.fixture
async def arena(database_url: str, database: Database, keyed: bool, tmp_path: Path) -> AsyncIterator[Arena]:  # noqa: FBT001  # a fixture's value
    """A queue, a network, and no worker yet."""
    async with toy_network(keyed=keyed) as network:
        settings = Settings(database_url=database_url, network_url=network.url, folder="", keyed=keyed)
        async with queue(database, settings.connector(), network, FolderStore(tmp_path / "media")) as ready:
            made = Arena(queue=ready, settings=settings, folder=tmp_path)
            try:
                yield made
            finally:
                made.kill_all()
