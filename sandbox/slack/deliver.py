"""Handing things to the app: over its socket, or signed over HTTP; commands once, events up to four times."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.slack.settings import Json
from sandbox.slack.sockets import NoConnection, Switchboard
from sandbox.slack.state import new_id
from sandbox.slack.world import World

Kind = Literal["slash_commands", "interactive", "events_api"]
OK = 200
NO_ANSWER = "the app did not answer within {timeout_s:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a delivery went: `error` is Slack's word for a failure, `why` ours for people."""

    body: Any = None
    error: str | None = None
    why: str = ""
    no_retry: bool = False


class Carrier:
    """Takes payloads to the app, the way its manifest says."""

    def __init__(self, world: World, board: Switchboard, session: ClientSession) -> None:
        self.world = world
        self.board = board
        self.session = session

    @property
    def connected(self) -> bool:
        """Whether the app can be reached now."""
        if self.world.manifest.socket_mode:
            return any(not one.closed for one in self.board.open)
        return self.world.http_reachable

    async def hand(self, kind: Kind, name: str, payload: Json, retry: int = 0, reason: str = "") -> Outcome:
        """Deliver once and wait for the answer; `name` is for the log."""
        started = time.monotonic()
        if self.world.manifest.socket_mode:
            outcome = await self._by_socket(kind, payload, retry, reason)
        else:
            outcome = await self._by_http(kind, payload, retry, reason)
        self.world.log("to_app", name, started, payload, outcome.body, error=outcome.error)
        return outcome

    async def _by_socket(self, kind: Kind, payload: Json, retry: int, reason: str) -> Outcome:
        extra: Json = {"retry_attempt": retry, "retry_reason": reason} if kind == "events_api" else {}
        timeout_s = self.world.settings.ack_timeout_s
        try:
            frame = await self.board.send(kind, payload, extra, timeout_s)
        except NoConnection:
            return Outcome(error="dispatch_failed", why="the app is not connected")
        except TimeoutError:
            return Outcome(error="operation_timeout", why=NO_ANSWER.format(timeout_s=timeout_s))
        body = frame.get("payload")
        return Outcome(body=body or None)

    async def _by_http(self, kind: Kind, payload: Json, retry: int, reason: str) -> Outcome:
        world = self.world
        if world.settings.app_url is None:
            return Outcome(error="dispatch_failed", why="the app has no address")
        body, content_type = encoded(kind, payload)
        headers = signed(world.signing_secret, body) | {"Content-Type": content_type, "User-Agent": "Slackbot 1.0"}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason}
        timeout_s = world.settings.ack_timeout_s
        url = f"{world.settings.app_url.rstrip('/')}/slack/events"
        try:
            timeout = ClientTimeout(total=timeout_s)
            async with self.session.post(url, data=body, headers=headers, timeout=timeout) as answer:
                text = await answer.text()
                no_retry = answer.headers.get("X-Slack-No-Retry") == "1"
                self.reachable(answer=True)
                if answer.status != OK:
                    why = f"the app answered with HTTP {answer.status}"
                    return Outcome(body=text, error="dispatch_failed", why=why, no_retry=no_retry)
                return Outcome(body=_parsed(text))
        except TimeoutError:
            return Outcome(error="operation_timeout", why=NO_ANSWER.format(timeout_s=timeout_s))
        except ClientError:
            self.reachable(answer=False)
            return Outcome(error="dispatch_failed", why="the app is not running")

    def reachable(self, *, answer: bool) -> None:
        """Remember whether the app listens."""
        if self.world.http_reachable != answer:
            self.world.http_reachable = answer
            self.world.changed()

    async def watch(self) -> None:
        """Look now and then whether an app that listens on HTTP is there, until cancelled."""
        from yarl import URL  # noqa: PLC0415  # comes with aiohttp; needed here alone

        if self.world.manifest.socket_mode or self.world.settings.app_url is None:
            return
        url = URL(self.world.settings.app_url)
        while True:
            try:
                _, writer = await asyncio.open_connection(url.host, url.port)
                writer.close()
                self.reachable(answer=True)
            except OSError:
                self.reachable(answer=False)
            await asyncio.sleep(2.0)

    async def tell_event(self, event: Json) -> None:
        """Deliver an event; again after each pause while the app answers badly."""
        world = self.world
        payload: Json = {
            "token": world.verification_token,
            "team_id": world.team_id,
            "context_team_id": world.team_id,
            "context_enterprise_id": None,
            "api_app_id": world.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(time.time()),
            "is_ext_shared_channel": False,
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": world.team_id,
                    "user_id": world.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
        }
        reason = ""
        for attempt, pause_s in enumerate((0.0, *world.settings.event_retry_gaps_s)):
            await asyncio.sleep(pause_s)
            outcome = await self.hand("events_api", f"event:{event['type']}", payload, attempt, reason)
            if outcome.error is None or outcome.no_retry:
                return
            reason = {"operation_timeout": "http_timeout"}.get(outcome.error, "http_error")


def tell(world: World, event: Json) -> None:
    """Deliver an event in the background, if the manifest subscribes to it."""
    if event["type"] in world.manifest.events and world.carrier is not None:
        world.later(world.carrier.tell_event({**event, "event_ts": world.next_ts()}))


def encoded(kind: Kind, payload: Json) -> tuple[bytes, str]:
    """A payload as Slack sends it: a command as a form, an interaction as JSON in a form, an event as JSON."""
    form = "application/x-www-form-urlencoded"
    if kind == "slash_commands":
        return urlencode({name: value for name, value in payload.items() if value is not None}).encode(), form
    text = json.dumps(payload, separators=(",", ":"))
    if kind == "interactive":
        return urlencode({"payload": text}).encode(), form
    return text.encode(), "application/json"


def signed(secret: str, body: bytes) -> dict[str, str]:
    """The signature's headers. Source: docs.slack.dev/authentication/verifying-requests-from-slack, 2026-11-21."""
    now = str(int(time.time()))
    digest = hmac.new(secret.encode(), b"v0:" + now.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={digest}"}


def _parsed(text: str) -> Any:  # noqa: ANN401  # any JSON
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
