"""The fault proxy breaks what it is told to break, after or before the upstream did its work, and nothing else."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.fault_proxy import FAULTS, FaultProxy, Rule
from tests.platforms.raw import Peer, RawServer

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"id": "number"}'


async def answering(peer: Peer) -> None:
    while await peer.request():
        await peer.send(ANSWER)


@pytest.fixture
async def upstream() -> AsyncIterator[RawServer]:
    async with RawServer(answering) as server:
        yield server


async def tell(client: httpx.AsyncClient, path: str = "/statuses") -> str:
    try:
        answer = await client.post(path, content=b"hello")
    except httpx.TransportError as error:
        return type(error).__name__
    return f"{answer.status_code} {answer.content.decode(errors='replace')}".strip()


@pytest.mark.parametrize(
    ("fault", "told", "carried_out"),
    [
        ("reset_before", "ReadError", 0),
        ("500_before", "500", 0),
        ("429", "429", 0),
        ("slow", '200 {"id": "number"}', 1),
        ("reset_after", "ReadError", 1),
        ("hang_after", "ReadTimeout", 1),
        ("504_after", "504", 1),
        ("truncate_after", "RemoteProtocolError", 1),
        ("garble_after", "200 \x00�<<noise>>", 1),
    ],
)
async def test_each_fault_breaks_one_request_at_its_moment(
    fault: str, told: str, carried_out: int, upstream: RawServer
) -> None:
    rule = Rule(fault=fault, method="POST", path="statuses", times=1, delay_s=0.05)
    async with (
        FaultProxy(("127.0.0.1", upstream.port), [rule]) as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=0.5) as client,
    ):
        assert await tell(client, "/other") == '200 {"id": "number"}'
        assert await tell(client) == told
        assert proxy.count("POST", "statuses") == carried_out
        assert await tell(client) == '200 {"id": "number"}'

        assert upstream.posts == 2 + carried_out
        assert [passage.fault for passage in proxy.passages] == [None, fault, None]
        assert proxy.passages[1].request.body == b"hello"


async def test_every_fault_has_a_case_above() -> None:
    assert len(FAULTS) == 9


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
        httpx.AsyncClient(base_url=proxy.url, timeout=1.0) as client,
    ):
        told = [await tell(client) for _ in range(5)]

    assert told == ["200 {}", "201 x", "200 until the end", "204", "RemoteProtocolError"]
