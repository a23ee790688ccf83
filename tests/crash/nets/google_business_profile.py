"""Google Business Profile in the fault matrix: nothing makes a second post harmless there."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.google_business_profile.app import running as running_google
from sandbox.networks.google_business_profile.world import Settings
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    async with running_google(Settings(people=names, processing_s=0.0, edits_a_minute=0)) as server:
        world, unused = server.world, list(names)

        async def posts(name: str) -> dict[str, str]:
            [place] = world.of_person(name)
            return {post.name: post.summary for post in world.on(place)}

        def connection(name: str, url: str) -> Connection:
            [place] = world.of_person(name)
            access, refresh = world.issue_token(name)
            who = Identity(
                platform_account_id=place.id,
                handle=name,
                display_name=name,
                service_url=url,
                limits={"parent": place.parent},
            )
            return Connection(identity=who, tokens=Tokens(access=Secret(access), refresh=Secret(refresh)))

        async def new_person() -> Person:
            name = unused.pop()
            return Person(connection=lambda url: connection(name, url), posts=lambda: posts(name))

        yield Server(url=server.url, new_person=new_person)


NETWORK = Network(
    name="google_business_profile",
    platform="google_business_profile",
    creating=Call(method="POST", path="/localPosts"),
    looking=Call(method="GET", path="/localPosts?"),
    uploading=None,
    renewing=None,
    proves_absence_in_s=100.0,
    running=_running,
)
