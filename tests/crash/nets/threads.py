"""Threads in the fault matrix: the stand-in, which believes that files are where they are said to be."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from platforms.threads.spec import SCOPES
from sandbox.networks.threads.app import running as running_threads
from sandbox.networks.threads.world import CLIENT_ID, CLIENT_SECRET, Settings, World
from tests.crash.networks import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    settings = Settings(people=names, fetches=False, media_ready_s=0.0)
    async with running_threads(settings) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, name: str) -> Person:
    token = Secret(world.issue_token(name, SCOPES))
    tokens = Tokens(
        access=token,
        refresh=token,
        extra={"client_id": Secret(CLIENT_ID), "client_secret": Secret(CLIENT_SECRET)},
    )

    def connection(url: str) -> Connection:
        identity = Identity(platform_account_id=world.people[name].id, handle=name, display_name=name, service_url=url)
        return Connection(identity=identity, tokens=tokens)

    async def posts() -> dict[str, str]:
        return {post.id: post.text for post in world.posts.values() if post.person.username == name}

    return Person(connection=connection, posts=posts)


NETWORK = Network(
    name="threads",
    platform="threads",
    creating=Call(method="POST", path="/threads_publish"),
    looking=Call(method="GET", path="fields=status"),
    uploading=Call(method="POST", path="/threads"),
    renewing=None,
    proves_absence_in_s=60.0,
    running=_running,
)
"""Renewing goes to the vendor's own address and past the proxies; tests of OAuth break it."""
