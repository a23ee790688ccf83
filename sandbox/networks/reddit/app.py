"""The routes, the conditions, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.reddit import listing, pages, submitting, uploads
from sandbox.networks.reddit.doors import WORLD, doorkeeper, inside, is_api, world_of
from sandbox.networks.reddit.world import CLIENT_ID, CLIENT_SECRET, Settings, World

MOST_BODY_BYTES = 128 * 1024 * 1024
CREATING = {"/api/submit", "/api/submit_gallery_post.json", "/api/submit_poll_post", "/api/comment"}


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
            "HERALD_REDDIT_API_URL": self.url,
            "HERALD_REDDIT_AUTH_URL": self.url,
            "REDDIT_CLIENT_ID": CLIENT_ID,
            "REDDIT_CLIENT_SECRET": CLIENT_SECRET,
        }


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper], client_max_size=MOST_BODY_BYTES)
    app[WORLD] = world
    app.add_routes(world.oauth.routes())
    for slash in ("", "/"):
        app.add_routes(
            [
                web.post(f"/api/submit{slash}", submitting.submit),
                web.post(f"/api/submit_gallery_post.json{slash}", submitting.submit_gallery),
                web.post(f"/api/submit_poll_post{slash}", submitting.submit_poll),
                web.post(f"/api/comment{slash}", submitting.comment),
                web.post(f"/api/del{slash}", submitting.delete),
                web.post(f"/api/media/asset.json{slash}", uploads.lease),
                web.get(f"/api/info{slash}", listing.info),
                web.get(f"/api/v1/me{slash}", listing.me),
                web.get(f"/user/{{name}}/{{where:submitted|comments}}{slash}", listing.of_person),
                web.get(f"/comments/{{id}}{slash}", listing.one),
                web.get(f"/r/{{name}}/about{slash}", listing.about),
                web.get(f"/user/{{name}}{slash}", pages.profile),
                web.get(f"/r/{{name}}{slash}", pages.subreddit),
                web.get(f"/r/{{name}}/comments/{{id}}/{{slug}}{slash}", pages.post),
            ]
        )
    app.add_routes(
        [
            web.post("/store", uploads.store),
            web.get("/ws/{id}", listing.tell),
            web.get("/", pages.front),
            web.get("/files/{id}", pages.picture),
        ]
    )
    return app


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens given before access ended are refused; what a person allows anew counts."""
    world = world_of(request)
    grants = world.oauth.grants
    if world.network.access_ended_at != world.ended_at:
        world.ended_at = world.network.access_ended_at
        world.oauth.ended = frozenset((*grants.access, *grants.refresh))
    if request.headers.get("Authorization", "").partition(" ")[2] not in world.oauth.ended:
        return None
    headers = {"www-authenticate": 'Bearer realm="reddit", error="invalid_token"'}
    return web.json_response({"message": "Unauthorized", "error": 401}, status=401, headers=headers)


def _no_look(request: web.Request) -> web.Response | None:
    if request.method != "GET" or not request.path.rstrip("/").endswith(("/submitted", "/comments")):
        return None
    return web.json_response({"message": "Forbidden", "error": 403, "reason": "hidden"}, status=403)


CUSTOMS = Customs(
    is_api=is_api,
    is_creating=lambda request: request.method == "POST" and request.path.rstrip("/") in CREATING,
    away=lambda: web.json_response({"message": "Service Unavailable", "error": 503}, status=503),
    no_access=_no_access,
    no_text=lambda: inside(
        "SUBMIT_VALIDATION_BODY_BLACKLISTED_STRING", "Your post contains a word that is not allowed here.", "text"
    ),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        world.url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{world.url}/user/{world.network.handle}"
        yield Server(url=world.url, world=world)
