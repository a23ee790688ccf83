"""The fault proxy breaks what it is told to break, after or before the upstream did its work, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.fault_proxy import FAULTS, FaultProxy, Rule
from tests.platforms.raw import Peer, RawServer

BODY = '{"id": "number"}'
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"id": "number"}'


async def answering(peer: Peer) -> None:
    while await peer.request():
        await peer.send(ANSWER)


@pytest.fixture
async def upstream() -> AsyncIterator[RawServer]:
    async with RawServer(answering) as server:
        yield server


_SOON_S = 0.5


async def tell(client: httpx.AsyncClient, path: str = "/statuses", *, within_s: float = 30.0) -> str:
    """What a client that takes no more than a few hundred kilobytes, in so many seconds, makes of the answer."""
    try:
        async with asyncio.timeout(within_s), client.stream("POST", path, content=b"hello") as answer:
            content = b""
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > 300_000:
                    return f"{answer.status_code} and more than can be taken"
    except (httpx.TransportError, TimeoutError) as error:
        return type(error).__name__
    return f"{answer.status_code} {content.decode(errors='replace')}".strip()


CASES = [
    ("reset_before", "ReadError", 0),
    ("hang_before", "TimeoutError", 0),
    ("500_before", "500", 0),
    ("429", "429", 0),
    ("late", f"200 {BODY}", 1),
    ("slow", f"200 {BODY}", 1),
    ("reset_after", "ReadError", 1),
    ("hang_after", "TimeoutError", 1),
    ("500_after", "500", 1),
    (
        "502_after",
        "502 <html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>",
        1,
    ),
    ("504_after", "504", 1),
    ("truncate_after", "RemoteProtocolError", 1),
    ("cut_after", f"200 {BODY[:8]}", 1),
    ("drip_after", "TimeoutError", 1),
    ("garble_after", "200 \x00�<<noise>>", 1),
    ("shape_after", '200 {"data": [{"result": "ok"}], "errors": null}', 1),
    ("empty_after", "200", 1),
    ("huge_after", "200 and more than can be taken", 1),
    ("bomb_after", "200 and more than can be taken", 1),
    ("interim_after", f"200 {BODY}", 1),
    ("chatter_after", "TimeoutError", 1),
]


@pytest.mark.parametrize(("fault", "told", "carried_out"), CASES)
async def test_each_fault_breaks_one_request_at_its_moment(
    fault: str, told: str, carried_out: int, upstream: RawServer
) -> None:
    rule = Rule(fault=fault, method="POST", path="statuses", times=1, delay_s=0.05)
    async with (
        FaultProxy(("127.0.0.1", upstream.port), [rule]) as proxy,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        assert await tell(client, "/other") == f"200 {BODY}"
        assert await tell(client, within_s=_SOON_S if told == "TimeoutError" else 30.0) == told
        assert proxy.count("POST", "statuses") == carried_out
        assert await tell(client) == f"200 {BODY}"

        assert upstream.posts == 2 + carried_out
        assert [passage.fault for passage in proxy.passages] == [None, fault, None]
        assert proxy.passages[1].request.body == b"hello"


async def test_every_fault_has_a_case_above() -> None:
    assert [fault for fault, _, _ in CASES] == list(FAULTS)


async def test_a_request_that_is_late_arrives_though_its_client_has_gone(upstream: RawServer) -> None:
    rule = Rule(fault="late", delay_s=1.0)
    async with (
        FaultProxy(("127.0.0.1", upstream.port), [rule]) as proxy,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        assert await tell(client, within_s=_SOON_S) == "TimeoutError"
        assert upstream.posts == 0
        while not proxy.count("POST"):  # noqa: ASYNC110  # another task does it
            await asyncio.sleep(0.02)
        assert upstream.posts == 1


async def test_what_a_limit_says_of_its_end_may_be_nothing(upstream: RawServer) -> None:
    rules = [Rule(fault="429", times=1, retry_after_s=7), Rule(fault="429", times=1, retry_after_s=None)]
    async with (
        FaultProxy(("127.0.0.1", upstream.port), rules) as proxy,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        answers = [await client.post("/statuses") for _ in range(2)]
    assert [answer.headers.get("retry-after") for answer in answers] == ["7", None]


async def test_a_proxy_that_is_away_refuses_connections_and_comes_back_where_it_was(upstream: RawServer) -> None:
    async with FaultProxy(("127.0.0.1", upstream.port)) as proxy, httpx.AsyncClient(base_url=proxy.url) as client:
        assert await tell(client) == f"200 {BODY}"
        async with proxy.away():
            assert await tell(client) == "ConnectError"
        assert await tell(client) == f"200 {BODY}"


async def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Rule(fault="gremlins")


async def test_chunks_interim_answers_and_endings_without_a_length_pass_whole() -> None:
    answers = iter(
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
            b"HTTP/1.1 204 No Content\r\n\r\n",
            b"",
        )
    )

    async def behaviour(peer: Peer) -> None:
        await peer.request()
        await peer.send(next(answers))

    async with (
        RawServer(behaviour) as server,
        FaultProxy(("127.0.0.1", server.port)) as proxy,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        told = [await tell(client) for _ in range(5)]

    assert told == ["200 {}", "201 x", "200 until the end", "204", "RemoteProtocolError"]
