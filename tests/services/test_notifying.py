"""Cards and notices on their way: once, in order, channel by channel, whatever becomes of the chat or of us."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.publication import State
from bot.services import notifying, scheduling
from bot.services.delivering import Deliverer
from bot.services.ports import CardOwed, NotDelivered, Notice, Place
from bot.services.scheduling import At, NotYet, Wish
from storage import lines
from storage.engine import Database
from storage.tables import BrandRow, BudgetRow, CardRow, NoticeRow, TickRow
from tests.toy_queue import Queue

Mood = Callable[[str], Exception | float | None]
"""Given a channel, what goes wrong there: an error, seconds of waiting, or nothing."""


@dataclass
class Chat:
    """A chat that remembers what stands in it, and can be down, slow, strict, or lose its answers."""

    mood: Mood = lambda _: None
    after: Mood = lambda _: None
    """What goes wrong once it has taken a thing: a lost answer."""
    said: list[tuple[str, str, str]] = field(default_factory=list)
    """(channel, post or notice, what), in order."""
    cards: dict[str, int] = field(default_factory=dict)
    """By ts, how often it was changed."""
    edits: list[tuple[str, str]] = field(default_factory=list)
    on_show: Callable[[CardOwed], object] | None = None

    async def show(self, card: CardOwed) -> Place:
        """Post or change a card."""
        channel = card.channel or ""
        await self._meet(self.mood, channel)
        ts = card.ts or f"ts{len(self.cards)}"
        self.cards[ts] = self.cards.get(ts, -1) + 1
        self.said.append((channel, card.post_id, "card" if card.ts is None else "update"))
        if self.on_show is not None:
            await self.on_show(card)  # pyright: ignore[reportGeneralTypeIssues]  # a coroutine function of the test
        await self._meet(self.after, channel)
        return Place(channel=channel, ts=ts)

    async def deliver(self, notice: Notice) -> Place | None:
        """Say a line."""
        channel = notice.card.channel if notice.card is not None else ""
        await self._meet(self.mood, channel)
        what = f"{notice.kind} {notice.payload.get('what')}"
        self.said.append((channel, notice.post_id or notice.id, what))
        if notice.kind == "mended" and notice.place is not None:
            self.edits.append((notice.place.ts, str(notice.payload["by"])))
        await self._meet(self.after, channel)
        return Place(channel=channel, ts=f"{notice.id}")

    async def _meet(self, mood: Mood, channel: str) -> None:
        wrong = mood(channel)
        if isinstance(wrong, Exception):
            raise wrong
        await asyncio.sleep(wrong or 0)

    def of(self, post_id: str) -> list[str]:
        """What was said of a post, in order."""
        return [what for _, told, what in self.said if told == post_id]


@pytest.fixture
async def slack(toy: Queue) -> Queue:
    """A queue whose posts have cards."""
    await toy.in_slack()
    return toy


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """The same database, opened by somebody else."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


async def _planned(queue: Queue, *texts: str) -> PostId:
    post_id = await queue.post(*texts)
    await _change(queue, post_id, "schedule")
    return post_id


async def _change(queue: Queue, post_id: PostId, what: str) -> None:
    async with queue.deps.database.transaction() as session:
        await lines.changed(session, queue.workspace_id, post_id, what, by="slack:U1", now=clock.now())


async def _drain(queue: Queue, post_ids: list[PostId]) -> None:
    async with queue.working():
        for post_id in post_ids:
            states = await queue.until(post_id, State.PUBLISHED, State.FAILED)
            assert set(states) <= {State.PUBLISHED, State.FAILED}


async def _soon(queue: Queue, deliverer: Deliverer, *, within_s: float = 20.0) -> None:
    """Give turns until nothing is owed."""
    deadline_s = clock.uptime_s() + within_s
    while await _owed(queue):
        assert clock.uptime_s() < deadline_s, await _owed(queue)
        await deliverer.turn()
        await asyncio.sleep(0.05)


