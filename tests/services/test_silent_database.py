"""All connections to PostgreSQL fall silent, while new ones work: posts go out all the same."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import clock
from bot.domain.publication import State
from handlers.clock import renewals
from storage import engine
from storage.engine import Database
from storage.media.folder import FolderStore
from tests.black_hole import way_to
from tests.toy import ToyNetwork, toy_connector
from tests.toy_queue import queue

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def test_posts_go_out_soon_after_all_connections_fell_silent(
    database: Database, database_url: str, network: ToyNetwork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_GLANCE_S", 0.5)
    monkeypatch.setattr(renewals, "_ANSWER_WITHIN_S", 0.5)
    async with queue(database, toy_connector(), network, FolderStore(tmp_path)) as toy, way_to(database_url) as way:
        through = await Database.open(way.url)
        async with replace(toy, deps=replace(toy.deps, database=through)).working():
            before = [await toy.post(f"Before {number}") for number in range(50)]
            for post_id in before:
                assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
            way.fall_silent()
            due_at = clock.now() + timedelta(seconds=4)
            after = await toy.post("After", due_at=due_at)
            assert await toy.until(after, State.PUBLISHED, within_s=30) == [State.PUBLISHED]
            assert clock.now() - due_at < timedelta(seconds=2)
        await through.close()
