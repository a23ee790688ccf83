"""The routes, what a condition changes, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.discord import messages, pages
from sandbox.networks.discord.doors import WORLD, Refusal, doorkeeper
from sandbox.networks.discord.world import Settings, World
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn

_WEBHOOK = "/webhooks/{webhook}/{token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in."""

    url: str
    world: World

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with."""
        return {"HERALD_DISCORD_API_URL": self.url}

    def webhook_url(self, channel: str, base_url: str = "") -> str:
        """The address of a channel's webhook, as its settings show it."""
        webhook = self.world.webhooks[channel]
        return f"{base_url or self.url}/api/webhooks/{webhook.id}/{webhook.token}"


def build(world: World) -> web.Application:
    """The server's application."""
    most = world.settings.request_bytes
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper], client_max_size=most)
    app[WORLD] = world
    for version in ("", "/v10"):
        base = f"/api{version}{_WEBHOOK}"
        app.add_routes(
            [
                web.get(base, messages.describe),
                web.delete(base, messages.remove),
                web.post(base, messages.execute),
                web.get(base + "/messages/{message}", messages.read),
                web.patch(base + "/messages/{message}", messages.edit),
                web.delete(base + "/messages/{message}", messages.delete),
            ]
        )
    app.add_routes(
        [
            web.get("/", pages.front),
            web.get("/channels/{guild}/{channel}", pages.channel),
            web.get("/channels/{guild}/{channel}/{message}", pages.message),
            web.get("/attachments/{id}/{name}", pages.attachment),
        ]
    )
    return app


def _no_look(request: web.Request) -> web.Response | None:
    shows = request.method == "GET" and "messages" in request.path.split("/")
    return Refusal(403, 50001, "Missing Access").answer() if shows else None


CUSTOMS = Customs(
    is_api=lambda request: request.path.startswith("/api/"),
    is_creating=lambda request: request.method == "POST",
    away=lambda: Refusal(503, 0, "503: Service Unavailable").answer(),
    no_access=lambda _: Refusal(401, 50027, "Invalid Webhook Token").answer(),
    no_text=lambda: Refusal(400, 200000, "Message was blocked by automatic moderation: no advertising").answer(),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        server = Server(url=f"http://{LOOPBACK}:{taken}", world=world)
        first = next(iter(world.webhooks.values()))
        world.network.open_url = f"{server.url}/channels/{world.guild_id}/{first.channel_id}"
        world.network.login = (("Webhook address", server.webhook_url(first.channel)),)
        yield server
