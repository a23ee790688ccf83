"""A way to PostgreSQL that may fall silent without an end, as after a fail-over or behind a NAT that forgot it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sqlalchemy import make_url

_PORT = 5432
_PIECE_BYTES = 65_536


@dataclass
class Way:
    """Where it begins, and what came along."""

    url: str = ""
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    streams: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    connections: int = 0

    def fall_silent(self) -> None:
        """What is connected now hears and says nothing any more; new connections work."""
        for task in self.tasks:
            task.cancel()
        self.tasks.clear()


@asynccontextmanager
async def way_to(url: str) -> AsyncIterator[Way]:
    """Open one."""
    way, there = Way(), make_url(url)
    folder, port = there.query.get("host"), there.port or _PORT

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE_BYTES):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way.connections += 1
        if folder:
            back, forth = await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{port}")
        else:
            back, forth = await asyncio.open_connection(there.host, port)
        way.streams |= {writer, forth}
        for pair in ((reader, forth), (back, writer)):
            way.tasks.add(asyncio.create_task(pump(*pair)))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    here = server.sockets[0].getsockname()[1]
    way.url = there.set(host="127.0.0.1", port=here, query={}).render_as_string(hide_password=False)
    try:
        yield way
    finally:
        way.fall_silent()
        for stream in way.streams:
            stream.transport.abort()
        server.close()
