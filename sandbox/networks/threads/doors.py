"""What every route does first: who asks, whether they may, what they sent; and refusals in the Graph's form."""

import json
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from sandbox.networks.grants import Token
from sandbox.networks.network import ACCESS_ENDED
from sandbox.networks.threads.consent import graph_error
from sandbox.networks.threads.world import Person, World

WORLD = web.AppKey("world", World)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An answer in the Graph's error form."""

    def __init__(self, code: int | str, message: str, *, subcode: int | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.subcode, self.status = code, message, subcode, status


def bad(message: str) -> Refusal:
    """A wrong parameter."""
    return Refusal(100, f"(#100) {message}")


def not_there() -> Refusal:
    """What is not there, not yet, or not theirs."""
    return Refusal(24, "The requested resource does not exist", subcode=4279009)


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def base_url(request: web.Request) -> str:
    """The address the client used."""
    return f"{request.scheme}://{request.host}"


async def values_of(request: web.Request) -> dict[str, str]:
    """The parameters of query and body, without the token."""
    values = dict(request.query)
    if request.method == "POST":
        if request.content_type == "application/json":
            body = cast("object", json.loads(await request.text() or "{}"))
            values |= {str(name): str(value) for name, value in cast("dict[object, object]", body).items()}
        else:
            values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    values.pop("access_token", None)
    return values


async def token_of(request: web.Request) -> str:
    """The token as it came: in the query, the form or a header."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and value:
        return value
    if "access_token" in request.query:
        return request.query["access_token"]
    if request.method == "POST" and request.content_type != "application/json":
        token = (await request.post()).get("access_token")
        return token if isinstance(token, str) else ""
    return ""


async def person_of(request: web.Request, scope: str) -> Person:
    """Who asks, if they allowed this. Raises the Graph's 190 and 10."""
    world = world_of(request)
    token = live(world, await token_of(request))
    if token is None:
        raise Refusal(190, "Error validating access token: Session has expired.", subcode=463)
    if scope not in token.grant.scopes:
        raise Refusal(10, f"(#10) Application does not have permission for this action: {scope}", status=403)
    return world.people[token.grant.person]


def live(world: World, value: str) -> Token | None:
    """The token, while it is good."""
    if world.network.condition == ACCESS_ENDED and value in world.ended:
        return None
    token = world.oauth.grants.access.get(value)
    return token if world.oauth.grants.live(token) else None


async def owner_of(request: web.Request, scope: str) -> Person:
    """Who asks, about themselves: `me` or their own number."""
    person = await person_of(request, scope)
    if request.match_info["user"] not in {"me", person.id}:
        raise not_there()
    return person


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse in the Graph's form."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return graph_error(refusal.code, refusal.message, subcode=refusal.subcode, status=refusal.status)
