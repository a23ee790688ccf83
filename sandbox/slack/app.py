"""The server: its routes, and how it is started and stopped."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, DummyCookieJar, web

from sandbox.slack import files, hooks, install, pages, sockets, webapi, webapi_apps, webapi_chat, webapi_people
from sandbox.slack import webapi_views as views
from sandbox.slack.deliver import Carrier
from sandbox.slack.pages import CARRIER
from sandbox.slack.settings import Settings
from sandbox.slack.sockets import SWITCHBOARD, Switchboard
from sandbox.slack.webapi import WORLD
from sandbox.slack.world import World

REGISTERED = (files, views, webapi_apps, webapi_chat, webapi_people)
"""Modules that put methods of the Web API into the register."""
MOST_BODY_BYTES = 16_000_000
LOOPBACK = "127.0.0.1"
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  # compared with, never listened on by default


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A running stand-in: where it is, what an app needs to know of it, and its memory for tests."""

    url: str
    world: World
    carrier: Carrier

    @property
    def api_url(self) -> str:
        """The base of the Web API, without a slash at the end."""
        return f"{self.url}/api"

    @property
    def authorize_url(self) -> str:
        """Where an installation begins."""
        return f"{self.url}/oauth/v2/authorize"

    @property
    def bot_token(self) -> str:
        """The living bot token; empty when the app is not installed."""
        return token.value if (token := self.world.bot_token) else ""

    @property
    def app_token(self) -> str:
        """The app-level token of Socket Mode."""
        return self.world.app_token.value

    @property
    def signing_secret(self) -> str:
        """What requests to the app are signed with."""
        return self.world.signing_secret

    @property
    def client_id(self) -> str:
        """The app's OAuth id."""
        return self.world.client_id

    @property
    def client_secret(self) -> str:
        """The app's OAuth secret."""
        return self.world.client_secret

    @property
    def team_id(self) -> str:
        """The workspace's id."""
        return self.world.team_id

    @property
    def team_name(self) -> str:
        """The workspace's name."""
        return self.world.team_name

    @property
    def channels(self) -> dict[str, str]:
        """Ids of the channels by name."""
        return {one.name: one.id for one in self.world.channels.values() if one.kind == "channel"}

    @property
    def people(self) -> dict[str, str]:
        """Ids of the people by name."""
        return {one.name: one.id for one in self.world.people.values()}


def build(world: World, carrier: Carrier) -> web.Application:
    """The server's application."""
    app = web.Application(client_max_size=MOST_BODY_BYTES)
    app[WORLD], app[SWITCHBOARD], app[CARRIER] = world, carrier.board, carrier
    app.add_routes(
        [
            web.post("/api/{method}", webapi.handle),
            web.get("/api/{method}", webapi.handle),
            web.get("/link/", sockets.link),
            web.post("/upload/v1/{id}", files.receive),
            web.get("/files-pri/{team}-{id}/{name:.*}", files.read),
            web.get("/oauth/v2/authorize", install.ask),
            web.post("/oauth/v2/authorize", install.decide),
            *(web.post(f"/{kind}/{{key:.+}}", hooks.answer) for kind in ("commands", "actions", "app")),
            *pages.routes(),
        ]
    )
    return app


@asynccontextmanager
async def running(settings: Settings | None = None) -> AsyncGenerator[Workspace]:
    """The workspace on loopback until the block ends."""
    settings = settings or Settings()
    world = World(settings)
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        carrier = Carrier(world, Switchboard(), session)
        world.carrier = carrier
        runner = web.AppRunner(build(world, carrier), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, settings.host, settings.port).start()
        host, port = runner.addresses[0][:2]
        world.url = f"http://{LOOPBACK if host in EVERYWHERE else host}:{port}"
        world.later(carrier.watch())
        try:
            yield Workspace(url=world.url, world=world, carrier=carrier)
        finally:
            await carrier.board.drop("refresh_requested")
            await world.stop()
            await runner.cleanup()
