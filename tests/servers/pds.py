"""A real Bluesky server for tests: the PDS and its DID directory from their own packages, on loopback.

Import the fixture where it is wanted: `from tests.servers.pds import pds`. Once per checkout it needs
`cd tests/servers && npm ci && npm rebuild better-sqlite3` (Node 20 or later, about two minutes).
"""

import json
import os
import selectors
import shutil
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx
import pytest

_HERE = Path(__file__).parent
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 20.0
_INSTALL = "cd tests/servers && npm ci && npm rebuild better-sqlite3"


@dataclass(frozen=True, slots=True, kw_only=True)
class PdsAccount:
    """An account that was made at the server, with an app password of its own."""

    did: str
    handle: str
    email: str
    password: str
    app_password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pds:
    """A running server. No view of the network (AppView) belongs to it: it answers for its own accounts only."""

    url: str
    plc_url: str
    control_url: str = ""

    def order(self, name: str, **values: str) -> None:
        """Have the server behave otherwise; pds.mjs lists how."""
        assert httpx.get(f"{self.control_url}/{name}", params=values, timeout=30).status_code == 200

    def make_account(self, name: str) -> PdsAccount:
        """A new account `name.test`; `name` has letters, digits and hyphens, and is used once."""
        email, password = f"{name}@mail.example", f"password of {name}"
        made = self.call(
            "com.atproto.server.createAccount",
            {"handle": f"{name}.test", "email": email, "password": password},
        )
        app = self.call("com.atproto.server.createAppPassword", {"name": "Herald"}, token=made["accessJwt"])
        return PdsAccount(
            did=made["did"], handle=made["handle"], email=email, password=password, app_password=app["password"]
        )

    def call(self, method: str, body: dict[str, object], *, token: str | None = None) -> dict[str, str]:
        """Call a procedure of the server by its XRPC."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = httpx.post(f"{self.url}/xrpc/{method}", json=body, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()) if answer.content else {}

    def record(self, did: str, rkey: str) -> dict[str, object] | None:
        """The post at a record key as the server has it, or None."""
        query = {"repo": did, "collection": "app.bsky.feed.post", "rkey": rkey}
        answer = httpx.get(f"{self.url}/xrpc/com.atproto.repo.getRecord", params=query, timeout=30)
        return dict(answer.json()) if answer.status_code == 200 else None

    def blob(self, did: str, cid: str) -> bytes:
        """An uploaded file, as everybody may fetch it once a record uses it."""
        query = {"did": did, "cid": cid}
        answer = httpx.get(f"{self.url}/xrpc/com.atproto.sync.getBlob", params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.content

    def posts(self, did: str) -> list[dict[str, object]]:
        """All posts of an account."""
        query = {"repo": did, "collection": "app.bsky.feed.post", "limit": "100"}
        answer = httpx.get(f"{self.url}/xrpc/com.atproto.repo.listRecords", params=query, timeout=30)
        return list(answer.json()["records"])


@contextmanager
def running_pds(folder: Path, *, pds_port: int = 0, plc_port: int = 0) -> Generator[Pds]:
    """Start the server with its data in `folder` and end it afterwards. Skips, or fails in CI, when it cannot start."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed: NOTHING WAS TESTED AGAINST A REAL BLUESKY SERVER")
    if not (_HERE / "node_modules").is_dir():
        _give_up(f"the Bluesky server is not installed ({_INSTALL})")
    process = subprocess.Popen(  # noqa: S603  # our own script
        [node, "pds.mjs", str(pds_port), str(plc_port)],
        cwd=_HERE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LOG_ENABLED": "0", "TMPDIR": str(folder), "NODE_ENV": "development"},
    )
    try:
        line = first_line(process)
        if line is None:
            process.kill()
            _give_up(f"the Bluesky server does not start: {process.communicate()[1].decode()[-2000:]}")
        said = json.loads(line)
        yield Pds(url=said["pds"], plc_url=said["plc"], control_url=said["control"])
    finally:
        stop(process)


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pds]:
    """One server for a session; with parallel workers one each."""
    with running_pds(tmp_path_factory.mktemp("pds")) as running:
        yield running


def first_line(process: subprocess.Popen[bytes], *, within_s: float = _START_TIMEOUT_S) -> bytes | None:
    """What a server says once it answers; None when it says nothing in time."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        if not selector.select(within_s):
            return None
    return process.stdout.readline() or None


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server by closing its standard input."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"{reason}: the tests against a real Bluesky server cannot run")
    pytest.skip(f"{reason}: NOTHING WAS TESTED AGAINST A REAL BLUESKY SERVER")
