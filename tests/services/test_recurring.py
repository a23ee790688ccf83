"""Posts that come again: each next one once, at its wall time, and what stands in its way said in the channel."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.domain.accounts import Health
from bot.domain.errors import InvalidContent
from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.domain.repeats import Every, Repeat
from bot.services import editing, holding_posts, recurring, scheduling
from bot.services.planning import At, NotYet, Wish
from storage import post_views, repeats
from storage.tables import AccountRow, NoticeRow, PostItemRow, PostRow, RepeatRow
from tests.services.test_digesting import Hands, hands
from tests.toy_queue import Queue

_ = hands

MAYA = "slack:U1"
MONDAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
"""09:00 in Berlin."""
WEEK = timedelta(days=7)
UNTIL = date(2026, 12, 21)


async def begin(
    toy: Queue, *, every: Every = Every.WEEKLY, until: date = UNTIL, when: At | NotYet | None = None
) -> PostId:
    """A post of every Monday at nine."""
    at = when or At(text="2026-11-30T09:00", zone="Europe/Berlin")
    wish = Wish(brand=toy.brand, to=(toy.account.id,), text="Monday beans", when=at, asked_by=MAYA)
    post = await scheduling.schedule_post(toy.deps, wish)
    async with toy.deps.database.transaction() as session:
        await recurring.begin(session, post, toy.brand, Repeat(every=every, until=until))
    return post.post_id


async def all_posts(toy: Queue) -> list[PostView]:
    """In the order of their seconds."""
    async with toy.deps.database.reading() as session:
        query = select(PostRow.id).where(PostRow.workspace_id == toy.workspace_id).order_by(PostRow.scheduled_at)
        return [
            await post_views.get_post(session, toy.workspace_id, PostId(name)) for name in await session.scalars(query)
        ]


async def series(toy: Queue) -> list[RepeatRow]:
    async with toy.deps.database.reading() as session:
        return list(await session.scalars(select(RepeatRow)))


async def lines(toy: Queue) -> list[dict[str, object]]:
    """What is owed to the brand's channel about it."""
    async with toy.deps.database.reading() as session:
        rows = await session.scalars(select(NoticeRow).where(NoticeRow.kind == "brand").order_by(NoticeRow.created_at))
        return [row.payload for row in rows if row.payload["what"] == recurring.WHAT]


async def end(toy: Queue, post_id: PostId, state: State) -> None:
    """What became of all of it."""
    async with toy.deps.database.transaction() as session:
        values = {"state": state.value, "claim_at": None}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(**values))


async def tick(toy: Queue, hands: Hands, to: datetime) -> int:
    hands.at = to
    return await recurring.plan_next(toy.deps)


async def test_each_next_one_is_planned_when_the_one_before_it_was_due_until_the_last_day(
    slack: Queue, hands: Hands
) -> None:
    first = await begin(slack)
    assert await tick(slack, hands, MONDAY - timedelta(seconds=1)) == 0
    for weeks in range(5):
        await tick(slack, hands, MONDAY + weeks * WEEK)
        await tick(slack, hands, MONDAY + weeks * WEEK + timedelta(minutes=1))

    found = await all_posts(slack)
    assert [post.scheduled_at for post in found] == [MONDAY + weeks * WEEK for weeks in range(4)]
    assert found[0].post_id == first
    assert {(post.text, post.created_by, post.zone, post.wall_time[-8:]) for post in found if post.wall_time} == {
        ("Monday beans", MAYA, "Europe/Berlin", "09:00:00")
    }
    assert {item.status for post in found for item in post.items} == {State.SCHEDULED}
    assert (await series(slack), await lines(slack)) == ([], [])


async def test_of_many_who_plan_it_at_once_one_does(slack: Queue, hands: Hands) -> None:
    await begin(slack)
    hands.at = MONDAY
    made = await asyncio.gather(*(recurring.plan_next(slack.deps) for _ in range(4)))
    assert sum(made) == 1
    assert len(await all_posts(slack)) == 2


