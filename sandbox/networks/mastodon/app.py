"""The routes, the test-only introspection below `/_sandbox`, and how the server is started."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.mastodon import instance, media, oauth, pages, statuses
from sandbox.networks.mastodon.doors import WORLD, doorkeeper, not_found, read_values, world_of
from sandbox.networks.mastodon.world import Fault, Settings, World

MOST_BODY_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running stand-in: where it is, a token of its first person, and what it knows."""

    url: str
    token: str
    world: World


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper], client_max_size=MOST_BODY_BYTES)
    app[WORLD] = world
    app.add_routes(
        [
            web.post("/api/v1/apps", oauth.register),
            web.get("/oauth/authorize", oauth.authorize),
            web.post("/oauth/authorize", oauth.decide),
            web.post("/oauth/token", oauth.give_token),
            web.post("/oauth/revoke", oauth.revoke),
            web.get("/.well-known/oauth-authorization-server", oauth.discover),
            web.get("/api/v2/instance", instance.instance_v2),
            web.get("/api/v2/instance/", instance.instance_v2),
            web.get("/api/v1/instance", instance.instance_v1),
            web.get("/api/v1/instance/", instance.instance_v1),
            web.get("/api/v1/accounts/verify_credentials", instance.verify_credentials),
            web.get("/api/v1/accounts/{id}/statuses", statuses.of_account),
            web.get("/api/v1/timelines/home", statuses.home),
            web.post("/api/v2/media", media.upload),
            web.get("/api/v1/media/{id}", media.progress),
            web.put("/api/v1/media/{id}", media.describe),
            web.delete("/api/v1/media/{id}", media.discard),
            web.post("/api/v1/statuses", statuses.create),
            web.get("/api/v1/statuses", statuses.read_many),
            web.get("/api/v1/statuses/{id}", statuses.read),
            web.get("/api/v1/statuses/{id}/context", statuses.context),
            web.delete("/api/v1/statuses/{id}", statuses.delete),
            web.get("/_sandbox/statuses", list_statuses),
            web.post("/_sandbox/faults", add_fault),
            web.post("/_sandbox/statuses/{id}/numbers", set_numbers),
            web.get("/", pages.front),
            web.get("/@{username}", pages.profile),
            web.get("/@{username}/{id}", pages.status),
            web.get("/tags/{tag}", pages.tagged),
            web.get("/media/{id}", pages.picture),
            web.get("/media/{id}/small", pages.picture),
        ]
    )
    return app


async def list_statuses(request: web.Request) -> web.Response:
    """Test only: every status there is, oldest first, with the key it came with."""
    everything = world_of(request).statuses.values()
    return web.json_response([statuses.show(one, request) | {"_text": one.text, "_key": one.key} for one in everything])


async def add_fault(request: web.Request) -> web.Response:
    """Test only: let something go wrong once; the fields are those of `Fault`."""
    values = await read_values(request)
    world_of(request).faults.append(Fault(**values))  # pyright: ignore[reportArgumentType]  # a wrong field is a 500
    return web.json_response({})


async def set_numbers(request: web.Request) -> web.Response:
    """Test only: `favourites`, `reblogs`, `replies`, `quotes` of a status."""
    status = world_of(request).statuses.get(request.match_info["id"])
    if status is None:
        raise not_found()
    for name, value in (await read_values(request)).items():
        if name in {"favourites", "reblogs", "replies", "quotes"}:
            setattr(status, name, int(str(value)))
    return web.json_response({})


def _is_api(request: web.Request) -> bool:
    return request.path.startswith(("/api/", "/oauth/")) and request.path != "/oauth/authorize"


def _no_access(request: web.Request) -> web.Response | None:
    """Tokens given before access ended are refused; what a person allows anew counts."""
    world, value = world_of(request), request.headers.get("Authorization", "").partition(" ")[2]
    token, ended = world.tokens.get(value), world.network.access_ended_at
    if token is None or ended is None or token.created_at > ended:
        return None
    return web.json_response({"error": "The access token was revoked"}, status=401)


def _no_look(request: web.Request) -> web.Response | None:
    if request.method != "GET" or "statuses" not in request.path.split("/"):
        return None
    return web.json_response({"error": "Validation failed: statuses cannot be shown at present"}, status=422)


CUSTOMS = Customs(
    is_api=_is_api,
    is_creating=lambda request: request.method == "POST" and request.path == "/api/v1/statuses",
    away=lambda: web.json_response({"error": "Service unavailable"}, status=503),
    no_access=_no_access,
    no_text=lambda: web.json_response(
        {"error": "Validation failed: Text is not allowed here: it breaks rule 3, no advertising"}, status=422
    ),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{url}/@{world.network.handle}"
        world.network.login = (("Server", url),)
        world.network.handle += f"@{world.settings.domain or f'{LOOPBACK}:{taken}'}"
        yield Server(url=url, token=world.token, world=world)
