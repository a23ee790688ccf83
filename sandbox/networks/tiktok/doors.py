"""What every route does first and last: who asks, whether they may, how often they asked, and TikTok's form of answers.

Source: https://developers.tiktok.com/doc/tiktok-api-v2-error-handling, read 2026-11-21.
"""

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from aiohttp import web

from sandbox.networks.oauth import OAuthServer
from sandbox.networks.tiktok.world import Person, World

WORLD = web.AppKey("world", World)
OAUTH = web.AppKey("oauth", OAuthServer)
Values = Mapping[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """An answer in TikTok's error form."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def base_url(request: web.Request) -> str:
    """The address the client used."""
    return f"{request.scheme}://{request.host}"


def good(data: Values) -> web.Response:
    """A good answer."""
    return web.json_response({"data": dict(data), "error": _error("ok", "")})


def bad(status: int, code: str, message: str = "") -> web.Response:
    """A refusal."""
    return web.json_response({"data": {}, "error": _error(code, message)}, status=status)


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message, "log_id": secrets.token_hex(16).upper()}


def person_of(request: web.Request, *scopes: str) -> Person:
    """Who asks, when the token covers one of the scopes."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    grants = request.app[OAUTH].grants
    token = grants.access.get(value)
    if kind != "Bearer" or token is None or not grants.live(token):
        words = "The access token is invalid or not found in the request."
        raise Refusal(401, "access_token_invalid", words)
    if not set(scopes) & set(token.grant.scopes):
        raise Refusal(401, "scope_not_authorized", "The user did not authorize the scope required for this request.")
    return world_of(request).people[token.grant.person]


def count(request: web.Request, person: Person, what: str, limit: int) -> None:
    """Refuse what is one call too many in a minute."""
    world_of(request).calls[what] += 1
    if world_of(request).is_over(person.open_id, what, limit):
        raise Refusal(429, "rate_limit_exceeded", "The API rate limit was exceeded. Please try again later.")


async def body_of(request: web.Request) -> Values:
    """The JSON object that came; TikTok insists on the type."""
    if request.content_type != "application/json":
        raise Refusal(400, "invalid_params", "The content type is not application/json")
    try:
        body: object = json.loads(await request.read() or b"{}")
    except ValueError:
        raise Refusal(400, "invalid_params", "The request body is not valid JSON") from None
    return inside(body)


def inside(value: object) -> Values:
    """A part that has to be an object."""
    if not isinstance(value, dict):
        raise Refusal(400, "invalid_params", "The request body is invalid")
    return cast("Values", value)


def fields_of(request: web.Request) -> tuple[str, ...]:
    """The fields that were asked for."""
    fields = tuple(filter(None, request.query.get("fields", "").split(",")))
    if not fields:
        raise Refusal(400, "invalid_params", "The fields parameter is required")
    return fields


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse in TikTok's form."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return bad(refusal.status, refusal.code, refusal.message)
    except web.HTTPNotFound:
        return bad(404, "unsupported_path", "Unsupported path")
