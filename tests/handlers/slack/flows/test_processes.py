"""`herald web` hears Slack and `herald worker` speaks to it: two processes, one database, no `herald serve`."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import wiring
from bot.cli import demo
from bot.cli.demo import World
from bot.config import read_settings
from platforms import REGISTER
from sandbox import world as stand_ins
from tests.handlers.slack.flows.conftest import ROOT, Town
from tests.ports import free_ports


@asynccontextmanager
async def running(command: str, environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """A process of Herald while the block lasts; it must end well when asked to."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.cli", command, cwd=ROOT, env={**kept, **environment}, stdin=DEVNULL
    )
    try:
        yield process
        process.terminate()
        assert await asyncio.wait_for(process.wait(), 30) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture(params=["socket mode", "http"])
async def apart(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Town, Mapping[str, str]]]:
    """A town in which only `herald web` runs, and the settings a worker would need."""
    http = request.param == "http"
    async with AsyncExitStack() as stack:
        own = f"http://127.0.0.1:{free_ports()[0]}"
        manifest = ROOT / ("docs/manifest.http.yml" if http else "manifest.yml")
        settings = stand_ins.Settings(port=0, manifest=manifest, app_url=own, empty=True)
        world = await stack.enter_async_context(stand_ins.running(settings))
        where = World(world.where(), world.workspace.url)
        environment = demo.environment(where, tmp_path / "data", own, http=http, empty=False)
        herald = await stack.enter_async_context(wiring.opened(read_settings(environment, tuple(REGISTER))))
        await demo.furnish(herald, where)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        await stack.enter_async_context(running("web", environment))
        town = Town(world=world, herald=herald, http=session)
        await _answers(session, f"{own}/readyz")
        await town.maya.until(lambda: world.workspace.carrier.connected, "the web process's connection")
        yield town, environment


async def _answers(session: aiohttp.ClientSession, url: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.ok:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


async def test_what_the_web_process_takes_waits_for_a_worker(apart: tuple[Town, Mapping[str, str]]) -> None:
    town, environment = apart
    maya = town.maya
    await maya.command("/post", '"Said to the web" to bluesky now')
    await maya.sees("juniper-social", "Sending now")
    await asyncio.sleep(1.0)
    assert town.on_bluesky() == []
    async with running("worker", environment):
        await maya.sees("juniper-social", "Published", "Said to the web")
    assert town.on_bluesky() == ["Said to the web"]
