"""Instagram in the fault matrix: the stand-in, which believes that files are where they are said to be."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.instagram.app import running as running_instagram
from sandbox.networks.instagram.world import Settings, World
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    async with running_instagram(Settings(people=names, fetches=False, posts_a_day=10_000)) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, name: str) -> Person:
    person, token = world.people[name], Secret(world.issue_token(name))

    def connection(url: str) -> Connection:
        identity = Identity(platform_account_id=person.id, handle=name, display_name=name, service_url=url)
        return Connection(identity=identity, tokens=Tokens(access=token, refresh=token))

    async def posts() -> dict[str, str]:
        return {media.id: media.caption for media in world.media.values() if media.person is person}

    return Person(connection=connection, posts=posts)


NETWORK = Network(
    name="instagram",
    platform="instagram",
    creating=Call(method="POST", path="/media_publish"),
    looking=Call(method="GET", path="/media?fields"),
    uploading=Call(method="POST", path="/media"),
    renewing=None,
    files="image",
    also_creating=(Call(method="POST", path="/comments"),),
    proves_absence_in_s=60.0,
    running=_running,
)
