"""The proof that the wire tells the truth about what was sent, and the table of what a failure means."""

import asyncio
import gzip
import logging
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from bot.domain.accounts import Secret
from bot.domain.calls import MOST_CALLS
from platforms import transport as transport_module
from platforms.addresses import Guard
from platforms.base import Answer, FilePart, Page, Request
from platforms.errors import (
    ContentRefused,
    DuplicateRefused,
    Fenced,
    MediaRefused,
    NotSent,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    ScopeMissing,
    TokenExpired,
    Unavailable,
)
from platforms.http import HttpWire, Sender
from platforms.metering import Exchange, Meter, MeteredRequest
from platforms.transport import CHUNK_BYTES, AiohttpTransport, FaultKind, Outgoing, TransportFault
from tests.platforms.certificates import Certificates
from tests.platforms.raw import OK, Behaviour, Peer, RawServer
from tests.platforms.toys import AT, SPEC, error_body, spec

LOOPBACK = Guard(allow_loopback=True)
SECRET = "s3cr3t-t0ken-value"  # noqa: S105  # of nobody


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    async with AiohttpTransport(guard=LOOPBACK) as opened:
        yield opened


def post(server: RawServer, body: bytes | None = b"hello", **changes: Any) -> Request:  # noqa: ANN401  # fields of Request
    facts: dict[str, Any] = {"operation": "toy.post", "method": "POST", "url": f"{server.url}/post", "timeout_s": 2.0}
    facts["content"] = body
    return Request(**(facts | changes))


async def outcome(call: Awaitable[Answer]) -> PlatformError | Answer:
    try:
        return await call
    except PlatformError as error:
        return error


# --- What a broken exchange means ---


async def closes_without_reading(_: Peer) -> None:
    return


async def resets_without_reading(peer: Peer) -> None:
    peer.reset()


async def reads_then_closes(peer: Peer) -> None:
    await peer.request()


