"""The routes, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.facebook import accounts, films, pages, posts
from sandbox.networks.facebook.films import CREATING
from sandbox.networks.facebook.world import APP, SCOPES, WORLD, Page, Settings, World, new_world, world_of
from sandbox.networks.graph import GraphError, Handler, doorkeeper, no_token
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn

MOST_BODY_BYTES = 128 * 1024 * 1024
_CREATING = ("/feed", "/photo_stories", "/comments")
_V = r"/{version:v[0-9]+\.[0-9]+}"
_END = "{end:/?}"
"""A node's address may end in a slash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, what it knows, and a token of its first Page."""

    url: str
    world: World
    page: Page
    token: str

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with."""
        return {
            "HERALD_FACEBOOK_API_URL": self.url,
            "HERALD_FACEBOOK_AUTH_URL": self.url,
            "FACEBOOK_CLIENT_ID": APP[0],
            "FACEBOOK_CLIENT_SECRET": APP[1],
        }


def build(world: World) -> web.Application:
    """The server's application."""
    middlewares = [weather(world.network, CUSTOMS), doorkeeper(_usage), _tokens_in_metas_form]
    app = web.Application(middlewares=middlewares, client_max_size=MOST_BODY_BYTES)
    app[WORLD] = world
    app.add_routes(world.oauth.routes())
    app.add_routes(
        [
            web.get(f"{_V}/me{_END}", accounts.me),
            web.get(f"{_V}/{{id}}/permissions", accounts.permissions),
            web.delete(f"{_V}/{{id}}/permissions", accounts.forget),
            web.get(f"{_V}/{{id}}/accounts", accounts.own),
            web.get(f"{_V}/{{id}}/businesses", accounts.businesses),
            web.get(f"{_V}/{{id}}/owned_pages", accounts.owned),
            web.get(f"{_V}/{{id}}/client_pages", accounts.client),
            web.post(f"{_V}/{{id}}/feed", posts.feed),
            web.post(f"{_V}/{{id}}/photos", posts.photos),
            web.post(f"{_V}/{{id}}/photo_stories", posts.photo_story),
            web.get(f"{_V}/{{id}}/stories", posts.stories),
            web.post(f"{_V}/{{id}}/videos", films.videos),
            web.post(f"{_V}/{{id}}/video_reels", films.upright),
            web.post(f"{_V}/{{id}}/video_stories", films.upright),
            web.post("/video-upload/{version}/{id}", films.upload),
            web.get(f"{_V}/{{id}}/published_posts", posts.published_posts),
            web.post(f"{_V}/{{id}}/comments", posts.comment),
            web.get(f"{_V}/{{id}}/comments", posts.comments),
            web.get(f"{_V}/{{id}}/insights", posts.insights),
            web.get(f"{_V}/", posts.many),
            web.get(f"{_V}/{{id}}{_END}", posts.node),
            web.delete(f"{_V}/{{id}}{_END}", posts.delete),
            web.get("/", pages.front),
            web.get("/reel/{id}", pages.reel),
            web.get("/reel/{id}/", pages.reel),
            web.get("/photo/{id}", pages.picture),
            web.get("/{name}", pages.place),
        ]
    )
    return app


@web.middleware
async def _tokens_in_metas_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals of the token address in Meta's form: a number where OAuth has a word."""
    answer = await handler(request)
    if request.path.endswith("/oauth/access_token") and answer.status >= 400:  # noqa: PLR2004  # refusals
        code = 101 if answer.status == 401 else 100  # noqa: PLR2004  # the app's fault
        raise GraphError(code=code, words="This authorization code or token cannot be used.")
    return answer


def _usage(request: web.Request) -> Mapping[str, object]:
    """What calls for a Page are counted as."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    known = world_of(request).page_tokens.get(token) if kind else None
    if known is None:
        return {}
    line = {"type": "pages", "call_count": 1, "total_cputime": 1, "total_time": 1, "estimated_time_to_regain_access": 0}
    return {known.page.id: [line]}


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(("/v2", "/video-upload/")) and not request.path.endswith("/dialog/oauth")


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens given before access ended are refused; what a person allows anew counts."""
    world, value = world_of(request), request.headers.get("Authorization", "").partition(" ")[2]
    token, ended = world.page_tokens.get(value), world.network.access_ended_at
    return no_token().answer() if token is not None and ended is not None and token.given_at <= ended else None


def _no_look(request: web.Request) -> web.Response | None:
    name = request.path.rpartition("/")[2]
    if request.method != "GET" or (name not in {"published_posts", "comments", "stories"} and not name.isdecimal()):
        return None
    return GraphError(code=100, words="Posts cannot be shown at present").answer()


CUSTOMS = Customs(
    is_api=_is_api,
    is_creating=lambda request: CREATING in request or (request.method == "POST" and request.path.endswith(_CREATING)),
    away=lambda: GraphError(code=2, words="Service temporarily unavailable", status=503, transient=True).answer(),
    no_access=_no_access,
    no_text=lambda: GraphError(
        code=368, subcode=1404102, words="Not allowed", user_words="This goes against our community standards."
    ).answer(),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = new_world(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        page = next(iter(world.pages.values()))
        world.network.open_url = f"{url}/{page.username}"
        token = world.give_page_token(page, world.grant_for(world.settings.people[0], SCOPES))
        yield Server(url=url, world=world, page=page, token=token)
