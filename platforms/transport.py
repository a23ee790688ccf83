"""One HTTP exchange over aiohttp that knows whether a byte of the request was handed to the network.

An `httpx` transport, so that requests are plain `httpx.Request` values, but with three habits of its own:

- It **never repeats** a request. aiohttp's session sends idempotent methods again after a dropped keep-alive connection
  and follows redirects; here its connector, request and response are used without it, which is cheaper, too. Only
  while nothing was written may another connection be tried.
- It **sees what is written**, at the only place where that is known: the socket's transport. A client's exception
  names do not tell (for a POST that was read and not answered some say "connect error"): nobody reads them for that.
- It **asks the fence** inside the very call that writes the first byte, with no await between question and write.

A byte handed to the kernel counts as written even if it never arrived: we cannot know better.
"""

import asyncio
import math
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

import aiohttp
import httpx
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from bot.clock import uptime_s
from bot.domain.record import record
from platforms.addresses import AddressRefused, Guard, GuardedResolver
from platforms.deadlines import Deadlines
from platforms.metering import Exchange, Fence, MeteredRequest, StaleError, fit_to_send, head_of
from platforms.targets import Target, refuses, target_of

if TYPE_CHECKING:
    import ssl

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

Sink = Callable[[bytes], Awaitable[object]]
"""Takes a piece of an answer."""

MAX_IN_FLIGHT = 512
KEEP_IDLE_S = 15.0
"""Idle connections older than this are not used again: fewer meet a server that is just closing them."""
CONNECTION_TRIES = 4
"""How many connections found closed before the first byte are given up before the call is."""
CHUNK_BYTES = 65_536
WARM_TIMEOUT_S = 2.0
_WARM_AT_ONCE = 16
_READ_AHEAD_BYTES = 65_536
_NO_TIMEOUTS = aiohttp.ClientTimeout()
"""The time is the whole exchange's."""
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OK = 200
_ANNOUNCEMENTS = frozenset(range(100, 200)) - {101}
"""Answers that only announce another."""
_PLACES_KEPT = 512
_UNTOUCHED_HEADERS = frozenset({"content-encoding", "content-length", "transfer-encoding"})


class FaultKind(StrEnum):
    """How an exchange broke."""

    ADDRESS = "address"
    """The host is not a public address; never connected."""
    HELD_BACK = "held back"
    """The fence said no; nothing written."""
    UNREACHABLE = "unreachable"
    """No connection: name, refusal, TLS, no free slot."""
    TIMED_OUT = "timed out"
    """The time was over, at whatever point."""
    LOST = "lost"
    """The connection ended before the whole answer was there."""
    UNREADABLE = "unreadable"
    """What came back is not HTTP."""
    TOO_LONG = "too long"
    """The answer is longer than the request allows."""


class TransportFault(httpx.TransportError):
    """An exchange without a whole answer. `written` is False only if not one byte of the request left us.

    Of the error behind it only the class is told, as `cause`: its text may hold the address asked, secrets included.
    """

    def __init__(self, kind: FaultKind, *, written: bool, cause: str = "") -> None:
        super().__init__(f"{kind} ({'bytes' if written else 'nothing'} written){f': {cause}' if cause else ''}")
        self.kind = kind
        self.written = written


class _TooLongError(Exception):
    """The answer passed its limit."""


