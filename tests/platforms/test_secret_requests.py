"""Secrets in a query, in a path and in HTTP Basic: they arrive, and nothing that people or logs see ever holds them."""

import base64
import logging
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import httpx
import pytest

from bot.domain.accounts import Secret
from platforms.addresses import Guard
from platforms.base import SECRET_HERE, FilePart, Request
from platforms.errors import PlatformError
from platforms.http import HttpWire
from platforms.transport import AiohttpTransport
from tests.platforms.raw import OK, Behaviour, Peer, RawServer
from tests.platforms.toys import SPEC, error_body

SECRET = "s3cr3t/t0ken+value"  # noqa: S105  # of nobody
SENT = quote_plus(SECRET)
IN_PATH = quote(SECRET, safe=":")
ADDRESSES = (
    "http://127.0.0.1:1/{secret}/token",
    "http://no such host/{secret}",
    "http://[::/{secret}",
    "http://10.0.0.1/{secret}",
    "{secret}",
)
BASIC = base64.b64encode(f"the+id:{SENT}".encode()).decode()


def asking(url: str, **changes: Any) -> Request:  # noqa: ANN401  # fields of Request
    """A request whose secrets are in its query and in its Authorization."""
    facts: dict[str, Any] = {
        "operation": "toy.token",
        "method": "GET",
        "url": url,
        "query": (("grant_type", "toy_refresh"), ("access_token", Secret(SECRET))),
        "basic": ("the id", Secret(SECRET)),
        "timeout_s": 2.0,
    }
    return Request(**(facts | changes))


async def test_they_arrive_encoded_as_the_standards_say() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"{}")

    wire = HttpWire(SPEC, httpx.MockTransport(answer))
    await wire.prepare(asking("https://toy.example/token?v=1"))
    assert str(seen[0].url) == f"https://toy.example/token?v=1&grant_type=toy_refresh&access_token={SENT}"
    assert seen[0].headers["authorization"] == f"Basic {BASIC}"


async def test_one_in_a_path_stands_where_the_address_says() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"{}")

    wire, secret = HttpWire(SPEC, httpx.MockTransport(answer)), Secret("123:AbC-_d e/f")
    url = f"https://toy.example/bot{SECRET_HERE}/send"
    await wire.prepare(Request(operation="send", method="POST", url=url, path_secret=secret, query=(("v", "1"),)))
    await wire.prepare(
        Request(operation="send", method="POST", url=url, path_secret=secret, form=(("a", "b"),), files=(NOTHING,))
    )
    assert [request.url.raw_path for request in seen] == [
        b"/bot123:AbC-_d%20e%2Ff/send?v=1",
        b"/bot123:AbC-_d%20e%2Ff/send",
    ]


NOTHING = FilePart(path=Path(__file__), mime_type="text/plain", length=0)


async def silent(peer: Peer) -> None:
    await peer.request()


async def hanging(peer: Peer) -> None:
    await peer.request()
    await peer.request()


async def garbled(peer: Peer) -> None:
    await peer.read()
    await peer.send(b"what is " + SENT.encode() + b"?\r\n\r\n")


async def echoing(peer: Peer) -> None:
    await peer.read()
    body = error_body("quoted", f"too rude: {SECRET} {SENT} {BASIC}")
    await peer.send(b"HTTP/1.1 400 No\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def moving(peer: Peer) -> None:
    await peer.read()
    await peer.send(
        b"HTTP/1.1 302 Go\r\nLocation: https://x.example/?t=%s\r\nContent-Length: 0\r\n\r\n" % SENT.encode()
    )


async def answering(peer: Peer) -> None:
    await peer.read()
    await peer.send(OK)


@pytest.mark.parametrize("behaviour", [silent, hanging, garbled, echoing, moving, answering])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_failure_shows_them(behaviour: Behaviour, method: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport, RawServer(behaviour) as server:
        wire = HttpWire(SPEC, transport)
        url = f"{server.url}/{SECRET_HERE}/token"
        request = asking(url, method=method, timeout_s=0.5, path_secret=Secret(SECRET))
        told.append(repr(request))
        try:
            await wire.prepare(request)
        except PlatformError as error:
            told += [*traceback.format_exception(error), error.safe, repr(vars(error))]
        told.append(repr(wire.calls))
        assert SENT.encode() in server.seen or behaviour is silent or method == "POST"
    told += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert not [line for line in told for secret in (SECRET, SENT, IN_PATH, BASIC) if secret in line]


@pytest.mark.parametrize("url", ADDRESSES)
async def test_no_address_that_cannot_be_had_shows_them(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with AiohttpTransport() as transport:
        with pytest.raises((PlatformError, ValueError, httpx.InvalidURL)) as caught:
            await HttpWire(SPEC, transport).prepare(asking(url, path_secret=Secret(SECRET)))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert not [secret for secret in (SECRET, SENT, IN_PATH, BASIC) if secret in told]
