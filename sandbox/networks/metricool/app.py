"""The routes, strict as Metricool is, and how the server is started.

Source: https://app.metricool.com/resources/apidocs (swagger 2.0.0), read 2026-11-21.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.networks.conditions import Customs, weather
from sandbox.networks.listening import LOOPBACK, listening
from sandbox.networks.metricool import pages, uploads
from sandbox.networks.metricool.judging import NOT_CONNECTED, faults, instant
from sandbox.networks.metricool.world import NETWORKS_DATA, USER_ID, Body, Plan, Settings, World
from sandbox.networks.network import StandIn

WORLD = web.AppKey("metricool", World)
_API = "/api"
_POSTS = f"{_API}/v2/scheduler/posts"
_MOST_BODY_BYTES = 64 * 1024 * 1024


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
        return {"HERALD_METRICOOL_API_URL": f"{self.url}{_API}"}


def build(world: World) -> web.Application:
    """The server's application."""
    app = web.Application(middlewares=[weather(world.network, CUSTOMS), doorkeeper], client_max_size=_MOST_BODY_BYTES)
    app[WORLD] = world
    app.add_routes(
        [
            web.get(f"{_API}/v2/settings/brands", brands),
            web.post(_POSTS, create),
            web.get(_POSTS, listed),
            web.get(f"{_POSTS}/deleted", deleted),
            web.get(f"{_POSTS}/{{id}}", read),
            web.delete(f"{_POSTS}/{{id}}", delete),
            web.get("/", pages.front),
            web.get("/p/{id}", pages.post),
            web.get("/files/{key}", pages.picture),
            *uploads.routes(f"{_API}/v2/media/s3/upload-transactions"),
        ]
    )
    return app


def world_of(request: web.Request) -> World:
    """The server's memory."""
    return request.app[WORLD]


def refused(status: int, word: str, detail: str) -> web.Response:
    """An error in Metricool's form: the code is a text."""
    return web.json_response({"status": word, "code": str(status), "detail": detail}, status=status)


@web.middleware
async def doorkeeper(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """The token, the user and the brand, before anything else."""
    if not request.path.startswith(_API):
        return await handler(request)
    world = world_of(request)
    if request.headers.get("X-Mc-Auth") != world.token or request.match_info.http_exception is not None:
        return web.json_response({"status": "UNAUTHORIZED"}, status=401)
    asks_brands = request.path == f"{_API}/v2/settings/brands"
    if request.query.get("userId", str(USER_ID) if asks_brands else None) != str(USER_ID):
        return refused(403, "FORBIDDEN", "The token does not belong to this user")
    if "brands" not in request.path and _brand(request) not in world.brands:
        return refused(403, "FORBIDDEN", "The brand is not shared with this user")
    return await handler(request)


async def brands(request: web.Request) -> web.Response:
    """The user's brands."""
    world = world_of(request)
    there = {name: ({"id": name} if name in world.settings.networks else None) for name in NETWORKS_DATA}
    found = [
        {"id": brand_id, "userId": USER_ID, "label": label, "timezone": "Europe/Madrid", "networksData": there}
        for brand_id, label in world.brands.items()
    ]
    return web.json_response({"data": found})


async def create(request: web.Request) -> web.Response:
    """Plan a post. The same twice makes two plans."""
    world = world_of(request)
    try:
        body = json.loads(await request.read())
    except ValueError:
        return refused(400, "BAD_REQUEST", "Malformed JSON")
    if said := next(faults(world, body), None):
        if said == NOT_CONNECTED:
            return refused(403, "FORBIDDEN", f"{said} for blog: {_brand(request)}")
        return refused(400, "BAD_REQUEST", said)
    plan = world.plan(_brand(request), body, instant(body))
    return web.json_response({"data": shown(world, plan, fresh=True)}, status=201)


async def listed(request: web.Request) -> web.Response:
    """The plans between two wall times of a zone, a day more at each side with `extendedRange`."""
    world = world_of(request)
    zone = ZoneInfo(request.query.get("timezone", "UTC"))
    start, end = (datetime.fromisoformat(request.query[name]).replace(tzinfo=zone) for name in ("start", "end"))
    more = timedelta(days=1 if request.query.get("extendedRange") == "true" else 0)
    return web.json_response(
        {"data": [shown(world, plan) for plan in _mine(request) if start - more <= plan.at <= end + more]}
    )


async def deleted(request: web.Request) -> web.Response:
    """What was deleted."""
    return web.json_response({"data": [shown(world_of(request), plan) for plan in _mine(request, gone=True)]})


async def read(request: web.Request) -> web.Response:
    """One plan, and where each of its networks stands."""
    plan = _one(request)
    if plan is None:
        return refused(404, "NOT_FOUND", "Post not found")
    return web.json_response({"data": shown(world_of(request), plan)})


async def delete(request: web.Request) -> web.Response:
    """Take a plan out; what was published stays where it is."""
    plan = _one(request)
    if plan is None:
        return refused(404, "NOT_FOUND", "Post not found")
    plan.deleted = True
    return web.json_response({"data": True})


def shown(world: World, plan: Plan, *, fresh: bool = False) -> Body:
    """A plan as Metricool answers."""
    status = "PENDING" if fresh else world.status(plan)
    url = world.address(plan) if status == "PUBLISHED" else None
    providers = [
        {"network": one["network"], "id": url, "status": status, "publicUrl": url, "detailedStatus": plan.fails_with}
        for one in cast("list[Body]", plan.body["providers"])
    ]
    return {**plan.body, "id": plan.id, "uuid": plan.uuid, "providers": providers}


def _brand(request: web.Request) -> int:
    text = request.query.get("blogId", "")
    return int(text) if text.isdecimal() else 0


def _mine(request: web.Request, *, gone: bool = False) -> list[Plan]:
    return [
        plan for plan in world_of(request).plans.values() if plan.brand_id == _brand(request) and plan.deleted is gone
    ]


def _one(request: web.Request) -> Plan | None:
    wanted = request.match_info["id"]
    return next((plan for plan in _mine(request) if str(plan.id) == wanted), None)


def _no_look(request: web.Request) -> web.Response | None:
    looks = request.method == "GET" and request.path.startswith(_POSTS)
    return refused(503, "UNAVAILABLE", "Posts cannot be shown at present") if looks else None


CUSTOMS = Customs(
    is_api=lambda request: request.path.startswith(_API),
    is_creating=lambda request: request.method == "POST" and request.path == _POSTS,
    away=lambda: refused(503, "UNAVAILABLE", "Service unavailable"),
    no_access=lambda _request: web.json_response({"status": "UNAUTHORIZED"}, status=401),
    no_text=lambda: refused(400, "BAD_REQUEST", "text: contains a word that is not allowed"),
    no_look=_no_look,
)


@asynccontextmanager
async def running(settings: Settings | None = None, *, port: int = 0, host: str = LOOPBACK) -> AsyncGenerator[Server]:
    """The server until the block ends; port 0, or one that is taken, gets a free one."""
    world = World(settings or Settings())
    async with listening(build(world), port, host=host) as taken:
        world.url = f"http://{LOOPBACK}:{taken}"
        world.network.open_url = f"{world.url}/"
        world.network.login = (
            ("API token", world.token),
            ("User id", str(USER_ID)),
            ("Brand id", str(next(iter(world.brands)))),
            ("Network", "linkedin"),
        )
        yield Server(url=world.url, world=world)