@record
class Outgoing:
    """One request, ready to be sent. `timeout_s` is for everything from the name to the last byte."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | AsyncIterator[bytes] | None = None
    fence: Fence | None = None
    timeout_s: float | None = None
    max_answer_bytes: int | None = None
    sink: Sink | None = None
    """Takes the body of a 200 piece by piece, so that it is never whole in memory."""


@record
class Incoming:
    """The whole answer, unpacked. Its headers do not say how it was packed."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class AiohttpTransport(httpx.AsyncBaseTransport):
    """The process's one way out. Open it with `async with` inside the loop that uses it.

    Reads these of a request's extensions: `fence` (Fence), `timeout_s` (float, for everything from the name to the last
    byte), `max_answer_bytes` (int), `sink` (Sink). Raises TransportFault and nothing else.
    """

    def __init__(
        self,
        *,
        guard: Guard | None = None,
        max_in_flight: int = MAX_IN_FLIGHT,
        keep_idle_s: float = KEEP_IDLE_S,
        tls: "ssl.SSLContext | None" = None,
    ) -> None:
        self._guard = guard or Guard()
        self._max_in_flight = max_in_flight
        self._keep_idle_s = keep_idle_s
        self._tls = tls
        self._connector: aiohttp.TCPConnector | None = None
        self._deadlines = Deadlines()
        self._asked: dict[tuple[str, str, int], aiohttp.ClientRequest] = {}

    async def __aenter__(self) -> Self:
        if self._connector is not None:
            raise RuntimeError("the transport is open already")
        self._connector = aiohttp.TCPConnector(
            limit=self._max_in_flight,
            keepalive_timeout=self._keep_idle_s,
            resolver=GuardedResolver(self._guard),
            ssl=True if self._tls is None else self._tls,
        )
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        if self._connector is not None:
            await self._connector.close()
            self._connector = None
            self._asked.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send once, read the whole answer. Raises TransportFault."""
        came = await self.exchange(
            Outgoing(
                method=request.method,
                url=str(request.url),
                headers=[(name, value) for name, value in request.headers.items() if name != "transfer-encoding"],
                body=_body(request),
                fence=request.extensions.get("fence"),
                timeout_s=request.extensions.get("timeout_s"),
                max_answer_bytes=request.extensions.get("max_answer_bytes"),
                sink=request.extensions.get("sink"),
            )
        )
        return httpx.Response(came.status, headers=came.headers, content=came.body, request=request)

    async def exchange(self, request: Outgoing) -> Incoming:
        """Send once, read the whole answer; the way of `handle_async_request` without the price of httpx's values.

        Raises TransportFault.
        """
        limit_s = request.timeout_s
        exchange = Exchange(request.fence, ends_at_s=math.inf if limit_s is None else uptime_s() + limit_s)
        try:
            with nullcontext() if limit_s is None else self._deadlines.within(limit_s):
                return await self._send(request, exchange)
        except Exception as error:  # noqa: BLE001  # a door: whatever it was, what was written must be told
            fault = TransportFault(_kind(error, exchange), written=exchange.written, cause=type(error).__name__)
        raise fault  # not from within: a traceback shows no error whose text may hold the address

    async def warm(self, url: str, connections: int) -> None:
        """Have this many connections to the host of `url` open, so that no post waits for a handshake at its second.

        Sends nothing. What cannot be opened is left to the sending to find out.
        """
        connector = self._open_connector()
        request = aiohttp.ClientRequest("GET", URL(url), loop=asyncio.get_running_loop())
        timeout = aiohttp.ClientTimeout(connect=WARM_TIMEOUT_S)
        opened: list[Connection] = []
        try:
            self._check_literal(target_of(url))
            for start in range(0, connections, _WARM_AT_ONCE):
                some = range(min(_WARM_AT_ONCE, connections - start))
                tries = (connector.connect(request, [], timeout) for _ in some)
                found = await asyncio.gather(*tries, return_exceptions=True)
                opened += [one for one in found if not isinstance(one, BaseException)]
                if len(opened) < start + len(some):
                    break
        except AddressRefused:
            return
        finally:
            for connection in opened:
                connection.release()

    async def _send(self, request: Outgoing, exchange: Exchange) -> Incoming:
        target = target_of(request.url)
        self._check_literal(target)
        for _ in range(CONNECTION_TRIES - 1):
            with suppress(StaleError):
                return await self._send_on_one_connection(request, target, exchange)
        return await self._send_on_one_connection(request, target, exchange)

    def _check_literal(self, target: Target) -> None:
        """Addresses written as such do not pass the resolver."""
        if target.address is not None and refuses(self._guard, target.host, target.port, target.address):
            raise AddressRefused("not a public address")

    async def _send_on_one_connection(self, request: Outgoing, target: Target, exchange: Exchange) -> Incoming:
        body = request.body
        if body is None or (isinstance(body, bytes) and len(body) <= CHUNK_BYTES):
            came = await self._send_whole(request, body or b"", target, exchange)
        else:
            came = await self._send_in_pieces(request, body, target, exchange)
        if not exchange.written:
            exchange.written = True
            raise RuntimeError("an answer came, but the meter saw no byte: this aiohttp writes by another way")
        return came

    async def _send_whole(self, request: Outgoing, body: bytes, target: Target, exchange: Exchange) -> Incoming:
        """A request short enough to be written in one piece: nearly every post.

        The connection's own parser reads the answer. aiohttp's request and response, which can do much more, would
        cost as much as all the rest.
        """
        size = len(body) if body or request.method not in _WITHOUT_BODY else None
        head = head_of(f"{request.method} {target.path} HTTP/1.1", target.said, request.headers, size)
        connection = await self._open_connector().connect(self._asking(target), [], _NO_TIMEOUTS)
        try:
            protocol, meter = await fit_to_send(connection, exchange)
            _expect_answer(protocol, request.method)
            meter.write(head + body)
            message, content = await protocol.read()
            while message.code in _ANNOUNCEMENTS:
                message, content = await protocol.read()
            sink = request.sink if message.code == _OK else None
            received = await _read(content, request.max_answer_bytes, sink)
        except BaseException:
            _break_off(connection)
            raise
        connection.release()
        return Incoming(status=message.code, headers=_told(message.headers), body=received)

    def _asking(self, target: Target) -> aiohttp.ClientRequest:
        """What the connector is asked with for a connection there; it takes only the place from it."""
        asking = self._asked.get(target.place)
        if asking is None:
            if len(self._asked) >= _PLACES_KEPT:
                self._asked.clear()
            asking = self._asked[target.place] = aiohttp.ClientRequest(
                "GET", target.url.origin(), loop=asyncio.get_running_loop()
            )
        return asking

    async def _send_in_pieces(
        self, request: Outgoing, body: bytes | AsyncIterator[bytes], target: Target, exchange: Exchange
    ) -> Incoming:
        """A long body, while an answer that comes before its end is heard."""
        sent = MeteredRequest(
            request.method,
            target.url,
            headers=request.headers,
            data=_slices(body) if isinstance(body, bytes) else body,
            loop=asyncio.get_running_loop(),
        )
        sent.exchange = exchange
        connection = await self._open_connector().connect(sent, [], _NO_TIMEOUTS)
        try:
            answer = await _answered(sent, connection)
        except BaseException:
            _break_off(connection)
            raise
        async with answer:
            sink = request.sink if answer.status == _OK else None
            try:
                received = await _read(answer.content, request.max_answer_bytes, sink)
            except BaseException:
                _break_off(connection)
                raise
        return Incoming(status=answer.status, headers=_told(answer.headers), body=received)

    def _open_connector(self) -> aiohttp.TCPConnector:
        if self._connector is None:
            raise RuntimeError("the transport is not open")
        return self._connector


async def _answered(request: MeteredRequest, connection: "Connection") -> aiohttp.ClientResponse:
    """Write the request and read the answer's head: what aiohttp's session does, once, and nothing besides."""
    protocol = connection.protocol
    if protocol is None:
        raise StaleError
    _expect_answer(protocol, request.method)
    answer = await request.send(connection)
    try:
        return await answer.start(connection)
    except BaseException:
        _break_off(connection)  # before the answer closes it
        answer.close()
        raise


def _break_off(connection: "Connection") -> None:
    """Close without sending what has not left yet: it would arrive after the call has been given up."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()


