"""Hold and release of one post: it alone waits, nothing of it is late, and its release follows the rules of others."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.errors import Conflict, InvalidContent, NotFound
from bot.domain.ids import ItemId, PostId, WorkerId, WorkspaceId
from bot.domain.items import Live, Outcome
from bot.domain.publication import Event, State
from bot.services import (
    editing,
    holding,
    holding_posts,
    journal,
    publishing,
    reconciling,
    retyping,
    scheduling,
    working,
)
from bot.services.planning import At, NotYet, Now, Wish
from bot.services.publishing import Ready
from storage import glances, item_records, items, post_views
from storage.engine import Session
from storage.tables import CardRow, NoticeRow, PostItemRow, PostRow
from tests.toy_queue import Queue

BY, OMAR = "slack:U1", "slack:U2"


async def hold(toy: Queue, post_id: PostId, **more: object) -> holding_posts.HeldPost:
    """Maya holds it."""
    given = {"asked_by": BY, **more}
    return await holding_posts.hold_post(toy.deps, toy.workspace_id, post_id, **given)  # pyright: ignore[reportArgumentType]  # a test's own concern


async def release(toy: Queue, post_id: PostId, **more: object) -> holding_posts.ReleasedPost:
    """Omar releases it."""
    given = {"asked_by": OMAR, **more}
    return await holding_posts.release_post(toy.deps, toy.workspace_id, post_id, **given)  # pyright: ignore[reportArgumentType]  # a test's own concern


async def rows_of(toy: Queue, post_id: PostId) -> list[PostItemRow]:
    """Its items as they are stored, part by part."""
    async with toy.deps.database.reading() as session:
        query = select(PostItemRow).where(PostItemRow.post_id == post_id).order_by(PostItemRow.part)
        return list((await session.scalars(query)).all())


async def test_a_held_post_waits_alone_and_goes_out_after_its_release(toy: Queue) -> None:
    due_at = clock.now() + timedelta(seconds=1)
    held, free = await toy.post("Held", due_at=due_at), await toy.post("Free", due_at=due_at)
    done = await hold(toy, held, reason="outage  at\nthe printer")
    assert (done.underway, done.before, done.hold.by, done.hold.reason) == ((), None, BY, "outage at the printer")
    assert (await toy.see(held)).hold == done.hold
    async with toy.working():
        assert await toy.until(free, State.PUBLISHED) == [State.PUBLISHED]
        assert await toy.until(held, State.PUBLISHED, within_s=2.0) == [State.SCHEDULED]
        after = await release(toy, held)
        assert (after.going, after.late, after.still, after.post.hold) == (True, False, None, None)
        assert await toy.until(held, State.PUBLISHED) == [State.PUBLISHED]
    assert toy.network.texts() == ["Free", "Held"]


async def test_nothing_of_it_is_asked_for_nor_late_while_it_is_held(toy: Queue) -> None:
    post_id = await toy.post("Late", due_at=clock.now() - timedelta(minutes=40))
    assert (await glances.glance(toy.deps.database, now=clock.now())).recover
    await hold(toy, post_id)
    assert await publishing.next_claim_in_s(toy.deps) is None
    assert not (await glances.glance(toy.deps.database, now=clock.now())).recover
    assert await reconciling.recover(toy.deps) == 0
    assert await toy.states(post_id) == [State.SCHEDULED]
    done = await release(toy, post_id)
    assert (done.going, done.late) == (False, True)
    assert await reconciling.recover(toy.deps) == 1
    (item,) = (await toy.see(post_id)).items
    assert (item.status, item.error) == (State.MISSED, ("late", "The post was on hold. It was not sent."))


async def test_what_is_still_ahead_keeps_its_time_and_its_grace(toy: Queue) -> None:
    post_id = await toy.post("Ahead", due_at=clock.now() + timedelta(hours=1))
    (before,) = await rows_of(toy, post_id)
    await hold(toy, post_id)
    (held,) = await rows_of(toy, post_id)
    assert (held.claim_at, held.missed_after, held.due_at) == (None, None, before.due_at)
    done = await release(toy, post_id)
    assert (done.going, done.late) == (False, False)
    (after,) = await rows_of(toy, post_id)
    assert (after.claim_at, after.missed_after, after.due_at, after.held_missed_after) == (
        before.claim_at,
        before.missed_after,
        before.due_at,
        None,
    )


async def test_what_a_worker_has_claimed_is_taken_back_and_not_armed(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    await hold(toy, post_id)
    assert await toy.states(post_id) == [State.SCHEDULED]
    assert (await publishing.arm(toy.deps, worker_id, [ready])).armed == []
    await publishing.give_back(toy.deps, worker_id, [publishing.released(job.item, "old")])
    assert await publishing.claim(toy.deps, worker_id, limit=10) == []
    await release(toy, post_id)
    (again,) = await publishing.claim(toy.deps, worker_id, limit=10)
    assert again.item.version == job.item.version + 1


async def test_what_is_being_sent_cannot_be_held_and_is_named_beside_what_can(toy: Queue) -> None:
    post_id = await toy.post("First part", "Second part")
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    (armed,) = (await publishing.arm(toy.deps, worker_id, [ready])).armed
    done = await hold(toy, post_id)
    assert [one.item_id for one in done.underway] == [armed.ready.job.item.id]
    single = await toy.post("Alone")
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    await publishing.arm(toy.deps, worker_id, [ready])
    with pytest.raises(Conflict, match="is being sent"):
        await hold(toy, single)
    assert (await toy.see(single)).hold is None


async def _sent_and_held(toy: Queue) -> tuple[PostId, WorkerId, ItemId]:
    """A post of two parts, put on hold while its first is on its way."""
    post_id = await toy.post("First part", "Second part")
    worker_id = await working.join(toy.deps)
    (job,) = await publishing.claim(toy.deps, worker_id, limit=10)
    ready = await publishing.prepare(toy.deps, job)
    assert isinstance(ready, Ready)
    (armed,) = (await publishing.arm(toy.deps, worker_id, [ready])).armed
    await hold(toy, post_id)
    return post_id, worker_id, armed.ready.job.item.id


async def _end(session: Session, item_id: ItemId, event: Event) -> None:
    """The answer to its call is written down."""
    now = clock.now()
    (item,) = await item_records.load(session, [item_id])
    live = Live(platform_post_id="1", permalink="https://toy.example/1") if event is Event.CREATED else None
    ended = Outcome(item=item, attempt=1, event=event, at=now, due_at=now, claim_at=now, live=live)
    assert await items.settle(session, [ended])


@pytest.mark.parametrize("event", [Event.NOT_SENT, Event.CREATED])
async def test_what_comes_back_or_goes_on_under_a_hold_waits_for_the_release(toy: Queue, event: Event) -> None:
    post_id, worker_id, item_id = await _sent_and_held(toy)
    async with toy.deps.database.transaction() as session:
        await _end(session, item_id, event)
    waiting = [row for row in await rows_of(toy, post_id) if row.state == State.SCHEDULED.value]
    assert waiting
    assert {row.claim_at for row in waiting} == {None}
    assert await publishing.claim(toy.deps, worker_id, limit=10) == []
    await working.leave(toy.deps, worker_id)
    assert (await release(toy, post_id, gap=timedelta())).going
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED] * 2
    assert toy.network.texts() == (["First part"] if event is Event.NOT_SENT else []) + ["Second part"]


@pytest.mark.parametrize("event", [Event.NOT_SENT, Event.CREATED])
async def test_what_comes_back_in_the_very_moment_of_the_release_goes_out(toy: Queue, event: Event) -> None:
    """It was taken out of the queue for a hold that is over when that is written; nobody would touch it any more."""
    post_id, _, item_id = await _sent_and_held(toy)
    async with toy.deps.database.transaction() as session:
        await _end(session, item_id, event)
        releasing = asyncio.create_task(release(toy, post_id, gap=timedelta()))
        await asyncio.wait([releasing], timeout=0.8)
    await releasing
    (waiting,) = [row for row in await rows_of(toy, post_id) if row.state == State.SCHEDULED.value and row.due_at]
    assert waiting.claim_at is not None
    assert waiting.missed_after is not None


async def test_an_edit_a_move_and_another_try_leave_it_on_hold(toy: Queue) -> None:
    post = await _written(toy, "Hello", At(text=(clock.now() + timedelta(hours=2)).isoformat()))
    await hold(toy, post.post_id)
    later = At(text=(clock.now() + timedelta(hours=3)).isoformat())
    moved = await editing.move_post(toy.deps, toy.workspace_id, post.post_id, later, version=post.version, asked_by=BY)
    assert moved.hold is not None
    (row,) = await rows_of(toy, post.post_id)
    assert (row.claim_at, row.missed_after) == (None, None)
    now = await editing.move_post(toy.deps, toy.workspace_id, post.post_id, Now(), version=moved.version, asked_by=BY)
    async with toy.working():
        assert await toy.until(post.post_id, State.PUBLISHED, within_s=1.0) == [State.SCHEDULED]
        assert (await release(toy, now.post_id)).going
        assert await toy.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]


async def test_what_failed_beside_it_is_tried_again_under_the_hold(toy: Queue) -> None:
    post_id = await toy.post("First part", "Second part", due_at=clock.now() + timedelta(hours=1))
    await hold(toy, post_id)
    async with toy.deps.database.transaction() as session:
        await session.execute(
            update(PostItemRow)
            .where(PostItemRow.post_id == post_id, PostItemRow.part == 0)
            .values(state=State.FAILED.value, error_class="content", error_message="no")
        )
    await scheduling.retry_post(toy.deps, toy.workspace_id, post_id, asked_by=BY)
    assert [(row.state, row.claim_at) for row in await rows_of(toy, post_id)] == [("scheduled", None)] * 2
    assert (await release(toy, post_id)).going


async def test_a_draft_or_a_cancelled_post_is_on_hold_no_more(toy: Queue) -> None:
    at = At(text=(clock.now() + timedelta(hours=2)).isoformat())
    laid_aside, dropped = await _written(toy, "Aside", at), await _written(toy, "Dropped", at)
    for post in (laid_aside, dropped):
        await hold(toy, post.post_id)
    wish = retyping.wish_of_post(laid_aside, toy.brand, NotYet(), asked_by=BY)
    draft = await editing.edit_post(toy.deps, toy.workspace_id, laid_aside.post_id, wish, version=laid_aside.version)
    assert (draft.status, draft.hold) == (State.DRAFT, None)
    cancelled = await scheduling.cancel_post(toy.deps, toy.workspace_id, dropped.post_id, asked_by=BY)
    assert cancelled.status is State.CANCELLED
    assert (await toy.see(dropped.post_id)).hold is None
    for post_id in (laid_aside.post_id, dropped.post_id):
        with pytest.raises(Conflict, match="nothing to hold"):
            await hold(toy, post_id)
        with pytest.raises(Conflict, match="not on hold by itself"):
            await release(toy, post_id)


async def _written(toy: Queue, text: str, when: At) -> post_views.PostView:
    wish = Wish(brand=toy.brand, to=("toy",), text=text, when=when, asked_by=BY)
    return await scheduling.schedule_post(toy.deps, wish)


async def test_a_second_hold_changes_its_end_or_reason_and_nothing_else(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(hours=2))
    first = await hold(toy, post_id, reason="fire")
    end = clock.now() + timedelta(hours=1)
    again = await hold(toy, post_id, asked_by=OMAR, until=end)
    assert again.before == first.hold
    assert (again.hold.since, again.hold.by, again.hold.reason, again.hold.until) == (first.hold.since, BY, "fire", end)
    assert (await hold(toy, post_id, asked_by=OMAR)).hold == again.hold
    told = [entry.event for entry in await journal.why(toy.deps, toy.workspace_id, post_id)]
    assert told == ["hold", "hold"]


async def test_the_journal_tells_who_held_and_who_released(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(hours=2))
    await hold(toy, post_id, reason="fire")
    await release(toy, post_id)
    lines = await journal.why(toy.deps, toy.workspace_id, post_id)
    assert [(line.event, line.detail, line.actor) for line in lines] == [
        ("hold", "On hold: fire. (by slack:U1)", BY),
        ("release", "Released. (by slack:U2)", OMAR),
    ]


async def test_a_hold_ends_by_itself_at_its_time(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    end = clock.now() + timedelta(seconds=1)
    await hold(toy, post_id, until=end)
    assert await holding_posts.end_holds(toy.deps) == 0
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    post = await toy.see(post_id)
    assert (post.items[0].published_at or clock.now()) >= end
    assert post.hold is None


async def test_who_holds_it_anew_when_a_hold_is_over_that_nobody_has_ended_yet_has_stopped_it(toy: Queue) -> None:
    post_id = await toy.post("Hello")
    await hold(toy, post_id, until=clock.now() + timedelta(seconds=0.2), reason="fire")
    await asyncio.sleep(0.3)
    held = await hold(toy, post_id, asked_by=OMAR)
    assert (held.before, held.hold.until, held.hold.reason, held.hold.by) == (None, None, None, OMAR)
    assert await holding_posts.end_holds(toy.deps) == 0
    assert (await toy.see(post_id)).hold == held.hold


async def test_under_two_holds_it_waits_for_both(toy: Queue) -> None:
    post_id, other = await toy.post("Hello"), await toy.post("Other")
    await hold(toy, post_id)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    assert (await holding.release(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)).going == 1
    assert [row.claim_at is None for row in [*await rows_of(toy, post_id), *await rows_of(toy, other)]] == [True, False]
    await holding.hold(toy.deps, toy.workspace_id, None, asked_by=BY)
    done = await release(toy, post_id)
    assert done.still is not None
    assert (done.still.everything, done.going) == (True, False)
    with pytest.raises(Conflict, match="waits for the whole workspace"):
        await release(toy, post_id)
    assert await publishing.next_claim_in_s(toy.deps) is None
    assert (await holding.release(toy.deps, toy.workspace_id, None, asked_by=BY)).going == 2


async def test_posts_released_one_by_one_or_at_one_time_are_no_burst(toy: Queue) -> None:
    now, gap = clock.now(), timedelta(seconds=3)
    posts = [await toy.post(f"{n}", due_at=now - timedelta(minutes=1, seconds=-n)) for n in range(6)]
    end = now + timedelta(seconds=4)
    for number, post_id in enumerate(posts):
        await hold(toy, post_id, until=end if number % 2 else None)
    for post_id in posts[::2]:
        assert (await release(toy, post_id)).going
    await asyncio.sleep((end - clock.now()).total_seconds() + 0.1)
    assert await holding_posts.end_holds(toy.deps) == 3
    rows = [row for post_id in posts for row in await rows_of(toy, post_id)]
    due = sorted(row.due_at for row in rows if row.due_at is not None)
    assert len(due) == 6
    assert all(after - before >= gap for before, after in pairwise(due))


async def test_a_released_post_does_not_wait_for_one_that_failed_and_is_tried_again_minutes_later(toy: Queue) -> None:
    now = clock.now()
    failing, post_id = await toy.post("Failing", due_at=now), await toy.post("Held", due_at=now - timedelta(minutes=13))
    async with toy.deps.database.transaction() as session:
        again = {"tries": 4, "due_at": now + timedelta(minutes=4), "claim_at": now + timedelta(minutes=4)}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == failing).values(again))
    await hold(toy, post_id)
    assert (await release(toy, post_id)).going
    async with toy.working():
        assert await toy.until(post_id, State.PUBLISHED, within_s=10) == [State.PUBLISHED]


async def test_wrong_wishes_and_another_workspaces_posts_are_refused(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(hours=1))
    with pytest.raises(InvalidContent, match="still to come"):
        await hold(toy, post_id, until=clock.now())
    with pytest.raises(InvalidContent, match="300 of 200"):
        await hold(toy, post_id, reason="x" * 300)
    with pytest.raises(Conflict, match="not on hold by itself"):
        await release(toy, post_id)
    elsewhere = WorkspaceId("ws_of_somebody_else")
    for act in (holding_posts.hold_post, holding_posts.release_post):
        with pytest.raises(NotFound):
            await act(toy.deps, elsewhere, post_id, asked_by=BY)
    await hold(toy, post_id)
    with pytest.raises(NotFound):
        await holding_posts.release_post(toy.deps, elsewhere, post_id, asked_by=BY)
    assert (await toy.see(post_id)).hold is not None


async def test_of_two_who_hold_or_release_at_once_one_does_it(toy: Queue) -> None:
    post_id = await toy.post("Hello", due_at=clock.now() + timedelta(hours=1))
    both = await asyncio.gather(hold(toy, post_id), hold(toy, post_id, asked_by=OMAR))
    assert sorted(done.before is None for done in both) == [False, True]
    assert both[0].hold == both[1].hold
    ends = await asyncio.gather(*(release(toy, post_id) for _ in range(2)), return_exceptions=True)
    assert sorted(isinstance(end, Conflict) for end in ends) == [False, True]


async def test_of_workers_that_end_holds_at_once_each_ends_some_and_none_stumbles_over_the_other(toy: Queue) -> None:
    """Each goes through all of them, those the other has ended meanwhile too."""
    end = clock.now() + timedelta(seconds=0.5)
    posts = [await toy.post(f"Post {n}", due_at=end + timedelta(hours=1)) for n in range(30)]
    for post_id in posts:
        await hold(toy, post_id, until=clock.now() + timedelta(seconds=0.5))
    await asyncio.sleep(0.6)
    ended = await asyncio.gather(*(holding_posts.end_holds(toy.deps) for _ in range(4)))
    assert sum(ended) == len(posts)


async def test_a_hold_in_the_middle_of_claiming_and_sending_loses_and_doubles_nothing(toy: Queue) -> None:
    due_at = clock.now() + timedelta(seconds=1)
    posts = [await toy.post(f"{n:02}", due_at=due_at) for n in range(30)]
    async with toy.working():
        await asyncio.sleep(0.6)
        done = await asyncio.gather(*(hold(toy, post_id) for post_id in posts[::2]), return_exceptions=True)
        held = [one.post.post_id for one in done if isinstance(one, holding_posts.HeldPost)]
        for post_id in {*posts} - {*held}:
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
        assert {tuple(await toy.states(post_id)) for post_id in held} <= {(State.SCHEDULED,)}
        for post_id in held:
            await release(toy, post_id, gap=timedelta(milliseconds=5))
        for post_id in posts:
            assert await toy.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert sorted(toy.network.texts()) == [f"{n:02}" for n in range(30)]


async def test_its_card_and_its_thread_are_owed(slack: Queue) -> None:
    post = await _written(slack, "Hello", At(text=(clock.now() + timedelta(hours=2)).isoformat()))
    async with slack.deps.database.reading() as session:
        before = await session.scalar(select(CardRow.wanted).where(CardRow.post_id == post.post_id))
    await hold(slack, post.post_id, reason="fire")
    await release(slack, post.post_id)
    async with slack.deps.database.reading() as session:
        wanted = await session.scalar(select(CardRow.wanted).where(CardRow.post_id == post.post_id))
        told = (await session.scalars(select(NoticeRow).order_by(NoticeRow.created_at))).all()
    assert (wanted or 0) - (before or 0) == 2
    lines = [row.payload for row in told if row.kind == "thread" and row.payload["what"] != "schedule"]
    assert [(line["what"], line["by"], line.get("reason"), line.get("going")) for line in lines] == [
        ("hold", BY, "fire", None),
        ("release", OMAR, None, False),
    ]


async def test_what_is_overdue_and_held_is_listed_until_it_is_released(toy: Queue) -> None:
    past = clock.now() - timedelta(days=3)
    post_id, ahead = await toy.post("Old", due_at=past), await toy.post("New", due_at=clock.now() + timedelta(hours=1))
    await hold(toy, post_id)
    await hold(toy, ahead)
    found = await journal.overdue_on_hold(toy.deps, toy.workspace_id, brand_ids=[toy.brand.id])
    assert [post.post_id for post in found] == [post_id]
    assert await journal.overdue_on_hold(toy.deps, WorkspaceId("ws_else")) == []
    await release(toy, post_id)
    assert await journal.overdue_on_hold(toy.deps, toy.workspace_id) == []
    async with toy.deps.database.reading() as session:
        assert await session.scalar(select(PostRow.held_by).where(PostRow.id == post_id)) is None
