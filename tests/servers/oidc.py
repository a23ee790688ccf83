"""An OAuth server that is not ours (npm `oidc-provider`), on loopback: access for five seconds, refresh tokens that
serve once, and an end to the whole grant when one comes again.

Import the fixture where it is wanted: `from tests.servers.oidc import oidc`. Needs `cd tests/servers && npm ci`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import httpx
import pytest

from bot.domain.accounts import Secret

_HERE = Path(__file__).parent
CLIENT_ID, CLIENT_SECRET = "herald", "a secret: of+Herald's"
CALLBACK = "http://127.0.0.1:8000/oauth/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """A running server."""

    url: str

    async def agree(self, address: str) -> tuple[str, Secret]:
        """Say yes as a browser would: the state and the code that came back."""
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            for _ in range(10):
                async with browser.get(address, allow_redirects=False) as answer:
                    assert answer.status in {302, 303}, await answer.text()
                    address = str(answer.url.join(answer.url.__class__(answer.headers["Location"])))
                if address.startswith(CALLBACK):
                    back = parse_qs(urlsplit(address).query)
                    return back["state"][0], Secret(back["code"][0])
        raise AssertionError(address)

    def lose(self, answers: int) -> None:
        """Carry the next token requests out and cut their answers off."""
        assert httpx.get(f"{self.url}/lose", params={"answers": str(answers)}).status_code == 200


@pytest.fixture
def oidc() -> Iterator[Oidc]:
    """A fresh server; skips aloud where Node or the package is missing, and fails then in CI."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: NOTHING WAS TESTED AGAINST AN OAUTH SERVER OF OTHERS")
    if not (_HERE / "node_modules" / "oidc-provider").is_dir():
        reason = "oidc-provider is not installed (cd tests/servers && npm ci)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(f"{reason}: NOTHING WAS TESTED AGAINST AN OAUTH SERVER OF OTHERS")
    command = [node, "oidc.mjs", CLIENT_ID, CLIENT_SECRET, CALLBACK]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_HERE, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603  # our own file
        try:
            assert process.stdout is not None
            yield Oidc(url=json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()