def _expect_answer(protocol: "ResponseHandler", method: str) -> None:
    protocol.set_response_params(skip_payload=method == "HEAD", read_until_eof=True, read_bufsize=_READ_AHEAD_BYTES)


def _told(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """An answer's headers, without those that say how it was packed."""
    return [(name, value) for name, value in headers.items() if name.lower() not in _UNTOUCHED_HEADERS]


def _body(request: httpx.Request) -> bytes | AsyncIterator[bytes] | None:
    try:
        return request.content
    except httpx.RequestNotRead:
        return _pieces(cast("AsyncIterable[bytes]", request.stream))


async def _slices(content: bytes) -> AsyncIterator[bytes]:
    """A long body in pieces, so that the loop is never held up."""
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


async def _pieces(stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    async for piece in stream:
        yield piece


async def _read(content: aiohttp.StreamReader, limit: int | None, sink: Sink | None = None) -> bytes:
    """The whole body, unpacked, unless `sink` takes it. Raises _TooLongError as soon as it is longer than `limit`."""
    if sink is None and content.is_eof():  # all of it came with the head: nothing to wait for
        whole = content.read_nowait()
        if limit is not None and len(whole) > limit:
            raise _TooLongError
        return whole
    pieces, length = bytearray(), 0
    async for piece in content.iter_any():
        length += len(piece)
        if limit is not None and length > limit:
            raise _TooLongError
        if sink is None:
            pieces += piece
        else:
            await sink(piece)
    return bytes(pieces)


def _kind(error: Exception, exchange: Exchange) -> FaultKind:
    """The one table of aiohttp's errors. It only names what people are told; `written` says what may be repeated."""
    if exchange.held_back:
        return FaultKind.HELD_BACK
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    for kind, classes in _KINDS.items():
        if isinstance(inner, classes):
            return kind
    return FaultKind.LOST if exchange.written else FaultKind.UNREACHABLE


_KINDS: dict[FaultKind, type[Exception] | tuple[type[Exception], ...]] = {
    FaultKind.ADDRESS: AddressRefused,
    FaultKind.TOO_LONG: _TooLongError,
    FaultKind.TIMED_OUT: TimeoutError,
    FaultKind.UNREADABLE: (aiohttp.ClientResponseError, HttpProcessingError),
}
