"""A lease that is lost, or nearly: what was held under it leaves no trace, and nothing is lost without need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import delete

from bot.domain.publication import State
from bot.services import publishing, reconciling, working
from handlers.clock.dispatcher import Dispatcher
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
