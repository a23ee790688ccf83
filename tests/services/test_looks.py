"""Looks that take long, and the writing of many, do not make the same looks again and again."""

import asyncio

from sqlalchemy import update

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.publication import State
from bot.services import reconciling
from storage.tables import PostItemRow
from tests.toy_queue import Queue


async def _due_for_a_look(toy: Queue) -> None:
    async with toy.deps.database.transaction() as session:
        await session.execute(update(PostItemRow).values(check_at=clock.now()))


async def test_an_item_that_is_being_looked_at_here_is_not_looked_at_twice(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "lose_answer"
    toy.network.down = True
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.UNCONFIRMED) == [State.UNCONFIRMED]
    await _due_for_a_look(toy)
    under_way = {await toy.item_id(post_id)}
    assert await reconciling.look(toy.deps, under_way) == 0
    assert under_way == {await toy.item_id(post_id)}
    await _due_for_a_look(toy)
    assert await reconciling.look(toy.deps) == 1


async def test_a_look_that_is_over_is_not_under_way_though_another_of_its_call_lasts(toy: Queue) -> None:
    toy.network.behaviour = lambda _: "lose_answer"
    toy.network.down = True
    slow, quick = await toy.post("Slow"), await toy.post("Quick")
    async with toy.working():
        for post_id in (slow, quick):
            assert await toy.until(post_id, State.UNCONFIRMED) == [State.UNCONFIRMED]
    toy.network.down = False
    toy.network.held_looks.add("Slow")
    await _due_for_a_look(toy)
    under_way = set[ItemId]()
    looking = asyncio.create_task(reconciling.look(toy.deps, under_way))
    assert await toy.until(quick, State.PUBLISHED) == [State.PUBLISHED]
    async with asyncio.timeout(15):
        while await toy.item_id(quick) in under_way:  # noqa: ASYNC110  # another task takes it out
            await asyncio.sleep(0.01)
    assert under_way == {await toy.item_id(slow)}
    assert not looking.done()
    toy.network.gate.set()
    assert await looking == 2
    assert under_way == set()
