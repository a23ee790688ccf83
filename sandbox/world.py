"""The whole stand-in world in one process: the workspace with its page, and the networks beside it."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sandbox.networks.bluesky import app as bluesky
from sandbox.networks.bluesky.cid import record_cid
from sandbox.networks.bluesky.world import POST
from sandbox.networks.bluesky.world import Record as BlueskyRecord
from sandbox.networks.bluesky.world import Settings as BlueskySettings
from sandbox.networks.listening import LOOPBACK, or_free
from sandbox.networks.mastodon import app as mastodon
from sandbox.networks.mastodon.world import Settings as MastodonSettings
from sandbox.networks.mastodon.world import Status
from sandbox.networks.network import StandIn
from sandbox.networks.register import STAND_INS, Server
from sandbox.slack import app as slack
from sandbox.slack.settings import Settings as SlackSettings

PAGE_PORT = 4600
"""Bluesky takes the next port, Mastodon the one after; the other networks begin at 20 above."""
_OTHERS_FROM = 20
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared with, never listened on by default
_OLD_POSTS = (
    (timedelta(days=2, hours=3), "We open at eight. The first cup is on the house if you bring your own."),
    (timedelta(days=1, hours=1), "New beans have arrived: Huehuetenango, washed, roasted yesterday."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the world is set up. Ports that are taken, or 0, become free ones."""

    host: str = LOOPBACK
    port: int = PAGE_PORT
    manifest: Path | None = None
    app_url: str = "http://127.0.0.1:8000"
    installed: bool = True
    empty: bool = False
    """On: nobody has posted anything before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that runs."""

    workspace: slack.Workspace
    bluesky: bluesky.Server
    mastodon: mastodon.Server
    others: Mapping[str, Server]

    def where(self) -> dict[str, object]:
        """What somebody who starts the app against it must know."""
        workspace = self.workspace
        return {
            "page": workspace.url,
            "slack": {
                "api_url": workspace.api_url,
                "bot_token": workspace.bot_token,
                "app_token": workspace.app_token,
                "signing_secret": workspace.signing_secret,
                "client_id": workspace.client_id,
                "client_secret": workspace.client_secret,
                "team_id": workspace.team_id,
                "team_name": workspace.team_name,
                "channels": workspace.channels,
            },
            "bluesky": {
                "service_url": self.bluesky.url,
                "identifier": self.bluesky.identifier,
                "password": self.bluesky.password,
                "web_url": self.bluesky.url,
                "plc_url": self.bluesky.url,
            },
            "mastodon": {
                "instance_url": self.mastodon.url,
                "token": self.mastodon.token,
                "handle": self.mastodon.world.network.handle,
            },
            "environment": {
                name: value for server in self.others.values() for name, value in server.environment.items()
            },
        }


@asynccontextmanager
async def running(settings: Settings | None = None) -> AsyncGenerator[World]:
    """The world until the block ends."""
    settings = settings or Settings()
    host, page = settings.host, settings.port
    name = LOOPBACK if host in EVERYWHERE else host
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(
            bluesky.running(BlueskySettings(grow_numbers=True, host_name=name), port=page and page + 1, host=host)
        )
        second = await stack.enter_async_context(
            mastodon.running(_mastodon_settings(), port=page and page + 2, host=host)
        )
        if not settings.empty:
            _post_before(first, second)
        others = {
            name: await stack.enter_async_context(start(page and page + number, host))
            for number, (name, start) in enumerate(STAND_INS.items(), _OTHERS_FROM)
        }
        networks = (first.world.network, second.world.network, *(server.network for server in others.values()))
        workspace = await stack.enter_async_context(
            slack.running(
                SlackSettings(
                    host=host,
                    port=page and or_free(page, host),
                    manifest=settings.manifest,
                    app_url=settings.app_url,
                    installed=settings.installed,
                    networks=networks,
                )
            )
        )
        for network in networks:
            _tell(network, workspace)
        yield World(workspace=workspace, bluesky=first, mastodon=second, others=others)


def _mastodon_settings() -> MastodonSettings:
    return MastodonSettings(
        grow_numbers=True,
        domain="social.test",
        people=("junipercoffee", "rowan"),
        names={"junipercoffee": "Juniper Coffee"},
    )


def _tell(network: StandIn, workspace: slack.Workspace) -> None:
    """Let the workspace's tour know of each post."""
    network.on_publish.append(lambda: workspace.world.note(f"published:{network.name}"))


def _post_before(first: bluesky.Server, second: mastodon.Server) -> None:
    """What the demo's accounts posted before anybody came."""
    person = next(iter(first.world.people.values()))
    author = next(iter(second.world.people.values()))
    for ago, text in _OLD_POSTS:
        taken_at = second.world.now() - ago
        rkey = first.world.next_tid()
        value: dict[str, object] = {"$type": POST, "text": text, "createdAt": f"{taken_at:%Y-%m-%dT%H:%M:%S}.000Z"}
        person.records[POST][rkey] = BlueskyRecord(
            uri=f"at://{person.did}/{POST}/{rkey}", cid=record_cid(value), rkey=rkey, value=value, taken_at=taken_at
        )
        status = Status(
            id=second.world.next_id(),
            person=author,
            text=text,
            spoiler_text="",
            sensitive=False,
            visibility="public",
            language="en",
            in_reply_to_id=None,
            media_ids=(),
            poll=None,
            created_at=taken_at,
            application_name=None,
            key=None,
        )
        second.world.statuses[status.id] = status
