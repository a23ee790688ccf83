"""Reddit in the fault matrix: the stand-in, where every post goes to one subreddit."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from platforms.reddit.spec import SCOPES
from sandbox.networks.reddit.app import running as running_reddit
from sandbox.networks.reddit.world import CLIENT_ID, CLIENT_SECRET, Settings, World
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    async with running_reddit(Settings(people=names, requests_per_10_min=0)) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, name: str) -> Person:
    tokens = Tokens(
        access=Secret(world.issue_token(name, SCOPES)),
        extra={"client_id": Secret(CLIENT_ID), "client_secret": Secret(CLIENT_SECRET)},
    )

    def connection(url: str) -> Connection:
        identity = Identity(platform_account_id=world.people[name].id, handle=name, display_name=name, service_url=url)
        return Connection(identity=identity, tokens=tokens)

    async def posts() -> dict[str, str]:
        found = (*world.posts.values(), *world.comments.values())
        return {one.name: one.text for one in found if one.person.name == name}

    return Person(connection=connection, posts=posts)


NETWORK = Network(
    name="reddit",
    platform="reddit",
    creating=Call(method="POST", path="t?raw_json=1"),
    looking=Call(method="GET", path="/user/"),
    uploading=Call(method="POST", path="/api/media/asset.json"),
    renewing=None,
    options={"subreddit": "r/test", "title": "A morning"},
    proves_absence_in_s=200.0,
    running=_running,
)
"""What creates are `/api/submit` and, for a first comment, `/api/comment`. Renewing goes to the vendor's own address
and past the proxies; tests of OAuth break it."""
