"""Addresses that people give us and that must lead nowhere: one guard refuses them all, for cards and for files."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from platforms.addresses import Guard, GuardedResolver
from platforms.transport import AiohttpTransport
from platforms.web import CannotFetch, WebPages
from tests.platforms.raw import Peer, RawServer

_PAGE = b"<title>Inside</title>"
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(_PAGE), _PAGE)


async def _inside(peer: Peer) -> None:
    """A service of the operator's own network, which nobody outside may reach."""
    while await peer.head():
        await peer.send(_OK)


class TwoFaced(AbstractResolver):
    """A name server that says something harmless first and this machine's address from then on."""

    def __init__(self) -> None:
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Answer."""
        del family
        self.asked += 1
        address = "192.88.99.1" if self.asked == 1 else "127.0.0.1"  # nobody answers at the first
        found = ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
        return [found]

    async def close(self) -> None:
        """Nothing to let go."""


@dataclass(kw_only=True)
class Outside:
    """A site on the internet that sends people where they should not go, and what lies inside."""

    inside: RawServer
    site: RawServer
    pages: WebPages
    transport: AiohttpTransport
    leads_to: str = ""

    async def refused(self, url: str, target: Path) -> str:
        """That neither way of fetching gets anything; why not."""
        assert await self.pages.page(url, max_image_bytes=100_000) is None
        with pytest.raises(CannotFetch) as caught:
            await self.pages.download(url, target, max_bytes=1_000_000)
        assert self.inside.connections == 0
        return str(caught.value)


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    made: Outside | None = None

    async def send_on(peer: Peer) -> None:
        while head := await peer.head():
            assert made is not None
            path = head.split(" ")[1]
            if path in ANSWERS:
                await ANSWERS[path](peer)
                return
            await peer.send(f"HTTP/1.1 302 Found\r\nLocation: {made.leads_to}\r\nContent-Length: 0\r\n\r\n".encode())

    async with RawServer(_inside) as inside, RawServer(send_on) as site:
        guard = Guard(trusted=frozenset({("127.0.0.1", site.port)}))  # it stands for a site on the internet
        async with AiohttpTransport(guard=guard) as transport:
            pages = WebPages(transport, timeout_s=1.0, download_s=1.0)
            made = Outside(inside=inside, site=site, pages=pages, transport=transport)
            yield made


SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fd00::1]:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.64.0.1/",
    "http://10.0.0.1/",
    "http://192.168.1.1/",
    "http://172.16.0.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://example.org@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1:22/",
    "http://1.1.1.1:6379/\r\nFLUSHALL",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "ftp://127.0.0.1:{port}/",
    "data:text/html,<title>x</title>",
    "//127.0.0.1:{port}/",
    "http://[127.0.0.1:{port}/",
    "http:///etc/passwd",
    "",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_no_address_leads_inside(outside: Outside, tmp_path: Path, spelling: str) -> None:
    url = spelling.replace("{port}", str(outside.inside.port))

    await outside.refused(url, tmp_path / "file")


@pytest.mark.parametrize("spelling", [one for one in SPELLINGS if one and "\r" not in one and one.isascii()])
async def test_no_redirect_leads_inside(outside: Outside, tmp_path: Path, spelling: str) -> None:
    outside.leads_to = spelling.replace("{port}", str(outside.inside.port))

    await outside.refused(f"{outside.site.url}/go", tmp_path / "file")


async def test_redirects_end(outside: Outside, tmp_path: Path) -> None:
    outside.leads_to = "/again"

    said = await outside.refused(f"{outside.site.url}/go", tmp_path / "file")
    assert said == "leads from one address to another without end"


async def test_a_name_that_changes_its_mind_gains_nothing(outside: Outside, tmp_path: Path) -> None:
    connector = outside.transport._connector
    assert connector is not None
    names = TwoFaced()
    names.asked = 1
    connector._resolver = GuardedResolver(Guard(), lookup=lambda: names)

    said = await outside.refused(f"http://rebinding.example:{outside.inside.port}/", tmp_path / "file")

    assert said == "does not lie on the public internet"
    assert names.asked == 3


async def _giant(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            await peer.send(b"x" * 65_536)


async def _slow(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            await peer.send(b"x")
            await asyncio.sleep(0.05)


async def _bomb(peer: Peer) -> None:
    packed = gzip.compress(bytes(50_000_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with suppress(ConnectionError):
        await peer.send(head % len(packed) + packed)


async def _no_http(peer: Peer) -> None:
    await peer.send(b"SSH-2.0-OpenSSH_9.6\r\n")


async def _cut(peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<title>x")


ANSWERS = {"/giant": _giant, "/slow": _slow, "/bomb": _bomb, "/ssh": _no_http, "/cut": _cut}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/giant", "is too large"),
        ("/slow", "takes too long"),
        ("/bomb", "is too large"),
        ("/ssh", "did not answer"),
        ("/cut", "did not answer"),
    ],
)
async def test_no_answer_holds_us_up(outside: Outside, tmp_path: Path, path: str, reason: str) -> None:
    assert await outside.refused(f"{outside.site.url}{path}", tmp_path / "file") == reason
    assert (tmp_path / "file").stat().st_size <= 1_000_000


async def test_a_file_behind_a_redirect_arrives_whole(outside: Outside, tmp_path: Path) -> None:
    async def whole(peer: Peer) -> None:
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + bytes(range(250)) * 1200)

    outside.leads_to = "/whole"
    ANSWERS["/whole"] = whole
    try:
        await outside.pages.download(f"{outside.site.url}/go", tmp_path / "file", max_bytes=300_000)
    finally:
        del ANSWERS["/whole"]

    assert (tmp_path / "file").read_bytes() == bytes(range(250)) * 1200
