"""Processes that start before their database server does, as a fleet's do after a night without power."""

import asyncio
import os
import signal
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

from bot import clock
from tests.crash.postgres import OwnPostgres
from tests.ports import free_ports

_ROOT = Path(__file__).parents[2]
_PATIENCE_S = 60.0


def started(command: str, environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as said:
        return subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "bot.cli", command],
            cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
        )  # fmt: skip


@pytest.mark.parametrize("command", ["worker", "serve", "migrate"])
async def test_a_process_waits_for_the_server_and_says_so_once(
    restartable: OwnPostgres, tmp_path: Path, command: str
) -> None:
    url, (port,) = await restartable.make_database(), free_ports(1)
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | {
        "HERALD_DATABASE_URL": url,
        "HERALD_DATA_DIR": str(tmp_path / "data"),
        "HERALD_SECRET_KEYS": b64encode(bytes(32)).decode(),
        "HERALD_PORT": str(port),
    }
    log = tmp_path / "log"

    async def until_said(words: str) -> None:
        deadline_s = clock.uptime_s() + _PATIENCE_S
        while words not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert clock.uptime_s() < deadline_s, log.read_text()
            await asyncio.sleep(0.1)

    await asyncio.to_thread(restartable.control, "-m", "fast", "stop")
    process = started(command, environment, log)
    try:
        await until_said("Herald goes on trying for 60 s.")
        await asyncio.sleep(2)
    finally:
        await asyncio.to_thread(restartable.control, "-l", str(restartable.folder / "log"), "start")
    try:
        if command != "migrate":
            await until_said("worker joined")
            process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 60) == 0, log.read_text()
        assert log.read_text().count("The database cannot be reached") == 1
        assert command != "migrate" or "The database is up to date." in log.read_text()
    finally:
        process.kill()
        process.wait()
