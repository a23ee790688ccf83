"""The routes, what conditions do to them, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.google import CLIENT_ID, CLIENT_SECRET, REVOKE_PATH, TOKEN_PATH, Refusal, away, doorkeeper
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.youtube import pages, uploads, videos
from sandbox.networks.youtube.doors import WORLD
from sandbox.networks.youtube.world import Settings, World

MOST_BODY_BYTES = 128 * 1024 * 1024


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
        """What an app that is to use it is configured with."""
        return {
            "HERALD_YOUTUBE_API_URL": self.url,
            "HERALD_YOUTUBE_AUTH_URL": self.url,
            "YOUTUBE_CLIENT_ID": CLIENT_ID,
            "YOUTUBE_CLIENT_SECRET": CLIENT_SECRET,
        }


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(
        middlewares=[weather(world.network, CUSTOMS), doorkeeper(world.network, world.google)],
        client_max_size=MOST_BODY_BYTES,
    )
    app[WORLD] = world
    app.add_routes(
        [
            *world.google.routes(),
            web.post("/upload/youtube/v3/videos", uploads.open_session),
            web.put("/upload/youtube/v3/videos", uploads.fill),
            web.post("/upload/youtube/v3/thumbnails/set", uploads.set_thumbnail),
            web.get("/youtube/v3/channels", videos.list_channels),
            web.get("/youtube/v3/videos", videos.list_videos),
            web.delete("/youtube/v3/videos", videos.delete_video),
            web.get("/youtube/v3/playlistItems", videos.list_playlist),
            web.post("/youtube/v3/commentThreads", videos.comment),
            web.get("/youtube/v3/commentThreads", videos.list_comments),
            web.delete("/youtube/v3/comments", videos.delete_comment),
            web.get("/v2/reports", videos.report),
            web.get("/", pages.front),
            web.get("/@{person}", pages.channel),
            web.get("/watch", pages.watch),
            web.get("/shorts/{id}", pages.watch),
            web.get("/_thumbnails/{id}", pages.thumbnail),
        ]
    )
    return app


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(("/upload/", "/youtube/")) or request.path in {TOKEN_PATH, REVOKE_PATH}


def _is_creating(request: web.Request) -> bool:
    commenting = request.method == "POST" and request.path.endswith("/commentThreads")
    return commenting or uploads.completes(request)


def _no_text() -> web.Response:
    said = "The request metadata specifies an invalid or empty video title."
    return Refusal(400, "invalidTitle", said, domain="youtube.video").answer()


def _no_look(request: web.Request) -> web.Response | None:
    shows = request.method == "GET" and request.path.startswith("/youtube/") and "channels" not in request.path
    if not shows and not uploads.is_asking(request):
        return None
    return Refusal(403, "forbidden", "The request is not properly authorized.").answer()


CUSTOMS = Customs(
    is_api=_is_api, is_creating=_is_creating, away=away, no_access=lambda _: None, no_text=_no_text, no_look=_no_look
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/@{world.network.handle}"
        yield Server(url=url, world=world)


def in_the_world(port: int, host: str) -> AbstractAsyncContextManager[Server]:
    """As the whole world has it."""
    settings = Settings(grow_numbers=True, names={"junipercoffee": "Juniper Coffee"})
    return running(settings, port=port, host=host)