async def reads_then_resets(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def reads_a_little_then_resets(peer: Peer) -> None:
    await peer.read()
    peer.reset()


async def reads_then_hangs(peer: Peer) -> None:
    await peer.request()
    await asyncio.sleep(60)


async def never_reads(_: Peer) -> None:
    await asyncio.sleep(60)


def answers(*pieces: bytes, pause_s: float = 0.0) -> Behaviour:
    async def behaviour(peer: Peer) -> None:
        await peer.request()
        for piece in pieces:
            await peer.send(piece)
            await asyncio.sleep(pause_s)

    return behaviour


async def endless(peer: Peer) -> None:
    await peer.request()
    await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    for _ in range(1000):
        await peer.send(b"x" * 100_000)


BOMB = gzip.compress(b"\0" * 10_000_000)
BROKEN: dict[str, Behaviour] = {
    "reads all, closes": reads_then_closes,
    "reads all, resets": reads_then_resets,
    "reads a little, resets": reads_a_little_then_resets,
    "reads all, hangs": reads_then_hangs,
    "never reads, hangs": never_reads,
    "half a status line": answers(b"HTTP/1.1 20"),
    "status line alone": answers(b"HTTP/1.1 200 OK\r\n"),
    "headers without end": answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"),
    "body shorter than its length": answers(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"),
    "chunks cut off": answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "chunks that are none": answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "garbage": answers(b"\x16\x03\x01 this is not HTTP at all\r\n\r\n"),
    "another protocol": answers(b"220 mail.example ESMTP\r\n"),
    "only an interim answer": answers(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "an answer over the limit": endless,
    "a small answer that unpacks to a big one": answers(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(BOMB), BOMB)
    ),
    "a broken packing": answers(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
    "a slow body": answers(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", *[b"x"] * 50, pause_s=0.1),
    "a cut refusal": answers(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\n{"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_post_that_was_written_and_not_answered_is_in_doubt_and_arrived_once(
    name: str, transport: AiohttpTransport
) -> None:
    async with RawServer(BROKEN[name]) as server:
        result = await outcome(HttpWire(SPEC, transport).create(post(server, timeout_s=0.6, max_answer_bytes=50_000)))

        assert type(result) is OutcomeUnknown
        assert server.connections == 1
        assert server.posts == (0 if name == "never reads, hangs" else 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
@pytest.mark.parametrize("name", ["reads all, closes", "reads all, resets"])
async def test_no_method_is_ever_sent_twice_on_a_fresh_or_a_kept_connection(
    name: str, method: str, transport: AiohttpTransport
) -> None:
    first = True

    async def behaviour(peer: Peer) -> None:
        nonlocal first
        if first:
            first = False
            await peer.request()
            await peer.send(OK)
        await BROKEN[name](peer)

    async with RawServer(behaviour) as server:
        request = post(server, method=method, headers={"content-length": "5"})
        await HttpWire(SPEC, transport).read(request)
        for _ in range(2):
            with pytest.raises(Unavailable):
                await HttpWire(SPEC, transport).read(request)

        assert bytes(server.seen).count(b"/post HTTP/1.1") == 3


@pytest.mark.parametrize("name", BROKEN)
async def test_the_same_break_on_a_call_safe_to_repeat_is_unavailable(name: str, transport: AiohttpTransport) -> None:
    async with RawServer(BROKEN[name]) as server:
        request = post(server, timeout_s=0.3, max_answer_bytes=50_000)
        result = await outcome(HttpWire(SPEC, transport).prepare(request))

        assert type(result) is Unavailable


@pytest.mark.parametrize("behaviour", [closes_without_reading, resets_without_reading])
async def test_nothing_sent_is_said_only_when_the_server_saw_nothing(
    behaviour: Behaviour, transport: AiohttpTransport
) -> None:
    async with RawServer(behaviour) as server:
        results = [await outcome(HttpWire(SPEC, transport).create(post(server))) for _ in range(30)]

        assert {type(result) for result in results} <= {Unavailable, OutcomeUnknown}
        assert server.posts == 0


async def test_a_refused_connection_is_nothing_sent(transport: AiohttpTransport) -> None:
    async with RawServer(closes_without_reading) as server:
        request = post(server)
    wire = HttpWire(SPEC, transport)

    result = await outcome(wire.create(request))

    assert type(result) is Unavailable
    assert str(result) == "Toy could not be reached."
    (call,) = wire.calls
    assert (call.verb, call.operation, call.status, call.written) == ("create", "toy.post", None, False)
    assert call.fault == "unreachable"


async def test_an_unknown_name_is_nothing_sent(transport: AiohttpTransport) -> None:
    request = Request(operation="toy.post", method="POST", url="http://nowhere.invalid/post", content=b"x")

    assert type(await outcome(HttpWire(SPEC, transport).create(request))) is Unavailable


async def test_a_failed_handshake_is_nothing_sent(transport: AiohttpTransport, certificates: Certificates) -> None:
    async with RawServer(reads_then_closes, tls=certificates.server) as server:
        result = await outcome(HttpWire(SPEC, transport).create(post(server)))

        assert type(result) is Unavailable
        assert server.posts == 0


async def test_no_free_connection_in_time_is_nothing_sent() -> None:
    async with RawServer(reads_then_hangs) as server, AiohttpTransport(guard=LOOPBACK, max_in_flight=1) as transport:
        busy = asyncio.create_task(outcome(HttpWire(SPEC, transport).create(post(server, b"first"))))
        await asyncio.sleep(0.05)

        waiting = await outcome(HttpWire(SPEC, transport).create(post(server, b"second", timeout_s=0.1)))

        assert type(waiting) is Unavailable
        assert str(waiting) == "Toy did not answer in time."
        assert type(await busy) is OutcomeUnknown
        assert server.posts == 1


async def test_a_transport_that_does_not_say_what_it_wrote_is_taken_to_have_written() -> None:
    def drop(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("so it says", request=request)

    wire = HttpWire(SPEC, httpx.MockTransport(drop))

    result = await outcome(wire.create(Request(operation="toy.post", method="POST", url="http://toy.example/")))

    assert type(result) is OutcomeUnknown


# --- Kept connections ---


@pytest.mark.parametrize(
    "parting",
    [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", OK],
    ids=["a plain close", "a 408 nobody asked for", "an answer nobody asked for"],
)
@pytest.mark.parametrize("pause_s", [0.05, 0.0], ids=["noticed", "not yet noticed"])
@pytest.mark.parametrize("secure", ["", "TLS"])
async def test_a_connection_closed_while_idle_is_not_used_again(
    parting: bytes, pause_s: float, secure: str, certificates: Certificates
) -> None:
    bodies: list[bytes] = []
    tls = certificates.server if secure else None
    answered = asyncio.Event()

    async def one_answer_each(peer: Peer) -> None:
        answered.clear()
        bodies.append(await peer.request())
        await peer.send(OK)
        if pause_s:
            await answered.wait()
        if parting:
            await peer.send(parting)

    async with (
        RawServer(one_answer_each, tls=tls) as server,
        AiohttpTransport(guard=LOOPBACK, tls=certificates.client) as transport,
    ):
        results: list[PlatformError | Answer] = []
        for number in range(10):
            results.append(await outcome(HttpWire(SPEC, transport).create(post(server, b"%d" % number))))
            if pause_s:
                answered.set()
                await server.parted()
                await asyncio.sleep(pause_s)

    assert len(bodies) == len(set(bodies))
    for number, result in enumerate(results):
        if isinstance(result, NotSent):
            assert b"%d" % number not in bodies
        if isinstance(result, Answer):
            assert b"%d" % number in bodies
        elif pause_s:
            pytest.fail(f"a noticed close must not cost a post: {result!r}")


@pytest.mark.parametrize("secure", ["", "TLS"])
async def test_a_close_that_the_kernel_knows_and_the_loop_does_not_is_seen(
    secure: str, certificates: Certificates
) -> None:
    """The server runs in a thread, and the loop is blocked while the good-bye comes in."""
    listening = socket.create_server(("127.0.0.1", 0))
    bodies: list[bytes] = []

    def serve() -> None:
        for _ in range(2):
            connection, _ = listening.accept()
            connection.settimeout(5)
            with certificates.server.wrap_socket(connection, server_side=True) if secure else connection as connection:
                held = b""
                while not held.endswith((b"first", b"again")):
                    held += connection.recv(65_536)
                bodies.append(held[-5:])
                connection.sendall(OK)
                time.sleep(0.05)
                if isinstance(connection, ssl.SSLSocket):
                    with suppress(OSError):
                        connection.unwrap()  # says good-bye, and closes the socket only once the client has answered

    thread = threading.Thread(target=serve)
    thread.start()
    url = f"{'https' if secure else 'http'}://127.0.0.1:{listening.getsockname()[1]}/"
    first = Request(operation="toy.post", method="POST", url=url, content=b"first")

    async with AiohttpTransport(guard=LOOPBACK, tls=certificates.client) as transport:
        await HttpWire(SPEC, transport).create(first)
        time.sleep(0.2)  # noqa: ASYNC251  # the loop must not get a turn
        second = await HttpWire(SPEC, transport).create(replace(first, content=b"again"))

    thread.join()
    listening.close()
    assert second.status == 200
    assert bodies == [b"first", b"again"]


async def test_a_stray_answer_on_a_kept_connection_is_never_taken_for_the_next_one(transport: AiohttpTransport) -> None:
    async def stutters(peer: Peer) -> None:
        while body := await peer.request():
            whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            await peer.send(whole)
            await asyncio.sleep(0.02)
            await peer.send(whole)

    async with RawServer(stutters) as server:
        for body in (b"first", b"second", b"third"):
            assert (await HttpWire(SPEC, transport).create(post(server, body))).body == body
            await asyncio.sleep(0.05)
        assert server.posts == 3


async def test_connections_are_kept_over_tls_with_its_unasked_for_tickets(certificates: Certificates) -> None:
    async def keeps(peer: Peer) -> None:
        while await peer.request():
            await peer.send(OK)

    async with (
        RawServer(keeps, tls=certificates.server) as server,
        AiohttpTransport(guard=LOOPBACK, tls=certificates.client) as transport,
    ):
        for _ in range(5):
            await HttpWire(SPEC, transport).create(post(server))

        assert server.posts == 5
        assert server.connections == 1


async def test_racing_posts_against_closing_connections_never_repeats_one(transport: AiohttpTransport) -> None:
    bodies: list[bytes] = []

    async def two_then_close(peer: Peer) -> None:
        for _ in range(2):
            bodies.append(await peer.request())
            await peer.send(OK)

    async with RawServer(two_then_close) as server:

        async def one(number: int) -> tuple[bytes, PlatformError | Answer]:
            body = b"body-%d" % number
            return body, await outcome(HttpWire(SPEC, transport).create(post(server, body)))

        results: list[tuple[bytes, PlatformError | Answer]] = []
        for start in range(0, 400, 8):
            results += await asyncio.gather(*map(one, range(start, start + 8)))

    arrived = [body for body in bodies if body]
    assert len(arrived) == len(set(arrived))
    assert all(body not in arrived for body, result in results if isinstance(result, NotSent))
    assert all(body in arrived for body, result in results if isinstance(result, Answer))
    assert sum(isinstance(result, Answer) for _, result in results) > 350


# --- The fence ---


async def keeps_answering(peer: Peer) -> None:
    while await peer.request():
        await peer.send(OK)


async def test_a_fence_that_falls_while_connecting_lets_nothing_out(transport: AiohttpTransport) -> None:
    up = True
    async with RawServer(keeps_answering) as server:
        call = asyncio.create_task(outcome(HttpWire(SPEC, transport, fence=lambda: up).create(post(server))))
        await asyncio.sleep(0)
        up = False

        result = await call
        await asyncio.sleep(0.05)

        assert type(result) is Fenced
        assert server.connections == 1
        assert server.seen == b""


async def test_a_fence_that_falls_during_the_handshake_lets_nothing_out(certificates: Certificates) -> None:
    asked: list[bool] = []
    async with (
        RawServer(keeps_answering, tls=certificates.server) as server,
        AiohttpTransport(guard=LOOPBACK, tls=certificates.client) as transport,
    ):

        def fence() -> bool:
            asked.append(server.connections == 1)  # the server knows of a connection only after the handshake
            return False

        result = await outcome(HttpWire(SPEC, transport, fence=fence).create(post(server)))
        await asyncio.sleep(0.05)

        assert type(result) is Fenced
        assert len(asked) == 1
        assert server.seen == b""


async def test_a_fence_that_stands_is_asked_once_and_also_on_a_kept_connection(transport: AiohttpTransport) -> None:
    asked: list[int] = []

    def fence() -> bool:
        asked.append(server.posts)
        return True

    async with RawServer(keeps_answering) as server:
        await HttpWire(SPEC, transport, fence=fence).create(post(server, b"x" * 3_000_000))
        await HttpWire(SPEC, transport, fence=fence).create(post(server))

        assert asked == [0, 1]
        assert server.connections == 1


async def test_a_fence_that_falls_on_a_kept_connection_lets_nothing_out(transport: AiohttpTransport) -> None:
    async with RawServer(keeps_answering) as server:
        await HttpWire(SPEC, transport).create(post(server))
        result = await outcome(HttpWire(SPEC, transport, fence=lambda: False).create(post(server)))

        assert type(result) is Fenced
        assert server.posts == 1


async def test_only_creating_calls_are_fenced(transport: AiohttpTransport) -> None:
    async with RawServer(keeps_answering) as server:
        wire = HttpWire(SPEC, transport, fence=lambda: False)

        assert (await wire.read(post(server))).status == 200
        assert (await wire.prepare(post(server))).status == 200


async def test_a_wire_creates_once_in_its_life(transport: AiohttpTransport) -> None:
    async with RawServer(keeps_answering) as server:
        wire = HttpWire(SPEC, transport)
        await wire.create(post(server))

        with pytest.raises(RuntimeError, match="creates once"):
            await wire.create(post(server))
        assert server.posts == 1


# --- What a whole answer means ---

HTML = b"<html><body>Attention required</body></html>"


@dataclass(frozen=True)
class Case:
    status: int
    body: bytes
    create: type[PlatformError]
    read: type[PlatformError]


CASES = [
    Case(301, b"", OutcomeUnknown, Unavailable),
    Case(303, error_body("moved"), OutcomeUnknown, Unavailable),
    Case(400, error_body("bad"), ContentRefused, ContentRefused),
    Case(400, HTML, OutcomeUnknown, Unavailable),
    Case(400, b"[" * 100_000, OutcomeUnknown, Unavailable),
    Case(400, error_body("duplicate"), DuplicateRefused, DuplicateRefused),
    Case(422, error_body("x", "this is Too Rude for us"), ContentRefused, ContentRefused),
    Case(401, error_body("bad"), TokenExpired, TokenExpired),
    Case(401, HTML, TokenExpired, TokenExpired),
    Case(403, error_body("bad"), ScopeMissing, ScopeMissing),
    Case(403, HTML, OutcomeUnknown, Unavailable),
    Case(404, error_body("bad"), ContentRefused, ContentRefused),
    Case(404, b"", OutcomeUnknown, Unavailable),
    Case(408, error_body("slow"), OutcomeUnknown, Unavailable),
    Case(413, HTML, MediaRefused, MediaRefused),
    Case(429, HTML, RateLimited, RateLimited),
    Case(429, error_body("slow down"), RateLimited, RateLimited),
    Case(400, error_body("quota"), RateLimited, RateLimited),
    Case(500, error_body("bad"), OutcomeUnknown, Unavailable),
    Case(500, HTML, OutcomeUnknown, Unavailable),
    Case(500, error_body("duplicate"), OutcomeUnknown, DuplicateRefused),
    Case(500, error_body("poison"), OutcomeUnknown, ContentRefused),
    Case(500, error_body("x", "too rude"), OutcomeUnknown, ContentRefused),
    Case(500, error_body("x", "come back later"), OutcomeUnknown, Unavailable),
    Case(503, error_body("maintenance"), Unavailable, Unavailable),
    Case(503, HTML, OutcomeUnknown, Unavailable),
    Case(503, error_body("quota"), RateLimited, RateLimited),
    Case(302, error_body("duplicate"), OutcomeUnknown, Unavailable),
    Case(302, error_body("x", "too rude"), OutcomeUnknown, Unavailable),
    Case(502, HTML, OutcomeUnknown, Unavailable),
    Case(504, b"", OutcomeUnknown, Unavailable),
    Case(700, b"", OutcomeUnknown, Unavailable),
]


def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, content=body, headers=headers, request=request))


PLAIN = Request(operation="toy.post", method="POST", url="https://toy.example/post?hidden=1", json={"a": 1})


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.status} {case.body[:30].decode()}")
async def test_a_whole_answer_is_classed_by_verb_status_and_code(case: Case) -> None:
    wire = answering(case.status, case.body)

    created = await outcome(HttpWire(SPEC, wire).create(PLAIN))
    read = await outcome(HttpWire(SPEC, wire).read(PLAIN))
    prepared = await outcome(HttpWire(SPEC, wire).prepare(PLAIN))

    assert (type(created), type(read), type(prepared)) == (case.create, case.read, case.read)
    assert isinstance(created, PlatformError)
    assert (created.platform, created.operation, created.status) == ("toy", "toy.post", case.status)


async def test_statuses_the_request_expects_are_answers() -> None:
    request = Request(operation="toy.get", method="GET", url="https://toy.example/", accept_status=frozenset({404}))

    answer = await HttpWire(SPEC, answering(404, b"gone", {"X-Odd": "1"})).read(request)

    assert (answer.status, answer.body, answer.headers["x-odd"]) == (404, b"gone", "1")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("60", timedelta(seconds=60)),
        ("-5", None),
        ("0", None),
        ("soon", None),
        ("9000000", timedelta(hours=24)),
    ],
)
async def test_a_rate_limit_is_believed_only_within_a_day_ahead(header: str, expected: timedelta | None) -> None:
    wire = Sender(answering(429, b"", {"Retry-After": header}), clock=lambda: AT).wire(SPEC)

    with pytest.raises(RateLimited) as caught:
        await wire.create(PLAIN)

    assert caught.value.until == (None if expected is None else AT + expected)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "60"}, timedelta(seconds=60)),
        ({"Retry-After": "Sat, 21 Nov 2026 09:10:00 GMT"}, timedelta(minutes=10)),
        ({"Retry-After": "9" * 400}, timedelta(hours=24)),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"}, None),
        ({"Retry-After": "60", "X-Reset": "9" * 30}, timedelta(seconds=60)),
        ({}, None),
        ({"Retry-After": "60", "X-Reset": "7"}, timedelta(seconds=7)),
    ],
)
async def test_where_a_platform_does_not_say_until_when_retry_after_counts(
    headers: dict[str, str], expected: timedelta | None
) -> None:
    def read_own(answer: Answer, came: datetime) -> datetime | None:
        own = answer.headers.get("x-reset")
        return None if own is None else came + timedelta(seconds=int(own))

    wire = Sender(answering(429, b"", headers), clock=lambda: AT).wire(spec(read_reset=read_own))

    with pytest.raises(RateLimited) as caught:
        await wire.create(PLAIN)

    assert caught.value.until == (None if expected is None else AT + expected)


