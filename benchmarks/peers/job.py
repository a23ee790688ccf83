# pyright: basic
# asyncpg says nothing of its types.
"""What every peer does with a post: send it, read the id, store that in a commit of its own.

The post's JSON travels in the job's payload, which saves the peers a SELECT. Nothing here goes through Herald's own
transport: aiohttp alone is cheaper.
"""

import asyncio
import json
import os
import sys
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import asyncpg

from benchmarks.peers.settings import Settings
from benchmarks.processes import usage_line

TABLE = "CREATE TABLE posted (number integer PRIMARY KEY, remote_id text)"
STORE = "UPDATE posted SET remote_id = $2 WHERE number = $1"
_WRITERS = 16

Post = Callable[[int, str], Awaitable[None]]
"""Sends the post of that number with that body and stores the id it was given."""


async def make_table(settings: Settings) -> None:
    """The table of ids, with a row for each post."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        await connection.execute(TABLE)
        await connection.execute("INSERT INTO posted SELECT generate_series(0, $1 - 1)", settings.posts)
    finally:
        await connection.close()


@asynccontextmanager
async def poster(settings: Settings) -> AsyncGenerator[Post]:
    """A `Post` over kept-alive aiohttp connections and a pool of asyncpg's."""
    url = f"{settings.sink_url}/posts"
    headers = {"content-type": "application/json"}
    connector = aiohttp.TCPConnector(limit=settings.in_flight)
    async with (
        asyncpg.create_pool(settings.database_url, min_size=_WRITERS, max_size=_WRITERS) as pool,
        aiohttp.ClientSession(connector=connector) as session,
    ):

        async def post(number: int, body: str) -> None:
            async with session.post(url, data=body.encode(), headers=headers) as response:
                answer = json.loads(await response.read())
            await pool.execute(STORE, number, answer["id"])

        yield post


async def at_work(running: Awaitable[object]) -> None:
    """Say "ready", and let it run until the standard input ends; then end the process at once."""
    working = asyncio.ensure_future(running)
    obey()
    await working


def obey() -> None:
    """Say "ready", and answer the standard input from a thread until it ends, and the process with it."""
    threading.Thread(target=_answer, daemon=True).start()
    print("ready", flush=True)


def _answer() -> None:
    for _ in sys.stdin:
        print(usage_line(), flush=True)
    os._exit(0)
