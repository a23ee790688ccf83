"""Hold and release: nothing goes out while a hold lasts, and afterwards nothing comes in a burst."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.errors import Conflict, InvalidContent
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import holding, publishing, reconciling, working
from bot.services.publishing import Ready
from handlers.clock.worker import Pace
from storage import items
from storage.tables import AuditEventRow, BrandRow, NoticeRow, PostItemRow
from tests.factories import make_account
from tests.history import plan
from tests.toy_queue import Queue

BY = "slack:U1"


async def test_a_due_post_of_a_held_brand_does_not_make_the_worker_look_without_pause(toy: Queue) -> None:
    await toy.post("Hello")
    assert await publishing.next_claim_in_s(toy.deps) is not None
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert await publishing.next_claim_in_s(toy.deps) is None


@pytest.mark.parametrize("everything", [False, True])
async def test_nothing_is_sent_or_missed_while_it_lasts_and_all_goes_out_afterwards(
    toy: Queue, *, everything: bool
) -> None:
    brand = None if everything else toy.brand
    held = await holding.hold(toy.deps, toy.workspace_id, brand, asked_by=BY, reason="outage  at\nthe printer")
    assert (held.waiting, held.underway, held.before) == (0, (), None)
    assert held.hold.reason == "outage at the printer"
    due, late = await toy.post("Due"), await toy.post("Late", due_at=clock.now() - timedelta(minutes=40))
    async with toy.working():
        assert await toy.until(due, State.PUBLISHED, within_s=2.5) == [State.SCHEDULED]
        assert await toy.states(late) == [State.SCHEDULED]
        done = await holding.release(toy.deps, toy.workspace_id, brand, asked_by=BY)
        assert (done.waiting, done.going, done.late, done.still) == (2, 1, 1, None)
        assert await toy.until(due, State.PUBLISHED) == [State.PUBLISHED]
        assert await toy.until(late, State.MISSED) == [State.MISSED]
    assert toy.network.texts() == ["Due"]


async def test_what_a_worker_has_claimed_is_taken_back_and_nothing_it_holds_counts_any_more(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert await toy.states(post_id) == [State.SCHEDULED]
    assert (await publishing.arm(toy.deps, worker_id, [ready])).armed == []
    await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    (again,) = await publishing.claim(toy.deps, worker_id, limit=10)
    await publishing.give_back(toy.deps, worker_id, [publishing.released(job.item, "old")])
    assert await toy.states(post_id) == [State.CLAIMED]
    assert (await publishing.arm(toy.deps, worker_id, [ready])).armed == []
    assert again.item.version == job.item.version + 1


async def test_what_was_claimed_in_the_very_moment_of_the_hold_is_not_armed(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    async with toy.deps.database.transaction() as session:  # as if the hold had been committed just before the claim
        await session.execute(update(BrandRow).values(held_since=clock.now()))
    assert (await publishing.arm(toy.deps, worker_id, [ready])).armed == []
    assert await toy.states(post_id) == [State.CLAIMED]


async def test_what_is_armed_is_named_and_what_was_prepared_is_kept(toy: Queue) -> None:
    first, second = await toy.post("One"), await toy.post("Two")
    worker_id = await working.join(toy.deps)
    jobs = await publishing.claim(toy.deps, worker_id, limit=10)
    both = [await publishing.prepare(toy.deps, job) for job in jobs]
    ready = [one for one in both if isinstance(one, Ready)]
    (armed,) = (await publishing.arm(toy.deps, worker_id, ready[:1])).armed
    held = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert [item.item_id for item in held.underway] == [armed.ready.job.item.id]
    assert held.waiting == 1
    assert {tuple(await toy.states(post)) for post in (first, second)} == {(State.SENDING,), (State.SCHEDULED,)}


async def test_what_a_network_keeps_for_its_second_is_named_with_that_second_for_it_goes_out_all_the_same(
    toy: Queue,
) -> None:
    second = clock.now() + timedelta(minutes=4)
    post_id = await toy.post("Handed over", due_at=second)
    async with toy.deps.database.transaction() as session:
        handed_over = {"state": State.CONFIRMING.value, "due_at": clock.now(), "check_at": second, "attempt": 1}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(handed_over))
    held = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert [(one.item_id, one.due_at) for one in held.underway] == [(await toy.item_id(post_id), second)]


async def test_a_second_hold_changes_its_end_or_reason_and_nothing_else(toy: Queue) -> None:
    first = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, reason="fire")
    end = clock.now() + timedelta(hours=1)
    again = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by="slack:U2", until=end)
    assert again.before == first.hold
    assert (again.hold.since, again.hold.by, again.hold.reason) == (first.hold.since, BY, "fire")
    assert again.hold.until == end
    same = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by="slack:U2")
    assert same.before == same.hold
    async with toy.deps.database.reading() as session:
        events = (await session.scalars(select(AuditEventRow.event))).all()
    assert list(events) == ["hold", "hold"]


async def test_a_hold_ends_by_itself_at_its_time(toy: Queue) -> None:
    end = clock.now() + timedelta(seconds=1)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, until=end)
    post_id = await toy.post("Hello")
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert (await toy.see(post_id)).items[0].published_at >= end  # pyright: ignore[reportOptionalOperand]
    assert await holding.holds_of(toy.deps, toy.workspace_id) == {}
    assert await holding.end_holds(toy.deps) == 0


async def test_who_stops_it_anew_when_a_hold_is_over_that_nobody_has_ended_yet_has_stopped_it(toy: Queue) -> None:
    """Workers were away at its end, or a moment has passed: the old end is not the new hold's."""
    await toy.post("Hello")
    end = clock.now() + timedelta(seconds=0.2)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, until=end, reason="fire")
    await asyncio.sleep(0.3)
    held = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by="slack:U2")
    assert (held.before, held.hold.until, held.hold.reason, held.hold.by) == (None, None, None, "slack:U2")
    assert await holding.end_holds(toy.deps) == 0
    assert (await holding.holds_of(toy.deps, toy.workspace_id))[toy.brand.id] == held.hold