async def test_the_vendors_request_number_is_kept_for_the_journal() -> None:
    wire = HttpWire(SPEC, answering(500, b"", {"X-Request-Id": "r-17"}))

    with pytest.raises(OutcomeUnknown) as caught:
        await wire.create(PLAIN)

    assert caught.value.request_id == "r-17"
    (call,) = wire.calls
    assert (call.status, call.request_id, call.written, call.fault) == (500, "r-17", True, None)


async def test_a_platform_without_request_numbers_has_none() -> None:
    wire = HttpWire(spec(request_id_header=None), answering(200, b"{}"))

    await wire.create(PLAIN)

    assert [(call.status, call.request_id) for call in wire.calls] == [(200, None)]


async def test_the_last_twenty_calls_of_a_step_are_remembered() -> None:
    wire = Sender(answering(200, b"{}"), clock=lambda: AT).wire(SPEC)

    for number in range(MOST_CALLS + 3):
        await wire.read(replace(PLAIN, operation=f"toy.page {number}"))

    assert [call.operation for call in wire.calls] == [f"toy.page {number}" for number in range(3, MOST_CALLS + 3)]
    assert {(call.at, call.verb, call.status) for call in wire.calls} == {(AT, "read", 200)}
    assert all(call.duration_ms >= 0 for call in wire.calls)


