"""What every route does first and last: who asks, how much they asked already, refusals in Mastodon's form, faults."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from email.utils import format_datetime
from typing import cast

from aiohttp import web

from sandbox.networks.mastodon.world import Fault, Person, Token, World

WORLD = web.AppKey("world", World)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Values = dict[str, object]


class Refusal(Exception):
    """An answer in Mastodon's error form."""

    def __init__(self, status: int, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.body: Values = {"error": error}
        if description is not None:
            self.body["error_description"] = description


def not_found() -> Refusal:
    """What Mastodon says of a thing that does not exist or is not theirs."""
    return Refusal(404, "Record not found")


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def base_url(request: web.Request) -> str:
    """The address the client used."""
    return f"{request.scheme}://{request.host}"


def local_domain(request: web.Request) -> str:
    """The domain of this server's people."""
    return world_of(request).settings.domain or request.host


async def read_values(request: web.Request) -> Values:
    """The parameters of a JSON or form body and of the query; `name[]` and `name[part]` become lists and objects."""
    if request.content_type == "application/json":
        try:
            body: object = await request.json()
        except json.JSONDecodeError:
            raise Refusal(400, "Error occurred while parsing request parameters") from None
        if not isinstance(body, dict):
            raise Refusal(400, "Error occurred while parsing request parameters")
        return cast("Values", body)
    pairs = list(request.query.items())
    if request.can_read_body:
        pairs += [(name, value) for name, value in (await request.post()).items() if isinstance(value, str)]
    return nested(pairs)


def nested(pairs: Iterable[tuple[str, str]]) -> Values:
    """Form fields as Rails reads them: `a[]` collects, `a[b]` and `a[b][]` nest one deep."""
    values: Values = {}
    for name, value in pairs:
        stem, _, part = name.partition("[")
        part = part.removesuffix("]")
        if part == "":
            _put(values, stem, value, many="[" in name)
            continue
        inner = cast("Values", values.setdefault(stem, {}))
        _put(inner, part.removesuffix("]["), value, many=part.endswith("]["))
    return values


def _put(values: Values, name: str, value: str, *, many: bool) -> None:
    if many:
        cast("list[str]", values.setdefault(name, [])).append(value)
    else:
        values[name] = value


def text_of(values: Mapping[str, object], name: str) -> str | None:
    """A parameter as text; None when absent or empty."""
    value = values.get(name)
    return None if value is None or value == "" else str(value)


def truth_of(values: Mapping[str, object], name: str) -> bool | None:
    """A parameter as Rails reads a truth value."""
    value = values.get(name)
    return None if value is None or value == "" else str(value).lower() not in {"false", "0", "off", "f"}


def token_of(request: web.Request) -> Token | None:
    """The token the request carries. Raises the 401s of a dead one."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not value:
        return None
    token = world_of(request).tokens.get(value)
    if token is None:
        raise Refusal(401, "The access token is invalid")
    if token.revoked:
        raise Refusal(401, "The access token was revoked")
    return token


def person_of(request: web.Request, *scopes: str) -> Person:
    """Who asks, when the token covers one of the scopes. Raises 401, 403, or 422 for an application's own token."""
    token = token_of(request)
    if token is None:
        raise Refusal(401, "The access token is invalid")
    if not any(covers(token.scopes, scope) for scope in scopes):
        raise Refusal(403, "This action is outside the authorized scopes")
    if token.person is None:
        raise Refusal(422, "This method requires an authenticated user")
    return token.person


def covers(held: Iterable[str], scope: str) -> bool:
    """Whether `write` or `write:statuses` itself is among the held ones."""
    return bool({scope, scope.partition(":")[0]} & set(held))


async def play(request: web.Request, operation: str, *, after_work: bool = False) -> None:
    """Let a fault that was asked for happen here."""
    world = world_of(request)
    if not after_work:
        world.calls[operation] += 1
    fault = world.take_fault(operation, after_work=after_work)
    if fault is None:
        return
    await asyncio.sleep(fault.hold_s)
    if fault.kind == "drop" and request.transport is not None:
        request.transport.abort()
        raise asyncio.CancelledError
    raise _Played(fault)


class _Played(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.operation)
        self.fault = fault


def _window(request: web.Request) -> str | None:
    if not request.path.startswith("/api/"):
        return None
    if request.method == "DELETE" and request.path.startswith("/api/v1/statuses/"):
        return "deletes"
    return "media" if request.method == "POST" and request.path.endswith("/media") else "requests"


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count, refuse in Mastodon's form, and set the headers every answer of the API has."""
    world, headers = world_of(request), dict[str, str]()
    window = _window(request)
    over = False
    if window is not None:
        name = request.headers.get("Authorization", request.remote or "")
        limit, remaining, reset = world.spend(name, window)
        over = limit > 0 and remaining < 0
        if limit > 0:
            stamp = reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(remaining, 0))}
            headers["X-RateLimit-Reset"] = stamp
    answer = web.json_response({"error": "Too many requests"}, status=429) if over else await _answer(request, handler)
    answer.headers.update(headers)
    answer.headers["Date"] = format_datetime(world.now(), usegmt=True)
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status)
    except _Played as played:
        fault = played.fault
        return web.Response(
            status=fault.status, text=fault.body, headers=fault.headers, content_type="application/json"
        )
    except web.HTTPRequestEntityTooLarge:
        page = "<html><h1>413 Request Entity Too Large</h1></html>"
        return web.Response(status=413, text=page, content_type="text/html")
    except web.HTTPNotFound:
        return web.json_response({"error": "Not Found"}, status=404)
