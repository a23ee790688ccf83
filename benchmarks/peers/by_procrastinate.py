# pyright: basic, reportMissingImports=false
# `make bench` installs the peers; whoever checks types need not have them.
"""procrastinate: a table, a claim of one job at a time, a poll each 0.2 s (its default is 5 s).

A dead worker's jobs stay "doing" for ever by default; with `quick_recovery` the recipe of its documentation is added, a
periodic task that retries stalled jobs. Source: https://procrastinate.readthedocs.io/en/stable/howto/production/retry_stalled_jobs.html,
2026-11-21.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, PsycopgConnector

from benchmarks.peers.job import at_work, make_table, poster
from benchmarks.peers.settings import Settings, bodies, due_or_now

_POLL_S = 0.2
_AT_ONCE = 1_000
_HEARTBEAT_S, _STALLED_S, _LOOK_CRON = 1.0, 4.0, "*/2 * * * * *"


def fill(settings: Settings) -> None:
    """Defer every post."""
    asyncio.run(_fill(settings))


def serve(settings: Settings) -> None:
    """Work until the standard input ends."""
    asyncio.run(_serve(settings))


async def _fill(settings: Settings) -> None:
    await make_table(settings)
    app = App(connector=PsycopgConnector(conninfo=settings.database_url))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        due_s = due_or_now(settings)
        defer = app.configure_task("post", schedule_at=datetime.fromtimestamp(due_s, UTC))
        jobs = [{"number": number, "body": body} for number, body in bodies(settings)]
        for start in range(0, len(jobs), _AT_ONCE):
            await defer.batch_defer_async(*jobs[start : start + _AT_ONCE])
    print(due_s, flush=True)


async def _serve(settings: Settings) -> None:
    app = App(connector=PsycopgConnector(conninfo=settings.database_url))
    async with poster(settings) as post, app.open_async():

        @app.task(name="post")
        async def _post(number: int, body: str) -> None:
            await post(number, body)

        heartbeat: dict[str, Any] = {}
        if settings.quick_recovery:
            _add_recipe(app)
            heartbeat = {"update_heartbeat_interval": _HEARTBEAT_S, "stalled_worker_timeout": _STALLED_S}
        await at_work(
            app.run_worker_async(
                concurrency=settings.in_flight,
                fetch_job_polling_interval=_POLL_S,
                install_signal_handlers=False,
                **heartbeat,
            )
        )


def _add_recipe(app: App) -> None:
    @app.periodic(cron=_LOOK_CRON)
    @app.task(queueing_lock="retry_stalled", pass_context=True)
    async def _retry_stalled(_context: object, timestamp: int) -> None:  # noqa: ARG001  # given to periodic tasks
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
            await app.job_manager.retry_job(job)