# --- Secrets and sentences ---


async def test_no_secret_leaves_by_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    echo = error_body(f"bad {SECRET}", f"too rude:\n{SECRET}\x00 " + "long " * 200)
    request = Request(
        operation="toy.post",
        method="POST",
        url="https://toy.example/post?page=9",
        query=(("hidden", "query"),),
        bearer=Secret(SECRET),
        secret_json={"password": Secret(SECRET), "name": "juniper", "code": Secret("")},
    )

    with pytest.raises(ContentRefused) as caught:
        await HttpWire(SPEC, answering(400, echo)).create(request)

    error = caught.value
    told = f"{error!r} {error} {error.safe} {error.code} {vars(error)} {request!r} {caplog.text}"
    assert SECRET not in told
    assert "hidden" not in f"{error!r} {error} {vars(error)} {caplog.text}"
    assert "•••" in error.safe
    assert "\n" not in error.safe
    assert len(error.safe) < 400


async def test_one_debug_line_says_what_was_called(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="platforms.http")

    await HttpWire(SPEC, answering(200, b"{}")).read(PLAIN)

    assert [record.getMessage() for record in caplog.records] == ["toy toy.post: 200"]
    assert caplog.records[0].__dict__["event"] == "platform_call"


async def test_a_private_address_is_refused_in_plain_words() -> None:
    async with AiohttpTransport() as transport, RawServer(keeps_answering) as server:
        with pytest.raises(ContentRefused, match="not on the public internet"):
            await HttpWire(SPEC, transport).create(post(server))
        with pytest.raises(ContentRefused, match="not on the public internet"):
            await HttpWire(SPEC, transport).create(post(server, url=f"http://localhost:{server.port}/"))
        assert server.connections == 0


