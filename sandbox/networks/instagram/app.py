"""The routes, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.graph import GraphError, Handler, doorkeeper, no_token
from sandbox.networks.instagram import containers, pages, posts
from sandbox.networks.instagram.containers import CREATING
from sandbox.networks.instagram.world import APP, WORLD, Settings, World, new_world, world_of
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn

_CREATING = ("/media_publish", "/mediapublish", "/comments")
_V = r"/{version:v[0-9]+\.[0-9]+}"
_END = "{end:/?}"
"""A node's address may end in a slash."""
_TOKENS = ("/oauth/access_token", "/access_token", "/refresh_access_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, what it knows, and a token of its first person."""

    url: str
    world: World
    token: str

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with."""
        return {
            "HERALD_INSTAGRAM_API_URL": self.url,
            "HERALD_INSTAGRAM_AUTH_URL": self.url,
            "INSTAGRAM_CLIENT_ID": APP[0],
            "INSTAGRAM_CLIENT_SECRET": APP[1],
        }


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper(_usage), _tokens_in_metas_form])
    app[WORLD] = world
    app.add_routes(world.oauth.routes())
    app.add_routes(
        [
            web.get(f"{_V}/me{_END}", posts.me),
            web.post(f"{_V}/{{id}}/media", containers.contain),
            web.get(f"{_V}/{{id}}/media", posts.posts),
            web.get(f"{_V}/{{id}}/stories", posts.stories),
            web.post(f"{_V}/{{id}}/media_publish", containers.publish),
            web.post(f"{_V}/{{id}}/mediapublish", containers.publish),  # as Meta's client says it
            web.get(f"{_V}/{{id}}/content_publishing_limit", posts.quota),
            web.get(f"{_V}/{{id}}/insights", posts.insights),
            web.post(f"{_V}/{{id}}/comments", posts.comment),
            web.get(f"{_V}/{{id}}/comments", posts.comments),
            web.get(f"{_V}/{{id}}{_END}", posts.node),
            web.get("/", pages.front),
            web.get("/{place:p|reel|stories}/{shortcode}/", pages.post),
            web.get("/picture/{id}/{number:[0-9]+}", pages.picture),
            web.get("/{name}", pages.profile),
        ]
    )
    return app


@web.middleware
async def _tokens_in_metas_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals of the token addresses in Instagram's two forms."""
    answer = await handler(request)
    if request.path not in _TOKENS or answer.status < 400:  # noqa: PLR2004  # refusals
        return answer
    if request.path == _TOKENS[0]:
        words = "Matching code was not found or was already used"
        body = {"error_type": "OAuthException", "code": 400, "error_message": words}
        return web.json_response(body, status=400)
    return no_token().answer()


def _usage(request: web.Request) -> Mapping[str, object]:
    """What calls for an account are counted as."""
    line = {"type": "instagram", "call_count": 1, "total_cputime": 1, "total_time": 1}
    return {request.match_info.get("id", "me"): [line | {"estimated_time_to_regain_access": 0}]}


def _is_api(request: web.Request) -> bool:
    return request.path.startswith("/v2") or request.path in _TOKENS


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens used before access ended are refused; what a person allows anew counts."""
    world, value = world_of(request), request.headers.get("Authorization", "").partition(" ")[2]
    given, ended = world.given_at.get(value), world.network.access_ended_at
    return no_token().answer() if given is not None and ended is not None and given <= ended else None


def _no_look(request: web.Request) -> web.Response | None:
    name = request.path.rpartition("/")[2]
    if request.method != "GET" or (name not in {"media", "stories", "comments"} and not name.isdecimal()):
        return None
    return GraphError(code=100, words="Posts cannot be shown at present").answer()


CUSTOMS = Customs(
    is_api=_is_api,
    is_creating=lambda request: CREATING in request or (request.method == "POST" and request.path.endswith(_CREATING)),
    away=lambda: GraphError(code=2, words="Service temporarily unavailable", status=503, transient=True).answer(),
    no_access=_no_access,
    no_text=lambda: GraphError(
        code=36004, subcode=2207010, words="Not allowed", user_words="This goes against our community guidelines."
    ).answer(),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = new_world(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/{world.network.handle}"
        yield Server(url=url, world=world, token=world.issue_token(world.network.handle))