async def test_it_stays_at_its_time_when_clocks_change(slack: Queue, hands: Hands) -> None:
    when = At(text="2027-03-27T09:00", zone="Europe/Berlin")
    hands.at = datetime(2027, 3, 26, 12, 0, tzinfo=UTC)
    await begin(slack, every=Every.DAILY, until=date(2027, 3, 28), when=when)
    await tick(slack, hands, datetime(2027, 3, 27, 8, 0, tzinfo=UTC))
    assert [f"{post.scheduled_at:%d %H:%M}" for post in await all_posts(slack)] == ["27 08:00", "28 07:00"]


async def test_what_was_changed_stays_for_the_next_and_what_was_moved_moves_alone(slack: Queue, hands: Hands) -> None:
    post_id = await begin(slack)
    post = await slack.see(post_id)
    moved = At(text="2026-12-01T10:00", zone="Europe/Berlin")
    post = await editing.move_post(slack.deps, slack.workspace_id, post_id, moved, version=post.version, asked_by=MAYA)
    wish = Wish(brand=slack.brand, to=(slack.account.id,), text="Tea", when=moved, asked_by=MAYA)

    async def beside(session: recurring.Session) -> None:
        await recurring.change(session, post, slack.brand, Repeat(every=Every.WEEKLY, until=UNTIL), was=True)

    await editing.edit_post(slack.deps, slack.workspace_id, post_id, wish, version=post.version, beside=beside)

    assert await tick(slack, hands, MONDAY + timedelta(hours=25)) == 1
    *_, last = await all_posts(slack)
    assert (last.text, last.scheduled_at) == ("Tea", MONDAY + WEEK)


async def test_a_cancelled_one_ends_the_series(slack: Queue, hands: Hands) -> None:
    post_id = await begin(slack)
    await scheduling.cancel_post(slack.deps, slack.workspace_id, post_id, asked_by=MAYA)
    assert await tick(slack, hands, MONDAY) == 0
    assert (await series(slack), len(await all_posts(slack))) == ([], 1)


@pytest.mark.parametrize("state", [State.FAILED, State.MISSED, State.UNCONFIRMED, State.PUBLISHED])
async def test_whatever_became_of_one_the_next_is_planned(slack: Queue, hands: Hands, state: State) -> None:
    await end(slack, await begin(slack), state)
    assert await tick(slack, hands, MONDAY + timedelta(minutes=20)) == 1


async def test_an_editor_who_lets_it_come_no_more_or_again_is_heard(slack: Queue, hands: Hands) -> None:
    post_id = await begin(slack)
    post = await slack.see(post_id)
    async with slack.deps.database.transaction() as session:
        await recurring.change(session, post, slack.brand, None, was=True)
    assert await series(slack) == []
    async with slack.deps.database.transaction() as session:
        await recurring.change(session, post, slack.brand, Repeat(every=Every.DAILY, until=UNTIL), was=False)
    assert await tick(slack, hands, MONDAY) == 1
    async with slack.deps.database.transaction() as session:  # an editor who opened it before it went on
        await recurring.change(session, post, slack.brand, Repeat(every=Every.DAILY, until=UNTIL), was=True)
    (row,) = await series(slack)
    assert row.post_id != post_id


async def test_a_draft_begins_to_repeat_once_it_has_a_time(slack: Queue, hands: Hands) -> None:
    post_id = await begin(slack, when=NotYet())
    assert await tick(slack, hands, MONDAY) == 0
    at = At(text="2026-12-02T09:00", zone="Europe/Berlin")
    post = await slack.see(post_id)
    await editing.move_post(slack.deps, slack.workspace_id, post_id, at, version=post.version, asked_by=MAYA)
    assert await tick(slack, hands, MONDAY + timedelta(days=2)) == 1
    assert (await all_posts(slack))[-1].scheduled_at == MONDAY + timedelta(days=9)


