"""After downtime: what piled up goes out one after another on each account, what is in time goes before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select, update

from bot import clock
from bot.domain.ids import PostId
from bot.domain.pacing import GAP
from bot.domain.publication import State
from bot.services import journal, publishing, working
from storage.conditions import ITEMS
from storage.tables import PostItemRow, WorkerRow
from tests.toy_queue import Queue

AGO = timedelta(minutes=10)


async def due_times(toy: Queue, posts: Iterable[PostId]) -> list[datetime]:
    async with toy.deps.database.reading() as session:
        rows = await session.execute(
            select(PostItemRow.post_id, PostItemRow.due_at).where(PostItemRow.post_id.in_(list(posts)))
        )
        found = {row.post_id: row.due_at for row in rows}
    return [found[post_id] for post_id in posts]


async def claim_all(toy: Queue, *, limit: int, workers: int = 1) -> list[str]:
    """Claim in turns until nothing more can be claimed; the texts in that order."""
    ids = [await working.join(toy.deps) for _ in range(workers)]
    texts: list[str] = []
    idle = 0
    while idle < len(ids):
        for worker_id in ids:
            jobs = await publishing.claim(toy.deps, worker_id, limit=limit)
            texts += [job.item.text for job in jobs]
            waits = await publishing.next_claim_in_s(toy.deps)
            idle = 0 if jobs or (waits is not None and waits <= 0) else idle + 1
    return texts


async def test_what_came_due_while_nobody_worked_is_spread_and_what_is_in_time_goes_before(toy: Queue) -> None:
    begin = clock.now() - AGO
    backlog = [await toy.post(f"{n:02d}", due_at=begin + timedelta(seconds=n)) for n in range(20)]
    fresh = await toy.post("In time", due_at=clock.now() + timedelta(seconds=2))
    planned = (await due_times(toy, [fresh]))[0]
    texts = await claim_all(toy, limit=6, workers=2)
    assert texts[0] == "00"
    assert "In time" in texts
    assert texts.index("In time") < 4
    assert len(texts) < 5
    times = await due_times(toy, backlog)
    assert times[1:] == sorted(times[1:])
    assert times[1] > clock.now() - timedelta(seconds=30)
    assert all(after - before >= GAP for before, after in pairwise(times[1:]))
    assert await due_times(toy, [fresh]) == [planned]
    story = [line.detail for line in await journal.why(toy.deps, toy.workspace_id, backlog[-1])]
    assert any("while Herald was not running" in line for line in story)


async def test_a_backlog_of_a_minute_ago_and_one_that_a_worker_lived_through_are_not_spread(toy: Queue) -> None:
    posts = [await toy.post(f"{n}", due_at=clock.now() - timedelta(seconds=40)) for n in range(5)]
    assert len(await claim_all(toy, limit=10)) == 5
    old = [await toy.post(f"Old {n}", due_at=clock.now() - AGO) for n in range(5)]
    async with toy.deps.database.transaction() as session:
        await session.execute(update(WorkerRow).values(started_at=clock.now() - 2 * AGO))
    assert len(await claim_all(toy, limit=10)) == 5
    assert len(set(await due_times(toy, [*posts, *old]))) == 10


async def test_a_worker_that_only_lost_its_lease_has_no_backlog(toy: Queue) -> None:
    old = [await toy.post(f"Old {n}", due_at=clock.now() - AGO) for n in range(5)]
    worker_id = await working.join(toy.deps, there_since=clock.now() - 2 * AGO)
    assert len(await publishing.claim(toy.deps, worker_id, limit=10)) == 5
    assert len(set(await due_times(toy, old))) == 5


async def test_a_backlog_goes_out_in_order_and_what_its_pace_brings_past_the_grace_is_missed(toy: Queue) -> None:
    begin = clock.now() - AGO
    posts = [await toy.post(f"{n}", due_at=begin + timedelta(seconds=n)) for n in range(3)]
    async with toy.deps.database.transaction() as session:
        soon = clock.now() + timedelta(seconds=1.5)
        await session.execute(update(ITEMS).where(ITEMS.c.post_id == posts[2]).values(missed_after=soon))
    async with toy.working():
        assert await toy.until(posts[1], State.PUBLISHED) == [State.PUBLISHED]
        assert await toy.until(posts[2], State.MISSED) == [State.MISSED]
    assert toy.network.texts() == ["0", "1"]
    first, second = toy.network.arrivals
    assert second - first >= GAP - timedelta(seconds=1)
