"""Nothing stays with a living worker that does not know of it, and nothing armed leaves late."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from bot import clock
from bot.domain.ids import PostId
from bot.domain.publication import State
from handlers.clock.worker import Pace
from storage.conditions import ITEMS
from storage.items import ATTEMPTS
from storage.tables import AttemptRow, WorkerRow
from tests.toy_queue import Queue


async def _strand(toy: Queue, post_id: PostId, state: State) -> None:
    """Make the item the running worker's, as a COMMIT would whose answer was lost."""
    now = clock.now()
    item_id = await toy.item_id(post_id)
    async with toy.deps.database.transaction() as session:
        worker_id = await session.scalar(select(WorkerRow.id))
        claimed = {"state": state.value, "worker_id": worker_id, "claimed_at": now, "due_at": now}
        armed = {"attempt": 1, "armed_at": now, "first_armed_at": now} if state is State.SENDING else {}
        later = now + timedelta(minutes=15)
        await session.execute(update(ITEMS).where(ITEMS.c.id == item_id).values(**claimed, **armed, missed_after=later))
        if state is State.SENDING:
            await session.execute(
                insert(ATTEMPTS).values(
                    item_id=item_id,
                    attempt=1,
                    workspace_id=toy.workspace_id,
                    worker_id=worker_id,
                    armed_at=now,
                )
            )


async def test_an_item_claimed_by_a_commit_nobody_heard_of_goes_out_all_the_same(toy: Queue) -> None:
    post_id = await toy.post("Stranded", due_at=clock.now() + timedelta(hours=1))
    async with toy.working():
        await asyncio.sleep(0.5)
        await _strand(toy, post_id, State.CLAIMED)
        assert await toy.until(post_id, State.PUBLISHED, within_s=25) == [State.PUBLISHED]
    assert toy.network.texts() == ["Stranded"]


async def test_an_item_armed_by_a_commit_nobody_heard_of_is_looked_for(toy: Queue) -> None:
    post_id = await toy.post("Stranded", due_at=clock.now() + timedelta(hours=1))
    async with toy.working():
        await asyncio.sleep(0.5)
        await _strand(toy, post_id, State.SENDING)
        assert await toy.until(post_id, State.UNCONFIRMED, State.PUBLISHED, within_s=25)
        async with asyncio.timeout(25):
            while not await _lost_attempts(toy):  # noqa: ASYNC110  # the worker makes it, in the database
                await asyncio.sleep(0.1)


async def _lost_attempts(toy: Queue) -> int:
    async with toy.deps.database.reading() as session:
        outcomes = (await session.scalars(select(AttemptRow.outcome))).all()
    return outcomes.count("lease_expired")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # twenty seconds of waiting for one's turn
async def test_what_was_armed_and_could_not_leave_in_time_is_armed_anew(toy: Queue) -> None:
    toy.network.latency_s = 4.5
    posts = [await toy.post(f"Post {number}") for number in range(4)]
    async with toy.working(pace=Pace(senders=1)):
        for post_id in posts:
            assert await toy.until(post_id, State.PUBLISHED, within_s=40) == [State.PUBLISHED]
    assert sorted(toy.network.texts()) == [f"Post {number}" for number in range(4)]
    assert len(toy.network.arrivals) == 4
    async with toy.deps.database.reading() as session:
        outcomes = (await session.scalars(select(AttemptRow.outcome))).all()
    assert "not_sent" in outcomes


async def test_what_a_network_says_of_a_post_is_stored_whatever_characters_it_has(toy: Queue) -> None:
    toy.network.url_suffix = "\0\ud800"
    post_id = await toy.post("Odd")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    (item,) = (await toy.see(post_id)).items
    assert item.permalink == f"{toy.network.url}/posts/0?"
