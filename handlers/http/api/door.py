"""The door of the API: every call comes through here, and every answer leaves in the same form.

Checks, in this order: the key, the rate limit, the workspace, the scope, query and body. Then the endpoint.
"""

import logging
import re
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import clock
from bot.domain.errors import DoneBefore, UserError
from bot.domain.ids import WorkspaceId
from bot.domain.keys import ApiKey
from bot.services import repeating
from bot.services.admitting import Allowance, Gatekeeper
from bot.services.deps import Deps
from bot.services.repeating import CallName, Claim, Kept
from handlers.http.api import reading
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault, Refusal, body_of, family_of, rate_limited, refusal_of
from handlers.http.api.forms import Uploaded, uploaded
from handlers.http.metrics import ROUTE

PREFIXES = ("/api/v1", "/v1")
_JSON = "application/json"
_REQUEST_ID = re.compile(r"^[\x21-\x7e]{1,128}$")
_NAME = re.compile(r"^[\x21-\x7e]{1,255}$")
_LONGEST_PLACE = 100
_REFUSED = 400
_log = logging.getLogger(__name__)


def api_routes(deps: Deps, endpoints: Sequence[Endpoint]) -> list[BaseRoute]:
    """The API under both its prefixes; a prefix alone is no route of it, like any other, rather than a redirection."""
    door = Door(deps, endpoints)
    return [*(_Prefix(prefix, app=door) for prefix in PREFIXES), *(Route(prefix, door) for prefix in PREFIXES)]


class _Prefix(Mount):
    """All that begins so, also where a line break follows: it is refused at the door like anything else."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app=app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


@dataclass(slots=True, kw_only=True)
class _Visit:
    """What is known of a call while it is served."""

    request: Request
    path: str
    request_id: str
    allowance: Allowance
    family: Family
    route: str = "?"
    media_type: str = "application/json"
    param: Callable[[str], str | None] = str
    """How the field of an error is told."""
    key: ApiKey | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])


class Door:
    """An ASGI application."""

    def __init__(self, deps: Deps, endpoints: Sequence[Endpoint]) -> None:
        self._deps = deps
        self._gate = Gatekeeper(deps)
        self._places = _places(endpoints)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        request = Request(scope, receive)
        begun_s = clock.uptime_s()
        visit = self._visit(request)
        try:
            status, body = await self._served(visit)
        except UserError as error:
            status, body = _refused(visit, refusal_of(error, visit.param))
        except Refusal as refusal:
            status, body = _refused(visit, refusal)
        except Exception:  # noqa: BLE001  # the outermost door
            _log.exception("api call failed", extra=_facts(visit, 500, begun_s))
            status, body = _refused(visit, Refusal(Fault.INTERNAL, "Something went wrong in Herald. It is logged."))
        kind = visit.media_type if status < _REFUSED else _JSON
        headers = _headers(visit)
        if request.method == "HEAD":
            headers["Content-Length"], body = str(len(body)), b""
        answer = Response(body, status_code=status, media_type=kind, headers=headers)
        _log.info("api call", extra=_facts(visit, status, begun_s))
        await answer(scope, receive, send)

    def _visit(self, request: Request) -> _Visit:
        given = request.headers.get("x-request-id", "")
        path = str(request.scope["path"])
        for prefix in PREFIXES:
            if path.startswith(f"{prefix}/"):
                path = path.removeprefix(prefix)
                break
        return _Visit(
            request=request,
            path=path,
            request_id=given if _REQUEST_ID.match(given) else f"req_{secrets.token_hex(12)}",
            allowance=self._gate.unknown(),
            family=family_of(path),
        )

    async def _served(self, visit: _Visit) -> tuple[int, bytes]:
        endpoint, path = self._endpoint(visit)
        visit.route, visit.family, visit.media_type = endpoint.name, endpoint.family, endpoint.media_type
        visit.param = endpoint.param_of
        visit.request.scope[ROUTE] = endpoint.path
        request = visit.request
        key = visit.key = await self._key(request)
        visit.allowance = await self._gate.count(key)
        if visit.allowance.refused:
            raise rate_limited(visit.allowance)
        workspace_id = _workspace(request, key, endpoint)
        if endpoint.scope is not None and not key.allows(endpoint.scope):
            raise Refusal(Fault.SCOPE_MISSING, f"This key lacks the scope {endpoint.scope}.")
        query = (
            reading.asked(reading.once(request.query_params), endpoint.query) if endpoint.query is not None else None
        )
        async with _body(self._deps, request, endpoint) as (body, digest):
            name = _name(request, endpoint, key, path)
            claim = None if name is None else await repeating.begin(self._deps, workspace_id, name, digest)
            if isinstance(claim, Kept):
                visit.headers["Idempotent-Replayed"] = "true"
                return claim.status, claim.answer.encode()
            call = Call(
                deps=self._deps,
                key=key,
                workspace_id=workspace_id,
                body=body,
                query=query,
                path=path,
                request=request,
                claim=claim,
            )
            return 200, await self._answered(endpoint, call)

    async def _answered(self, endpoint: Endpoint, call: Call[Any, Any]) -> bytes:
        """What the endpoint answers, kept for repetitions of a named call."""
        try:
            told = await endpoint.handle(call)
            is_text = endpoint.media_type != _JSON
            answer = str(told).encode() if is_text else msgspec.json.encode(told)
        except DoneBefore:
            if call.claim is not None:
                await self._keep(call.claim, None)
            raise
        except (UserError, Refusal):
            if call.claim is not None:
                await repeating.forget(self._deps, call.claim)
            raise
        if call.claim is not None and not call.claim.answered:
            kept = answer.decode() if endpoint.keeps_answer else None
            await self._keep(call.claim, kept)
        return answer

    async def _keep(self, claim: Claim, answer: str | None) -> None:
        """It is done, so its caller hears so, even if that cannot be written down now."""
        try:
            await repeating.settle(self._deps, claim, status=200, answer=answer)
        except Exception:  # noqa: BLE001  # whatever the database raises
            _log.exception("answer not kept", extra={"route": claim.call.name.route})

    def _endpoint(self, visit: _Visit) -> tuple[Endpoint, Mapping[str, str]]:
        """Who serves it. Raises Refusal for an unknown path or method."""
        for pattern, by_method in self._places:
            if (found := pattern.fullmatch(visit.path)) is None:
                continue
            method = visit.request.method
            endpoint = by_method.get("GET" if method == "HEAD" else method)
            if endpoint is None:
                allowed = ", ".join([*by_method, *(["HEAD"] if "GET" in by_method else [])])
                raise Refusal(Fault.METHOD, f"This is not for {method}.", headers={"Allow": allowed})
            places = found.groupdict()
            if any(len(place) > _LONGEST_PLACE or not _NAME.fullmatch(place) for place in places.values()):
                raise Refusal(Fault.NOT_FOUND, "There is nothing with this id.")
            return endpoint, places
        raise Refusal(Fault.NOT_FOUND, "There is no such route. See the documentation of the HTTP API.")

    async def _key(self, request: Request) -> ApiKey:
        text = request.headers.get("x-api-key")
        if text is None:
            scheme, _, rest = request.headers.get("authorization", "").partition(" ")
            text = rest.strip() if scheme.lower() == "bearer" else ""
        key = await self._gate.find(text)
        if key is None:
            message = "The API key is missing or not good. Send it as x-api-key, or as Authorization: Bearer."
            raise Refusal(Fault.UNAUTHORIZED, message, headers={"WWW-Authenticate": "Bearer"})
        return key


def _places(endpoints: Sequence[Endpoint]) -> list[tuple[re.Pattern[str], dict[str, Endpoint]]]:
    """Endpoints by path; what names nothing comes before what does."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    return [
        (compile_path(path)[0], by_path[path]) for path in sorted(by_path, key=lambda path: (path.count("{"), path))
    ]


