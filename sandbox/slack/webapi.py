"""The Web API's door: who calls, with which token and scopes, how often; what it answers; what of it is shown."""

import asyncio
import base64
import json
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from sandbox.slack.errors import QUIET, SlackError, missing_argument
from sandbox.slack.reading import mapping, object_in
from sandbox.slack.settings import Json
from sandbox.slack.state import Channel, Token
from sandbox.slack.world import World

TokenKind = Literal["bot", "app"]
WORLD = web.AppKey("world", World)
MINUTE_S = 60.0
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute. Source: docs.slack.dev/apis/web-api/rate-limits, 2026-11-21."""
HIDDEN = frozenset({"not_authed", "invalid_auth", "unknown_method"})
"""Refusals of strangers, which no reader of a channel has to see."""


OUTRUN = frozenset({("views.update", "not_found")})
"""The person was faster: a modal was closed while its update was under way. Logged, and no fault of the app."""


@dataclass(slots=True, kw_only=True)
class Request:
    """One call of a method: its arguments, already read, and who makes it."""

    world: World
    method: str
    values: Json
    token: Token | None

    def text(self, name: str, *, needed: bool = False) -> str:
        """An argument as text, empty if absent. Raises invalid_arguments when it is needed."""
        value = self.values.get(name)
        if value is None or value == "":
            if needed:
                raise missing_argument(name)
            return ""
        if isinstance(value, dict | list):
            raise SlackError("invalid_arguments", [f"[ERROR] must be a string [json-pointer:/{name}]"])
        return str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """An argument as a truth value."""
        value = self.values.get(name)
        return default if value is None or value == "" else str(value).lower() in {"true", "1"}

    def number(self, name: str, default: int) -> int:
        """An argument as a whole number."""
        try:
            return int(self.values.get(name) or default)
        except (TypeError, ValueError):
            raise SlackError("invalid_arguments", [f"[ERROR] must be an integer [json-pointer:/{name}]"]) from None

    def json(self, name: str, wrong: str = "invalid_arguments") -> Any:  # noqa: ANN401  # any JSON
        """An argument that is JSON, as text or not; None if absent."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise SlackError(wrong, [f"[ERROR] invalid JSON [json-pointer:/{name}]"]) from None

    def allow(self, *scopes: str) -> None:
        """Raise missing_scope unless the token has one of these."""
        have = self.token.scopes if self.token else ()
        if not set(scopes) & set(have):
            raise SlackError("missing_scope", more={"needed": scopes[0], "provided": ",".join(have)})

    def channel(self, name: str = "channel", *, person: bool = False) -> Channel:
        """The conversation an argument names; with `person`, a user id opens theirs. Raises channel_not_found."""
        given = self.text(name, needed=True)
        world = self.world
        found = world.channels.get(given)
        if found is None and given.startswith("#"):
            found = next((one for one in world.channels.values() if one.name == given[1:]), None)
        if found is None and person and given in world.people:
            found = world.im_of(given)
        hidden = found is not None and found.private and world.bot_user_id not in found.members
        if found is None or hidden:
            raise SlackError("channel_not_found")
        return found


