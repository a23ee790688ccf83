"""What is written of a request, seen where alone it is known: at the socket's transport.

The meter stands in aiohttp's connection before that transport, tells the exchange of each write, and lets the fence
stop the first.
"""

import asyncio
import select
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

import aiohttp
from aiohttp.http_writer import StreamWriter
from multidict import CIMultiDict

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

Fence = Callable[[], bool]
"""Whether we may still send. Plain and quick: it is called between two bytes."""

_TURNS_TO_READ = 4
"""Turns of the loop given to an unread good-bye: one reads it, one tells aiohttp, and two to spare."""
_GONE = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)
_NO_AUTOMATIC_HEADERS = CIMultiDict[None]({"Content-Type": None})


class HeldBackError(Exception):
    """The fence said no."""


class StaleError(Exception):
    """The connection was closed, or spoke out of turn, before the first byte."""


class Exchange:
    """What is known of one request on its way out."""

    __slots__ = ("fence", "held_back", "written")

    def __init__(self, fence: Fence | None) -> None:
        self.fence = fence
        self.written = False
        self.held_back = False

    def before_write(self) -> None:
        """Called by the meter right before each write. Raises when the fence is down."""
        if self.written:
            return
        if self.fence is not None and not self.fence():
            self.held_back = True
            raise HeldBackError
        self.written = True


class Meter:
    """Stands before a connection's transport and sees every write; all else passes through."""

    __slots__ = ("_inner", "exchange")

    def __init__(self, inner: asyncio.Transport, exchange: Exchange) -> None:
        self._inner = inner
        self.exchange = exchange

    def write(self, data: bytes) -> None:
        """Write, after the exchange had its say."""
        self.exchange.before_write()
        self._inner.write(data)

    def writelines(self, list_of_data: Iterable[bytes]) -> None:
        """Write several pieces, after the exchange had its say."""
        self.exchange.before_write()
        self._inner.writelines(list_of_data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


class MeteredRequest(aiohttp.ClientRequest):
    """aiohttp's request, which puts the meter into its connection before it writes, and adds no headers of its own."""

    exchange: Exchange | None = None
    whole: bytes | None = None
    """A body short enough to be written in one piece, with the headers and without a task for it."""

    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        """Nothing: whoever sends says all that is to be sent."""
        del skip_auto_headers
        self._skip_auto_headers = _NO_AUTOMATIC_HEADERS

    async def send(self, conn: "Connection") -> aiohttp.ClientResponse:
        """Write the request. Raises StaleError, with nothing written, on a connection that is no longer good."""
        protocol, exchange = conn.protocol, self.exchange
        if exchange is None:
            raise RuntimeError("a request is sent that nobody watches")
        await _hear_out(protocol)
        if protocol is None or protocol.transport is None or protocol.should_close or _ended(protocol.transport):
            raise StaleError
        if isinstance(protocol.transport, Meter):
            protocol.transport.exchange = exchange
        else:
            meter = Meter(protocol.transport, exchange)
            protocol.transport = cast("asyncio.Transport", cast("object", meter))  # it is one in all but name
        return await super().send(conn) if self.whole is None else await self._send_whole(protocol, self.whole)

    async def _send_whole(self, protocol: "ResponseHandler", body: bytes) -> aiohttp.ClientResponse:
        writer = StreamWriter(protocol, self.loop)
        await writer.write_headers(f"{self.method} {self.url.raw_path_qs} HTTP/1.1", self.headers)
        await writer.write_eof(body)
        return self.response_class(
            self.method,
            self.original_url,
            writer=None,
            continue100=None,
            timer=self._timer,
            request_info=self.request_info,
            traces=[],
            loop=self.loop,
            session=None,  # pyright: ignore[reportArgumentType]  # it is used for cookies and guesses alone
            stream_writer=writer,
        )


async def _hear_out(protocol: "ResponseHandler | None") -> None:
    """Let the loop read what lies unread on an idle TLS connection: there a good-bye is bytes before it is a close.

    Unasked session tickets are bytes too, so unread ones alone say nothing.
    """
    for _ in range(_TURNS_TO_READ):
        transport = None if protocol is None else protocol.transport
        if transport is None or not transport.get_extra_info("sslcontext") or not _pending(transport, select.POLLIN):
            return
        await asyncio.sleep(0)


def _ended(transport: asyncio.BaseTransport) -> bool:
    """Whether the peer has already closed, or sent what nobody asked for, as far as this machine's kernel knows.

    Over TLS only the closing counts: session tickets arrive unasked.
    """
    over_tls = transport.get_extra_info("sslcontext")
    return transport.is_closing() or _pending(transport, _GONE if over_tls else _GONE | select.POLLIN)


def _pending(transport: asyncio.BaseTransport, events: int) -> bool:
    """Whether the kernel reports one of these on the connection's socket."""
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), events)
    return bool(poll.poll(0))
