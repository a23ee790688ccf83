# pyright: basic, reportMissingImports=false
# `make bench` installs the peers; whoever checks types need not have them.
"""pgqueuer: batches of 32 by SKIP LOCKED (its default is 10), completions buffered.

It takes at most `max_concurrent_tasks` jobs, which must be twice the batch, and sends as many at once.
"""

import asyncio
import json
from datetime import timedelta

import asyncpg
from pgqueuer import AsyncpgPoolDriver, Job, PgQueuer, Queries

from benchmarks.peers.job import at_work, make_table, poster
from benchmarks.peers.settings import Settings, bodies, due_or_now

_BATCH = 32
_HEARTBEAT, _LOOK_EVERY = timedelta(seconds=30), timedelta(seconds=30)
_QUICK_HEARTBEAT, _QUICK_LOOK = timedelta(seconds=4), timedelta(seconds=2)
_DUE = "SELECT extract(epoch FROM min(execute_after))::float8 FROM pgqueuer"


def fill(settings: Settings) -> None:
    """Enqueue every post in one statement, so that all are due at one instant."""
    asyncio.run(_fill(settings))


def serve(settings: Settings) -> None:
    """Work until the standard input ends."""
    asyncio.run(_serve(settings))


async def _fill(settings: Settings) -> None:
    await make_table(settings)
    async with asyncpg.create_pool(settings.database_url, min_size=2, max_size=2) as pool:
        queries = Queries(AsyncpgPoolDriver(pool))
        await queries.install()
        payloads: list[bytes | None] = [
            json.dumps({"number": number, "body": body}).encode() for number, body in bodies(settings)
        ]
        now_s = float(await pool.fetchval("SELECT extract(epoch FROM now())::float8"))
        after = timedelta(seconds=max(0.0, due_or_now(settings) - now_s))
        count = len(payloads)
        due: list[timedelta | None] = [after] * count
        await queries.enqueue(["post"] * count, payloads, [0] * count, due)
        print(await pool.fetchval(_DUE), flush=True)


async def _serve(settings: Settings) -> None:
    async with (
        poster(settings) as post,
        asyncpg.create_pool(settings.database_url, min_size=4, max_size=8) as pool,
    ):
        queue = PgQueuer(AsyncpgPoolDriver(pool))

        @queue.entrypoint("post")
        async def _post(job: Job) -> None:
            given = json.loads(job.payload or b"")
            await post(given["number"], given["body"])

        await at_work(
            queue.qm.run(
                batch_size=_BATCH,
                max_concurrent_tasks=max(settings.in_flight, 2 * _BATCH),
                dequeue_timeout=_QUICK_LOOK if settings.quick_recovery else _LOOK_EVERY,
                heartbeat_timeout=_QUICK_HEARTBEAT if settings.quick_recovery else _HEARTBEAT,
            )
        )
