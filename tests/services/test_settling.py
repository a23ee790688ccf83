"""A yes of which nobody has to be told is written down by one statement, and nothing is left out for it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import event, select

from bot import clock
from bot.domain.gates import key_of_host
from bot.domain.ids import PostId
from bot.domain.items import Outcome
from bot.domain.publication import State
from bot.services import publishing, working
from storage.tables import AttemptRow, GateRow
from tests.toy_queue import Queue


async def _sent(toy: Queue, *posts: PostId) -> list[Outcome]:
    """Claimed, prepared, armed and sent, and not written down."""
    worker_id = await working.join(toy.deps)
    jobs = await publishing.claim(toy.deps, worker_id, limit=100)
    assert {job.item.post_id for job in jobs} == set(posts)
    ready = [one for job in jobs if isinstance(one := await publishing.prepare(toy.deps, job), publishing.Ready)]
    armed = (await publishing.arm(toy.deps, worker_id, ready)).armed
    return list(await asyncio.gather(*(publishing.send(toy.deps, one, fence=lambda: True) for one in armed)))


@contextmanager
def _asked(toy: Queue) -> Iterator[list[str]]:
    """The statements that the database is asked."""
    asked: list[str] = []

    def note(*arguments: object) -> None:
        asked.append(str(arguments[2]))

    engine = toy.deps.database._reader.sync_engine  # the only place to see them
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def _shown(toy: Queue, *posts: PostId) -> None:
    """Until there are cards of these posts."""
    async with asyncio.timeout(30), toy.working():
        while not {card.post_id for card in toy.heard.cards} >= set(posts):  # noqa: ASYNC110  # the toy rings no bell
            await asyncio.sleep(0.05)


async def test_posts_nobody_has_to_be_told_of_are_settled_by_one_statement(toy: Queue) -> None:
    posts = [await toy.post(f"Post {number}") for number in range(3)]
    outcomes = await _sent(toy, *posts)
    with _asked(toy) as asked:
        await publishing.settle(toy.deps, outcomes)
    assert [await toy.states(post_id) for post_id in posts] == [[State.PUBLISHED]] * 3
    async with toy.deps.database.reading() as session:
        rows = (await session.scalars(select(AttemptRow))).all()
    assert [(row.outcome, row.settled_at is not None, len(row.calls or ())) for row in rows] == [
        ("created", True, 1)
    ] * 3
    assert toy.deps.tally.items["published"] == 3
    if toy.deps.database.dialect == "postgresql":
        assert len(asked) == 1


async def test_with_slack_every_post_has_its_card_and_the_short_way_is_left_alone(toy: Queue) -> None:
    await toy.in_slack()
    posts = [await toy.post("One"), await toy.post("Two")]
    for outcome in await _sent(toy, *posts):
        await publishing.settle(toy.deps, [outcome])
    await _shown(toy, *posts)


async def test_slack_added_between_two_settlings_is_told_at_once(toy: Queue) -> None:
    first, second = await _sent(toy, await toy.post("One"), await toy.post("Two"))
    await publishing.settle(toy.deps, [first])
    await toy.in_slack()
    await publishing.settle(toy.deps, [second])
    await _shown(toy, second.item.post_id)


async def test_the_next_part_of_a_thread_goes_on_beside_posts_without_one(toy: Queue) -> None:
    thread, alone = await toy.post("One", "Two"), await toy.post("Alone")
    await publishing.settle(toy.deps, await _sent(toy, thread, alone))
    assert await toy.states(alone) == [State.PUBLISHED]
    assert await toy.states(thread) == [State.PUBLISHED, State.SCHEDULED]
    async with toy.working():
        assert await toy.until(thread, State.PUBLISHED) == [State.PUBLISHED] * 2


async def test_a_yes_of_a_host_in_trouble_counts_for_its_gate(toy: Queue) -> None:
    key = key_of_host(toy.account.platform, toy.account.service_url)
    outcomes = await _sent(toy, await toy.post("One"))
    async with toy.deps.database.transaction() as session:
        now = clock.now()
        session.add(GateRow(key=key, openings=0, recent="x", ledgers={}, updated_at=now))
    await publishing.settle(toy.deps, outcomes)
    async with toy.deps.database.reading() as session:
        gate = (await session.scalars(select(GateRow).where(GateRow.key == key))).one()
    assert gate.recent != "x"


async def test_a_late_answer_of_an_earlier_attempt_takes_nothing_from_the_last_one(toy: Queue) -> None:
    await toy.in_slack()
    (last,) = await _sent(toy, await toy.post("One"))
    earlier = replace(last, attempt=last.attempt - 1)
    await publishing.settle(toy.deps, [last, earlier])
    assert await toy.states(last.item.post_id) == [State.PUBLISHED]


async def test_the_same_answer_told_twice_counts_once(toy: Queue) -> None:
    outcomes = await _sent(toy, await toy.post("One"))
    for _ in range(2):
        await publishing.settle(toy.deps, outcomes)
    assert toy.deps.tally.items["published"] == 1
