"""Missed posts of a brand: asked about once for each outage, and answered together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, select, update

from bot import clock
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.publication import State
from bot.services import editing, glancing, holding, missing, publishing, reconciling, scheduling, working
from bot.services.missing import Answer
from storage.tables import AuditEventRow, NoticeRow, PostItemRow
from tests.toy_queue import Queue

BY = "slack:U1"


async def missed(queue: Queue, *texts: str) -> list[PostId]:
    """Posts found too late, all at once."""
    late = clock.now() - timedelta(minutes=40)
    found = [await queue.post(text, due_at=late + timedelta(seconds=n)) for n, text in enumerate(texts)]
    await reconciling.recover(queue.deps)
    return found


async def notices(queue: Queue, kind: str = "missed") -> list[NoticeRow]:
    """What is owed of this kind, oldest first."""
    async with queue.deps.database.reading() as session:
        query = select(NoticeRow).where(NoticeRow.kind == kind).order_by(NoticeRow.created_at)
        return list((await session.scalars(query)).all())


async def delivered(queue: Queue) -> None:
    """As if everything had been said."""
    async with queue.deps.database.transaction() as session:
        place = {"channel": "C1", "ts": "1.1"}
        await session.execute(update(NoticeRow).values(delivered_at=clock.now(), place=place))


async def test_posts_missed_one_by_one_in_an_outage_end_in_one_message(slack: Queue) -> None:
    (first,) = await missed(slack, "One")
    assert await notices(slack) == []
    await delivered(slack)
    (second,) = await missed(slack, "Two")
    (told,) = await notices(slack)
    assert (told.payload["posts"], told.place, told.delivered_at) == (
        [first, second],
        {"channel": "C1", "ts": "1.1"},
        None,
    )
    (alone,) = await notices(slack, "broadcast")
    assert alone.dedupe_key.startswith("joined:")
    await delivered(slack)
    (third,) = await missed(slack, "Three")
    (told,) = await notices(slack)
    assert (told.payload["posts"], told.delivered_at) == ([first, second, third], None)


async def test_another_outage_has_another_message(slack: Queue) -> None:
    await missed(slack, "One", "Two")
    async with slack.deps.database.transaction() as session:
        (told,) = (await session.scalars(select(NoticeRow).where(NoticeRow.kind == "missed"))).all()
        old = (clock.now() - timedelta(hours=2)).isoformat()
        await session.execute(update(NoticeRow).values(payload={**told.payload, "last_at": old}))
    await missed(slack, "Three", "Four")
    assert len(await notices(slack)) == 2


async def test_all_are_posted_one_after_another_in_order_and_the_message_ends(slack: Queue) -> None:
    posts = await missed(slack, "One", "Two", "Three")
    (told,) = await notices(slack)
    await delivered(slack)
    gap = timedelta(milliseconds=300)
    done = await missing.answer_all(slack.deps, slack.workspace_id, told.id, Answer.POST, asked_by=BY, gap=gap)
    assert (done.posts, done.refused) == (3, ())
    async with slack.deps.database.reading() as session:
        due = (await session.scalars(select(PostItemRow.due_at).order_by(PostItemRow.scheduled_at))).all()
    assert [at - due[0] for at in due if at and due[0]] == [gap * 0, gap, gap * 2]
    (told,) = await notices(slack)
    assert (told.payload["over"] is not None, told.payload["ended_by"], told.delivered_at) == (True, BY, None)
    async with slack.working():
        for post_id in posts:
            assert await slack.until(post_id, State.PUBLISHED) == [State.PUBLISHED]
    assert slack.network.texts() == ["One", "Two", "Three"]
    with pytest.raises(Conflict, match="already"):
        await missing.answer_all(slack.deps, slack.workspace_id, told.id, Answer.DROP, asked_by=BY)
    assert await missing.states_of(slack.deps, slack.workspace_id, posts) == {State.PUBLISHED: 3}


async def test_all_go_into_free_slots_one_each(toy: Queue) -> None:
    posts = await missed(toy, "One", "Two")
    (told,) = await notices(toy)
    await missing.answer_all(toy.deps, toy.workspace_id, told.id, Answer.SLOTS, asked_by=BY)
    planned = [(await toy.see(post_id)).scheduled_at for post_id in posts]
    assert None not in planned
    assert planned[0] < planned[1]  # pyright: ignore[reportOptionalOperand, reportOperatorIssue]  # looked at above
    assert {tuple(await toy.states(post_id)) for post_id in posts} == {(State.SCHEDULED,)}


async def test_all_are_dropped_and_what_somebody_answered_alone_stays_as_it_is(toy: Queue) -> None:
    first, second, third = await missed(toy, "One", "Two", "Three")
    (told,) = await notices(toy)
    await scheduling.retry_post(toy.deps, toy.workspace_id, first, asked_by=BY)
    await editing.drop_post(toy.deps, toy.workspace_id, second, asked_by=BY)
    done = await missing.answer_all(toy.deps, toy.workspace_id, told.id, Answer.DROP, asked_by=BY)
    assert done.posts == 1
    assert [await toy.states(post) for post in (first, second, third)] == [
        [State.SCHEDULED],
        [State.CANCELLED],
        [State.CANCELLED],
    ]


async def test_nothing_is_posted_while_the_brand_is_on_hold(toy: Queue) -> None:
    await missed(toy, "One", "Two")
    (told,) = await notices(toy)
    await holding.hold(toy.deps, toy.workspace_id, toy.brand, asked_by=BY)
    with pytest.raises(Conflict, match="on hold"):
        await missing.answer_all(toy.deps, toy.workspace_id, told.id, Answer.POST, asked_by=BY)


async def test_a_message_of_another_workspace_is_not_found(toy: Queue) -> None:
    await missed(toy, "One", "Two")
    (told,) = await notices(toy)
    with pytest.raises(NotFound):
        await missing.answer_all(toy.deps, WorkspaceId("ws_other"), told.id, Answer.DROP, asked_by=BY)


async def test_a_post_of_which_it_cannot_be_done_does_not_hold_up_the_others(toy: Queue) -> None:
    first, second = await missed(toy, "One", "")
    (told,) = await notices(toy)
    done = await missing.answer_all(toy.deps, toy.workspace_id, told.id, Answer.SLOTS, asked_by=BY)
    assert done.posts == 1
    assert len(done.refused) == 1
    assert await toy.states(first) == [State.SCHEDULED]
    assert await toy.states(second) == [State.MISSED]
    (told,) = await notices(toy)
    assert told.payload["over"] is None


async def test_what_a_worker_has_held_beyond_its_grace_is_missed_though_nothing_else_is_late(slack: Queue) -> None:
    """Its film is still being uploaded, or it waits for a budget."""
    post_id = await slack.post("Late")
    worker_id = await working.join(slack.deps)
    (job,) = await publishing.claim(slack.deps, worker_id, limit=5)
    ready = await publishing.prepare(slack.deps, job)
    assert isinstance(ready, publishing.Ready)
    assert not (await glancing.glance(slack.deps)).recover
    async with slack.deps.database.transaction() as session:
        await session.execute(update(PostItemRow).values(missed_after=clock.now() - timedelta(seconds=1)))
    assert (await glancing.glance(slack.deps)).recover
    assert await reconciling.recover(slack.deps) == 1
    assert await slack.states(post_id) == [State.MISSED]
    assert (await publishing.arm(slack.deps, worker_id, [ready])).armed == []
    assert not (await glancing.glance(slack.deps)).recover


# --- Much at once ----------------------------------------------------------------------------------------------------


@contextmanager
def _statements() -> Iterator[list[str]]:
    """What any database is asked."""
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_as_many_statements_miss_two_hundred_posts_as_miss_ten(slack: Queue) -> None:
    """Each takes as long as the way to the database and back, and PostgreSQL ends a transaction that lasts."""
    asked: list[int] = []
    for number in (10, 200):
        posts = await slack.post_all([f"{number} {n}" for n in range(number)], clock.now() - timedelta(hours=2))
        with _statements() as said:
            assert await reconciling.recover(slack.deps) == number
        assert await missing.states_of(slack.deps, slack.workspace_id, posts) == {State.MISSED: number}
        asked.append(len(said))
    assert asked[1] <= asked[0] <= 20


async def test_the_parts_behind_many_missed_ones_are_missed_with_them_and_no_others(slack: Queue) -> None:
    late = clock.now() - timedelta(hours=2)
    threads = [await slack.post(f"{n}", f"{n} two", f"{n} three", due_at=late) for n in range(3)]
    first = await slack.post("First", "Second")
    await slack.post("Other", due_at=clock.now() + timedelta(hours=1))
    assert await reconciling.recover(slack.deps) == len(threads)
    assert [await slack.states(post_id) for post_id in threads] == [[State.MISSED] * 3] * 3
    assert await slack.states(first) == [State.SCHEDULED] * 2
    async with slack.deps.database.reading() as session:
        rows = (await session.scalars(select(PostItemRow).where(PostItemRow.post_id.in_(threads)))).all()
        told = (await session.scalars(select(AuditEventRow).where(AuditEventRow.event == "parent_missed"))).all()
    assert {row.error_class for row in rows if row.part} == {"parent"}
    assert {row.item_id for row in told} == {row.id for row in rows if row.part}


async def test_what_vanished_workers_held_is_taken_over_though_nothing_can_be_missed(
    slack: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_slow(*_: object, **__: object) -> None:
        raise TimeoutError

    due = await slack.post("Held")
    worker_id = await working.join(slack.deps)
    assert len(await publishing.claim(slack.deps, worker_id, limit=5)) == 1
    await working.let_go(slack.deps, worker_id, [await slack.item_id(due)])
    monkeypatch.setattr(reconciling.items, "miss_late", too_slow)
    with pytest.raises(TimeoutError):
        await reconciling.recover(slack.deps)
    assert await slack.states(due) == [State.SCHEDULED]
