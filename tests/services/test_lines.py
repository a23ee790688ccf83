"""What is said about posts, and to whom."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.ids import WorkspaceId
from bot.domain.publication import State
from bot.services import notifying, scheduling
from bot.services.delivering import Deliverer
from bot.services.ports import NotDelivered
from bot.services.scheduling import At, NotYet, Wish
from storage import lines
from storage.tables import CardRow, NoticeRow
from tests.chat import Chat, drain, open_again, planned, soon
from tests.toy_queue import Queue


async def heard(queue: Queue, notices: int) -> None:
    """Wait until so many notices were said; whoever asks looks at them then."""
    async with asyncio.timeout(15):
        while len(queue.heard.notices) < notices:  # noqa: ASYNC110  # a list has no event
            await asyncio.sleep(0.05)


async def test_a_mended_broadcast_is_changed_where_it_stands(slack: Queue) -> None:
    slack.network.behaviour = lambda _: "422"
    post_id = await planned(slack, "Hello")
    slack.heard.refuses = NotDelivered("busy", again_after=timedelta(0))
    await drain(slack, [post_id])
    chat = Chat()
    deliverer = Deliverer(slack.deps, chat)
    await open_again(slack)
    await soon(slack, deliverer)
    slack.network.behaviour = lambda _: "ok"
    await scheduling.retry_post(slack.deps, slack.workspace_id, post_id, asked_by="slack:U2")
    await drain(slack, [post_id])
    await open_again(slack)
    await soon(slack, deliverer)

    assert chat.of(post_id)[2:] == [
        "broadcast failed",
        "update",
        "thread retry",
        "thread published",
        "mended published",
    ]
    async with slack.deps.database.reading() as session:
        broadcast = (await session.scalars(select(NoticeRow).where(NoticeRow.kind == "broadcast"))).one()
    assert chat.edits == [(broadcast.id, "slack:U2")]


async def test_a_post_that_fails_again_is_told_of_again(slack: Queue) -> None:
    slack.network.behaviour = lambda _: "422"
    post_id = await planned(slack, "Hello")
    await drain(slack, [post_id])
    await scheduling.retry_post(slack.deps, slack.workspace_id, post_id, asked_by="slack:U2")
    async with slack.working():
        await slack.until(post_id, State.FAILED)
        await asyncio.sleep(1.5)
    told = [notice.payload["what"] for notice in slack.heard.notices if notice.kind == "broadcast"]
    assert told == ["failed", "failed"]


async def test_a_worker_tells_while_it_works_and_stops_at_once(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    async with slack.working():
        await slack.until(post_id, State.PUBLISHED)
        await asyncio.sleep(1.5)
    assert [(n.kind, n.payload["what"]) for n in slack.heard.notices] == [
        ("thread", "schedule"),
        ("thread", "published"),
    ]
    published = slack.heard.notices[1].payload
    assert published["permalink"] == f"{slack.network.url}/posts/0"
    assert 0 <= published["late_s"] < 5
    assert slack.heard.cards[-1].ts is not None


async def test_a_lost_answer_at_the_network_is_told_as_looked_for_and_found(slack: Queue) -> None:
    slack.network.behaviour = lambda _: "lose_answer"
    slack.network.down = True
    post_id = await planned(slack, "Hello")
    async with slack.working():
        await slack.until(post_id, State.UNCONFIRMED)
        await asyncio.sleep(0.5)
        facts = await notifying.card_facts(slack.deps, slack.workspace_id, post_id)
        assert facts.items[0].looks_until is not None
        assert facts.items[0].looks_until - clock.now() > timedelta(minutes=9)
        slack.network.down = False
        await slack.until(post_id, State.PUBLISHED)
        await asyncio.sleep(1.5)
    assert [n.payload["what"] for n in slack.heard.notices] == ["schedule", "looking", "found"]
    facts = await notifying.card_facts(slack.deps, slack.workspace_id, post_id)
    assert facts.items[0].late is not None
    assert facts.items[0].late > timedelta(0)
    assert (facts.items[0].looks_until, facts.items[0].waits_for, facts.items[0].title) == (None, None, "Toy")


async def test_a_network_that_refuses_the_rate_is_told_of_once(slack: Queue) -> None:
    slack.network.behaviour = lambda _: "429"
    post_id = await planned(slack, "Hello")
    async with slack.working():
        for _ in range(100):
            await asyncio.sleep(0.05)
            if (await slack.see(post_id)).items[0].error is not None:
                break
        await heard(slack, 2)
    assert [n.payload["what"] for n in slack.heard.notices] == ["schedule", "waiting"]
    (item,) = (await notifying.card_facts(slack.deps, slack.workspace_id, post_id)).items
    assert item.waits_for == "rate_limited"
    assert item.next_try_at is not None
    assert item.next_try_at > clock.now() + timedelta(seconds=30)


async def test_a_missed_post_is_told_loudly_and_many_together(slack: Queue) -> None:
    late = clock.now() - timedelta(minutes=40)
    alone = await slack.post("Late", due_at=late)
    async with slack.working():
        await slack.until(alone, State.MISSED)
        await heard(slack, 1)
    assert [(n.kind, n.payload["what"], n.post_id) for n in slack.heard.notices] == [("broadcast", "missed", alone)]
    slack.heard.notices.clear()
    many = [await slack.post(f"Late {n}", due_at=late) for n in range(3)]
    async with slack.working():
        for post_id in many:
            await slack.until(post_id, State.MISSED)
        await heard(slack, 4)
    assert sorted(n.kind for n in slack.heard.notices) == ["missed", "thread", "thread", "thread"]
    together = next(n for n in slack.heard.notices if n.kind == "missed")
    assert together.payload["posts"] == [alone, *many]


async def test_a_human_who_is_asked_and_answers_leaves_a_line_with_the_name(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    async with slack.deps.database.transaction() as session:
        await lines.changed(
            session, slack.workspace_id, post_id, "decide", by="slack:U3", now=clock.now(), facts={"decision": "Drop"}
        )
    chat = Chat()
    await soon(slack, Deliverer(slack.deps, chat))
    assert chat.of(post_id) == ["card", "thread schedule", "thread decide"]


async def test_only_posts_with_a_channel_an_installation_and_a_time_have_cards(toy: Queue) -> None:
    wish = Wish(
        brand=toy.brand, to=("toy",), text="Hello", when=At(text="2027-01-04 09:00", zone="UTC"), asked_by="cli"
    )
    nowhere = await scheduling.schedule_post(toy.deps, wish)
    await toy.in_slack()
    there = await scheduling.schedule_post(toy.deps, wish)
    draft = await scheduling.schedule_post(
        toy.deps, Wish(brand=toy.brand, to=("toy",), text="Draft", when=NotYet(), asked_by="cli")
    )
    await scheduling.cancel_post(toy.deps, toy.workspace_id, draft.post_id, asked_by="cli")
    await scheduling.cancel_post(toy.deps, toy.workspace_id, there.post_id, asked_by="cli")
    async with toy.deps.database.reading() as session:
        shown = (await session.scalars(select(CardRow.post_id))).all()
        told = (await session.scalars(select(NoticeRow).order_by(NoticeRow.created_at))).all()
    assert nowhere.post_id not in shown
    assert shown == [there.post_id]
    assert [line.payload["what"] for line in told] == ["schedule", "cancel"]
    assert told[0].payload["planned"] == "2027-01-04T09:00:00+00:00"
    assert told[0].payload["by"] == "cli"


async def test_the_facts_of_a_card_are_its_workspaces_alone(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    with pytest.raises(NotFound):
        await notifying.card_facts(slack.deps, WorkspaceId("ws_other"), post_id)
