"""The networks that the fault matrix breaks. A new connector joins it by one more `Network` in NETWORKS.

Each has a server of its own that runs while a test lasts, the real one where there is one. What stands on that server
is the oracle: its own list, asked past the proxies.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

import pytest

from bot.domain.accounts import Secret
from platforms.base import Connection
from sandbox.networks.mastodon.app import running as running_mastodon
from sandbox.networks.mastodon.world import Settings
from tests.servers.pds import Pds, PdsAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a connector, as its network sees it: a piece of the path will do."""

    method: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account on the server."""

    fields: Callable[[str], Mapping[str, str | Secret]] | None = None
    """What is typed to connect it, given the server's address: that of a proxy."""
    connection: Callable[[str], Connection] | None = None
    """Where a consent connects it: what came of that. `service_url` is the given address."""
    posts: Callable[[], Awaitable[Mapping[str, str]]]
    """What the account shows: texts by the server's own ids, as Herald names posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    url: str
    new_person: Callable[[], Awaitable[Person]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network of the matrix, with the calls that can break. None: its connector makes no such call."""

    name: str
    """In the names of tests."""
    platform: str
    creating: Call
    looking: Call | None
    uploading: Call | None
    renewing: Call | None
    files: Literal["", "image", "video"] = ""
    """What every post needs; without a word only the cases of uploading have a picture."""
    parts: int = 3
    """How many parts one post has at most here: 2 where there is only a first comment, 1 where there is none."""
    commenting: str = ""
    """A piece of the path of the call that makes a further part, where it is not the creating one's."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings that every post needs."""
    proves_absence_in_s: float
    """How long it takes to be sure that a post is not there, so that it may be sent again."""
    running: Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Server]]


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


from tests.crash.nets import facebook, instagram  # noqa: E402  # they are made of the types above

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
    facebook.NETWORK,
    instagram.NETWORK,
)
