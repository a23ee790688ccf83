"""Loopback servers made of bytes, for answers no HTTP library would give."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """One connection, seen from the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray) -> None:
        self.writer = writer
        self._reader = reader
        self._seen = seen

    async def request(self) -> bytes:
        """The next whole request with a Content-Length; empty at the end of the connection."""
        held = b""
        while b"\r\n\r\n" not in held:
            if not (piece := await self.read()):
                return b""
            held += piece
        head, _, body = held.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            if not (piece := await self.read()):
                return b""
            body += piece
        return body

    async def head(self) -> str:
        """The next request's head, for requests without a body; empty at the end of the connection."""
        held = b""
        while b"\r\n\r\n" not in held:
            if not (piece := await self.read()):
                return ""
            held += piece
        return held.decode()

    async def read(self) -> bytes:
        """Whatever comes next; empty at the end."""
        piece = await self._reader.read(65_536)
        self._seen += piece
        return piece

    async def send(self, data: bytes) -> None:
        """Write and wait until the system took it."""
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Peer], Awaitable[None]]


class RawServer:
    """Serves every connection by `behaviour` and then closes it. `seen` is every byte that was read."""

    def __init__(self, behaviour: Behaviour, *, tls: ssl.SSLContext | None = None) -> None:
        self._behaviour = behaviour
        self._tls = tls
        self._peers: set[asyncio.Task[None]] = set()
        self.seen = bytearray()
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._tls)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.close()
        for task in list(self._peers):
            task.cancel()
        await asyncio.gather(*self._peers, return_exceptions=True)
        await self._server.wait_closed()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.ensure_future(self._serve(Peer(reader, writer, self.seen)))
        self._peers.add(task)
        task.add_done_callback(self._peers.discard)

    async def _serve(self, peer: Peer) -> None:
        try:
            await self._behaviour(peer)
        except ConnectionError:
            pass
        finally:
            peer.writer.close()

    async def parted(self) -> None:
        """Every connection so far was served and is closed, or is about to be in the loop's next turn."""
        await asyncio.gather(*self._peers, return_exceptions=True)

    @property
    def url(self) -> str:
        """Its base address."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def posts(self) -> int:
        """How many POST requests arrived, whole or begun."""
        return bytes(self.seen).count(b"POST /")
