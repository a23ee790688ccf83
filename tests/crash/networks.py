"""The networks that the fault matrix breaks. A new connector joins it by one more `Network` in NETWORKS.

Each has a server of its own that runs while a test lasts, the real one where there is one. What stands on that server
is the oracle: its own list, asked past the proxies.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest

from bot.domain.accounts import Secret
from sandbox.networks.mastodon.app import running as running_mastodon
from sandbox.networks.mastodon.world import Settings
from tests.crash.nets import (
    bluesky_oauth,
    discord,
    facebook,
    google_business_profile,
    instagram,
    linkedin,
    metricool,
    pinterest,
    reddit,
    telegram,
    threads,
    tiktok,
    x,
    youtube,
)
from tests.crash.network import Call, Network, Person, Server
from tests.servers.pds import Pds, PdsAccount


@asynccontextmanager
async def _bluesky(request: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    """The real server."""
    server: Pds = request.getfixturevalue("pds")

    async def new_person() -> Person:
        account = await asyncio.to_thread(server.make_account, f"a{uuid4().hex[:10]}")
        return Person(fields=lambda url: _typed(account, url), posts=lambda: posts(account))

    async def posts(account: PdsAccount) -> dict[str, str]:
        records = await asyncio.to_thread(server.posts, account.did)
        return {str(one["uri"]): str(one["value"]["text"]) for one in records}  # pyright: ignore[reportIndexIssue]

    yield Server(url=server.url, new_person=new_person)


def _typed(account: PdsAccount, url: str) -> dict[str, str | Secret]:
    return {"identifier": account.handle, "password": Secret(account.app_password), "service": url}


def _mastodon(*, idempotency: bool) -> Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Server]]:
    """The stand-in, with Mastodon's rules for repeated requests or without them."""

    @asynccontextmanager
    async def running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
        names = tuple(f"person{number}" for number in range(10))
        settings = Settings(idempotency=idempotency, requests_per_5_min=0, uploads_per_30_min=10_000, people=names)
        async with running_mastodon(settings) as server:
            world, unused = server.world, list(names)

            async def posts(name: str) -> dict[str, str]:
                mine = (status for status in world.statuses.values() if status.person.username == name)
                return {status.id: status.text for status in mine}

            async def new_person() -> Person:
                name = unused.pop()
                token = Secret(world.issue_token(name))
                return Person(fields=lambda url: {"instance": url, "token": token}, posts=lambda: posts(name))

            yield Server(url=server.url, new_person=new_person)

    return running


NETWORKS = (
    Network(
        name="bluesky",
        platform="bluesky",
        creating=Call(method="POST", path="com.atproto.repo.putRecord"),
        looking=Call(method="GET", path="com.atproto.repo.getRecord"),
        uploading=Call(method="POST", path="com.atproto.repo.uploadBlob"),
        renewing=Call(method="POST", path="com.atproto.server.refreshSession"),
        proves_absence_in_s=0.0,
        running=_bluesky,
    ),
    Network(
        name="mastodon",
        platform="mastodon",
        creating=Call(method="POST", path="/api/v1/statuses"),
        looking=Call(method="GET", path="/statuses?"),
        uploading=Call(method="POST", path="/api/v2/media"),
        renewing=None,
        proves_absence_in_s=60.0,
        running=_mastodon(idempotency=True),
    ),
    Network(
        name="mastodon-without-keys",
        platform="mastodon",
        creating=Call(method="POST", path="/api/v1/statuses"),
        looking=Call(method="GET", path="/statuses?"),
        uploading=Call(method="POST", path="/api/v2/media"),
        renewing=None,
        proves_absence_in_s=60.0,
        running=_mastodon(idempotency=False),
    ),
    bluesky_oauth.NETWORK,
    discord.NETWORK,
    facebook.NETWORK,
    google_business_profile.NETWORK,
    instagram.NETWORK,
    *linkedin.NETWORKS,
    metricool.NETWORK,
    *pinterest.NETWORKS,
    reddit.NETWORK,
    *telegram.NETWORKS,
    threads.NETWORK,
    tiktok.NETWORK,
    x.NETWORK,
    youtube.NETWORK,
)
