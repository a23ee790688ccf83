"""Slack's Web API as others understand it (npm `emulate`), on loopback: a second opinion beside our own stand-in.

Import the fixture where it is wanted: `from tests.servers.slack import emulated_slack`. Needs `npm ci`.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
TOKEN = "xoxb-herald"  # noqa: S105  # known to slack.mjs


@pytest.fixture
def emulated_slack(unused_tcp_port: int) -> Iterator[str]:
    """The base address of the Web API of a fresh workspace; skips where Node or the package is missing."""
    node = shutil.which("node")
    if node is None or not (_HERE / "node_modules" / "emulate").is_dir():
        pytest.skip("Node and the package emulate are needed: cd tests/servers && npm ci")
    command = [node, "slack.mjs", str(unused_tcp_port)]
    with subprocess.Popen(command, cwd=_HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own file
        try:
            assert process.stdout is not None
            json.loads(process.stdout.readline())
            yield f"http://127.0.0.1:{unused_tcp_port}/api"
        finally:
            process.terminate()
