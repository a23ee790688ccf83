"""A toy network, a workspace that publishes to it, and a key to its API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.engine import Database
from storage.media.folder import FolderStore
from tests.handlers.http.api.caller import Caller, caller
from tests.toy import ToyNetwork, toy_connector, toy_network
from tests.toy_queue import Queue, queue


@pytest.fixture
async def network() -> AsyncIterator[ToyNetwork]:
    """A running toy network."""
    async with toy_network() as running:
        yield running


@pytest.fixture
async def toy(database: Database, network: ToyNetwork, tmp_path: Path) -> AsyncIterator[Queue]:
    """A queue of posts to the toy network."""
    async with queue(database, toy_connector(), network, FolderStore(tmp_path / "media")) as ready:
        yield ready


@pytest.fixture
async def ours(toy: Queue) -> Caller:
    """A caller of the toy's workspace who may do everything."""
    return await caller(toy.deps, toy.workspace_id)