async def _owed(queue: Queue) -> int:
    async with queue.deps.database.reading() as session:
        waiting = await session.scalar(select(func.count()).where(CardRow.shown < CardRow.wanted))
        notices = await session.scalar(select(func.count()).where(NoticeRow.delivered_at.is_(None)))
    return (waiting or 0) + (notices or 0)


async def _open_again(queue: Queue) -> None:
    async with queue.deps.database.transaction() as session:
        await session.execute(update(BudgetRow).values(not_before=clock.now()))


async def test_after_an_outage_every_card_and_line_of_a_drain_arrives_once_and_in_order(slack: Queue) -> None:
    down = Chat(mood=lambda _: NotDelivered("down", again_after=timedelta(hours=1)))
    slack.network.behaviour = lambda text: "422" if text.endswith("7") else "ok"
    posts = [await _planned(slack, f"Post {n}") for n in range(100)]
    slack.heard.refuses = NotDelivered("down", again_after=timedelta(hours=1))
    await _drain(slack, posts)
    assert await notifying.deliver(slack.deps, down) == 0
    assert down.said == []
    await _open_again(slack)

    chat = Chat()
    await _soon(slack, Deliverer(slack.deps, chat))

    for number, post_id in enumerate(posts):
        end = "broadcast failed" if number % 10 == 7 else "thread published"
        assert chat.of(post_id) == ["card", "thread schedule", end]
    assert len(chat.said) == 300
    assert [told for _, told, what in chat.said if what == "thread schedule"] == posts
    assert await notifying.deliver(slack.deps, chat) == 0


async def test_two_who_deliver_say_everything_once(slack: Queue, second: Database) -> None:
    posts = [await _planned(slack, f"Post {n}") for n in range(40)]
    chat = Chat(mood=lambda _: 0.005)
    others = replace(slack.deps, database=second)
    one, two = Deliverer(slack.deps, chat), Deliverer(others, chat)

    async def turns(deliverer: Deliverer) -> None:
        while await _owed(slack):
            await deliverer.turn()
            await asyncio.sleep(0.01)

    await asyncio.gather(turns(one), turns(two))

    assert sorted(told for _, told, what in chat.said if what == "card") == sorted(posts)
    assert all(chat.of(post_id) == ["card", "thread schedule"] for post_id in posts)


async def test_a_channel_that_does_not_answer_holds_up_no_other(slack: Queue) -> None:
    dead = await _planned(slack, "Into the void")
    await _give_channel(slack, "C2")
    fine = [await _planned(slack, f"Post {n}") for n in range(5)]
    chat = Chat(mood=lambda channel: 60.0 if channel == "C1" else None)
    await _stand_in(slack, dead, "C1")
    deliverer = Deliverer(slack.deps, chat, lease_s=6.0, send_s=2.0)
    turn = asyncio.create_task(deliverer.turn())
    await asyncio.sleep(1.0)

    assert {told for _, told, _ in chat.said} == set(fine)
    later = await _planned(slack, "While it hangs")
    await asyncio.sleep(0.8)
    assert chat.of(later) == ["card", "thread schedule"]
    await turn
    assert chat.of(dead) == []
    async with slack.deps.database.reading() as session:
        card = await session.get_one(CardRow, dead)
        assert (card.tries, card.last_error) == (1, "no answer in time")


async def _give_channel(queue: Queue, channel: str) -> None:
    async with queue.deps.database.transaction() as session:
        await session.execute(update(BrandRow).where(BrandRow.id == queue.brand.id).values(channel=channel))


async def _stand_in(queue: Queue, post_id: PostId, channel: str) -> None:
    async with queue.deps.database.transaction() as session:
        await session.execute(update(CardRow).where(CardRow.post_id == post_id).values(channel=channel))


