"""A worker's lease goes before all else that waits for the database's one writer."""

import asyncio

import pytest

from bot.services import working
from tests.toy_queue import Queue


@pytest.mark.parametrize("what", ["join", "stay"])
async def test_joining_and_staying_go_before_what_waits_for_the_writer(toy: Queue, what: str) -> None:
    worker_id = await working.join(toy.deps)
    order: list[str] = []

    async def other() -> None:
        async with toy.deps.database.transaction():
            order.append("other")

    async def lease() -> None:
        if what == "join":
            await working.join(toy.deps)
        else:
            assert await working.stay(toy.deps, worker_id)
        order.append("lease")

    async with asyncio.TaskGroup() as tasks, toy.deps.database.transaction():
        for _ in range(50):
            tasks.create_task(other())
        await asyncio.sleep(0)
        tasks.create_task(lease())
        for _ in range(3):
            await asyncio.sleep(0)
    many_writers = toy.deps.database.dialect == "postgresql"
    assert many_writers or order.index("lease") <= 1
