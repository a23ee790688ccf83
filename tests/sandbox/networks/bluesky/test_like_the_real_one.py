"""Every scenario of the real server software, played against the stand-in: the connector must not see a difference."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.platforms.bluesky.conftest import transport
from tests.platforms.bluesky.test_real_pds import *  # noqa: F403  # all its tests and fixtures, but for the server
from tests.servers.pds import Pds

__all__ = ["pds", "transport"]
ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="session")
def pds() -> Iterator[Pds]:
    """The stand-in as a process of its own, since the scenarios also ask it questions that block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.networks.bluesky", "--host-name", "localhost", "--no-rate-limits"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        where = json.loads(process.stdout.readline())
        yield Pds(url=where["url"], plc_url=where["url"])
    finally:
        process.terminate()
        process.communicate()
