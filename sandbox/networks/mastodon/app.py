"""The routes, the test-only introspection below `/_sandbox`, and how the server is started."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape

from aiohttp import web

from sandbox.networks.mastodon import instance, media, oauth, statuses
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
    app = web.Application(middlewares=[doorkeeper], client_max_size=MOST_BODY_BYTES)
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
            web.post("/api/v2/media", media.upload),
            web.get("/api/v1/media/{id}", media.progress),
            web.put("/api/v1/media/{id}", media.describe),
            web.delete("/api/v1/media/{id}", media.discard),
            web.post("/api/v1/statuses", statuses.create),
            web.get("/api/v1/statuses", statuses.read_many),
            web.get("/api/v1/statuses/{id}", statuses.read),
            web.delete("/api/v1/statuses/{id}", statuses.delete),
            web.get("/_sandbox/statuses", list_statuses),
            web.post("/_sandbox/faults", add_fault),
            web.post("/_sandbox/statuses/{id}/numbers", set_numbers),
            web.get("/", front_page),
            web.get("/@{username}/{id}", permalink),
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


def _page(title: str, body: str) -> web.Response:
    text = f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title><h1>{escape(title)}</h1>{body}"
    return web.Response(text=text, content_type="text/html")


def _article(request: web.Request, status_id: str) -> str:
    shown = statuses.show(world_of(request).statuses[status_id], request)
    warning = f"<p><b>{escape(str(shown['spoiler_text']))}</b></p>" if shown["spoiler_text"] else ""
    return (
        f"<article><p>{escape(str(world_of(request).statuses[status_id].person.display_name))}"
        f" · {shown['created_at']} · {shown['visibility']}</p>{warning}{shown['content']}"
        f'<p><a href="{shown["url"]}">permalink</a> · ★ {shown["favourites_count"]}'
        f" · ⟳ {shown['reblogs_count']}</p></article><hr>"
    )


async def front_page(request: web.Request) -> web.Response:
    """The newest statuses, for a person to look at."""
    newest = sorted(world_of(request).statuses, key=int, reverse=True)[:50]
    return _page("Sandbox Mastodon", "".join(_article(request, one) for one in newest) or "<p>Nothing here yet.</p>")


async def permalink(request: web.Request) -> web.Response:
    """One status, for a person to look at."""
    status = world_of(request).statuses.get(request.match_info["id"])
    if status is None or status.visibility not in {"public", "unlisted"}:
        raise not_found()
    return _page(f"@{status.person.username}", _article(request, status.id))


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0) -> AsyncGenerator[Server]:
    """The server on loopback until the block ends; port 0 takes a free one."""
    world = World(settings or Settings())
    runner = web.AppRunner(build(world), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        host, taken = runner.addresses[0][:2]
        yield Server(url=f"http://{host}:{taken}", token=world.token, world=world)
    finally:
        await runner.cleanup()
