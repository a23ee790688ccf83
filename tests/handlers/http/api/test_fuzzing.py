"""The whole API under schemathesis with every check on: no 5xx, and no answer the document does not have.

A seeded sample runs with every `make test`. `make api` runs all phases, with so many examples for each endpoint as
API_EXAMPLES says, API_SEED naming another seed; it has to be two thousand cases at least.
"""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from aiohttp import web

from bot.services.deps import Deps
from handlers.http.api.register import ENDPOINTS
from handlers.http.app import application
from platforms import REGISTER
from platforms.addresses import Guard
from platforms.base import Endpoints
from platforms.transport import AiohttpTransport
from platforms.web import WebPages
from storage.engine import Database
from storage.media.folder import FolderStore
from tests.handlers.http.api.caller import Caller, caller
from tests.toy import toy_connector, toy_network
from tests.toy_queue import Queue, queue

_SAMPLE = {"phases": "examples,fuzzing", "max-examples": "2"}
_FULL = 2_000
_CONFIG = Path(__file__).with_name("schemathesis.toml")


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are pytest's."""
        yield


@asynccontextmanager
async def _serving(toy: Queue) -> AsyncIterator[str]:
    """The application at a real port of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = application(toy.deps, public_url=url)
    server = _Server(uvicorn.Config(app, lifespan="off", access_log=False, log_config=None))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield url
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def _refusing() -> AsyncIterator[str]:
    """A network that lets nobody in."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.json_response({"error": "unauthorized"}, status=401)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", refuse)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


def _whole(deps: Deps, pages: WebPages, url: str) -> Deps:
    """With all networks, of which only the toy lets anybody in."""
    others = {name: Endpoints(api=url, auth=url) for name in REGISTER}
    return replace(deps, web=pages, connectors={**REGISTER, **deps.connectors}, endpoints={**others, **deps.endpoints})


async def _made(ours: Caller, toy: Queue) -> None:
    """Things that calls may be about, so that not every one of them ends in a 404."""
    await toy.post("Hello")
    body = {"items": [{"post_type": "toy-post", "content": "Hello"}]}
    for path, new in (("/posts", body), ("/webhooks", {"url": "https://hooks.example/in", "events": ["post.failed"]})):
        answer = await ours.call("POST", path, new)
        assert answer.status_code == 200, answer.text


@pytest.mark.timeout(3_000)
async def test_nothing_that_is_sent_gets_an_answer_that_is_not_documented(sqlite_url: str, tmp_path: Path) -> None:
    examples = os.environ.get("API_EXAMPLES")
    how = _SAMPLE if examples is None else {"max-examples": examples}
    guard = Guard()
    database = await Database.open(sqlite_url)
    try:
        async with AsyncExitStack() as stack, toy_network() as network, AiohttpTransport(guard=guard) as transport:
            media = FolderStore(tmp_path / "media")
            async with queue(database, toy_connector(), network, media) as toy:
                url = await stack.enter_async_context(_refusing())
                served = replace(toy, deps=_whole(toy.deps, WebPages(transport, guard=guard), url))
                ours = await caller(served.deps, toy.workspace_id, per_minute=10_000_000)
                await _made(ours, toy)
                async with served.working(), _serving(served) as url:
                    report = await _run(url, ours, how, tmp_path / "report.json")
    finally:
        await database.close()

    cases = report["test_cases"]["generated"]
    ran = f"{cases} cases, {report['operations']['tested']} endpoints, {report['running_time']:.0f} s"
    print(f"schemathesis: {ran}")  # noqa: T201  # for whoever asked for the full count
    assert report["operations"]["tested"] == len(ENDPOINTS)
    assert examples is None or cases >= _FULL


async def _run(url: str, ours: Caller, how: Mapping[str, str], report: Path) -> dict[str, Any]:
    """Run it in a process of its own, as anybody else would; returns its report."""
    options = {
        "checks": "all",
        **how,
        "seed": os.environ.get("API_SEED", "1"),
        "report": "json",
        "report-json-path": str(report),
        "workers": "1",
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(_CONFIG), "--no-color", "run"]
    command += [f"{url}/openapi.json", "--url", f"{url}/api/v1", "--continue-on-failure"]
    command += [f"--{name}={value}" for name, value in options.items()]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=report.parent,
        env={**os.environ, "HERALD_TEST_KEY": ours.secret, "HERALD_TEST_WORKSPACE": ours.workspace_id},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-30_000:]
    return json.loads(await asyncio.to_thread(report.read_text))
