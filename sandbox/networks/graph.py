"""What the stand-ins of Meta's networks share: the Graph API's doors, errors, headers, fields and pages of lists.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling, /docs/graph-api/guides/field-expansion and
/docs/graph-api/results, read 2026-11-21.
"""

import json
import re
import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Middleware
from aiohttp.web_request import FileField

Body = dict[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SERVED = frozenset({"v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0"})
VERSIONED = re.compile(r"/(v[0-9]+\.[0-9]+)(/|$)")
MOST_AT_ONCE = 100
_FORBIDDEN, _BAD = 403, 400
_PERMISSION_CODES = frozenset({10, *range(200, 300)})


@dataclass(kw_only=True)
class GraphError(Exception):
    """A refusal in Meta's form."""

    code: int
    words: str
    subcode: int | None = None
    user_words: str | None = None
    status: int = _BAD
    transient: bool = False
    data: Mapping[str, object] | None = None

    def answer(self) -> web.Response:
        """As it goes out."""
        error: Body = {
            "message": f"(#{self.code}) {self.words}",
            "type": "OAuthException",
            "code": self.code,
            "is_transient": self.transient,
            "fbtrace_id": secrets.token_urlsafe(8),
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.user_words is not None:
            error |= {"error_user_title": "Not possible", "error_user_msg": self.user_words}
        if self.data is not None:
            error["error_data"] = self.data
        status = _FORBIDDEN if self.code in _PERMISSION_CODES else self.status
        return web.json_response({"error": error}, status=status)


def gone(name: str) -> GraphError:
    """There is no such object."""
    words = (
        f"Unsupported request. Object with ID '{name}' does not exist, cannot be loaded due to missing permissions, or"
        " does not support this operation"
    )
    return GraphError(code=100, subcode=33, words=words)


def no_token() -> GraphError:
    """The token lets nobody in."""
    words = "Error validating access token: The session is invalid."
    return GraphError(code=190, subcode=467, words=words, status=401)


def missing(name: str) -> GraphError:
    """A parameter is not there."""
    return GraphError(code=100, words=f"The parameter {name} is required")


# --- Doors -----------------------------------------------------------------------------------------------------------


def doorkeeper(usage_of: Callable[[web.Request], Mapping[str, object]]) -> Middleware:
    """Refuses in Meta's form and sets the headers that every answer of the API has."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        found = VERSIONED.match(request.path)
        if found is None:
            return await handler(request)
        try:
            answer = await _served(request, handler, found[1])
        except GraphError as refusal:
            answer = refusal.answer()
        except web.HTTPException as refusal:
            answer = GraphError(code=100, words=refusal.reason, status=refusal.status).answer()
        answer.headers["facebook-api-version"] = found[1]
        answer.headers["x-fb-trace-id"] = secrets.token_urlsafe(8)
        answer.headers["X-App-Usage"] = json.dumps({"call_count": 1, "total_cputime": 0, "total_time": 0})
        if usage := usage_of(request):
            answer.headers["X-Business-Use-Case-Usage"] = json.dumps(usage)
        return answer

    return keep


async def _served(request: web.Request, handler: Handler, version: str) -> web.StreamResponse:
    if version not in SERVED:
        raise GraphError(code=2635, words=f"You are calling a deprecated version of the Ads API: {version}.")
    return await handler(request)


Values = Mapping[str, str | FileField]


async def values_of(request: web.Request) -> Values:
    """Parameters of the address and of the body together."""
    values: dict[str, str | FileField] = dict(request.query)
    if request.can_read_body and request.content_type == "application/json":
        body: object = await request.json()
        if isinstance(body, dict):
            given = cast("Mapping[str, object]", body)
            values |= {name: one if isinstance(one, str) else json.dumps(one) for name, one in given.items()}
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, str | FileField):
                values[name] = value
    return values


def word(values: Values, name: str) -> str:
    """A parameter as text; empty when it is absent."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def words_of(values: Values, name: str) -> list[str]:
    """A parameter with several values: joined by commas, or a JSON list."""
    said = word(values, name)
    if not said.startswith("["):
        return said.split(",")
    try:
        found: object = json.loads(said)
    except ValueError:
        raise GraphError(code=100, words=f"Param {name} must be an array") from None
    return [str(one) for one in cast("list[object]", found)]


def token_of(request: web.Request, values: Values) -> str:
    """The token of a call: in its header, or the parameter `access_token`."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if kind in {"Bearer", "OAuth"} else word(values, "access_token")


def base_of(request: web.Request) -> str:
    """The address the caller sees us at."""
    return f"{request.scheme}://{request.host}"


def stamp(moment: datetime) -> str:
    """A time as the API writes it: whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


# --- Fields and lists ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One wanted field: what inside it, and what was said of it: `comments.summary(total_count).limit(0)`."""

    inside: Mapping[str, "Field"] = field(default_factory=dict[str, "Field"])
    said: Mapping[str, str] = field(default_factory=dict[str, str])


_PIECE = re.compile(r"(?P<name>[a-z0-9_]+)|(?P<word>\.[a-z_]+\((?P<value>[^()]*)\))|(?P<mark>[{},])")


def fields_of(values: Values, default: str = "id") -> Mapping[str, Field]:
    """The parameter `fields`, read. Raises GraphError."""
    pieces = list(_PIECE.finditer(asked := word(values, "fields") or default))
    if "".join(piece[0] for piece in pieces) != asked:
        raise GraphError(code=2500, words=f"Syntax error in the fields: {asked}")
    return _level(iter(pieces))


def _level(pieces: Iterator[re.Match[str]]) -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    name = ""
    for piece in pieces:
        if piece["name"]:
            name = piece["name"]
            found[name] = Field()
        elif piece["word"]:
            said = piece["word"].partition("(")[0].removeprefix(".")
            old = found[name]
            found[name] = Field(inside=old.inside, said={**old.said, said: piece["value"]})
        elif piece["mark"] == "{":
            found[name] = Field(inside=_level(pieces), said=found[name].said)
        elif piece["mark"] == "}":
            break
    return found


def picked(shown: Mapping[str, object], fields: Mapping[str, Field]) -> Body:
    """Those fields of an object which were asked for, always its id. Raises GraphError for one that is not known."""
    for name in fields:
        if name not in shown:
            raise GraphError(code=100, words=f"Tried accessing nonexisting field ({name}) on node type (Object)")
    wanted = ["id", *(name for name in fields if name != "id")] if "id" in shown else list(fields)
    return {name: shown[name] for name in wanted if shown[name] is not None}


def listed(request: web.Request, values: Values, rows: Sequence[Body]) -> web.Response:
    """One page of a list; `after` is how many came before."""
    limit = min(int(word(values, "limit") or 25), MOST_AT_ONCE)
    start = int(word(values, "after") or 0)
    page = list(rows[start : start + limit])
    body: Body = {"data": page}
    if page:
        paging: Body = {"cursors": {"before": str(start), "after": str(start + len(page))}}
        if start + limit < len(rows):
            token = token_of(request, values)
            paging["next"] = f"{base_of(request)}{request.path}?access_token={token}&after={start + limit}"
        body["paging"] = paging
    return web.json_response(body)


def days_of(values: Values, known: Mapping[str, int]) -> list[Body]:
    """Insights of each day from `since` to `until`; a metric that is not known spoils them all."""
    names = words_of(values, "metric")
    if not set(names) <= set(known) or word(values, "period") != "day":
        raise GraphError(code=100, words="The value must be a valid insights metric")
    first, end = (datetime.fromtimestamp(int(word(values, name) or 0), UTC) for name in ("since", "until"))
    if not timedelta(0) < end - first <= timedelta(days=93):
        raise GraphError(code=100, words="There cannot be more than 93 days between since and until")
    ends = [first + timedelta(days=n + 1, hours=8) for n in range((end - first).days)]
    return [
        {"name": name, "period": "day", "values": [{"value": known[name], "end_time": stamp(one)} for one in ends]}
        for name in names
    ]
