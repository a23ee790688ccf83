"""Several processes on one database: each thing happens once, and at once."""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot import clock
from bot.domain.publication import State
from storage.tables import TickRow
from tests.crash.arena import Arena, numbered

_full = pytest.mark.skipif(not os.environ.get("CRASH_KILLS"), reason="only in `make crash`, for the time it takes")
_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


async def _started(arena: Arena, count: int) -> None:
    for worker in [arena.start() for _ in range(count)]:
        await arena.until_true(lambda log=worker.log: "worker joined" in log())


async def test_three_workers_share_a_burst_and_double_nothing(arena: Arena) -> None:
    """Any number may run, on one SQLite file as well."""
    arena.network.latency_s = 0.05
    await _started(arena, 3)
    await arena.post_many(300, clock.now() + timedelta(seconds=1))
    await arena.until_only(State.PUBLISHED, within_s=60)
    arena.assert_once(numbered(300))
    async with arena.queue.deps.database.reading() as session:
        turns = list(await session.scalars(select(TickRow).where(TickRow.name == "tidy")))
    assert len(turns) == 1
    assert [await worker.end() for worker in arena.workers] == [0, 0, 0]


@_postgresql
async def test_what_another_process_posts_now_does_not_wait_for_a_look(arena: Arena) -> None:
    """These workers look once a minute by themselves. What was said while nobody listened is seen after a reconnect."""
    arena.settings = replace(arena.settings, look_every_s=60.0)
    await _started(arena, 2)
    waits_s: list[float] = []
    for number in range(6):
        if number == 3:
            await _stop_listening(arena)
        asked_at = clock.now()
        await arena.queue.post(f"Now {number}", due_at=asked_at)
        await arena.until_true(lambda wanted=number + 1: len(arena.network.arrivals) == wanted, within_s=30)
        waits_s.append((arena.network.arrivals[-1] - asked_at).total_seconds())
    print(f"began after {', '.join(f'{wait_s:.3f}' for wait_s in waits_s)} s")  # noqa: T201  # figures for -s
    arena.assert_once(numbered(6, ["Now"]))


async def _stop_listening(arena: Arena) -> None:
    """Cut every LISTEN, as a server that restarts does."""
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE query LIKE 'LISTEN %' AND datname = current_database()"
    )
    async with arena.queue.deps.database.transaction() as session:
        assert await session.scalar(text(cut)) == len(arena.workers)


@_full
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("keyed", [False], ids=["plain"])
async def test_a_clock_set_ahead_does_not_make_a_missing_post_a_proof(arena: Arena) -> None:
    """The request hangs at the server, whose sender is dead; by the new time it could not arrive any more."""
    answers = iter(["gate"])
    arena.network.behaviour = lambda _: next(answers, "ok")
    await arena.queue.post("Hello")
    dead = arena.start(ahead_s=0)
    await arena.until_true(lambda: arena.network.asked == ["Hello"])
    other = arena.start(ahead_s=0)
    await arena.until_true(lambda: "worker joined" in other.log())
    dead.kill()
    other.set_clock(300)
    await asyncio.sleep(25)
    arena.network.gate.set()
    await arena.until_only(State.PUBLISHED, within_s=90)
    arena.assert_once(["Hello"])
