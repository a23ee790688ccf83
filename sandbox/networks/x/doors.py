"""What every route does first and last: who asks, how much they asked already, what it costs, refusals as problems."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import cast

from aiohttp import web

from sandbox.networks.oauth import OAuthServer
from sandbox.networks.x.world import Person, World

WORLD = web.AppKey("world", World)
OAUTH = web.AppKey("oauth", OAuthServer)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Values = dict[str, object]
_PROBLEMS = "https://api.x.com/2/problems/"
NOT_FOUND = "resource-not-found"
_TITLES = {
    400: "Invalid Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found Error",
    429: "Too Many Requests",
    503: "Service Unavailable",
}
_LIMITS = {
    ("GET", "me"): 75,
    ("GET", "tweets"): 5000,
    ("GET", "timeline"): 900,
    ("DELETE", "tweets"): 50,
    ("POST", "media"): 1875,
    ("GET", "media"): 1000,
}


class Refusal(Exception):
    """An answer in X's error form. `kind` is the last word of the problem's type."""

    def __init__(self, status: int, detail: str, kind: str = "", *, message: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind, self.message = status, detail, kind, message

    def answer(self) -> web.Response:
        """As X writes it."""
        body: Values = {
            "title": _TITLES.get(self.status, "Error"),
            "type": _PROBLEMS + self.kind if self.kind else "about:blank",
            "status": self.status,
            "detail": self.detail,
        }
        if self.kind == NOT_FOUND:
            body["resource_type"] = self.detail.partition(" with id")[0].rpartition(" ")[2]
        if self.message:
            body["errors"] = [{"message": self.message}]
        return web.json_response(body, status=self.status, content_type="application/problem+json")


def invalid(message: str) -> Refusal:
    """A request that X does not understand."""
    return Refusal(400, "One or more parameters to your request was invalid.", "invalid-request", message=message)


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def base_url(request: web.Request) -> str:
    """The address the client used."""
    return f"{request.scheme}://{request.host}"


def person_of(request: web.Request, *scopes: str) -> Person:
    """Who asks, when the access covers all these scopes. Raises the 401 or 403 of X."""
    grants = request.app[OAUTH].grants
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    name = grants.person_of(value) if kind.lower() == "bearer" else None
    if name is None:
        raise Refusal(401, "Unauthorized")
    if not set(scopes) <= set(grants.access[value].grant.scopes):
        raise Refusal(403, "You are not permitted to perform this action.")
    return world_of(request).people[name]


async def read_json(request: web.Request, *names: str) -> Values:
    """A JSON body with no other fields than these."""
    try:
        body: object = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise invalid("Requests with bodies must have content-type of application/json.") from None
    if not isinstance(body, Mapping):
        raise invalid("The body is not an object.")
    return only(cast("Mapping[str, object]", body), *names)


def only(values: Mapping[str, object], *names: str) -> Values:
    """These values, when they have no other names."""
    for name in values:
        if name not in names:
            raise invalid(f"$.{name}: is not defined in the schema and the schema does not allow additional properties")
    return dict(values)


def read_query(request: web.Request, *names: str) -> dict[str, str]:
    """The query, with no other parameters than these."""
    for name in request.query:
        if name not in names:
            raise invalid(f"The query parameter [{name}] is not one of [{','.join(names)}]")
    return dict(request.query)


def fields_of(request: web.Request) -> tuple[set[str], str]:
    """Which fields of posts are asked for, and in which spelling."""
    for name in ("post.fields", "tweet.fields"):
        if name in request.query:
            return set(filter(None, request.query[name].split(","))), name
    return set(), "post.fields"


def _window(request: web.Request) -> tuple[str, str]:
    parts = request.path.strip("/").split("/")
    word = (
        "timeline" if parts[1] == "users" and parts[-1] == "tweets" else parts[-1] if parts[1] == "users" else parts[1]
    )
    return request.method, word


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count, refuse in X's form, and set the headers every answer of the API has."""
    if not request.path.startswith("/2/") or request.path.startswith("/2/oauth2/"):
        return await handler(request)
    world, window = world_of(request), _window(request)
    limit = world.settings.posts_per_15_min if window == ("POST", "tweets") else _LIMITS.get(window, 500)
    left, reset = world.spend(request.headers.get("Authorization", ""), " ".join(window), limit)
    answer = await _answer(request, handler, over=limit > 0 and left < 0)
    if limit:
        answer.headers["x-rate-limit-limit"] = str(limit)
        answer.headers["x-rate-limit-remaining"] = str(max(left, 0))
        answer.headers["x-rate-limit-reset"] = str(reset)
    answer.headers["x-transaction-id"] = f"{world.next_id()}"
    return answer


async def _answer(request: web.Request, handler: Handler, *, over: bool) -> web.StreamResponse:
    settings = world_of(request).settings
    if over:
        return Refusal(429, "Too Many Requests").answer()
    if settings.credits_left <= 0:
        return Refusal(402, "credits depleted", "credits-depleted").answer()
    settings.credits_left -= 1
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.answer()
    except web.HTTPRequestEntityTooLarge:
        return web.Response(
            status=413, text="<html><h1>413 Request Entity Too Large</h1></html>", content_type="text/html"
        )
    except web.HTTPNotFound:
        return Refusal(404, "Not Found").answer()
