"""Whose word a brand's posts need, what waits for whom, and what nobody decided in time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.approvals import Asking, Rule
from bot.domain.errors import Conflict, InvalidContent, UserError
from bot.domain.ids import PostId
from bot.domain.missions import NewMission
from bot.domain.publication import State
from bot.services import (
    agreeing,
    approvers,
    approving,
    missions,
    scheduling,
)
from storage.tables import BrandRow, NoticeRow, PostItemRow
from tests.services.approval import (
    ANA,
    MAYA,
    OMAR,
    approve,
    asking,
    at,
    come_to,
    notices,
    ruled,
    wish,
    write,
)
from tests.toy_queue import Queue


async def test_nobody_in_time_is_missed_and_a_late_word_asks_what_to_do(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    await come_to(slack, post.post_id, clock.now() - timedelta(seconds=1))
    assert await agreeing.end_late(slack.deps) == 1
    late = await slack.see(post.post_id)
    assert (late.status, late.items[0].error) == (State.MISSED, ("late", agreeing.NOT_IN_TIME))
    async with slack.deps.database.reading() as session:
        loud = (await session.scalars(select(NoticeRow).where(NoticeRow.kind == "broadcast"))).all()
    assert [row.post_id for row in loud] == [post.post_id]
    assert await agreeing.end_late(slack.deps) == 0
    args = (slack.deps, slack.workspace_id, post.post_id)
    asked = await scheduling.retry_post(*args, asked_by=MAYA)
    assert asked.status is State.AWAITING_APPROVAL


async def test_a_late_word_lets_it_go_when_somebody_says_so(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    await come_to(slack, post.post_id, clock.now() - timedelta(seconds=1))
    after = await approve(slack, post)
    assert after.status is State.MISSED
    args = (slack.deps, slack.workspace_id, post.post_id)
    assert (await scheduling.retry_post(*args, asked_by=MAYA)).status is State.SCHEDULED
    async with slack.working():
        assert await slack.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]


async def test_taking_the_rule_away_lets_what_waits_go(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    await approvers.set_rule(slack.deps, slack.brand, rule=Rule.NONE, approvers=[], asked_by=MAYA)
    assert await slack.states(post.post_id) == [State.SCHEDULED]
    (row,) = (await slack.see(post.post_id)).items
    async with slack.deps.database.reading() as session:
        item = await session.get(PostItemRow, row.item_id)
    assert item is not None
    assert item.claim_at is not None
    assert item.missed_after is not None


async def test_another_rule_is_followed_by_what_waits_already(slack: Queue) -> None:
    await ruled(slack, Rule.ALL, OMAR, ANA)
    post, other = await write(slack), await write(slack, text="Other")
    await approve(slack, post, by=OMAR)
    await ruled(slack, Rule.ONE, OMAR, ANA)
    assert await slack.states(post.post_id) == [State.SCHEDULED]
    await ruled(slack, Rule.ONE, OMAR, ANA, "slack:U4KIM")
    assert (await approve(slack, other, by="slack:U4KIM")).status is State.SCHEDULED
    assert ("U4KIM", 1) in await notices(slack, approving.ASKED)


async def test_who_cancels_ends_the_asking(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    await scheduling.cancel_post(slack.deps, slack.workspace_id, post.post_id, asked_by=MAYA)
    assert await asking(slack, post.post_id) is Asking.OVER
    with pytest.raises(UserError):
        await approve(slack, post)
    assert await approvers.waiting_for(slack.deps, slack.workspace_id, "U2OMAR") == []


async def test_each_sees_what_waits_for_them(slack: Queue) -> None:
    await ruled(slack, Rule.ALL, MAYA, OMAR, ANA)
    first, second = await write(slack), await write(slack, by=OMAR, text="Two")
    await approve(slack, first, by=ANA)

    async def waits(user: str) -> Sequence[PostId]:
        return [post.post_id for post in await approvers.waiting_for(slack.deps, slack.workspace_id, user)]

    assert await waits("U1MAYA") == [second.post_id]
    assert await waits("U2OMAR") == [first.post_id]
    assert await waits("U3ANA") == [second.post_id]


async def test_reminders_are_owed_once_for_their_time(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    async with slack.deps.database.reading() as session:
        rows = (await session.scalars(select(NoticeRow).where(NoticeRow.kind.like("approval%")))).all()
    due = {row.kind: row.deliver_at for row in rows}
    assert post.scheduled_at is not None
    assert due[approving.REMINDER] == post.scheduled_at - timedelta(hours=2)
    assert due[approving.ALOUD] == post.scheduled_at - timedelta(hours=1)
    near = await write(slack, at(timedelta(minutes=30)), text="Near")
    async with slack.deps.database.reading() as session:
        kinds = [
            row.kind for row in await session.scalars(select(NoticeRow)) if row.payload.get("post") == near.post_id
        ]
    assert kinds == [approving.ASKED]


async def test_a_rule_needs_somebody_to_follow_it_and_a_slack_to_decide_in(toy: Queue) -> None:
    given = {"rule": Rule.ONE, "asked_by": MAYA}
    for who in ([], ["omar"], ["U2;DROP"]):
        with pytest.raises(InvalidContent):
            await approvers.set_rule(toy.deps, toy.brand, approvers=who, **given)  # pyright: ignore[reportArgumentType]  # a test's own concern
    with pytest.raises(Conflict, match="in no Slack"):
        await approvers.set_rule(toy.deps, toy.brand, approvers=["U2OMAR"], **given)  # pyright: ignore[reportArgumentType]  # as above


async def test_a_mission_that_goes_on_brings_nothing_past_the_rule(slack: Queue) -> None:
    made = await missions.create(slack.deps, slack.workspace_id, NewMission(name="Spring", constraints={}))
    planned = replace(wish(slack, at()), mission_id=made.id)
    post = await scheduling.schedule_post(slack.deps, planned)
    args = (slack.deps, slack.workspace_id, made.id)
    await missions.pause(*args, brand_id=None, asked_by=MAYA)
    assert await slack.states(post.post_id) == [State.DRAFT]
    await ruled(slack)
    await missions.resume(*args, brand_id=None, asked_by=MAYA)
    assert await slack.states(post.post_id) == [State.AWAITING_APPROVAL]
    await missions.pause(*args, brand_id=None, asked_by=MAYA)
    with pytest.raises(UserError):
        await approve(slack, await slack.see(post.post_id))
    assert await slack.states(post.post_id) == [State.AWAITING_APPROVAL]


async def test_what_was_asked_about_while_the_rule_was_taken_away_goes_a_moment_later(slack: Queue) -> None:
    await ruled(slack)
    post = await write(slack)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(BrandRow).values(approval_rule="none"))
    await agreeing.end_late(slack.deps)
    assert await slack.states(post.post_id) == [State.SCHEDULED]