async def test_wrong_wishes_are_refused_with_a_sentence(toy: Queue) -> None:
    with pytest.raises(InvalidContent, match="still to come"):
        await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, until=clock.now())
    with pytest.raises(InvalidContent, match="300 of 200"):
        await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, reason="x" * 300)
    with pytest.raises(Conflict, match="not on hold"):
        await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    await holding.hold(toy.deps, toy.workspace_id, None, asked_by=BY)
    with pytest.raises(Conflict, match="whole workspace"):
        await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)


async def test_a_brands_own_hold_outlasts_the_workspaces_and_the_other_way_round(toy: Queue) -> None:
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    await holding.hold(toy.deps, toy.workspace_id, None, asked_by=BY)
    await toy.post("Hello")
    done = await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert (done.going, done.still is not None) == (0, True)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert (await holding.release(toy.deps, toy.workspace_id, None, asked_by=BY)).going == 0
    assert (await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)).going == 1


async def test_a_post_to_several_accounts_is_one_of_those_that_go_out(toy: Queue) -> None:
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    other = await make_account(toy.deps.database, toy.brand, platform="toy", handle="other")
    await plan(toy.deps.database, toy.brand, [toy.account, other], "Beans", clock.now())
    done = await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert (done.waiting, done.going) == (1, 1)


async def test_two_hundred_released_posts_go_out_one_after_another_in_order_each_once(toy: Queue) -> None:
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    begin = clock.now() - timedelta(minutes=5)
    posts = [await toy.post(f"{n:03}", due_at=begin + timedelta(seconds=n)) for n in range(200)]
    gap = timedelta(milliseconds=20)
    async with toy.working():
        done = await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, gap=gap)
        assert done.going == 200
        for post_id in posts:
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert sorted(toy.network.texts()) == [f"{n:03}" for n in range(200)]
    async with toy.deps.database.reading() as session:
        rows = await session.execute(
            select(PostItemRow.due_at, PostItemRow.armed_at).order_by(PostItemRow.scheduled_at)
        )
        times = [(due, armed) for due, armed in rows if due is not None and armed is not None]
    assert len(times) == 200
    due = [at for at, _ in times]
    assert all(after - before == gap for before, after in pairwise(due))
    assert all(armed > at - timedelta(seconds=1) for at, armed in times)


async def test_waiting_for_its_turn_after_a_release_makes_no_post_late(toy: Queue) -> None:
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    planned = clock.now() - toy.brand.grace + timedelta(minutes=2)
    await toy.post_all([f"{n}" for n in range(4)], planned)
    done = await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, gap=timedelta(minutes=3))
    assert (done.going, done.late) == (4, 0)
    async with toy.deps.database.reading() as session:
        rows = (await session.scalars(select(PostItemRow).order_by(PostItemRow.due_at))).all()
    turns = [(row.due_at, row.missed_after) for row in rows if row.due_at is not None and row.missed_after is not None]
    assert len(turns) == 4
    assert all(after - at == timedelta(minutes=3) for (at, _), (after, _) in pairwise(turns))
    assert all(missed - at >= timedelta(minutes=1) for at, missed in turns)


async def test_a_second_release_while_the_first_ones_posts_still_go_out_keeps_the_order_and_the_gap(toy: Queue) -> None:
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    begin, gap = clock.now() - timedelta(minutes=5), timedelta(minutes=1)
    in_order = [await toy.post(f"{n}", due_at=begin + timedelta(seconds=n)) for n in range(4)]
    planned = await toy.post("In an hour", due_at=clock.now() + timedelta(minutes=50))
    await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, gap=gap)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    before = await _turns(toy)
    async with toy.deps.database.transaction() as session:  # as if a minute and a half had passed
        passed = {name: getattr(PostItemRow, name) - timedelta(seconds=90) for name in ("due_at", "claim_at")}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id.in_(in_order)).values(**passed))
    assert (await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, gap=gap)).going == 2
    after = await _turns(toy)
    assert list(after) == [*in_order, planned]
    assert all(later[0] - one[0] == gap for one, later in pairwise([after[post_id] for post_id in in_order]))
    assert after[planned] == before[planned]
    assert all(after[one][1] - after[one][0] <= before[one][1] - before[one][0] + gap * 1.5 for one in in_order)


