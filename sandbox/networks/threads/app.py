"""The routes, the conditions, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.threads import containers, pages, reading
from sandbox.networks.threads.consent import graph_error
from sandbox.networks.threads.doors import WORLD, doorkeeper, world_of
from sandbox.networks.threads.world import CLIENT_ID, CLIENT_SECRET, Settings, World

VERSION = "/v1.0"
_GIVING = {"/oauth/access_token", "/access_token", "/refresh_access_token"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is and what it knows."""

    url: str
    world: World

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What a Herald that is to use it is configured with."""
        return {
            "HERALD_THREADS_API_URL": self.url,
            "HERALD_THREADS_AUTH_URL": self.url,
            "THREADS_CLIENT_ID": CLIENT_ID,
            "THREADS_CLIENT_SECRET": CLIENT_SECRET,
        }


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper])
    app[WORLD] = world
    app.add_routes(world.oauth.routes())
    app.add_routes(
        [
            web.get(f"{VERSION}/me", reading.profile),
            web.post(f"{VERSION}/{{user}}/threads", containers.make),
            web.post(f"{VERSION}/{{user}}/threads_publish", containers.publish),
            web.get(f"{VERSION}/{{user}}/threads", reading.listed),
            web.get(f"{VERSION}/{{user}}/replies", reading.listed),
            web.get(f"{VERSION}/{{user}}/threads_publishing_limit", reading.quota),
            web.get(f"{VERSION}/{{user}}/threads_insights", reading.account_insights),
            web.get(f"{VERSION}/{{id}}/insights", reading.insights),
            web.get(f"{VERSION}/{{id}}", reading.one),
            web.delete(f"{VERSION}/{{id}}", reading.delete),
            web.get("/", pages.front),
            web.get("/@{username}", pages.profile),
            web.get("/@{username}/post/{code}", pages.post),
            web.get(r"/files/{id}/{at:\d+}", pages.picture),
        ]
    )
    return app


def _is_creating(request: web.Request) -> bool:
    return request.method == "POST" and request.path.endswith("/threads_publish")


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens given before access ended renew nothing; at the other doors `doors.live` refuses them.

    What a person allows anew counts.
    """
    world = world_of(request)
    if world.network.access_ended_at != world.ended_at:
        world.ended_at, world.ended = world.network.access_ended_at, frozenset(world.oauth.grants.access)
    if request.path not in _GIVING or request.query.get("access_token", "") not in world.ended:
        return None
    return graph_error(190, "Error validating access token: the session was ended.", subcode=460)


def _no_look(request: web.Request) -> web.Response | None:
    last = request.path.rsplit("/", 1)[-1]
    container = world_of(request).containers.get(last)
    shows = last in {"threads", "replies"} or (container is not None and container.published_as is not None)
    if request.method != "GET" or not shows:
        return None
    return graph_error(10, "(#10) Posts cannot be shown at present", status=403)


CUSTOMS = Customs(
    is_api=lambda request: request.path.startswith(VERSION) or request.path in _GIVING,
    is_creating=_is_creating,
    away=lambda: graph_error(2, "Service temporarily unavailable", status=503, transient=True),
    no_access=_no_access,
    no_text=lambda: graph_error(100, "(#100) The text is not allowed here: it breaks the community guidelines"),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/@{world.network.handle}"
        try:
            yield Server(url=url, world=world)
        finally:
            for task in world.tasks:
                task.cancel()
