# pyright: basic, reportMissingImports=false
# `make bench` installs the peers; whoever checks types need not have them.
"""APScheduler 3 with one job for each post, in its job store on PostgreSQL."""

import asyncio
from datetime import UTC, datetime

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import make_url

from benchmarks.peers.job import Post, at_work, make_table, poster
from benchmarks.peers.settings import Settings, bodies, due_or_now

_JOB = "benchmarks.peers.by_apscheduler:do_post"
_post: Post | None = None


async def do_post(number: int, body: str) -> None:
    """The job, which the store knows by its name."""
    if _post is None:
        raise RuntimeError("no worker runs here")
    await _post(number, body)


def fill(settings: Settings) -> None:
    """Add a job for each post."""
    asyncio.run(_fill(settings))


def serve(settings: Settings) -> None:
    """Work until the standard input ends."""
    asyncio.run(_serve(settings))


def _scheduler(settings: Settings) -> AsyncIOScheduler:
    url = make_url(settings.database_url).set(drivername="postgresql+psycopg")
    return AsyncIOScheduler(timezone=UTC, jobstores={"default": SQLAlchemyJobStore(url=url)})


async def _fill(settings: Settings) -> None:
    await make_table(settings)
    scheduler = _scheduler(settings)
    scheduler.start(paused=True)
    due_s = due_or_now(settings)
    due_at = datetime.fromtimestamp(due_s, UTC)
    for number, body in bodies(settings):
        scheduler.add_job(_JOB, "date", run_date=due_at, args=(number, body), misfire_grace_time=None)
    scheduler.shutdown()
    print(due_s, flush=True)


async def _serve(settings: Settings) -> None:
    global _post  # a job of the store is a function at the top of a module
    async with poster(settings) as _post:
        scheduler = _scheduler(settings)
        scheduler.start()
        await at_work(asyncio.Event().wait())
