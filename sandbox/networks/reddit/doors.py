"""What every route does first: who asks and as what, how much was asked already; and refusals in Reddit's forms."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from sandbox.networks.reddit.world import Person, World

WORLD = web.AppKey("world", World)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_GENERIC = ("python-requests", "python/", "aiohttp", "curl", "go-http-client", "okhttp", "java/")
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 401, 403, 429


class Refusal(Exception):
    """An answer whose status is the refusal."""

    def __init__(self, status: int, message: str, *, reason: str | None = None, said: str | None = None) -> None:
        super().__init__(message)
        self.status, self.body = status, dict[str, object](message=message, error=status)
        if reason is not None:
            self.body["reason"] = reason
        self.said = said
        """For `www-authenticate`."""


class Inside(Exception):
    """A refusal inside an answer with status 200."""

    def __init__(self, code: str, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.error = [code, sentence, field]


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def inside(*error: str) -> web.Response:
    """An error in an answer with status 200."""
    return web.json_response({"json": {"errors": [list(error)]}})


def said(data: Mapping[str, object]) -> web.Response:
    """What was made."""
    return web.json_response({"json": {"errors": [], "data": dict(data)}})


def person_of(request: web.Request, scope: str) -> Person:
    """Who asks, if they allowed this. Raises Reddit's 401 and 403."""
    world = world_of(request)
    value = request.headers.get("Authorization", "").partition(" ")[2]
    token = world.oauth.grants.access.get(value)
    if token is None or not world.oauth.grants.live(token):
        raise Refusal(_UNAUTHORIZED, "Unauthorized", said="invalid_token")
    if scope not in token.grant.scopes:
        raise Refusal(_FORBIDDEN, "Forbidden", said="insufficient_scope")
    return world.people[token.grant.person]


async def form_of(request: web.Request) -> dict[str, str]:
    """The fields of a form. Raises Refusal for one that wants no JSON."""
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    if form.get("api_type") != "json":
        raise Refusal(400, "Bad Request", reason="API_TYPE")
    return form


def is_api(request: web.Request) -> bool:
    """Whether a program asks: pages for people are elsewhere."""
    path = request.path
    if path.startswith("/api/"):
        return path != "/api/v1/authorize"
    return path.rstrip("/").endswith(("/submitted", "/comments", "/about")) or path.startswith("/comments/")


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count, look at who calls, refuse in Reddit's form."""
    if not is_api(request):
        return await handler(request)
    used, remaining, reset_s = world_of(request).ask()
    agent = request.headers.get("User-Agent", "").lower()
    if remaining < 0 or not agent or agent.startswith(_GENERIC):
        answer: web.StreamResponse = web.json_response(
            {"message": "Too Many Requests", "error": _TOO_MANY}, status=_TOO_MANY
        )
    else:
        answer = await _answer(request, handler)
    answer.headers["x-ratelimit-used"] = str(used)
    answer.headers["x-ratelimit-remaining"] = f"{max(remaining, 0)}.0"
    answer.headers["x-ratelimit-reset"] = str(reset_s)
    return answer


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Inside as refusal:
        return inside(*refusal.error)
    except Refusal as refusal:
        answer = web.json_response(refusal.body, status=refusal.status)
        if refusal.said is not None:
            answer.headers["www-authenticate"] = f'Bearer realm="reddit", error="{refusal.said}"'
        return answer
