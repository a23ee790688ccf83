"""Telegram in the fault matrix: the stand-in. No bot can look, so a lost answer ends with a person who is asked."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bot.domain.accounts import Secret, Tokens
from platforms.base import Connection, Identity
from sandbox.networks.telegram.app import running as running_telegram
from sandbox.networks.telegram.world import Settings, World
from tests.crash.network import Call, Network, Person, Server


@asynccontextmanager
async def _running(_: pytest.FixtureRequest) -> AsyncGenerator[Server]:
    names = tuple(f"person{number}" for number in range(10))
    async with running_telegram(Settings(channels=names, messages_per_min=0)) as server:
        unused = list(names)

        async def new_person() -> Person:
            return _person(server.world, unused.pop())

        yield Server(url=server.url, new_person=new_person)


def _person(world: World, name: str) -> Person:
    async def posts() -> dict[str, str]:
        mine = (message for message in world.messages.values() if message.chat.username == name)
        return {str(message.id): message.text for message in mine}

    chat = next(chat for chat in world.chats.values() if chat.username == name)

    def connection(url: str) -> Connection:
        identity = Identity(platform_account_id=str(chat.id), handle=name, display_name=name, service_url=url)
        return Connection(identity=identity, tokens=Tokens(access=Secret(world.token)))

    return Person(connection=connection, posts=posts)


NETWORKS = (
    Network(
        name="telegram",
        platform="telegram",
        creating=Call(method="POST", path="/sendMessage"),
        looking=None,
        uploading=None,
        renewing=None,
        proves_absence_in_s=0.0,
        running=_running,
    ),
    Network(
        name="telegram-photo",
        platform="telegram",
        creating=Call(method="POST", path="/send"),
        looking=None,
        uploading=Call(method="POST", path="/getChat"),
        renewing=None,
        files="image",
        proves_absence_in_s=0.0,
        running=_running,
    ),
)
"""A file goes inside the creating call; what can break before is asking after the chat."""
