"""Pinterest in the fault matrix: the stand-in, whose list shows a pin at once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.pinterest.app import running as running_pinterest
from sandbox.networks.pinterest.world import Settings, World
from tests.crash.networks import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    async with running_pinterest(Settings(people=names, writes_per_min=0, reads_per_min=0, processing_s=0.2)) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, name: str) -> Person:
    tokens = Tokens(access=Secret(world.issue_token(name)))

    def connection(url: str) -> Connection:
        identity = Identity(platform_account_id=world.people[name], handle=name, display_name=name, service_url=url)
        return Connection(identity=identity, tokens=tokens)

    async def posts() -> dict[str, str]:
        return {pin.id: pin.fields["description"] or "" for pin in world.pins.values() if pin.owner == name}

    return Person(connection=connection, posts=posts)


def _network(name: str, uploading: Call | None, **more: object) -> Network:
    return Network(
        name=name,
        platform="pinterest",
        creating=Call(method="POST", path="/v5/pins"),
        looking=Call(method="GET", path="/v5/pins?"),
        uploading=uploading,
        renewing=None,
        options={"board": "Coffee"},
        proves_absence_in_s=75.0,
        running=_running,
        **more,  # pyright: ignore[reportArgumentType]  # fields of Network
    )


NETWORKS = (
    _network("pinterest", Call(method="GET", path="/v5/boards"), files="image"),
    _network("pinterest-video", Call(method="POST", path="/v5/media"), files="video"),
)
"""A picture goes inside the creating call; what can break before is finding the board. Renewing goes to the vendor's
own address and past the proxies; tests of OAuth break it."""
