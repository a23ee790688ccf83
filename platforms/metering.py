"""What is written of a request, seen where alone it is known: at the socket's transport.

The meter stands in aiohttp's connection before that transport, tells the exchange of each write, and lets the fence
stop the first.
"""

import asyncio
import math
import select
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

import aiohttp
from multidict import CIMultiDict

from bot.clock import uptime_s

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


class LateError(TimeoutError):
    """The exchange's time is over, and its request not yet written."""


class Exchange:
    """What is known of one request on its way out."""

    __slots__ = ("ends_at_s", "fence", "held_back", "written")

    def __init__(self, fence: Fence | None, *, ends_at_s: float = math.inf) -> None:
        self.fence = fence
        self.ends_at_s = ends_at_s
        """On the boot clock: a process that was stopped in the middle of a long body does not send the rest."""
        self.written = False
        self.held_back = False

    def before_write(self) -> None:
        """Called by the meter right before each write. Raises when the fence is down, or the time over."""
        if self.written:
            if uptime_s() > self.ends_at_s:
                raise LateError
            return
        if self.fence is not None and not self.fence():
            self.held_back = True
            raise HeldBackError
        self.written = True


class Meter:
    """Stands before a connection's transport and sees every write; all else passes through."""

    __slots__ = ("_inner", "_poll", "exchange", "is_closing", "over_tls", "resume_reading")

    def __init__(self, inner: asyncio.Transport, exchange: Exchange) -> None:
        self._inner = inner
        self.exchange = exchange
        self.over_tls = bool(inner.get_extra_info("sslcontext"))
        self._poll: select.poll | None = None
        self.is_closing, self.resume_reading = inner.is_closing, inner.resume_reading  # asked for with every request

    def write(self, data: bytes) -> None:
        """Write, after the exchange had its say."""
        self.exchange.before_write()
        self._inner.write(data)

    def writelines(self, list_of_data: Iterable[bytes]) -> None:
        """Write several pieces, after the exchange had its say."""
        self.exchange.before_write()
        self._inner.writelines(list_of_data)

    def is_unread(self) -> bool:
        """Whether there is something to read on the connection's socket, as far as this machine's kernel knows."""
        return bool(self._pending() & select.POLLIN)

    def is_ended(self) -> bool:
        """Whether the peer has already closed, or sent what nobody asked for, as far as this machine's kernel knows.

        Over TLS only the closing counts: session tickets arrive unasked.
        """
        return self.is_closing() or bool(self._pending() & (_GONE if self.over_tls else _GONE | select.POLLIN))

    def _pending(self) -> int:
        """What the kernel reports of the connection's socket."""
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self._inner.get_extra_info("socket").fileno(), _GONE | select.POLLIN)
        found = self._poll.poll(0)
        return found[0][1] if found else 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)


class MeteredRequest(aiohttp.ClientRequest):
    """aiohttp's request, which puts the meter into its connection before it writes, and adds no headers of its own."""

    exchange: Exchange | None = None

    def update_auto_headers(self, skip_auto_headers: Iterable[str] | None) -> None:
        """Nothing: whoever sends says all that is to be sent."""
        del skip_auto_headers
        self._skip_auto_headers = _NO_AUTOMATIC_HEADERS

    async def send(self, conn: "Connection") -> aiohttp.ClientResponse:
        """Write the request. Raises StaleError, with nothing written, on a connection that is no longer good."""
        if self.exchange is None:
            raise RuntimeError("a request is sent that nobody watches")
        await fit_to_send(conn, self.exchange)
        return await super().send(conn)


async def fit_to_send(connection: "Connection", exchange: Exchange) -> "tuple[ResponseHandler, Meter]":
    """What the connection reads and writes with, watched for this exchange. StaleError: it is no longer good."""
    protocol = connection.protocol
    if protocol is None or protocol.transport is None:
        raise StaleError
    inner = protocol.transport
    there = cast("object", inner)
    if isinstance(there, Meter):
        meter = there
        meter.exchange = exchange
    else:
        meter = Meter(inner, exchange)
        protocol.transport = cast("asyncio.Transport", cast("object", meter))  # it is one in all but name
    if meter.over_tls:
        await _hear_out(connection, meter)
    if connection.closed or protocol.should_close or meter.is_ended():
        raise StaleError
    return protocol, meter


async def _hear_out(connection: "Connection", meter: Meter) -> None:
    """Let the loop read what lies unread on an idle TLS connection: there a good-bye is bytes before it is a close.

    Unasked session tickets are bytes too, so unread ones alone say nothing.
    """
    for _ in range(_TURNS_TO_READ):
        if connection.closed or not meter.is_unread():
            return
        await asyncio.sleep(0)


def head_of(first: str, said: Iterable[tuple[str, str]], headers: Iterable[tuple[str, str]], size: int | None) -> bytes:
    """The first line and the headers of a request, as they are written; `said` goes before what `headers` say of it.

    `size` is the body's, None where there can be none. Raises ValueError for what would break out of its line.
    """
    lines = [first, *(f"{name}: {value}" for name, value in said)]
    known = {"content-length", *(name for name, _ in said)}
    lines += [f"{name}: {value}" for name, value in headers if name.lower() not in known]
    if size is not None:
        lines.append(f"content-length: {size}")
    lines += ("", "")
    text = "\r\n".join(lines)
    if not text.count("\r") == text.count("\n") == len(lines) - 1 or "\0" in text:
        raise ValueError("a header is more than one line")
    return text.encode()
