"""What every call does first and last: its parameters, its limits, and refusals in the form of XRPC.

Source: https://atproto.com/specs/xrpc and packages/xrpc-server in github.com/bluesky-social/atproto, read 2026-11-21.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from aiohttp import web

from sandbox.networks.bluesky.world import World

WORLD = web.AppKey("world", World)
Values = dict[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FIVE_MINUTES_S = 300


class Refusal(Exception):
    """An answer in XRPC's error form."""

    def __init__(self, status: int, error: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.headers = headers or {}

    def answer(self) -> web.Response:
        """The refusal as a response."""
        body = {"error": self.error, "message": self.message}
        return web.json_response(body, status=self.status, headers=self.headers)


def invalid(message: str) -> Refusal:
    """What the server says of most wrong input."""
    return Refusal(400, "InvalidRequest", message)


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def asked(request: web.Request, name: str) -> str:
    """A parameter that must be there."""
    value = request.query.get(name, "")
    if not value:
        raise invalid(f'Error: Params must have the property "{name}"')
    return value


def asked_number(request: web.Request, name: str, *, default: int, most: int, least: int = 1) -> int:
    """A parameter from `least` to `most`."""
    text = request.query.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise invalid(f"Error: {name} must be an integer")
    if not least <= int(text) <= most:
        side = f"less than {least}" if int(text) < least else f"greater than {most}"
        raise invalid(f"Error: {name} can not be {side}")
    return int(text)


async def read_input(request: web.Request, *required: str) -> Values:
    """The JSON body, with text in the required fields."""
    if request.content_type != "application/json":
        raise invalid(f"Wrong request encoding (Content-Type): {request.content_type}")
    try:
        body: object = json.loads(await request.read())
    except ValueError:
        raise Refusal(400, "SyntaxError", "The body is no JSON") from None
    if not isinstance(body, dict):
        raise invalid("Expected object value type at $")
    values = cast("Values", body)
    for name in required:
        if name not in values:
            raise invalid(f'Missing required key "{name}" at $')
        if not isinstance(values[name], str):
            raise invalid(f"Expected string value type at $.{name}")
    return values


def limit(request: web.Request, name: str, window_s: int, most: int, points: int = 1) -> dict[str, str]:
    """Count against a limit and give the headers that tell of it. Raises RateLimitExceeded."""
    if most <= 0:
        return {}
    world = world_of(request)
    remaining, reset = world.spend(name, window_s, most, points)
    headers = {
        "RateLimit-Limit": str(most),
        "RateLimit-Remaining": str(max(remaining, 0)),
        "RateLimit-Reset": str(int(reset.timestamp())),
        "RateLimit-Policy": f"{most};w={window_s}",
    }
    if remaining < 0:
        wait = max(1, int((reset - world.now()).total_seconds()) + 1)
        raise Refusal(429, "RateLimitExceeded", "Rate Limit Exceeded", {**headers, "Retry-After": str(wait)})
    return headers


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count calls of the API, and answer refusals in its form."""
    if not request.path.startswith("/xrpc/"):
        return await handler(request)
    world = world_of(request)
    world.calls[request.path.removeprefix("/xrpc/")] += 1
    try:
        headers = limit(request, f"ip {request.remote}", _FIVE_MINUTES_S, world.settings.requests_per_5_min)
        answer = await handler(request)
    except Refusal as refusal:
        return _with_nonce(request, refusal.answer())
    except web.HTTPRequestEntityTooLarge:
        return Refusal(413, "PayloadTooLarge", "request entity too large").answer()
    for name, value in headers.items():
        _ = answer.headers.setdefault(name, value)
    return _with_nonce(request, answer)


def _with_nonce(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Whoever proves a key is told the nonce to use next."""
    if "DPoP" in request.headers:
        answer.headers["DPoP-Nonce"] = world_of(request).consents.nonce()
    return answer
