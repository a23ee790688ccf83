"""The routes, how consents are asked for, and how the server is started."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.linkedin import media, pages, posts, social
from sandbox.networks.linkedin.doors import OAUTH, WORLD, Handler, doorkeeper, world_of
from sandbox.networks.linkedin.world import Settings, World
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import Body, OAuthServer, Style

MOST_BODY_BYTES = 128 * 1024 * 1024
CLIENT_ID, CLIENT_SECRET = "78herald", "linkedin-stand-in-secret"
AUTHORIZE = "/oauth/v2/authorization"
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, its authorization server, and what it knows."""

    url: str
    oauth: OAuthServer
    world: World

    @property
    def network(self) -> StandIn:
        """What the workspace's page shows of it."""
        return self.world.network

    @property
    def environment(self) -> Mapping[str, str]:
        """What an app that is to use it is configured with."""
        return {
            "HERALD_LINKEDIN_API_URL": self.url,
            "HERALD_LINKEDIN_AUTH_URL": self.url,
            "LINKEDIN_CLIENT_ID": CLIENT_ID,
            "LINKEDIN_CLIENT_SECRET": CLIENT_SECRET,
            "LINKEDIN_SCOPES": " ".join(self.world.settings.scopes),
        }


def _shape(body: Body) -> Body:
    """Scopes come back with commas between them."""
    return body | {"scope": str(body["scope"]).replace(" ", ",")}


def authorization(settings: Settings) -> OAuthServer:
    """LinkedIn's way of OAuth: no PKCE, sixty days, and refresh tokens for partners alone."""
    style = Style(
        authorize_path=AUTHORIZE,
        token_path="/oauth/v2/accessToken",  # noqa: S106  # a path
        revoke_path="/oauth/v2/revoke",
        pkce="unknown",
        first_s=60 * _DAY_S,
        refresh_s=365 * _DAY_S,
        gives_refresh=settings.partner,
        shape=_shape,
    )
    server = OAuthServer(style, pages.LOOK, settings.people, auto_approve=settings.auto_approve)
    server.add_app(CLIENT_ID, CLIENT_SECRET)
    return server


@web.middleware
async def products(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what the app's products do not include; a consent to something else ends older ones."""
    if request.path != AUTHORIZE:
        return await handler(request)
    form = request.query if request.method == "GET" else await request.post()
    asked = frozenset(str(form.get("scope", "")).split())
    if asked - set(world_of(request).settings.scopes):
        refusal = {
            "error": "unauthorized_scope_error",
            "error_description": f"Scope {min(asked)} is not authorized for your application",
            "state": str(form.get("state", "")),
        }
        return web.Response(status=302, headers={"Location": f"{form.get('redirect_uri')}?{urlencode(refusal)}"})
    answer = await handler(request)
    if "code=" in answer.headers.get("Location", ""):
        person = str(form.get("approve", form.get("person", "")))
        for token in request.app[OAUTH].grants.access.values():
            if token.grant.person == person and frozenset(token.grant.scopes) != asked:
                token.grant.ended = True
    return answer


def build(world: World, oauth: OAuthServer) -> web.Application:
    """The server's application."""
    app = web.Application(
        middlewares=[weather(world.network, CUSTOMS), doorkeeper, products], client_max_size=MOST_BODY_BYTES
    )
    app[WORLD], app[OAUTH] = world, oauth
    app.add_routes(oauth.routes())
    app.add_routes(
        [
            web.get("/v2/userinfo", social.userinfo),
            web.get("/v2/me", social.me),
            web.get("/rest/me", social.me),
            web.get("/rest/organizationAcls", social.access_controls),
            web.get("/rest/organizations/{id}", social.organization),
            web.get("/rest/networkSizes/{urn}", social.followers),
            web.get("/rest/organizationalEntityShareStatistics", social.statistics),
            web.get("/rest/memberCreatorPostAnalytics", social.member_analytics),
            web.get("/rest/memberFollowersCount", social.member_followers),
            web.post("/rest/{kind:images|videos|documents}", media.act),
            web.get("/rest/{kind:images|videos|documents}/{urn}", media.show),
            web.put("/dms-uploads/{id}/{part:\\d+}", media.take),
            web.post("/rest/posts", posts.create),
            web.get("/rest/posts", posts.of_author),
            web.get("/rest/posts/{urn}", posts.read),
            web.post("/rest/posts/{urn}", posts.change),
            web.delete("/rest/posts/{urn}", posts.delete),
            web.post("/rest/socialActions/{urn}/comments", social.comment),
            web.get("/rest/socialActions/{urn}/comments", social.comments),
            web.delete("/rest/socialActions/{urn}/comments/{id}", social.uncomment),
            web.get("/", pages.front),
            web.get("/{where:in|company}/{name}", pages.profile),
            web.get("/feed/update/{urn}/", pages.post),
            web.get("/dms/{urn}", pages.picture),
        ]
    )
    return app


def _is_creating(request: web.Request) -> bool:
    path = request.path
    return request.method == "POST" and (path == "/rest/posts" or path.endswith("/comments"))


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens given before access ended are refused; what a person allows anew counts."""
    world, value = world_of(request), request.headers.get("Authorization", "").partition(" ")[2]
    token, ended = request.app[OAUTH].grants.access.get(value), world.network.access_ended_at
    life_s = request.app[OAUTH].style.first_s or 0.0
    if token is None or ended is None or token.expires_at is None:
        return None
    if token.expires_at.timestamp() - life_s > ended.timestamp():
        return None
    body = {"status": 401, "serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN", "message": "The token is revoked"}
    return web.json_response(body, status=401)


def _no_look(request: web.Request) -> web.Response | None:
    if request.method != "GET" or not (request.path.startswith("/rest/posts") or request.path.endswith("/comments")):
        return None
    body = {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": "Not enough permissions"}
    return web.json_response(body, status=403)


_AWAY = {"status": 503, "code": "SERVICE_UNAVAILABLE", "message": "Service unavailable"}
_NO_TEXT = {"status": 422, "code": "UNPROCESSABLE_ENTITY", "message": "The text is not allowed here: no advertising"}
CUSTOMS = Customs(
    is_api=lambda request: request.path.startswith(("/rest/", "/v2/", "/dms-uploads/")),
    is_creating=_is_creating,
    away=lambda: web.json_response(_AWAY, status=503),
    no_access=_no_access,
    no_text=lambda: web.json_response(_NO_TEXT, status=422),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    oauth = authorization(world.settings)
    async with listening(build(world, oauth), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/"
        yield Server(url=url, oauth=oauth, world=world)