Answer = Callable[[Request], Awaitable[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method: who may call it, how often, and what it does."""

    answer: Answer
    scopes: tuple[str, ...] = ()
    tier: int = 3
    kind: TokenKind | None = "bot"


METHODS: dict[str, Method] = {}
"""Every method there is; the webapi_* modules put theirs in."""


def method(name: str, *scopes: str, tier: int = 3, kind: TokenKind | None = "bot") -> Callable[[Answer], Answer]:
    """Register a function as a method of the Web API."""

    def register(answer: Answer) -> Answer:
        METHODS[name] = Method(answer=answer, scopes=scopes, tier=tier, kind=kind)
        return answer

    return register


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer a call of any method."""
    world, name, started = request.app[WORLD], request.match_info["method"], time.monotonic()
    values = await _read(request)
    strikes = world.weather.strikes(name)
    condition = world.weather.condition if strikes else "ok"
    if condition == "slow":
        await asyncio.sleep(world.settings.slow_s)
    try:
        if isinstance(values, SlackError):
            raise values
        _storm(world, condition)
        body = {"ok": True} | await _answered(world, name, values, request)
    except SlackError as error:
        return _refused(world, name, started, values, error)
    world.log("to_slack", name, started, values, body, error="answer_lost" if condition == "lose_answers" else None)
    if condition == "lose_answers":
        return await _lost(request)
    return web.json_response(body, headers=_headers(world, request))


def _storm(world: World, condition: str) -> None:
    if condition == "down":
        raise SlackError("service_unavailable", status=503)
    if condition == "rate_limited":
        raise _too_many(world.weather.retry_after_s)


def _too_many(retry_after_s: float) -> SlackError:
    headers = {"Retry-After": str(max(1, round(retry_after_s)))}
    return SlackError("ratelimited", status=429, headers=headers)


async def _lost(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _refused(world: World, name: str, started: float, values: object, error: SlackError) -> web.Response:
    body = error.answer()
    shown = error.error not in QUIET and (name, error.error) not in OUTRUN
    call = world.log("to_slack", name, started, values, body, error=error.error, refused=shown)
    if shown and error.error not in HIDDEN:
        world.refuse(call, error.channel or _channel(world, values), tuple(error.messages))
    return web.json_response(body, status=error.status, headers=error.headers)


def _channel(world: World, values: object) -> str | None:
    given = mapping(values)
    channel = given.get("channel") or given.get("channel_id")
    return str(channel) if channel in world.channels else None


async def _read(request: web.Request) -> Json | SlackError:
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = object_in(await request.text())
        except (json.JSONDecodeError, UnicodeDecodeError):
            return SlackError("invalid_json")
        return SlackError("json_not_object") if body is None else values | body
    if request.can_read_body:
        values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return values


def _bearer(request: web.Request, values: Mapping[str, Any]) -> str:
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if kind.lower() == "bearer" else str(values.get("token") or "")


def _headers(world: World, request: web.Request) -> dict[str, str]:
    token = world.tokens.get(_bearer(request, {}))
    scopes = ",".join(token.scopes) if token else ""
    return {"X-OAuth-Scopes": scopes, "X-Slack-Req-Id": secrets.token_hex(16)}


async def _answered(world: World, name: str, values: Json, request: web.Request) -> Json:
    found = METHODS.get(name)
    if found is None:
        raise SlackError("unknown_method", more={"req_method": name})
    token = None
    if found.kind is not None:
        token = _token(world, _bearer(request, values), found.kind)
    call = Request(world=world, method=name, values=values, token=token)
    if found.kind is None and "Authorization" in request.headers:
        call.values = values | _basic(request)
    team = str(values.get("team_id") or "")
    if team and team != world.team_id and found.kind is not None:
        raise SlackError("team_not_found" if name == "team.info" else "invalid_arguments", ["[ERROR] unknown team_id"])
    if found.scopes:
        call.allow(*found.scopes)
    if world.settings.strict_rates:
        spend(world, name, TIERS[found.tier], MINUTE_S)
    return await found.answer(call)


def _basic(request: web.Request) -> Json:
    """The client's id and secret out of HTTP's basic authentication."""
    kind, _, value = request.headers["Authorization"].partition(" ")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": name, "client_secret": secret} if kind.lower() == "basic" else {}


def _token(world: World, value: str, kind: str) -> Token:
    if not value:
        raise SlackError("not_authed")
    token = world.tokens.get(value)
    if token is None:
        raise SlackError("invalid_auth")
    if token.dead:
        raise SlackError(token.dead)
    if token.kind != kind:
        raise SlackError("not_allowed_token_type")
    return token


def spend(world: World, key: str, most: int, window_s: float) -> None:
    """Count a call against a rate. Raises ratelimited when it is one too many."""
    now = time.monotonic()
    spent = world.rates.setdefault(key, deque())
    while spent and spent[0] <= now - window_s:
        spent.popleft()
    if len(spent) >= most:
        raise _too_many(spent[0] + window_s - now)
    spent.append(now)
