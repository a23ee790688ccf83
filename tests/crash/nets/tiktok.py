"""TikTok's stand-in in the fault matrix: films, whose last piece is the creating call.

Photos are not here: after a lost answer nobody can prove that they are not there, and a person is asked.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.tiktok.app import running as running_tiktok
from sandbox.networks.tiktok.world import Settings
from tests.crash.networks import Call, Network, Person, Server

_NAMES = tuple((f"person{number}", f"Person {number}") for number in range(10))


def _settings() -> Settings:
    return Settings(
        people=_NAMES,
        processing_s=0.1,
        moderation_s=0.1,
        inits_per_min=0,
        statuses_per_min=0,
        infos_per_min=0,
        posts_per_day=0,
    )


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    async with running_tiktok(_settings()) as server:
        world, unused = server.world, [name for name, _ in _NAMES]

        async def posts(name: str) -> dict[str, str]:
            return {post.post_id: post.title for post in world.posts_of(world.people[name])}

        async def new_person() -> Person:
            person = world.people[unused.pop()]
            token = Secret(server.token_of(person.username))

            def connection(url: str) -> Connection:
                identity = Identity(
                    platform_account_id=person.open_id,
                    handle=person.username,
                    display_name=person.name,
                    service_url=url,
                )
                return Connection(identity=identity, tokens=Tokens(access=token))

            return Person(connection=connection, posts=lambda: posts(person.username))

        yield Server(url=server.url, new_person=new_person)


NETWORK = Network(
    name="tiktok",
    platform="tiktok",
    creating=Call(method="PUT", path="/upload/video/"),
    looking=Call(method="POST", path="/status/fetch/"),
    uploading=Call(method="POST", path="/video/init/"),
    renewing=None,
    files="video",
    options={"privacy": "public"},
    proves_absence_in_s=60.0,
    running=_running,
)
