"""A toy network and a queue that publishes to it, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.engine import Database
from storage.media.folder import FolderStore
from tests.toy import ToyNetwork, toy_connector, toy_network
from tests.toy_queue import Queue, queue


@pytest.fixture
async def network() -> AsyncIterator[ToyNetwork]:
    """A running toy network."""
    async with toy_network() as running:
        yield running


@pytest.fixture
async def toy(database: Database, network: ToyNetwork, tmp_path: Path) -> AsyncIterator[Queue]:
    """A queue of posts to the toy network; the record dialect, where a repeat meets the first post."""
    async with queue(database, toy_connector(), network, FolderStore(tmp_path / "media")) as ready:
        yield ready


@pytest.fixture
async def slack(toy: Queue) -> Queue:
    """A queue whose posts have cards."""
    await toy.in_slack()
    return toy
