"""A workspace with Herald's door to it: what the Slack tests stand on. People act through the stand-in's own page."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.ids import WorkspaceId
from bot.domain.installations import Installation
from bot.services import installing
from bot.services.deps import Deps
from handlers.slack.app import Desk
from handlers.slack.door import Door, Keys, opening
from handlers.slack.scopes import SCOPES
from platforms.addresses import Guard
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from sandbox.slack.app import Workspace
from sandbox.slack.manifest import BUILT_IN
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.vault import Vault

Json = dict[str, Any]


def manifest(*, scopes: Sequence[str] = SCOPES, socket: bool = True) -> Json:
    """The stand-in's own manifest, with these scopes and nothing optional."""
    settings = {**BUILT_IN["settings"], "socket_mode_enabled": socket}
    return {**BUILT_IN, "settings": settings, "oauth_config": {"scopes": {"bot": list(scopes)}}}


async def until(fact: Callable[[], object], *, within_s: float = 30.0) -> None:
    """Wait for it; fails when it does not come."""
    end = clock.uptime_s() + within_s
    while not fact():
        assert clock.uptime_s() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def until_async(fact: Callable[[], Awaitable[object]], *, within_s: float = 30.0) -> None:
    """The same for what has to be asked."""
    end = clock.uptime_s() + within_s
    while not await fact():
        assert clock.uptime_s() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


@asynccontextmanager
async def services(database: Database, folder: Path) -> AsyncGenerator[Deps]:
    """What the services work with, without any network."""
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield Deps(
            database=database,
            vault=Vault([bytes(32)]),
            connectors={},
            endpoints={},
            sender=Sender(transport),
            media=FolderStore(folder),
            chance=random.random,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """People in their workspace, and Herald behind its door."""

    deps: Deps
    slack: Workspace
    door: Door
    page: aiohttp.ClientSession

    @property
    def desk(self) -> Desk:
        """Where things are registered."""
        return self.door.desk

    @property
    def general(self) -> str:
        """A channel everybody but the outsider is in, the bot too."""
        return self.slack.channels["general"]

    async def does(self, person: str, deed: str, **given: Any) -> Json:  # noqa: ANN401  # JSON
        """Somebody does something on the page."""
        body = {"as": self.slack.people[person], **given}
        async with self.page.post(f"{self.slack.url}/_page/{deed}", json=body) as answer:
            return dict(await answer.json())

    async def types(self, person: str, command: str, text: str = "", *, channel: str = "general") -> Json:
        """A slash command."""
        return await self.does(person, "command", channel=self.slack.channels[channel], command=command, text=text)

    def said(self, channel: str | None = None) -> list[str]:
        """The texts that the bot wrote into a channel (None: into #general)."""
        found = self.slack.world.channels[channel or self.general]
        return [message.text for message in found.messages if message.user == self.slack.world.bot_user_id]

    def whispered(self, person: str) -> list[str]:
        """What the bot told this person alone, at the place or directly."""
        user = self.slack.people[person]
        world = self.slack.world
        private = [m.text for c in world.channels.values() for m in c.messages if m.ephemeral_to == user]
        talk = world.im_of(user)
        direct = [m.text for m in talk.messages if m.user == world.bot_user_id] if talk is not None else []
        return private + direct

    def toasts(self) -> list[str]:
        """What Slack itself complained of."""
        return [toast.text for toast in self.slack.world.toasts]

    def modal(self, person: str) -> Any:  # noqa: ANN401  # the stand-in's own
        """The modal on top."""
        return self.slack.world.modals[self.slack.people[person]][-1]

    def calls(self, method: str) -> int:
        """How often Slack was asked this."""
        return sum(1 for call in self.slack.world.wire if call.method == method and call.direction == "to_slack")

    async def installation(self) -> Installation | None:
        """Herald's installation, as stored."""
        return await installing.installation_of_team(self.deps, None, self.slack.team_id)

    async def workspace_id(self) -> WorkspaceId:
        """The workspace, once it is known."""
        found = await self.installation()
        assert found is not None
        return found.workspace_id


@asynccontextmanager
async def office(
    deps: Deps, slack: Workspace, register: Callable[[Desk], None], *, socket: bool = True, known: bool = True
) -> AsyncGenerator[Office]:
    """Herald's door open at this workspace, over Socket Mode or for HTTP."""
    keys = Keys(
        api_url=slack.api_url,
        bot_token=Secret(slack.bot_token) if slack.bot_token else None,
        app_token=Secret(slack.app_token) if socket else None,
        signing_secret=None if socket else Secret(slack.signing_secret),
    )
    async with (
        opening(deps, keys, public_url="http://127.0.0.1:8000", register=register) as door,
        aiohttp.ClientSession() as page,
    ):
        opened = Office(deps=deps, slack=slack, door=door, page=page)
        if known:
            await until_async(opened.installation)
        if known and door.socket is not None:
            await asyncio.wait_for(door.socket.connected.wait(), 8)
        yield opened
