"""A stand-in Slack, and the services behind Herald's door to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.services.deps import Deps
from sandbox.slack.app import Workspace, running
from sandbox.slack.settings import Settings
from storage.engine import Database
from tests.handlers.slack.office import manifest, services


@pytest.fixture
async def deps(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Deps]:
    """What the services work with. SQLite is enough: the statements are tested on both engines elsewhere."""
    database = await Database.open(sqlite_url)
    async with services(database, tmp_path / "media") as ready:
        yield ready
    await database.close()


@pytest.fixture
async def slack() -> AsyncIterator[Workspace]:
    """A workspace in which Herald is installed and delivers over Socket Mode."""
    async with running(Settings(manifest=manifest())) as workspace:
        yield workspace