async def _turns(toy: Queue) -> dict[PostId, tuple[datetime, datetime]]:
    """When each goes out, in that order, and when it is missed."""
    async with toy.deps.database.reading() as session:
        rows = (await session.scalars(select(PostItemRow).order_by(PostItemRow.due_at))).all()
    return {
        PostId(row.post_id): (row.due_at, row.missed_after)
        for row in rows
        if row.due_at is not None and row.missed_after is not None
    }


async def test_released_posts_keep_their_grace_and_those_ahead_their_times(toy: Queue) -> None:
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    now = clock.now()
    ahead = await toy.post("Ahead", due_at=now + timedelta(hours=1))
    old = await toy.post("Old", due_at=now - timedelta(minutes=14))
    await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    async with toy.deps.database.reading() as session:
        rows = {row.post_id: row for row in await session.scalars(select(PostItemRow))}
    assert rows[ahead].due_at == now + timedelta(hours=1)
    assert rows[old].missed_after == now + timedelta(minutes=1)
    assert rows[old].scheduled_at == now - timedelta(minutes=14)
    assert (rows[old].due_at or now - timedelta(hours=1)) >= now


async def test_the_channel_is_told_of_the_hold_and_its_end(slack: Queue) -> None:
    await slack.post("Hello", due_at=clock.now() + timedelta(hours=2))
    await holding.hold(slack.deps, slack.workspace_id, slack.brand, asked_by=BY, reason="fire")
    await holding.release(slack.deps, slack.workspace_id, slack.brand, asked_by="slack:U2")
    async with slack.deps.database.reading() as session:
        told = (await session.scalars(select(NoticeRow).order_by(NoticeRow.created_at))).all()
    assert [(row.kind, row.payload["what"], row.payload["by"]) for row in told] == [
        ("brand", "hold", BY),
        ("brand", "release", "slack:U2"),
    ]
    assert (told[0].payload["waiting"], told[0].payload["reason"]) == (1, "fire")
    assert (told[0].payload["ended_by"], told[0].payload["over"] is not None) == ("slack:U2", True)


async def test_what_is_late_is_not_missed_before_its_hold_ends(toy: Queue) -> None:
    await toy.post("Late", due_at=clock.now() - timedelta(minutes=40))
    await holding.hold(toy.deps, toy.workspace_id, None, asked_by=BY)
    assert await reconciling.recover(toy.deps) == 0
    async with toy.deps.database.transaction() as session:
        assert await items.miss_late(session, now=clock.now()) == []
    await holding.release(toy.deps, toy.workspace_id, None, asked_by=BY)
    assert await reconciling.recover(toy.deps) == 1


async def sending(queue: Queue) -> list[str]:
    """What is on its way right now."""
    async with queue.deps.database.reading() as session:
        query = select(PostItemRow.id).where(PostItemRow.state == State.SENDING.value)
        return list((await session.scalars(query)).all())


async def test_what_came_due_after_the_end_of_a_hold_that_nobody_ended_was_not_missed_for_it(toy: Queue) -> None:
    now = clock.now()
    during, after = [await toy.post("Hello", due_at=now - timedelta(hours=age)) for age in (3, 1)]
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    async with toy.deps.database.transaction() as session:
        past = {"held_since": now - timedelta(hours=4), "held_until": now - timedelta(hours=2)}
        await session.execute(update(BrandRow).where(BrandRow.id == toy.brand.id).values(past))
    assert await holding.end_holds(toy.deps) == 1
    assert await reconciling.recover(toy.deps) == 2
    reasons = [(await toy.see(post_id)).items[0].error for post_id in (during, after)]
    assert [error[1].partition(".")[0] for error in reasons if error is not None] == [
        "The brand was on hold",
        "Its time passed while Herald was not running or the network was away",
    ]


async def test_a_hold_in_the_middle_of_a_burst_stops_it_and_the_rest_goes_out_once(toy: Queue) -> None:
    due_at = clock.now() + timedelta(seconds=2)
    texts = [f"{n:03}" for n in range(120)]
    posts = [await toy.post(text, due_at=due_at) for text in texts]
    toy.network.latency_s = 0.2
    async with toy.working(pace=Pace(senders=2)):
        while not toy.network.texts():  # noqa: ASYNC110  # the network has no event for it
            await asyncio.sleep(0.01)
        held = await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
        toy.network.latency_s = 0.0
        while await sending(toy):  # noqa: ASYNC110  # nor has the queue
            await asyncio.sleep(0.1)
        gone = len(toy.network.texts())
        assert gone < len(posts)
        assert held.waiting >= len(posts) - gone
        await asyncio.sleep(1)
        assert len(toy.network.texts()) == gone
        gap = timedelta(milliseconds=5)
        done = await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY, gap=gap)
        assert done.going == len(posts) - gone
        for post_id in posts:
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert sorted(toy.network.texts()) == texts