# --- Bodies ---


async def echo(peer: Peer) -> None:
    while body := await peer.request():
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def test_every_kind_of_body_arrives_whole(transport: AiohttpTransport, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"0123456789" * 50_000)
    part = FilePart(path=film, mime_type="video/mp4", field="media", file_name="film.mp4")

    async with RawServer(echo) as server:

        async def sent(**body: Any) -> bytes:  # noqa: ANN401  # fields of Request
            return (await HttpWire(SPEC, transport).prepare(post(server, **{"content": None, **body}))).body

        assert await sent(json={"text": "grüße 🎈"}) == '{"text":"grüße 🎈"}'.encode()
        assert await sent(secret_json={"a": Secret("x"), "b": "y"}) == b'{"a":"x","b":"y"}'
        assert await sent(form=(("media_ids[]", "1"), ("media_ids[]", "2"), ("key", Secret("k&")))) == (
            b"media_ids%5B%5D=1&media_ids%5B%5D=2&key=k%26"
        )
        assert await sent(content=b"raw") == b"raw"
        assert await sent(files=(part,), whole_file=True) == film.read_bytes()
        mixed = await sent(files=(part,), form=(("description", "a film"), ("tag", "a"), ("tag", "b")))
        assert mixed.count(b'name="tag"') == 2
        assert film.read_bytes() in mixed
        assert b'filename="film.mp4"\r\nContent-Type: video/mp4' in mixed
        assert b"chunked" not in bytes(server.seen).lower()


