"""The routes, what the conditions do, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.grants import Grant
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import Body, OAuthServer, Style
from sandbox.networks.tiktok import announcing, pages, showing, uploading
from sandbox.networks.tiktok.doors import OAUTH, WORLD, bad, doorkeeper, world_of
from sandbox.networks.tiktok.fetching import TASKS, keep_tasks
from sandbox.networks.tiktok.world import Settings, World

SCOPES = ("user.info.basic", "user.info.profile", "user.info.stats", "video.list", "video.publish", "video.upload")
MOST_BODY_BYTES = 1024**2
_LOOKS = ("/v2/post/publish/status/fetch/", "/v2/video/list/")


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
        settings = self.world.settings
        return {
            "HERALD_TIKTOK_API_URL": self.url,
            "HERALD_TIKTOK_AUTH_URL": self.url,
            "TIKTOK_CLIENT_ID": settings.client_key,
            "TIKTOK_CLIENT_SECRET": settings.client_secret,
        }

    def token_of(self, username: str, scopes: tuple[str, ...] = SCOPES) -> str:
        """An access token, as if this person had agreed just now."""
        app = next(iter(self.oauth.grants.apps.values()))
        grant = Grant(app=app, person=username, scopes=scopes)
        return self.oauth.grants.new_access(grant, self.world.settings.access_s).value


def build(world: World, oauth: OAuthServer) -> web.Application:
    """The server's application."""
    middlewares = [weather(world.network, customs(oauth)), doorkeeper]
    app = web.Application(middlewares=middlewares, client_max_size=MOST_BODY_BYTES)
    app[WORLD], app[OAUTH], app[TASKS] = world, oauth, set()
    app.cleanup_ctx.append(keep_tasks)
    app.add_routes(
        [
            *oauth.routes(),
            web.get("/v2/user/info/", showing.user_info),
            web.post("/v2/video/list/", showing.list_videos),
            web.post("/v2/video/query/", showing.query_videos),
            web.post("/v2/post/publish/creator_info/query/", announcing.creator_info),
            web.post("/v2/post/publish/video/init/", announcing.video_init),
            web.post("/v2/post/publish/inbox/video/init/", announcing.inbox_init),
            web.post("/v2/post/publish/content/init/", announcing.content_init),
            web.post("/v2/post/publish/status/fetch/", uploading.fetch_status),
            web.put("/upload/video/", uploading.put_piece),
            web.get("/", pages.front),
            web.get("/@{username}", pages.profile),
            web.get("/@{username}/{kind}/{id}", pages.post),
            web.get("/photos/{id}/{place:[0-9]{1,2}}", pages.picture),
        ]
    )
    return app


def customs(oauth: OAuthServer) -> Customs:
    """How TikTok words what the conditions do."""

    def no_access(request: web.Request) -> None:
        """Consents given before access ended are over; what a person allows anew counts."""
        world = world_of(request)
        if world.ended_at != world.network.access_ended_at:
            world.ended_at = world.network.access_ended_at
            oauth.grants.end_grants()

    return Customs(
        is_api=lambda request: request.path.startswith(("/v2/", "/upload/")) and "/authorize" not in request.path,
        is_creating=is_creating,
        away=lambda: bad(503, "internal_error", "Internal error. Please try again later."),
        no_access=no_access,
        no_text=lambda: bad(403, "spam_risk_text", "The text has been detected as risky"),
        no_look=lambda request: bad(400, "invalid_params", "Not at present") if request.path in _LOOKS else None,
    )


def is_creating(request: web.Request) -> bool:
    """A film's last piece, or the order to fetch photos."""
    if request.path == "/v2/post/publish/content/init/":
        return True
    last, _, total = request.headers.get("Content-Range", "").partition("-")[2].partition("/")
    return request.path == "/upload/video/" and last.isdigit() and total.isdigit() and int(last) + 1 == int(total)


def _shape(body: Body) -> Body:
    """TikTok's name for the life of a refresh token."""
    return {name.replace("refresh_token_expires", "refresh_expires"): value for name, value in body.items()}


def authorization(world: World) -> OAuthServer:
    """TikTok's way of asking and giving."""
    settings = world.settings
    style = Style(
        authorize_path="/v2/auth/authorize/",
        token_path="/v2/oauth/token/",  # noqa: S106  # a path
        revoke_path="/v2/oauth/revoke/",
        client_id_name="client_key",
        scope_separator=",",
        pkce="unknown",
        first_s=settings.access_s,
        refresh_s=settings.refresh_s,
        rotates=True,
        refuses_with_200=True,
        further=lambda grant: {"open_id": world.people[grant.person].open_id},
        shape=_shape,
    )
    oauth = OAuthServer(style, pages.LOOK, list(world.people))
    oauth.add_app(settings.client_key, settings.client_secret)
    return oauth


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    oauth = authorization(world)
    async with listening(build(world, oauth), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/@{world.network.handle}"
        yield Server(url=url, world=world, oauth=oauth)