def _workspace(request: Request, key: ApiKey, endpoint: Endpoint) -> WorkspaceId:
    """Raises Refusal where the header is missing, where two say different things, and for a foreign workspace."""
    named = request.headers.get("x-workspace-id")
    tenant = request.headers.get("x-tenant-id")
    if endpoint.needs_workspace_header and named is None:
        raise Refusal(Fault.INVALID, "The header X-Workspace-Id is missing.", param="X-Workspace-Id")
    for header, given in (("X-Workspace-Id", named), ("X-Tenant-ID", tenant)):
        if given is not None and not given.strip():
            message = f"The header {header} is empty. Put the workspace's id into it."
            raise Refusal(Fault.INVALID, message, param=header)
    if named is not None and tenant is not None and named != tenant:
        message = "X-Workspace-Id and X-Tenant-ID name different workspaces. Send one of them."
        raise Refusal(Fault.INVALID, message, param="X-Tenant-ID")
    wanted = named if named is not None else tenant
    if wanted is not None and wanted != key.workspace_id:
        raise Refusal(Fault.FORBIDDEN, "This key is not good for this workspace.")
    return key.workspace_id


@asynccontextmanager
async def _body(deps: Deps, request: Request, endpoint: Endpoint) -> AsyncGenerator[tuple[Any, str]]:
    """The body and a hash of what it says. Files that came with it lie there while the block runs."""
    if endpoint.form is not None:
        upload: Uploaded
        async with uploaded(deps, request, endpoint.form) as upload:
            yield upload, reading.digest_of(*upload.said, upload.file_name, upload.sha256)
    elif endpoint.body is not None:
        raw = await reading.read(request)
        yield reading.decoded(raw if raw or endpoint.needs_body else b"{}", endpoint.body)
    else:
        reading.check_length(request, reading.LONGEST_BODY_BYTES)
        yield None, ""


def _name(request: Request, endpoint: Endpoint, key: ApiKey, path: Mapping[str, str]) -> CallName | None:
    given = request.headers.get("idempotency-key")
    if given is None or not endpoint.repeatable:
        return None
    if not _NAME.match(given):
        message = "The Idempotency-Key is 1 to 255 printable characters without spaces."
        raise Refusal(Fault.INVALID, message, param="Idempotency-Key")
    route = f"{endpoint.method} {endpoint.path.format(**path)}"
    return CallName(key_id=key.id, route=route, key=given)


def _refused(visit: _Visit, refusal: Refusal) -> tuple[int, bytes]:
    visit.headers |= refusal.headers
    return refusal.fault.status, msgspec.json.encode(body_of(refusal, visit.family, visit.request_id))


def _headers(visit: _Visit) -> dict[str, str]:
    return {
        "X-Request-Id": visit.request_id,
        "X-RateLimit-Limit": str(visit.allowance.limit),
        "X-RateLimit-Remaining": str(visit.allowance.remaining),
        "X-RateLimit-Reset": str(visit.allowance.reset_s),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **visit.headers,
    }


def _facts(visit: _Visit, status: int, begun_s: float) -> dict[str, object]:
    """What the log says of a call: never a key, a body, or what stands in the path."""
    return {
        "route": visit.route,
        "method": visit.request.method[:10],
        "status": status,
        "request_id": visit.request_id,
        "key_id": visit.key.id if visit.key is not None else None,
        "took_ms": round((clock.uptime_s() - begun_s) * 1000, 1),
    }
