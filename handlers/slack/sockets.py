"""Socket Mode: a connection of ours to Slack, kept alive by a watchdog, for Slack's own client can die quietly.

Source: github.com/slackapi/python-slack-sdk issues 1110, 1446, 1701, read 2026-11-21.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import build_headers
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.clock import uptime_s
from bot.domain.accounts import Secret
from handlers.slack.api import UNREACHABLE, error_of
from handlers.slack.app import Desk
from handlers.slack.quiet import SOCKET

_log = logging.getLogger(__name__)

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# The library does not say what its tasks return; nobody wants to know.

_CONNECT_S = 15.0
_PING_S = 5.0
_DEAD_S = 15.0
"""How long it may be away before it is made anew; the library's own reconnecting takes a few seconds."""
_CLOSE_S = 3.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0


class Socket:
    """One connection. `run` keeps it until cancelled and never fails."""

    def __init__(
        self, desk: Desk, app_token: Secret, *, look_every_s: float = 1.0, dead_after_s: float = _DEAD_S
    ) -> None:
        self._desk = desk
        self._token = app_token
        self._look_s = look_every_s
        self._dead_s = dead_after_s
        self._told = False
        self.connected = asyncio.Event()
        """Set while Slack can reach us."""

    async def run(self) -> None:
        """Connect, watch, and connect again, with pauses up to a minute while Slack does not answer."""
        pause = _FIRST_PAUSE_S
        while True:
            handler = self._handler()
            try:
                await self._connect(handler)
                pause = _FIRST_PAUSE_S
                await self._watch(handler)
            except (SlackApiError, *UNREACHABLE) as error:
                self._tell(error_of(error) if isinstance(error, SlackApiError) else type(error).__name__)
            finally:
                self.connected.clear()
                await _close(handler)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _handler(self) -> AsyncSocketModeHandler:
        handler = _Handler(
            self._desk,
            self._token.reveal(),
            logger=SOCKET,
            web_client=self._desk.api.client(),
            ping_interval=_PING_S,
        )
        handler.client.proxy = None
        return handler

    async def _connect(self, handler: AsyncSocketModeHandler) -> None:
        """Ask for an address first: the library would repeat a refusal for ever instead of telling it."""
        async with asyncio.timeout(_CONNECT_S):
            opened = await self._desk.api.write(self._token, "apps.connections.open")
            handler.client.wss_uri = str(opened["url"])
            await handler.connect_async()
        if self._told:
            _log.info("slack is back")
        self._told = False
        self.connected.set()

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Return when the connection has been dead for a while."""
        alive_at_s = uptime_s()
        while uptime_s() - alive_at_s < self._dead_s:
            await asyncio.sleep(self._look_s)
            if await _alive(handler):
                alive_at_s = uptime_s()
                self.connected.set()
            else:
                self.connected.clear()
        self._tell("the connection is dead")

    def _tell(self, why: str) -> None:
        if not self._told:
            _log.warning("slack cannot be reached over socket mode; herald keeps trying", extra={"error": why})
        self._told = True


class _Handler(AsyncSocketModeHandler):
    """Brings envelopes to the desk, which looks at them first."""

    def __init__(self, desk: Desk, app_token: str, **options: Any) -> None:  # noqa: ANN401  # the library's
        super().__init__(desk.app, app_token, **options)
        self._desk = desk

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:
        """Answer one envelope."""
        answer = await self._desk.handle(req.payload, build_headers(req), socket=True)
        await send_async_response(client, req, answer, uptime_s())


async def _alive(handler: AsyncSocketModeHandler) -> bool:
    """Connected, heard of lately, and somebody listens."""
    client = handler.client
    receiver = client.message_receiver
    if receiver is None or receiver.done() or client.message_processor.done():
        return False
    return await client.is_connected()


async def _close(handler: AsyncSocketModeHandler) -> None:
    """Close it and what the library started for it, within seconds."""
    client = handler.client
    with suppress(Exception):
        async with asyncio.timeout(_CLOSE_S):
            await handler.close_async()
    left = [client.message_processor, client.message_receiver, client.current_session_monitor]
    tasks = [task for task in left if task is not None]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=_CLOSE_S)
    if not client.aiohttp_client_session.closed:
        await client.aiohttp_client_session.close()
