"""The routes, what conditions do to them, and how the server is started."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.google import CLIENT_ID, CLIENT_SECRET, REVOKE_PATH, TOKEN_PATH, Refusal, away, doorkeeper
from sandbox.networks.google_business_profile import doors, pages
from sandbox.networks.google_business_profile.doors import WORLD
from sandbox.networks.google_business_profile.world import Settings, World
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn


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
        """What an app that is to use it is configured with; the further hosts move with the consent pages."""
        return {
            "HERALD_GOOGLE_BUSINESS_PROFILE_API_URL": self.url,
            "HERALD_GOOGLE_BUSINESS_PROFILE_AUTH_URL": self.url,
            "GOOGLE_BUSINESS_PROFILE_CLIENT_ID": CLIENT_ID,
            "GOOGLE_BUSINESS_PROFILE_CLIENT_SECRET": CLIENT_SECRET,
        }


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper(world.network, world.google)])
    app[WORLD] = world
    posts = "/v4/accounts/{account}/locations/{location}/localPosts"
    app.add_routes(
        [
            *world.google.routes(),
            web.get("/v1/accounts", doors.list_accounts),
            web.get("/v1/accounts/{account}/locations", doors.list_locations),
            web.get(r"/v1/locations/{location:\d+}:fetchMultiDailyMetricsTimeSeries", doors.read_numbers),
            web.post(posts, doors.create_post),
            web.get(posts, doors.list_posts),
            web.get(posts + "/{post}", doors.read_post),
            web.delete(posts + "/{post}", doors.delete_post),
            web.get("/", pages.front),
            web.get("/places/{id}", pages.place),
            web.get("/posts/{id}", pages.post),
            web.get("/_pictures/{id}", pages.picture),
        ]
    )
    return app


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(("/v1/", "/v4/")) or request.path in {TOKEN_PATH, REVOKE_PATH}


def _no_look(request: web.Request) -> web.Response | None:
    if request.method != "GET" or "localPosts" not in request.path:
        return None
    return Refusal(403, "", "The caller does not have permission").answer()


CUSTOMS = Customs(
    is_api=_is_api,
    is_creating=lambda request: request.method == "POST" and request.path.endswith("/localPosts"),
    away=away,
    no_access=lambda _: None,
    no_text=lambda: Refusal(400, "", "Request contains an invalid argument: summary.").answer(),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/places/{world.locations[0].id}"
        try:
            yield Server(url=url, world=world)
        finally:
            for fetch in world.fetches:
                fetch.cancel()
            await asyncio.gather(*world.fetches, return_exceptions=True)


def in_the_world(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    """As the whole world has it."""
    places = {"junipercoffee": ("Juniper Coffee", "Juniper Coffee Roastery")}
    return running(Settings(grow_numbers=True, places=places), port=port, host=host)