async def test_a_refused_rate_is_respected_and_nothing_overtakes(slack: Queue) -> None:
    first = await _planned(slack, "One")
    moods = iter([NotDelivered("ratelimited", again_after=timedelta(seconds=1))])
    chat = Chat(mood=lambda _: next(moods, None))
    deliverer = Deliverer(slack.deps, chat)
    assert await deliverer.turn() == 0
    refused_at_s = clock.uptime_s()
    second = await _planned(slack, "Two")
    assert await deliverer.turn() == 0

    await _soon(slack, deliverer)

    assert clock.uptime_s() - refused_at_s >= 0.9
    assert [told for _, told, what in chat.said if what == "card"] == [first, second]


async def test_what_a_killed_deliverer_held_is_taken_up_after_its_lease(slack: Queue, second: Database) -> None:
    post_id = await _planned(slack, "Hello")
    hangs = Deliverer(slack.deps, Chat(mood=lambda _: 3600), lease_s=2.0, send_s=0.9)
    killed = asyncio.create_task(_killed(hangs))
    await asyncio.sleep(0.3)
    chat = Chat()
    other = Deliverer(replace(slack.deps, database=second), chat)
    assert await other.turn() == 0
    await killed
    begun_s = clock.uptime_s()
    await _soon(slack, other)
    assert clock.uptime_s() - begun_s < 4.0
    assert chat.of(post_id) == ["card", "thread schedule"]


async def _killed(deliverer: Deliverer) -> None:
    """A deliverer that vanishes in the middle, its lease still standing."""
    assert await deliverer._hold()  # pyright: ignore[reportPrivateUsage]  # what a killed process leaves behind


async def test_a_deliverer_that_wakes_up_after_its_lease_says_nothing_more(slack: Queue) -> None:
    post_id = await _planned(slack, "Hello")
    chat = Chat()

    async def freeze(_: CardOwed) -> None:
        async with slack.deps.database.transaction() as session:
            await session.execute(update(TickRow).values(last_by="other", next_at=clock.now() + timedelta(hours=1)))
        time.sleep(1.6)  # noqa: ASYNC251  # the whole process stands still

    chat.on_show = freeze
    assert await Deliverer(slack.deps, chat, lease_s=2.0, send_s=0.5).turn() == 1
    assert chat.of(post_id) == ["card"]


async def test_a_change_while_the_card_is_shown_is_shown_as_well(slack: Queue) -> None:
    post_id = await _planned(slack, "Hello")
    chat = Chat()

    async def change(card: CardOwed) -> None:
        if card.ts is None:
            await _change(slack, post_id, "edit")
            await _change(slack, post_id, "edit")

    chat.on_show = change
    await _soon(slack, Deliverer(slack.deps, chat))
    assert chat.of(post_id) == ["card", "thread schedule", "update", "thread edit", "thread edit"]


async def test_what_is_hopeless_is_given_up_with_its_reason_and_the_channel_goes_on(slack: Queue) -> None:
    hopeless = await _planned(slack, "Hello")
    fine = await _planned(slack, "Fine")
    moods = iter([NotDelivered("is_archived", hopeless=True)])
    chat = Chat(mood=lambda _: next(moods, None))
    await _soon(slack, Deliverer(slack.deps, chat))

    assert chat.of(hopeless) == []
    assert chat.of(fine) == ["card", "thread schedule"]
    async with slack.deps.database.reading() as session:
        card = await session.get_one(CardRow, hopeless)
        errors = (await session.scalars(select(NoticeRow.last_error).where(NoticeRow.post_id == hopeless))).all()
    assert (card.last_error, card.posted_at) == ("is_archived", None)
    assert errors == ["its card could not be shown"]
    await _change(slack, hopeless, "edit")
    await _soon(slack, Deliverer(slack.deps, chat))
    assert chat.of(hopeless) == ["card", "thread edit"]