async def test_the_request_says_who_it_is_and_nothing_else(transport: AiohttpTransport) -> None:
    async with RawServer(keeps_answering) as server:
        await HttpWire(SPEC, transport).create(
            post(
                server,
                url=f"{server.url}/a%20b?x=1",
                query=(("q", "ä b"), ("x", "2")),
                bearer=Secret(SECRET),
                headers={"Idempotency-Key": "k"},
                json={"n": 1},
                content=None,
            )
        )

        head, _, body = bytes(server.seen).partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /a%20b?x=1&q=%C3%A4+b&x=2 HTTP/1.1"
        assert {line.split(": ")[0].lower(): line.split(": ")[1] for line in lines[1:]} == {
            "host": f"127.0.0.1:{server.port}",
            "user-agent": "Herald/0.1.0",
            "accept": "application/json, */*;q=0.5",
            "accept-encoding": "gzip, deflate",
            "authorization": f"Bearer {SECRET}",
            "content-type": "application/json",
            "content-length": "7",
            "idempotency-key": "k",
        }
        assert body == b'{"n":1}'


async def test_cookies_and_redirects_are_not_followed(transport: AiohttpTransport) -> None:
    async def tempting(peer: Peer) -> None:
        while await peer.request():
            await peer.send(
                b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
            )

    async with RawServer(tempting) as server:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown):
                await HttpWire(SPEC, transport).create(post(server))

        assert server.posts == 2
        assert b"elsewhere" not in server.seen
        assert b"ookie" not in server.seen


