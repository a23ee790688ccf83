"""YouTube in the fault matrix: a film that goes up in one piece, which its session takes once, and a first comment."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.youtube.app import running as running_youtube
from sandbox.networks.youtube.world import Settings
from tests.crash.networks import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    settings = Settings(people=names, processing_s=0.0, uploads_a_day=0, units_a_day=0)
    async with running_youtube(settings) as server:
        world, unused = server.world, list(names)

        async def posts(name: str) -> dict[str, str]:
            channel = world.channels[name]
            films = {one.id: str(one.snippet["description"]) for one in world.of_channel(channel)}
            return films | {one.id: one.text for one in world.comments.values() if one.channel is channel}

        def connection(name: str, url: str) -> Connection:
            access, refresh = world.issue_token(name)
            who = Identity(platform_account_id=world.channels[name].id, handle=name, display_name=name, service_url=url)
            return Connection(identity=who, tokens=Tokens(access=Secret(access), refresh=Secret(refresh)))

        async def new_person() -> Person:
            name = unused.pop()
            return Person(connection=lambda url: connection(name, url), posts=lambda: posts(name))

        yield Server(url=server.url, new_person=new_person)


_UPLOAD = "/upload/youtube/v3/videos"
NETWORK = Network(
    name="youtube",
    platform="youtube",
    creating=Call(method="PUT", path=_UPLOAD, header="content-range: bytes 0-"),
    also_creating=(Call(method="POST", path="/youtube/v3/commentThreads"),),
    looking=Call(method="PUT", path=_UPLOAD, header="content-range: bytes */"),
    uploading=Call(method="POST", path=_UPLOAD),
    renewing=None,
    files="video",
    options={"title": "Blue"},
    proves_absence_in_s=60.0,
    running=_running,
)