async def test_what_passed_while_nothing_ran_is_said_and_not_made_up_for(slack: Queue, hands: Hands) -> None:
    await begin(slack)
    assert await tick(slack, hands, MONDAY + 2 * WEEK + timedelta(hours=1)) == 1
    assert [post.scheduled_at for post in await all_posts(slack)] == [MONDAY, MONDAY + 3 * WEEK]
    (line,) = await lines(slack)
    assert (line["skipped"], line["problem"], line["ended"]) == (["2026-12-07", "2026-12-14"], None, False)


async def test_what_passed_to_the_end_is_said_too(slack: Queue, hands: Hands) -> None:
    await begin(slack)
    assert await tick(slack, hands, MONDAY + 10 * WEEK) == 0
    (line,) = await lines(slack)
    assert (line["skipped"], line["ended"]) == (["2026-12-07", "2026-12-14", "2026-12-21"], True)
    assert await series(slack) == []


async def test_what_stands_in_the_way_is_said_once_and_tried_until_it_works(slack: Queue, hands: Hands) -> None:
    await end(slack, await begin(slack), State.PUBLISHED)
    await _health(slack, Health.REVOKED)
    for minute in range(3):
        assert await tick(slack, hands, MONDAY + timedelta(minutes=minute)) == 0
    (line,) = await lines(slack)
    assert "must be reconnected first" in str(line["problem"])
    await _health(slack, Health.HEALTHY)
    assert await tick(slack, hands, MONDAY + timedelta(minutes=3)) == 1
    (line,) = await lines(slack)
    assert (line["problem"], line["next_at"]) == (None, (MONDAY + WEEK).isoformat())


async def test_without_any_account_it_ends_and_says_so(slack: Queue, hands: Hands) -> None:
    await end(slack, await begin(slack), State.PUBLISHED)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(disconnected_at=MONDAY))
    assert await tick(slack, hands, MONDAY) == 0
    (line,) = await lines(slack)
    assert (line["problem"], line["ended"]) == ("None of its accounts is connected any more.", True)
    assert await series(slack) == []


async def test_while_it_is_held_nothing_follows(slack: Queue, hands: Hands) -> None:
    post_id = await begin(slack)
    await holding_posts.hold_post(slack.deps, slack.workspace_id, post_id, asked_by=MAYA)
    assert await tick(slack, hands, MONDAY) == 0
    assert len(await series(slack)) == 1


@pytest.mark.parametrize("broken", [{"zone": "Nowhere"}, {"every": "fortnightly"}, {"until": "soon"}])
async def test_one_that_cannot_be_read_holds_up_no_other(slack: Queue, hands: Hands, broken: dict[str, str]) -> None:
    unread, _fine = await begin(slack), await begin(slack)
    async with slack.deps.database.transaction() as session:
        await session.execute(update(RepeatRow).where(RepeatRow.post_id == unread).values(**broken))
    assert await tick(slack, hands, MONDAY) == 1


async def test_it_begins_before_its_last_day(slack: Queue, hands: Hands) -> None:
    del hands
    with pytest.raises(InvalidContent, match="It repeats until Mon 30 Nov: begin before"):
        await begin(slack, until=date(2026, 11, 30))


async def test_of_another_workspace_nothing_is_changed(slack: Queue, hands: Hands) -> None:
    del hands
    post_id = await begin(slack)
    async with slack.deps.database.transaction() as session:
        other = type(slack.workspace_id)("ws_other")
        assert await repeats.of_post(session, other, post_id) is None
        assert not await repeats.end(session, other, post_id)
        assert not await repeats.stand_still(session, other, post_id, "no")
    (row,) = await series(slack)
    assert row.problem is None


async def _health(slack: Queue, health: Health) -> None:
    async with slack.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(health=health.value))
