"""The web process that wiring runs."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from bot import wiring
from bot.config import read_settings
from platforms import REGISTER
from tests.ports import free_ports


@pytest.fixture
async def herald(tmp_path: Path, sqlite_url: str) -> AsyncIterator[wiring.Herald]:
    environment = {
        "HERALD_DATABASE_URL": sqlite_url,
        "HERALD_DATA_DIR": str(tmp_path / "data"),
        "HERALD_PORT": str(free_ports()[0]),
    }
    async with wiring.opened(read_settings(environment, tuple(REGISTER))) as opened:
        yield opened


async def test_answers_are_dated_by_the_second_and_the_end_waits_for_none(herald: wiring.Herald) -> None:
    async with httpx.AsyncClient(base_url=herald.public_url) as browser:
        async with wiring.web(herald, wiring.listening(herald.settings)):
            dates = {(await browser.get("/healthz")).headers["date"]}
            await asyncio.sleep(2.2)  # a beat is at most 1.1 s after the one before
            dates.add((await browser.get("/healthz")).headers["date"])
            begun = time.monotonic()
        assert time.monotonic() - begun < 0.5
    assert len(dates) == 2


_WAITS = """
import asyncio
from bot import wiring

async def main():
    stop = wiring.signalled()
    print("ready", flush=True)
    await stop.wait()
    print("drained", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("before", "number", "said"),
    [("", signal.SIGTERM, b"drained\n"), ("", signal.SIGHUP, b"drained\n"), ("trap '' HUP;", signal.SIGHUP, b"")],
)
async def test_a_terminal_that_closes_stops_a_process_in_good_order(
    before: str, number: signal.Signals, said: bytes
) -> None:
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f'{before} exec "$0" -c "$1"', sys.executable, _WAITS, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    try:
        async with asyncio.timeout(10 if said else 1):
            assert await process.stdout.read() == said
    except TimeoutError:
        assert not said  # nohup: it goes on
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