async def test_a_mistake_of_ours_stops_its_channel_for_a_few_tries_only(slack: Queue) -> None:
    broken = await _planned(slack, "Hello")
    fine = await _planned(slack, "Fine")
    chat = Chat()

    async def break_at(card: CardOwed) -> None:
        if card.post_id == broken:
            raise ZeroDivisionError

    chat.on_show = break_at
    deliverer = Deliverer(slack.deps, chat)
    for _ in range(5):
        await deliverer.turn()
        await _open_again(slack)
    await _soon(slack, deliverer)
    assert chat.of(fine) == ["card", "thread schedule"]
    assert await _owed(slack) == 0


async def test_a_lost_answer_is_said_again_rather_than_never(slack: Queue) -> None:
    post_id = await _planned(slack, "Hello")
    lost = iter([None, TimeoutError()])
    chat = Chat(after=lambda _: next(lost, None))
    deliverer = Deliverer(slack.deps, chat)
    await deliverer.turn()
    await _open_again(slack)
    await _soon(slack, deliverer)
    assert chat.of(post_id) == ["card", "thread schedule", "thread schedule"]


async def test_a_mended_broadcast_is_changed_where_it_stands(slack: Queue) -> None:
    slack.network.behaviour = lambda _: "422"
    post_id = await _planned(slack, "Hello")
    slack.heard.refuses = NotDelivered("busy", again_after=timedelta(0))
    await _drain(slack, [post_id])
    chat = Chat()
    deliverer = Deliverer(slack.deps, chat)
    await _open_again(slack)
    await _soon(slack, deliverer)
    slack.network.behaviour = lambda _: "ok"
    await scheduling.retry_post(slack.deps, slack.workspace_id, post_id, asked_by="slack:U2")
    await _drain(slack, [post_id])
    await _open_again(slack)
    await _soon(slack, deliverer)

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
    post_id = await _planned(slack, "Hello")
    await _drain(slack, [post_id])
    await scheduling.retry_post(slack.deps, slack.workspace_id, post_id, asked_by="slack:U2")
    async with slack.working():
        await slack.until(post_id, State.FAILED)
        await asyncio.sleep(1.5)
    told = [notice.payload["what"] for notice in slack.heard.notices if notice.kind == "broadcast"]
    assert told == ["failed", "failed"]


async def test_a_worker_tells_while_it_works_and_stops_at_once(slack: Queue) -> None:
    post_id = await _planned(slack, "Hello")
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
    post_id = await _planned(slack, "Hello")
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
    post_id = await _planned(slack, "Hello")
    async with slack.working():
        for _ in range(100):
            await asyncio.sleep(0.05)
            if (await slack.see(post_id)).items[0].error is not None:
                break
        await asyncio.sleep(1.2)
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
        await asyncio.sleep(1.2)
    assert [(n.kind, n.payload["what"], n.post_id) for n in slack.heard.notices] == [("broadcast", "missed", alone)]
    slack.heard.notices.clear()
    many = [await slack.post(f"Late {n}", due_at=late) for n in range(3)]
    async with slack.working():
        for post_id in many:
            await slack.until(post_id, State.MISSED)
        await asyncio.sleep(1.2)
    assert sorted(n.kind for n in slack.heard.notices) == ["missed", "thread", "thread", "thread"]
    together = next(n for n in slack.heard.notices if n.kind == "missed")
    assert together.payload["posts"] == many


async def test_a_human_who_is_asked_and_answers_leaves_a_line_with_the_name(slack: Queue) -> None:
    post_id = await _planned(slack, "Hello")
    async with slack.deps.database.transaction() as session:
        await lines.changed(
            session, slack.workspace_id, post_id, "decide", by="slack:U3", now=clock.now(), facts={"decision": "Drop"}
        )
    chat = Chat()
    await _soon(slack, Deliverer(slack.deps, chat))
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
    post_id = await _planned(slack, "Hello")
    with pytest.raises(NotFound):
        await notifying.card_facts(slack.deps, WorkspaceId("ws_other"), post_id)
