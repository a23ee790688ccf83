"""X in the fault matrix: the stand-in, which refuses the same text twice as X does."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.x import app
from sandbox.networks.x.world import Settings
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    async with app.running(Settings(people=names, posts_per_15_min=0, processing_s=0.2)) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(server: app.Server, name: str) -> Person:
    access, _ = server.new_tokens(name)

    def connection(url: str) -> Connection:
        person = server.world.people[name]
        identity = Identity(platform_account_id=person.id, handle=name, display_name=name, service_url=url)
        return Connection(identity=identity, tokens=Tokens(access=Secret(access)))

    async def posts() -> dict[str, str]:
        return {post.id: post.text for post in server.world.posts.values() if post.person.username == name}

    return Person(connection=connection, posts=posts)


NETWORK = Network(
    name="x",
    platform="x",
    creating=Call(method="POST", path="/2/tweets"),
    looking=Call(method="GET", path="/tweets?"),
    uploading=Call(method="POST", path="/2/media/upload"),
    renewing=None,
    proves_absence_in_s=70.0,
    running=_running,
)
"""Renewals have a fault matrix of their own, in tests/services: they go to the network's address, not the account's."""
