"""Socket Mode: the app's connections, envelopes sent over them, and what comes back."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from aiohttp import WSMsgType, web

from sandbox.slack.reading import mapping
from sandbox.slack.settings import Json
from sandbox.slack.webapi import WORLD
from sandbox.slack.world import World

MOST_SOCKETS = 10
"""Source: docs.slack.dev/apis/events-api/using-socket-mode, 2026-11-21."""

CLOSE_S = 1.0


class NoConnection(Exception):
    """The app has no socket open."""


@dataclass(slots=True)
class Switchboard:
    """The app's open sockets and the envelopes that wait for an answer."""

    open: list[web.WebSocketResponse] = field(default_factory=list[web.WebSocketResponse])
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict[str, "asyncio.Future[Json]"])
    turn: int = 0

    async def send(self, kind: str, payload: Json, extra: Json, timeout_s: float) -> Json:
        """Deliver an envelope and wait for its acknowledgement. Raises NoConnection or TimeoutError."""
        sockets = [one for one in self.open if not one.closed]
        if not sockets:
            raise NoConnection
        self.turn += 1
        envelope_id = str(uuid4())
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            **extra,
        }
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self.waiting[envelope_id] = answer
        try:
            await sockets[self.turn % len(sockets)].send_json(envelope)
            return await asyncio.wait_for(answer, timeout_s)
        except ConnectionError:
            raise NoConnection from None
        finally:
            del self.waiting[envelope_id]

    def take(self, text: str) -> None:
        """An app's frame: an acknowledgement, or nothing we know."""
        try:
            frame = mapping(json.loads(text))
        except json.JSONDecodeError:
            return
        waiting = self.waiting.get(str(frame.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    async def drop(self, reason: str) -> None:
        """Tell every connection to go, as Slack does every few hours, and close it."""
        for socket in list(self.open):
            with suppress(ConnectionError):
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}})
                await socket.close()


SWITCHBOARD = web.AppKey("switchboard", Switchboard)


async def link(request: web.Request) -> web.StreamResponse:
    """A socket of the app, opened with a ticket of apps.connections.open."""
    world, board = request.app[WORLD], request.app[SWITCHBOARD]
    ticket = request.query.get("ticket", "")
    if ticket not in world.tickets or world.weather.condition == "down":
        return web.Response(status=404)
    world.tickets.discard(ticket)
    board.open = [one for one in board.open if not one.closed]
    if len(board.open) >= MOST_SOCKETS:
        return web.Response(status=429)
    socket = web.WebSocketResponse(compress=False, heartbeat=15.0, timeout=CLOSE_S)
    await socket.prepare(request)
    board.open.append(socket)
    world.changed()
    try:
        await socket.send_json(_hello(world, len(board.open)))
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                board.take(frame.data)
    finally:
        board.open.remove(socket)
        world.changed()
    return socket


def _hello(world: World, sockets: int) -> Json:
    return {
        "type": "hello",
        "num_connections": sockets,
        "debug_info": {"host": "sandbox", "started": int(time.time()), "approximate_connection_time": 18060},
        "connection_info": {"app_id": world.app_id},
    }
