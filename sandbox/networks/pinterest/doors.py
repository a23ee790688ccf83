"""What every route does first and last: who asks, how much they asked already, refusals in Pinterest's form."""

import json
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from sandbox.networks.pinterest.world import World

WORLD = web.AppKey("world", World)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Values = dict[str, object]
MOST_PAGE = 250


class Refusal(Exception):
    """An answer in Pinterest's error form."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code

    def answer(self) -> web.Response:
        """As Pinterest writes it."""
        body = {"code": self.code, "message": str(self), "status": "failure"}
        return web.json_response(body, status=self.status)


def no_access() -> Refusal:
    """What is said of a token that is no good."""
    return Refusal(401, 2, "Authentication failed.")


def invalid(message: str) -> Refusal:
    """What is said of parameters."""
    return Refusal(400, 1, f"Invalid request: {message}")


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def base_url(request: web.Request) -> str:
    """The address the client used."""
    return f"{request.scheme}://{request.host}"


def person_of(request: web.Request, *scopes: str) -> str:
    """Who asks, when the token covers the scopes. Raises the 401 and 403 of one that does not."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    grants = world_of(request).oauth.grants
    token = grants.access.get(value) if kind.lower() == "bearer" else None
    if token is None or not grants.live(token):
        raise no_access()
    missing = [scope for scope in scopes if scope not in token.grant.scopes]
    if missing:
        raise Refusal(403, 3, f"Your token lacks the scope {', '.join(missing)}.")
    return token.grant.person


async def read_json(request: web.Request) -> Values:
    """The JSON object in a body."""
    if request.content_type != "application/json":
        raise Refusal(415, 1, "Unsupported media type.")
    try:
        body: object = await request.json()
    except json.JSONDecodeError:
        raise invalid("the body is no JSON") from None
    if not isinstance(body, dict):
        raise invalid("the body is no object")
    return cast("Values", body)


def page_of(request: web.Request, items: list[Values]) -> web.Response:
    """One page of a list, and the bookmark of the next."""
    try:
        size, start = int(request.query.get("page_size", "25")), int(request.query.get("bookmark", "0"))
    except ValueError:
        raise invalid("page_size or bookmark") from None
    if not 1 <= size <= MOST_PAGE:
        raise invalid(f"page_size {size} is not between 1 and {MOST_PAGE}")
    after = start + size
    return web.json_response({"items": items[start:after], "bookmark": str(after) if after < len(items) else None})


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count, refuse in Pinterest's form, and set the headers every answer of the API has."""
    world = world_of(request)
    if not request.path.startswith("/v5/") or request.path.startswith("/v5/oauth/"):
        return await _answer(request, handler)
    world.calls.append(f"{request.method} {request.path}")
    kind = "read" if request.method == "GET" else "write"
    limit, remaining, reset_s = world.spend(request.headers.get("Authorization", ""), kind)
    if limit > 0 and remaining < 0:
        over = "This request exceeded a rate limit."
        answer: web.StreamResponse = Refusal(429, 8, over).answer()
    else:
        answer = await _answer(request, handler)
    if limit > 0:
        answer.headers["x-ratelimit-limit"] = f"{limit}, {limit};w=60"
        answer.headers["x-ratelimit-remaining"] = str(max(remaining, 0))
        answer.headers["x-ratelimit-reset"] = str(reset_s)
    answer.headers["x-pinterest-rid"] = world.next_id()
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.answer()
