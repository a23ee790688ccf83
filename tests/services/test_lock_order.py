"""Rows of the queue are locked in one order by all: of a press and a worker at the same post neither is broken off.

PostgreSQL ends a deadlock after a second by breaking one of the two off: the press is refused with an error, or all
that was armed together goes out a second late.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot import clock
from bot.domain.ids import ItemId, PostId
from bot.domain.publication import State
from bot.services import holding_posts, publishing, scheduling, working
from bot.services.publishing import Arming, Ready
from storage import post_holds, posts, revisions
from storage.conditions import ITEMS
from tests.services.test_gates import another
from tests.toy import ToyNetwork
from tests.toy_queue import Queue

Press = Callable[[Queue, PostId], Coroutine[Any, Any, object]]


async def _cancel(toy: Queue, post_id: PostId) -> object:
    return await scheduling.cancel_post(toy.deps, toy.workspace_id, post_id, asked_by="tests")


async def _edit(toy: Queue, post_id: PostId) -> object:
    async with toy.deps.database.transaction() as session:
        return await revisions.lock_items(session, toy.workspace_id, post_id)


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("press", [_cancel, _edit])
async def test_a_press_and_arming_never_wait_for_each_other(
    toy: Queue, network: ToyNetwork, press: Press, first: int
) -> None:
    if toy.deps.database.dialect != "postgresql":
        pytest.skip("SQLite has one writer")
    post_id, ids = await _two_accounts(toy, network)
    worker_id = await working.join(toy.deps)
    jobs = await publishing.claim(toy.deps, worker_id, limit=5)
    ready = [one for job in jobs if isinstance(one := await publishing.prepare(toy.deps, job), Ready)]
    assert [one.job.item.id for one in sorted(ready, key=lambda one: one.job.item.id)] == ids
    async with toy.deps.database.transaction() as session:
        await session.execute(ITEMS.select().where(ITEMS.c.id == ids[first]).with_for_update())
        arming = asyncio.create_task(publishing.arm(toy.deps, worker_id, ready))
        await _waiting(toy, 1)
        pressing = asyncio.create_task(press(toy, post_id))
        await _waiting(toy, 2)
    armed, pressed = await asyncio.gather(arming, pressing, return_exceptions=True)
    assert isinstance(armed, Arming)
    assert len(armed.armed) == 2
    assert "deadlock" not in str(pressed)


async def test_who_cancels_waits_for_who_has_the_post_and_holds_nothing_of_it_meanwhile(toy: Queue) -> None:
    if toy.deps.database.dialect != "postgresql":
        pytest.skip("SQLite has one writer")
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(hours=1))
    await holding_posts.hold_post(toy.deps, toy.workspace_id, post_id, asked_by="tests")
    async with toy.deps.database.transaction() as session:
        await post_holds.lock(session, toy.workspace_id, post_id)
        cancelling = asyncio.create_task(_cancel(toy, post_id))
        await _waiting(toy, 1)
        await session.execute(ITEMS.select().where(ITEMS.c.post_id == post_id).with_for_update(nowait=True))
    await cancelling
    assert await toy.states(post_id) == [State.CANCELLED]


async def _two_accounts(toy: Queue, network: ToyNetwork) -> tuple[PostId, list[ItemId]]:
    """A post of two items, that of the lower id behind the other in the table and in the index of its post."""
    other = await another(toy, network, "Heron")
    now = clock.now()
    new = toy._post(("Hello",), now)  # pyright: ignore[reportPrivateUsage]
    (item,) = new.items
    both = replace(new, items=(item, replace(item, account_id=other.account.id, key=item.key[::-1])))
    async with toy.deps.database.transaction() as session:
        post_id = await posts.insert_post(session, toy.workspace_id, both)
        for account, item_id in ((toy.account, "item_b"), (other.account, "item_a")):
            await session.execute(ITEMS.update().where(ITEMS.c.account_id == account.id).values(id=item_id))
    assert toy.account.id < other.account.id
    return post_id, [ItemId("item_a"), ItemId("item_b")]


async def _waiting(toy: Queue, many: int) -> None:
    """Until so many wait for a row."""
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(300):
        async with toy.deps.database.reading() as session:
            if await session.scalar(asked) == many:
                return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")