async def test_a_packed_answer_is_unpacked(transport: AiohttpTransport) -> None:
    packed = gzip.compress(b'{"id": "1"}')
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)

    async with RawServer(answers(head + packed)) as server:
        answer = await HttpWire(SPEC, transport).read(post(server))

    assert answer.json() == {"id": "1"}


async def test_a_refusal_in_the_middle_of_an_upload_is_heard(transport: AiohttpTransport, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(b"x" * 20_000_000)

    async def refuses_early(peer: Peer) -> None:
        await peer.read()
        await peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        while await peer.read():
            pass

    async with RawServer(refuses_early) as server:
        request = post(server, content=None, whole_file=True, files=(FilePart(path=film, mime_type="video/mp4"),))

        assert type(await outcome(HttpWire(SPEC, transport).prepare(request))) is MediaRefused


async def test_a_file_that_is_gone_is_told_before_anything_is_sent(transport: AiohttpTransport, tmp_path: Path) -> None:
    async with RawServer(keeps_answering) as server:
        part = FilePart(path=tmp_path / "gone.png", mime_type="image/png")
        for whole in (True, False):
            request = post(server, content=None, files=(part,), whole_file=whole)
            assert type(await outcome(HttpWire(SPEC, transport).create(request))) is MediaRefused
        assert server.connections == 0


async def test_a_request_with_two_bodies_is_a_mistake_in_the_connector(transport: AiohttpTransport) -> None:
    async with RawServer(keeps_answering) as server:
        with pytest.raises(ValueError, match="more than one body"):
            await HttpWire(SPEC, transport).create(post(server, json={"a": 1}))


async def test_a_header_that_would_break_out_is_never_written(transport: AiohttpTransport) -> None:
    async with RawServer(keeps_answering) as server:
        result = await outcome(HttpWire(SPEC, transport).create(post(server, bearer=Secret("a\r\nX-Evil: 1"))))

        assert type(result) is Unavailable
        assert server.seen == b""


# --- The sender and the transport itself ---


async def test_pages_come_from_whoever_fetches_them() -> None:
    class Library:
        async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
            return Page(url=url, title=str(max_image_bytes), description="")

    with_pages = Sender(answering(200, b""), pages=Library()).wire(SPEC)

    assert await with_pages.page("https://a.example/", max_image_bytes=7) == Page(
        url="https://a.example/", title="7", description=""
    )
    assert await HttpWire(SPEC, answering(200, b"")).page("https://a.example/", max_image_bytes=7) is None


async def test_a_transport_that_is_not_open_sends_nothing() -> None:
    transport = AiohttpTransport(guard=LOOPBACK)
    await transport.aclose()

    with pytest.raises(TransportFault) as caught:
        await transport.handle_async_request(httpx.Request("POST", "http://127.0.0.1:9/"))

    assert (caught.value.kind, caught.value.written) == (FaultKind.UNREACHABLE, False)


async def test_a_transport_is_opened_once(transport: AiohttpTransport) -> None:
    with pytest.raises(RuntimeError, match="open already"):
        await transport.__aenter__()


@pytest.mark.parametrize(("body", "length"), [(b"{}", "2"), (bytes(CHUNK_BYTES + 1), str(CHUNK_BYTES + 1))])
async def test_a_body_has_its_length_said_whoever_forgot_it(body: bytes, length: str) -> None:
    async with RawServer(keeps_answering) as server, AiohttpTransport(guard=LOOPBACK) as transport:
        headers = () if len(body) <= CHUNK_BYTES else (("content-length", length),)
        answer = await transport.exchange(
            Outgoing(method="POST", url=f"{server.url}/post", headers=headers, body=body, timeout_s=5.0)
        )
        head, _, rest = server.seen.partition(b"\r\n\r\n")
    assert answer.status == 200
    assert f"content-length: {length}" in head.decode().lower()
    assert rest == body


async def test_a_request_without_an_exchange_is_not_sent() -> None:
    async with RawServer(keeps_answering) as server, aiohttp.ClientSession(request_class=MeteredRequest) as session:
        with pytest.raises(RuntimeError, match="nobody watches"):
            await session.post(f"{server.url}/post", data=b"x")
        assert server.seen == b""


async def test_an_aiohttp_that_writes_past_the_meter_is_found_out_by_its_first_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def sees_nothing(connection: Connection, exchange: Exchange) -> tuple[ResponseHandler, Meter]:
        protocol, meter = await metered(connection, exchange)
        meter.exchange = Exchange(None)
        return protocol, meter

    metered = transport_module.fit_to_send
    monkeypatch.setattr(transport_module, "fit_to_send", sees_nothing)
    async with RawServer(keeps_answering) as server, AiohttpTransport(guard=LOOPBACK) as transport:
        assert type(await outcome(HttpWire(SPEC, transport).create(post(server)))) is OutcomeUnknown


async def test_the_meter_watches_both_ways_of_writing() -> None:
    class Line(asyncio.Transport):
        def __init__(self) -> None:
            super().__init__()
            self.written: list[bytes] = []

        def write(self, data: bytes | bytearray | memoryview) -> None:
            self.written.append(bytes(data))

    line, up = Line(), True
    exchange = Exchange(lambda: up)
    meter = Meter(line, exchange)

    meter.writelines([b"a", b"b"])
    up = False
    meter.write(b"c")

    assert line.written == [b"ab", b"c"]
    assert exchange.written
