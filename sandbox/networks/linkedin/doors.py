"""What every call goes through: its headers, who asks and with which permissions, refusals in LinkedIn's form."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from sandbox.networks.linkedin.world import VERSIONS, Author, World
from sandbox.networks.oauth import OAuthServer

WORLD = web.AppKey("world", World)
OAUTH = web.AppKey("oauth", OAuthServer)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Values = dict[str, object]


class Refusal(Exception):
    """An answer in one of LinkedIn's two error forms: with a `code`, or with what is wrong with the input."""

    def __init__(self, status: int, code: str, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Values = {"status": status, "code": code, "message": message, **more}


class InputRefusal(Refusal):
    """The form of refused content."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        wrong: Values = {"code": code, "description": message}
        self.body = {
            "errorDetailType": "com.linkedin.common.error.BadRequest",
            "message": message,
            "errorDetails": {"inputErrors": [wrong]},
            "status": status,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Whose token a call carries, and what it covers."""

    name: str
    urn: str
    scopes: frozenset[str]

    def need(self, *scopes: str, what: str) -> None:
        """Raises 403 unless the token covers one of these."""
        if not self.scopes & set(scopes):
            raise denied(what)

    def may_post_for(self, author: Author) -> bool:
        """Whether the token covers posting as this author."""
        if author.is_page:
            return "w_organization_social" in self.scopes and self.name in author.admins
        return "w_member_social" in self.scopes and author.urn == self.urn

    def may_read(self, author: Author) -> bool:
        """Whether the token covers reading this author's posts."""
        if author.is_page:
            return "r_organization_social" in self.scopes and self.name in author.admins
        return "r_member_social" in self.scopes and author.urn == self.urn


def denied(what: str) -> Refusal:
    """Permission or role is missing."""
    return Refusal(403, "ACCESS_DENIED", f"Not enough permissions to access: {what}", serviceErrorCode=100)


def illegal(message: str) -> Refusal:
    """A call LinkedIn cannot make sense of."""
    return Refusal(400, "ILLEGAL_ARGUMENT", message)


def not_found(what: str) -> Refusal:
    """There is no such thing."""
    return Refusal(404, "NOT_FOUND", f"Could not find entity: {what}")


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def asker_of(request: web.Request) -> Asker:
    """Who asks. Raises the 401 of a dead token."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not value:
        raise Refusal(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", serviceErrorCode=65604)
    grants = request.app[OAUTH].grants
    person, token = grants.person_of(value), grants.access.get(value)
    if person is None or token is None:
        code, words = ("INVALID_ACCESS_TOKEN", "Invalid access token")
        number = 65600
        if token is not None:
            code, words, number = "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked", 65601
        raise Refusal(401, code, words, serviceErrorCode=number)
    urn = next(author.urn for author in world_of(request).authors.values() if author.name == person)
    return Asker(name=person, urn=urn, scopes=frozenset(token.grant.scopes))


def author_called(request: web.Request, urn: object) -> Author:
    """The author with this URN. Raises 400."""
    author = world_of(request).authors.get(str(urn))
    if author is None:
        raise illegal(f"author: {urn} is no author")
    return author


async def values_of(request: web.Request) -> Values:
    """The JSON object in the body. Raises 400."""
    if request.content_type != "application/json":
        raise illegal("The content type must be application/json")
    try:
        body: object = await request.json()
    except json.JSONDecodeError:
        raise illegal("The body is no JSON") from None
    if not isinstance(body, dict):
        raise illegal("The body is no object")
    return cast("Values", body)


def inside(values: Mapping[str, object], name: str) -> Values:
    """The object at a name; empty when there is none."""
    found = values.get(name)
    return cast("Values", found) if isinstance(found, dict) else {}


def listed(values: Mapping[str, object], name: str) -> list[Values]:
    """The objects in the list at a name."""
    found = values.get(name)
    many = cast("list[object]", found) if isinstance(found, list) else []
    return [cast("Values", one) for one in many if isinstance(one, dict)]


def urns_in(request: web.Request, name: str) -> list[str]:
    """`List(urn,urn)` of the query, whose brackets must be bare and whose URNs encoded. Raises 400."""
    value = request.query.get(name)
    if value is None:
        return []
    if f"{name}=List(" not in request.rel_url.raw_query_string or not value.endswith(")"):
        raise illegal(f"Query parameter '{name}' is invalid")
    return [urn for urn in value.removeprefix("List(").removesuffix(")").split(",") if urn]


def _check_protocol(request: web.Request) -> None:
    version = request.headers.get("LinkedIn-Version")
    if version is None:
        raise Refusal(400, "VERSION_MISSING", "A version must be present. Please specify a version by adding it.")
    if version.partition(".")[0] not in VERSIONS:
        raise Refusal(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
    if request.headers.get("X-Restli-Protocol-Version") != "2.0.0":
        raise illegal("X-Restli-Protocol-Version must be 2.0.0")
    if "urn:" in request.rel_url.raw_path or "urn:" in request.rel_url.raw_query_string:
        raise illegal("Syntax exception in path variables: URNs must be encoded")


@web.middleware
async def doorkeeper(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check what each versioned call must have, and refuse in LinkedIn's form."""
    try:
        if request.path.startswith("/rest/"):
            asker_of(request)
            _check_protocol(request)
        return await handler(request)
    except Refusal as refusal:
        return web.json_response(refusal.body, status=refusal.status, headers={"x-li-uuid": "AAYstandin"})
    except web.HTTPRequestEntityTooLarge:
        return web.json_response({"status": 413, "code": "PAYLOAD_TOO_LARGE", "message": "Too large"}, status=413)
