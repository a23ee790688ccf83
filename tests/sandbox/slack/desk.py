"""Somebody at the page, and a real Bolt app on the other side."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn
from aiohttp import ClientSession, WSMsgType
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.types import ASGIApp

from sandbox.slack.app import Workspace
from sandbox.slack.manifest import BUILT_IN

Json = dict[str, Any]
Client = Any
"""The vendor's client, whose answers are typed as perhaps nothing at all."""


class Desk:
    """A person at the page."""

    def __init__(self, workspace: Workspace, http: httpx.AsyncClient, person: str) -> None:
        self.workspace = workspace
        self.http = http
        self.me = workspace.people[person]
        self.channel = workspace.channels["juniper-social"]

    async def do(self, deed: str, **given: Any) -> Json:  # noqa: ANN401  # any JSON
        answer = await self.http.post(f"{self.workspace.url}/_page/{deed}", json={"as": self.me, **given})
        return answer.json()

    async def type(self, line: str) -> Json:
        command, _, text = line.partition(" ")
        return await self.do("command", channel=self.channel, command=command, text=text)

    async def see(self) -> Json:
        """The snapshot as it stands."""
        async with (
            ClientSession() as session,
            session.ws_connect(f"{self.workspace.url}/_page/ws?as={self.me}") as socket,
        ):
            frame = await socket.receive()
            assert frame.type is WSMsgType.TEXT
            return frame.json()

    async def until(self, seen: Callable[[Json], Any], within_s: float = 20.0) -> Any:  # noqa: ANN401  # what was looked for
        """What `seen` finds in the first snapshot in which it finds something."""
        async with (
            ClientSession() as session,
            asyncio.timeout(within_s),
            session.ws_connect(f"{self.workspace.url}/_page/ws?as={self.me}") as socket,
        ):
            while True:
                found = seen((await socket.receive()).json())
                if found:
                    return found

    async def messages(self, channel: str | None = None) -> list[Json]:
        address = f"{self.workspace.url}/_page/messages?channel={channel or self.channel}"
        return (await self.http.get(address)).json()["messages"]


def client_of(workspace: Workspace, token: str | None = None) -> Client:
    """The real client with the bot's token, or with another."""
    return AsyncWebClient(token=workspace.bot_token if token is None else token, base_url=f"{workspace.api_url}/")


def bolt(workspace: Workspace) -> AsyncApp:
    """A Bolt app of this workspace."""
    client = client_of(workspace)
    return AsyncApp(client=client, token=client.token, signing_secret=workspace.signing_secret)


@asynccontextmanager
async def over_socket(workspace: Workspace, app: AsyncApp) -> AsyncGenerator[AsyncSocketModeHandler]:
    """The app, connected by Socket Mode."""
    handler = AsyncSocketModeHandler(app, workspace.app_token)
    await handler.connect_async()
    try:
        async with asyncio.timeout(5):
            while not workspace.carrier.connected:  # noqa: ASYNC110  # the handler tells nobody
                await asyncio.sleep(0.01)
        yield handler
    finally:
        await handler.close_async()


@asynccontextmanager
async def over_http(site: socket.socket, app: ASGIApp) -> AsyncGenerator[None]:
    """An ASGI app behind a real server on this listening socket."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1)
    )
    serving = asyncio.create_task(server.serve(sockets=[site]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def listening() -> tuple[socket.socket, str]:
    """A listening socket on loopback, and its address."""
    site = socket.create_server(("127.0.0.1", 0))
    return site, f"http://127.0.0.1:{site.getsockname()[1]}"


HTTP_MANIFEST: Json = {**BUILT_IN, "settings": {**BUILT_IN["settings"], "socket_mode_enabled": False}}
