"""The routes, what the network's conditions mean here, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.telegram import pages
from sandbox.networks.telegram.doors import WORLD, Asked, Refusal, bad, read
from sandbox.networks.telegram.methods import METHODS
from sandbox.networks.telegram.world import Settings, World

MOST_BODY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, its bot's token, and what it knows."""

    url: str
    token: str
    world: World

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with: the Bot API, and where people read channels."""
        return {"HERALD_TELEGRAM_API_URL": self.url, "HERALD_TELEGRAM_AUTH_URL": self.url}


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS)], client_max_size=MOST_BODY_BYTES)
    app[WORLD] = world
    app.add_routes(
        [
            web.route("*", "/bot{token}/{method}", call),
            web.get("/", pages.front),
            web.get("/_files/{id}", pages.file),
            web.get("/{name}", pages.channel),
            web.get(r"/{name}/{id:\d+}", pages.message),
        ]
    )
    return app


async def call(request: web.Request) -> web.Response:
    """One method, by GET or POST, answered in the API's envelope."""
    world, token = request.app[WORLD], request.match_info["token"]
    method = METHODS.get(request.match_info["method"].lower())
    bot = world.bots.get(token)
    if ":" not in token or method is None:
        return Refusal(404, "Not Found").answer()
    if bot is None:
        return Refusal(401, "Unauthorized").answer()
    world.calls.append(request.match_info["method"])
    try:
        values, uploads = await read(request)
        result = await method(Asked(world=world, bot=bot, values=values, uploads=uploads))
    except Refusal as refusal:
        return refusal.answer()
    return web.json_response({"ok": True, "result": result})


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens made before access ended are revoked; those made afterwards are good."""
    world = request.app[WORLD]
    bot, ended = world.bots.get(request.path.split("/")[1].removeprefix("bot")), world.network.access_ended_at
    if bot is None or ended is None or bot.made_at > ended:
        return None
    return Refusal(401, "Unauthorized").answer()


CUSTOMS = Customs(
    is_api=lambda request: request.path.startswith("/bot"),
    is_creating=lambda request: request.path.rpartition("/")[2].lower().startswith("send"),
    away=lambda: Refusal(502, "Bad Gateway").answer(),
    no_access=_no_access,
    no_text=lambda: bad("this text is not allowed here").answer(),
    no_look=lambda _: None,
)
"""There are no looks to refuse: no method shows messages."""


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/{world.network.handle}"
        world.network.login = (("Channel", f"@{world.network.handle}"), ("Bot token", world.token))
        yield Server(url=url, token=world.token, world=world)


def demo(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    """The server as a part of the whole stand-in world."""
    settings = Settings(channels=("junipercoffee", "rowan"), titles={"junipercoffee": "Juniper Coffee"})
    return running(settings, port=port, host=host)
