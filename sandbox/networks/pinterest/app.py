"""The routes, what the network's conditions mean here, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.pinterest import boards, media, pages, pins
from sandbox.networks.pinterest.doors import WORLD, Refusal, doorkeeper, invalid, no_access, world_of
from sandbox.networks.pinterest.world import CLIENT_ID, CLIENT_SECRET, STYLE, Settings, World

MOST_BODY_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, a token of its first person, and what it knows."""

    url: str
    token: str
    world: World

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with."""
        return {
            "HERALD_PINTEREST_API_URL": self.url,
            "HERALD_PINTEREST_AUTH_URL": self.url,
            "PINTEREST_CLIENT_ID": CLIENT_ID,
            "PINTEREST_CLIENT_SECRET": CLIENT_SECRET,
        }


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper], client_max_size=MOST_BODY_BYTES)
    app[WORLD] = world
    app.add_routes(
        [
            web.get(STYLE.authorize_path, world.oauth.authorize),
            web.post(STYLE.authorize_path, world.oauth.decide),
            web.post(STYLE.token_path, give_tokens),
            web.get("/v5/user_account", boards.account),
            web.get("/v5/user_account/analytics", boards.analytics),
            web.get("/v5/boards", boards.listed),
            web.post("/v5/boards", boards.create),
            web.get("/v5/boards/{board_id}", boards.one),
            web.get("/v5/boards/{board_id}/pins", pins.on_board),
            web.get("/v5/boards/{board_id}/sections", boards.sections),
            web.post("/v5/media", media.register),
            web.get("/v5/media/{media_id}", media.progress),
            web.post(media.STORAGE, media.store),
            web.post("/v5/pins", pins.create),
            web.get("/v5/pins", pins.listed),
            web.get("/v5/pins/{pin_id}", pins.one),
            web.delete("/v5/pins/{pin_id}", pins.delete),
            web.get("/", pages.front),
            web.get("/pin/{id}/", pages.pin),
            web.get(r"/_pictures/{id}/{number:\d}", pages.picture),
            web.get("/{person}/", pages.profile),
        ]
    )
    return app


async def give_tokens(request: web.Request) -> web.Response:
    """`POST /v5/oauth/token`; refusals in Pinterest's form. Source of code 283: pinterest-python-sdk, issue 114."""
    answer = await world_of(request).oauth.give(request)
    if answer.status == 401:  # noqa: PLR2004  # the app could not prove itself
        return no_access().answer()
    if answer.status >= 400:  # noqa: PLR2004  # any refusal
        return Refusal(answer.status, 283, "The authorization grant is invalid").answer()
    return answer


def _no_access(request: web.Request) -> web.Response | None:
    """Consents given before access ended are over; what a person allows anew counts."""
    world_of(request).end_access_if_asked()
    return None


def _no_look(request: web.Request) -> web.Response | None:
    path = request.path.rstrip("/")
    shows = request.method == "GET" and path.endswith("/pins")
    return invalid("pins cannot be shown at present").answer() if shows else None


CUSTOMS = Customs(
    is_api=lambda request: request.path.startswith("/v5/"),
    is_creating=lambda request: request.method == "POST" and request.path == "/v5/pins",
    away=lambda: Refusal(503, 12, "Something went wrong on our end. Sorry about that.").answer(),
    no_access=_no_access,
    no_text=lambda: invalid("this text breaks our community guidelines").answer(),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/{world.network.handle}/"
        yield Server(url=url, token=world.token, world=world)


def demo(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    """The server as a part of the whole stand-in world."""
    settings = Settings(grow_numbers=True, people=("junipercoffee", "rowan"), names={"junipercoffee": "Juniper Coffee"})
    return running(settings, port=port, host=host)
