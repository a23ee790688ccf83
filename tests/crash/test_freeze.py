"""SIGSTOP past the lease, a second worker takes over, SIGCONT: nothing doubled, nothing lost."""

import asyncio
from datetime import timedelta

import pytest

from bot import clock
from bot.domain.publication import State
from tests.crash.arena import LEASE_S, PATIENCE_S, Arena, Worker, numbered
from tests.crash.worker import Point

_AWAKE_S = 1.5
"""Long enough for the woken worker to send what it believes it may."""


async def _wake(arena: Arena, worker: Worker) -> None:
    """Let the stopped worker go on, give it time to do wrong, and see that it works again under another id."""
    worker.wake()
    await arena.until_true(lambda: "lease lost, everything held was dropped" in worker.log())
    await asyncio.sleep(_AWAKE_S)
    assert await worker.end() == 0
    assert await arena.workers[-1].end() == 0
    assert set(await arena.states()) == {State.PUBLISHED}


@pytest.mark.parametrize("point", ["claimed", "armed"])
async def test_stopped_before_the_first_byte(arena: Arena, point: Point) -> None:
    await arena.queue.post("Hello")
    worker = arena.start(point)
    await arena.until_true(worker.settings.ready.exists)
    await arena.freeze(worker)
    arena.start()
    await arena.until_only(State.PUBLISHED, within_s=PATIENCE_S)
    await _wake(arena, worker)
    arena.assert_once(["Hello"])


async def test_stopped_while_it_waits_for_its_second(arena: Arena) -> None:
    due_at = clock.now() + timedelta(seconds=LEASE_S + 8)
    await arena.queue.post("Hello", due_at=due_at)
    worker = arena.start()
    await arena.until_only(State.CLAIMED, within_s=PATIENCE_S)
    await arena.freeze(worker)
    arena.start()
    await arena.until_only(State.PUBLISHED, within_s=PATIENCE_S)
    await _wake(arena, worker)
    arena.assert_once(["Hello"])


async def test_stopped_in_the_middle_of_many(arena: Arena) -> None:
    arena.network.latency_s = 0.1
    due_at = clock.now() + timedelta(seconds=4)
    await arena.post_many(200, due_at)
    worker = arena.start()
    await arena.until_true(lambda: len(arena.network.asked) >= 50)
    worker.freeze()
    assert (await arena.states())[State.SENDING] > 0
    arena.start()
    if arena.queue.deps.database.dialect == "sqlite":  # a process stopped inside a transaction keeps SQLite's one lock
        await asyncio.sleep(LEASE_S + 2)
        worker.wake()
    await arena.until_only(State.PUBLISHED, within_s=PATIENCE_S)
    await _wake(arena, worker)
    arena.assert_once(numbered(200))
