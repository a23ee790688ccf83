"""A lease that is lost, or nearly: what was held under it leaves no trace, and nothing is lost without need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import delete, text

from bot import clock
from bot.domain.publication import State
from bot.services import publishing, reconciling, working
from handlers.clock import lease
from handlers.clock.dispatcher import Dispatcher
from storage import workers
from storage.tables import WorkerRow
from tests.toy_queue import Queue


@asynccontextmanager
async def _working(worker: Dispatcher, toy: Queue) -> AsyncIterator[None]:
    """A worker, and somebody who puts back what the vanished have left."""
    stop = asyncio.Event()

    async def recover() -> None:
        while not stop.is_set():
            await reconciling.recover(toy.deps)
            await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.run(stop))
        tasks.create_task(recover())
        try:
            yield
        finally:
            stop.set()


async def test_a_claim_that_comes_back_after_the_lease_was_lost_leaves_no_trace_in_our_hands(
    toy: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A brand of which thousands had stayed there would never be claimed again."""
    claim, late = publishing.claim, 0
    worker = Dispatcher(toy.deps)

    async def claim_late(*given: Any, **named: Any) -> list[publishing.Job]:  # noqa: ANN401  # what claiming takes
        nonlocal late
        jobs = await claim(*given, **named)
        if jobs and not late:
            late = len(jobs)
            lost = worker._lease_now()
            async with toy.deps.database.transaction() as session:
                await session.execute(delete(WorkerRow))
            while worker._lease_now() is lost:  # noqa: ASYNC110  # it finds out by itself
                await asyncio.sleep(0.02)
        return jobs

    monkeypatch.setattr(publishing, "claim", claim_late)
    monkeypatch.setattr(working, "RENEW_IDLE_EVERY_S", 0.2)
    posts = [await toy.post(f"Post {number}") for number in range(5)]
    async with _working(worker, toy):
        for post_id in posts:
            assert await toy.until(post_id, State.PUBLISHED, within_s=20) == [State.PUBLISHED]
        await asyncio.sleep(0.2)
        assert late
        assert len(worker._hands) == 0


async def test_one_renewal_that_hangs_does_not_cost_the_lease(toy: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on one connection that fell silent; all others are answered."""
    renew, times = workers.renew, 0

    async def hang_once(*given: Any) -> bool:  # noqa: ANN401  # what renewing takes
        nonlocal times
        times += 1
        if times == 2:
            await asyncio.Event().wait()
        return await renew(*given)

    monkeypatch.setattr(workers, "renew", hang_once)
    monkeypatch.setattr(working, "RENEW_IDLE_EVERY_S", 0.5)
    monkeypatch.setattr(lease, "MARGIN_S", working.LEASE_S - 2.0)
    worker = Dispatcher(toy.deps)
    async with _working(worker, toy):
        while worker._lease is None:  # noqa: ASYNC110  # it joins by itself
            await asyncio.sleep(0.01)
        mine, until_s = worker._lease, clock.uptime_s() + 4
        while clock.uptime_s() < until_s:
            assert mine.holds()
            await asyncio.sleep(0.02)
        assert worker._lease is mine
    assert times > 3


async def test_a_worker_that_cannot_join_stops_when_told_and_leaves_nothing(
    toy: Queue, caplog: pytest.LogCaptureFixture
) -> None:
    """As behind a fail-over to a server that takes no writes, or with a user that may only read."""
    async with toy.deps.database.transaction() as session:
        await session.execute(text("ALTER TABLE workers RENAME TO elsewhere"))
    stop = asyncio.Event()
    worker = asyncio.create_task(Dispatcher(toy.deps).run(stop))
    while not caplog.records:  # noqa: ASYNC110  # it tries, and says so
        await asyncio.sleep(0.01)
    assert not worker.done()
    stop.set()
    async with asyncio.timeout(2):
        await worker
