"""The calls, their names, and how the server is started."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.bluesky import feed, oauth, pages, repo, sessions, video
from sandbox.networks.bluesky.doors import WORLD, Handler, Refusal, doorkeeper, invalid
from sandbox.networks.bluesky.identity import look_up
from sandbox.networks.bluesky.lexicon import VIDEO_BYTES
from sandbox.networks.bluesky.world import Settings, World
from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening

READS: Mapping[str, Handler] = {
    "app.bsky.actor.getPreferences": feed.preferences,
    "app.bsky.actor.getProfile": feed.profile,
    "app.bsky.actor.getProfiles": feed.profiles,
    "app.bsky.feed.getAuthorFeed": feed.author_feed,
    "app.bsky.feed.getPostThread": feed.thread,
    "app.bsky.feed.getPosts": feed.get_posts,
    "app.bsky.video.getJobStatus": video.status,
    "app.bsky.video.getUploadLimits": video.limits,
    "com.atproto.identity.resolveHandle": sessions.resolve_handle,
    "com.atproto.repo.describeRepo": repo.describe,
    "com.atproto.repo.getRecord": repo.get,
    "com.atproto.repo.listRecords": repo.list_all,
    "com.atproto.server.describeServer": sessions.describe,
    "com.atproto.server.getServiceAuth": video.service_auth,
    "com.atproto.server.getSession": sessions.show,
    "com.atproto.sync.getBlob": repo.get_blob,
}
WRITES: Mapping[str, Handler] = {
    "app.bsky.video.uploadVideo": video.upload,
    "com.atproto.repo.createRecord": repo.create,
    "com.atproto.repo.deleteRecord": repo.delete,
    "com.atproto.repo.putRecord": repo.put,
    "com.atproto.repo.uploadBlob": repo.upload,
    "com.atproto.server.createAccount": sessions.create_account,
    "com.atproto.server.createAppPassword": sessions.create_app_password,
    "com.atproto.server.createSession": sessions.create,
    "com.atproto.server.deleteSession": sessions.delete,
    "com.atproto.server.refreshSession": sessions.refresh,
}
_XRPC = "/xrpc/"
_LEAST_BODY = 1024 * 1024
_PICTURES = f"{_XRPC}com.atproto.sync.getBlob"
_TOKENS = "/oauth/token"  # a path
_CREATING = {f"{_XRPC}com.atproto.repo.{name}" for name in ("createRecord", "putRecord")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, how its first person logs in, and what it knows."""

    url: str
    identifier: str
    password: str
    world: World


def build(world: World) -> web.Application:
    """The server's application."""
    most = max(world.settings.blob_limit, VIDEO_BYTES, _LEAST_BODY) + 1
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper], client_max_size=most)
    app[WORLD] = world
    app.add_routes(
        [
            web.get("/{did:did:plc:[a-z2-7]+}", look_up),
            web.route("*", "/xrpc/{method}", call),
            *oauth.routes(),
            web.get("/", pages.front),
            web.get("/profile/{who}", pages.profile),
            web.get("/profile/{who}/post/{rkey}", pages.post),
            web.get("/hashtag/{tag}", pages.tagged),
        ]
    )
    return app


async def call(request: web.Request) -> web.StreamResponse:
    """Any call by its name. Source of the refusals: packages/xrpc-server/src/server.ts, read 2026-11-21."""
    name = request.match_info["method"]
    expected = "GET" if name in READS else "POST"
    handler = READS.get(name) or WRITES.get(name)
    if handler is None:
        raise Refusal(501, "MethodNotImplemented", "Method Not Implemented")
    if request.method != expected:
        raise invalid(f"Incorrect HTTP method ({request.method}) expected {expected}")
    return await handler(request)


def _away() -> web.Response:
    return Refusal(503, "NotEnoughResources", "Service Unavailable").answer()


def _no_access(request: web.Request) -> web.Response | None:
    name = request.path.removeprefix(_XRPC)
    if request.path == _TOKENS:
        return web.json_response({"error": "invalid_grant", "error_description": "Invalid refresh token"}, status=400)
    if name == "com.atproto.server.createSession":
        return Refusal(401, "AuthenticationRequired", "Invalid identifier or password").answer()
    if name == "com.atproto.server.refreshSession":
        return Refusal(400, "ExpiredToken", "Token has been revoked").answer()
    if "Authorization" in request.headers:
        return Refusal(401, "ExpiredToken", "Token has been revoked").answer()
    return None


def _no_text() -> web.Response:
    body = {"error": "InvalidRequest", "message": "This text is not allowed here: it breaks rule 3, no advertising."}
    return web.Response(status=400, text=json.dumps(body), content_type="application/json")


def _no_look(request: web.Request) -> web.Response | None:
    if request.path.removeprefix(_XRPC) not in {"com.atproto.repo.getRecord", "com.atproto.repo.listRecords"}:
        return None
    return Refusal(400, "InvalidRequest", "Records cannot be shown at present").answer()


CUSTOMS = Customs(
    is_api=lambda request: request.path == _TOKENS or (request.path.startswith(_XRPC) and request.path != _PICTURES),
    is_creating=lambda request: request.path in _CREATING,
    away=_away,
    no_access=_no_access,
    no_text=_no_text,
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    first = next(iter(world.people.values()))
    async with listening(build(world), port, host=host) as taken:
        world.url = f"http://{world.settings.host_name}:{taken}"
        world.network.open_url = f"{world.url}/profile/{first.handle}"
        world.network.login = (("Handle", first.handle), ("App password", world.settings.password))
        yield Server(url=world.url, identifier=first.handle, password=world.settings.password, world=world)
