"""Discord in the fault matrix: the stand-in. Nothing is ever found there, so a lost answer ends with a person."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.discord.app import running
from sandbox.networks.discord.world import Settings, World
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"channel{number}" for number in range(10))
    async with running(Settings(channels=names, messages_per_2_s=0)) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, channel: str) -> Person:
    webhook = world.webhooks[channel]

    def connection(url: str) -> Connection:
        limits = {"guild_id": world.guild_id, "channel_id": webhook.channel_id}
        identity = Identity(
            platform_account_id=webhook.id, handle=channel, display_name=channel, service_url=url, limits=limits
        )
        return Connection(identity=identity, tokens=Tokens(access=Secret(webhook.token)))

    async def posts() -> dict[str, str]:
        return {one.id: one.content for one in world.messages.values() if one.webhook is webhook}

    return Person(connection=connection, posts=posts)


NETWORK = Network(
    name="discord",
    platform="discord",
    creating=Call(method="POST", path="/webhooks/"),
    looking=None,
    uploading=None,
    renewing=None,
    finds=False,
    proves_absence_in_s=0.0,
    running=_running,
)
