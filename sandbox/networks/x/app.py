"""The routes, what a condition changes, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.grants import Grant, Token
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import ACCESS_ENDED, StandIn
from sandbox.networks.oauth import Body, OAuthServer, Style
from sandbox.networks.x import media, pages, posts
from sandbox.networks.x.doors import OAUTH, WORLD, Refusal, doorkeeper, invalid, world_of
from sandbox.networks.x.world import Settings, World

MOST_BODY_BYTES = 16 * 1024 * 1024
REFRESH_S = 15_552_000.0
CLIENT_ID, CLIENT_SECRET = "herald-on-x", "sandbox-secret"
SCOPES = ("tweet.read", "tweet.write", "users.read", "media.write", "offline.access")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in."""

    url: str
    world: World
    oauth: OAuthServer

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with."""
        return {
            "HERALD_X_API_URL": self.url,
            "HERALD_X_AUTH_URL": self.url,
            "X_CLIENT_ID": CLIENT_ID,
            "X_CLIENT_SECRET": CLIENT_SECRET,
        }

    def new_tokens(self, username: str, scopes: tuple[str, ...] = SCOPES) -> tuple[str, str]:
        """An access and a refresh token, as if this person had agreed."""
        grants, life_s = self.oauth.grants, self.world.settings.access_s
        grant = Grant(app=grants.apps[CLIENT_ID], person=username, scopes=scopes)
        return grants.new_access(grant, life_s).value, grants.new_refresh(grant, REFRESH_S).value


def build(world: World, oauth: OAuthServer) -> web.Application:
    """The server's application."""
    customs = _customs(world, oauth)
    app = web.Application(middlewares=[weather(world.network, customs), doorkeeper], client_max_size=MOST_BODY_BYTES)
    app[WORLD], app[OAUTH] = world, oauth
    app.add_routes(
        [
            web.post("/2/oauth2/token", give),
            *(route for route in oauth.routes() if route.path != "/2/oauth2/token"),
            web.get("/2/users/me", posts.me),
            web.get("/2/users/{id}/tweets", posts.of_person),
            web.post("/2/tweets", posts.create),
            web.get("/2/tweets", posts.read_many),
            web.get("/2/tweets/{id}", posts.read),
            web.delete("/2/tweets/{id}", posts.delete),
            web.post("/2/media/upload", media.upload),
            web.get("/2/media/upload", media.status),
            web.post("/2/media/upload/initialize", media.initialize),
            web.post("/2/media/upload/{id}/append", media.append),
            web.post("/2/media/upload/{id}/finalize", media.finalize),
            web.post("/2/media/metadata", media.describe),
            web.get("/", pages.front),
            web.get("/media/{id}", pages.picture),
            web.get("/i/web/status/{id}", pages.post),
            web.get("/{username}", pages.profile),
            web.get("/{username}/status/{id}", pages.post),
        ]
    )
    return app


async def give(request: web.Request) -> web.Response:
    """Tokens; what a condition ended brings none."""
    world, oauth = world_of(request), request.app[OAUTH]
    token = oauth.grants.refresh.get(str((await request.post()).get("refresh_token", "")))
    if _is_ended(world, token, REFRESH_S):
        words = "Value passed for the token was invalid."
        return web.json_response({"error": "invalid_request", "error_description": words}, status=400)
    return await oauth.give(request)


def _is_ended(world: World, token: Token | None, life_s: float) -> bool:
    """Whether a token was given before the access that a condition ended."""
    ended: datetime | None = world.network.access_ended_at
    if world.network.condition != ACCESS_ENDED or ended is None or token is None or token.expires_at is None:
        return False
    return token.expires_at - timedelta(seconds=life_s) <= ended


def _customs(world: World, oauth: OAuthServer) -> Customs:
    def no_access(request: web.Request) -> web.Response | None:
        token = oauth.grants.access.get(request.headers.get("Authorization", "").partition(" ")[2])
        ended = _is_ended(world, token, world.settings.access_s)
        return Refusal(401, "Unauthorized").answer() if ended else None

    def no_look(request: web.Request) -> web.Response | None:
        shows = request.method == "GET" and "tweets" in request.path.split("/")
        return invalid("posts cannot be shown at present").answer() if shows else None

    return Customs(
        is_api=lambda request: request.path.startswith("/2/"),
        is_creating=lambda request: (request.method, request.path) == ("POST", "/2/tweets"),
        away=lambda: Refusal(503, "Service Unavailable").answer(),
        no_access=no_access,
        no_text=lambda: Refusal(403, "Your post contains an invalid URL: no advertising here.").answer(),
        no_look=no_look,
    )


def _style(settings: Settings) -> Style:
    return Style(
        authorize_path="/i/oauth2/authorize",
        token_path="/2/oauth2/token",  # noqa: S106  # a path
        revoke_path="/2/oauth2/revoke",
        client="basic",
        first_s=settings.access_s,
        refresh_s=REFRESH_S,
        rotates=True,
        shape=_shaped,
    )


def _shaped(body: Body) -> Body:
    """X gives a refresh token to those who asked for offline access, and does not say how long it lives."""
    offline = "offline.access" in str(body.get("scope", "")).split()
    kept = {name: value for name, value in body.items() if name != "refresh_token_expires_in"}
    return kept if offline else {name: value for name, value in kept.items() if name != "refresh_token"}


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    settings = settings or Settings()
    world = World(settings)
    oauth = OAuthServer(_style(settings), pages.LOOK, settings.people, auto_approve=settings.auto_approve)
    oauth.add_app(CLIENT_ID, CLIENT_SECRET)
    async with listening(build(world, oauth), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/{world.network.handle}"
        yield Server(url=url, world=world, oauth=oauth)
