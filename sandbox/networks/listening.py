"""Opening a server: at the port it should have, or at a free one when that is taken."""

import errno
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def listening(app: web.Application, port: int = 0, *, host: str = LOOPBACK) -> AsyncGenerator[int]:
    """Serve until the block ends; gives the port that was taken. Calls still under way are cut after half a second."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or port == 0:
                raise
            await web.TCPSite(runner, host, 0).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def or_free(port: int, host: str = LOOPBACK) -> int:
    """The port if nobody listens there, else 0: the next free one."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return 0
    return port
