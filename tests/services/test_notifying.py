"""Cards and notices on their way: once, in order, channel by channel, whatever becomes of the chat or of us."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.ids import PostId, WorkspaceId
from bot.services import notifying
from bot.services.delivering import Deliverer
from bot.services.ports import CardOwed, NotDelivered, Notice, Place
from storage import lanes, outbox
from storage.engine import Database
from storage.tables import BrandRow, CardRow, NoticeRow, SlackInstallationRow, TickRow
from tests.chat import Chat, change, drain, open_again, owed, planned, soon
from tests.factories import make_brand, make_workspace
from tests.toy_queue import Queue


@pytest.fixture
async def second(database_url: str) -> AsyncIterator[Database]:
    """The same database, opened by somebody else."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.mark.parametrize("anew", [True, False])
async def test_a_refusal_of_a_token_from_before_herald_was_added_anew_holds_nothing_back(
    slack: Queue,
    anew: bool,  # noqa: FBT001  # both ways
) -> None:
    """The try began while Herald was being added: after the instant that is written down, still with the old token."""
    async with slack.deps.database.reading() as session:
        added_at = await session.scalar(select(SlackInstallationRow.installed_at))
    assert added_at is not None
    known_at = added_at - timedelta(days=1) if anew else added_at
    moods = iter([NotDelivered("Slack refuses the bot's token", again_after=timedelta(hours=1), as_of=known_at)])
    chat = Chat(mood=lambda _: next(moods, None))
    post_id = await planned(slack, "Hello")
    assert bool(await notifying.deliver(slack.deps, chat)) is anew
    assert bool(chat.of(post_id)) is anew


async def test_after_an_outage_every_card_and_line_of_a_drain_arrives_once_and_in_order(slack: Queue) -> None:
    down = Chat(mood=lambda _: NotDelivered("down", again_after=timedelta(hours=1)))
    slack.network.behaviour = lambda text: "422" if text.endswith("7") else "ok"
    posts = [await planned(slack, f"Post {n}") for n in range(100)]
    slack.heard.refuses = NotDelivered("down", again_after=timedelta(hours=1))
    await drain(slack, posts)
    assert await notifying.deliver(slack.deps, down) == 0
    assert down.said == []
    await open_again(slack)

    chat = Chat()
    await soon(slack, Deliverer(slack.deps, chat))

    for number, post_id in enumerate(posts):
        end = "broadcast failed" if number % 10 == 7 else "thread published"
        assert chat.of(post_id) == ["card", "thread schedule", end]
    assert len(chat.said) == 300
    assert [told for _, told, what in chat.said if what == "thread schedule"] == posts
    assert await notifying.deliver(slack.deps, chat) == 0


async def test_two_who_deliver_say_everything_once(slack: Queue, second: Database) -> None:
    posts = [await planned(slack, f"Post {n}") for n in range(40)]
    chat = Chat(mood=lambda _: 0.005)
    others = replace(slack.deps, database=second)
    one, two = Deliverer(slack.deps, chat), Deliverer(others, chat)

    async def turns(deliverer: Deliverer) -> None:
        while await owed(slack):
            await deliverer.turn()
            await asyncio.sleep(0.01)

    await asyncio.gather(turns(one), turns(two))

    assert sorted(told for _, told, what in chat.said if what == "card") == sorted(posts)
    assert all(chat.of(post_id) == ["card", "thread schedule"] for post_id in posts)


async def test_a_channel_that_does_not_answer_holds_up_no_other(slack: Queue) -> None:
    dead = await planned(slack, "Into the void")
    await _give_channel(slack, "C2")
    fine = [await planned(slack, f"Post {n}") for n in range(5)]
    chat = Chat(mood=lambda channel: 60.0 if channel == "C1" else None)
    await _stand_in(slack, dead, "C1")
    deliverer = Deliverer(slack.deps, chat, lease_s=6.0, send_s=2.0)
    turn = asyncio.create_task(deliverer.turn())
    await asyncio.sleep(1.0)

    assert {told for _, told, _ in chat.said} == set(fine)
    later = await planned(slack, "While it hangs")
    await asyncio.sleep(0.8)
    assert chat.of(later) == ["card", "thread schedule"]
    await turn
    assert chat.of(dead) == []
    async with slack.deps.database.reading() as session:
        card = await session.get_one(CardRow, dead)
        assert (card.tries, card.last_error) == (1, "no answer in time")


async def test_a_workspace_with_much_to_say_in_many_channels_holds_up_no_other(slack: Queue) -> None:
    for number in range(20):
        await _many(slack, slack.workspace_id, f"C{number:02}", 100)
    other = await make_workspace(slack.deps.database, "Paperboat")
    assert other.id > slack.workspace_id
    begun, late = asyncio.Event(), asyncio.Event()

    class Slow(Chat):
        async def deliver(self, notice: Notice) -> None:
            await asyncio.sleep(0.1)
            (late if notice.workspace_id == other.id else begun).set()

    turn = asyncio.create_task(Deliverer(slack.deps, Slow()).turn())
    try:
        await begun.wait()
        await _many(slack, other.id, "C1", 1)
        await asyncio.wait_for(late.wait(), timeout=8.0)
    finally:
        turn.cancel()
        await asyncio.gather(turn, return_exceptions=True)


async def _many(queue: Queue, workspace_id: WorkspaceId, channel: str, notices: int) -> None:
    """A brand with this channel, to which so much is owed."""
    brand = await make_brand(queue.deps.database, workspace_id, channel)
    async with queue.deps.database.transaction() as session:
        await session.execute(update(BrandRow).where(BrandRow.id == brand.id).values(channel=channel))
        for number in range(notices):
            key, now = f"{brand.id}:{number}", clock.now()
            await outbox.add(
                session, workspace_id, kind="brand", dedupe_key=key, payload={}, now=now, brand_id=brand.id
            )


async def _give_channel(queue: Queue, channel: str) -> None:
    async with queue.deps.database.transaction() as session:
        await session.execute(update(BrandRow).where(BrandRow.id == queue.brand.id).values(channel=channel))


async def _stand_in(queue: Queue, post_id: PostId, channel: str) -> None:
    async with queue.deps.database.transaction() as session:
        await session.execute(update(CardRow).where(CardRow.post_id == post_id).values(channel=channel))


async def test_what_was_refused_before_herald_was_added_anew_keeps_no_channel_shut(slack: Queue) -> None:
    post = await planned(slack, "Into the silence")
    refusals = iter([NotDelivered("Slack refuses the bot's token", again_after=timedelta(hours=1))])

    async def added_anew(_: CardOwed) -> None:
        async with slack.deps.database.transaction() as session:
            now = {"installed_at": clock.now()}
            await session.execute(update(SlackInstallationRow).values(now))
            await lanes.open_all(session, slack.workspace_id)

    chat = Chat(after=lambda _: next(refusals, None), on_show=added_anew)
    await soon(slack, Deliverer(slack.deps, chat))
    assert chat.of(post)[-1] == "thread schedule"


async def test_a_refused_rate_is_respected_and_nothing_overtakes(slack: Queue) -> None:
    first = await planned(slack, "One")
    moods = iter([NotDelivered("ratelimited", again_after=timedelta(seconds=1))])
    chat = Chat(mood=lambda _: next(moods, None))
    deliverer = Deliverer(slack.deps, chat)
    assert await deliverer.turn() == 0
    refused_at_s = clock.uptime_s()
    second = await planned(slack, "Two")
    assert await deliverer.turn() == 0

    await soon(slack, deliverer)

    assert clock.uptime_s() - refused_at_s >= 0.9
    assert [told for _, told, what in chat.said if what == "card"] == [first, second]


async def test_what_a_killed_deliverer_held_is_taken_up_after_its_lease(slack: Queue, second: Database) -> None:
    post_id = await planned(slack, "Hello")
    hangs = Deliverer(slack.deps, Chat(mood=lambda _: 3600), lease_s=2.0, send_s=0.9)
    killed = asyncio.create_task(_killed(hangs))
    await asyncio.sleep(0.3)
    chat = Chat()
    other = Deliverer(replace(slack.deps, database=second), chat)
    assert await other.turn() == 0
    await killed
    begun_s = clock.uptime_s()
    await soon(slack, other)
    assert clock.uptime_s() - begun_s < 4.0
    assert chat.of(post_id) == ["card", "thread schedule"]


async def test_only_after_somebody_was_killed_the_first_of_a_channel_is_looked_for(slack: Queue) -> None:
    tries = list[int]()

    class Counting(Chat):
        async def show(self, card: CardOwed) -> Place:
            tries.append(card.tries)
            return await super().show(card)

    for _ in range(3):
        await planned(slack, "Hello")
    await _killed(Deliverer(slack.deps, Counting(), lease_s=0.1))
    await asyncio.sleep(0.2)
    await Deliverer(slack.deps, Counting()).turn()
    assert (tries[0], tries[-1]) == (1, 0)
    await planned(slack, "Hello")
    await Deliverer(slack.deps, Counting()).turn()
    assert (len(tries), tries[-1]) == (4, 0)


async def _killed(deliverer: Deliverer) -> None:
    """A deliverer that vanishes in the middle, its lease still standing."""
    assert await deliverer._hold()  # pyright: ignore[reportPrivateUsage]  # what a killed process leaves behind


async def test_a_deliverer_that_wakes_up_after_its_lease_says_nothing_more(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    chat = Chat()

    async def freeze(_: CardOwed) -> None:
        async with slack.deps.database.transaction() as session:
            await session.execute(update(TickRow).values(last_by="other", next_at=clock.now() + timedelta(hours=1)))
        time.sleep(1.6)  # noqa: ASYNC251  # the whole process stands still

    chat.on_show = freeze
    assert await Deliverer(slack.deps, chat, lease_s=2.0, send_s=0.5).turn() == 1
    assert chat.of(post_id) == ["card"]


async def test_a_change_while_the_card_is_shown_is_shown_as_well(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    chat = Chat()

    async def edit_twice(card: CardOwed) -> None:
        if card.ts is None:
            await change(slack, post_id, "edit")
            await change(slack, post_id, "edit")

    chat.on_show = edit_twice
    await soon(slack, Deliverer(slack.deps, chat))
    assert chat.of(post_id) == ["card", "thread schedule", "update", "thread edit", "thread edit"]


async def test_what_is_hopeless_is_given_up_with_its_reason_and_the_channel_goes_on(slack: Queue) -> None:
    hopeless = await planned(slack, "Hello")
    fine = await planned(slack, "Fine")
    moods = iter([NotDelivered("is_archived", hopeless=True)])
    chat = Chat(mood=lambda _: next(moods, None))
    await soon(slack, Deliverer(slack.deps, chat))

    assert chat.of(hopeless) == []
    assert chat.of(fine) == ["card", "thread schedule"]
    async with slack.deps.database.reading() as session:
        card = await session.get_one(CardRow, hopeless)
        errors = (await session.scalars(select(NoticeRow.last_error).where(NoticeRow.post_id == hopeless))).all()
    assert (card.last_error, card.posted_at) == ("is_archived", None)
    assert errors == ["its card could not be shown"]
    await change(slack, hopeless, "edit")
    await soon(slack, Deliverer(slack.deps, chat))
    assert chat.of(hopeless) == ["card", "thread edit"]


async def test_a_mistake_of_ours_stops_its_channel_for_a_few_tries_only(slack: Queue) -> None:
    broken = await planned(slack, "Hello")
    fine = await planned(slack, "Fine")
    chat = Chat()

    async def break_at(card: CardOwed) -> None:
        if card.post_id == broken:
            raise ZeroDivisionError

    chat.on_show = break_at
    deliverer = Deliverer(slack.deps, chat)
    for _ in range(5):
        await deliverer.turn()
        await open_again(slack)
    await soon(slack, deliverer)
    assert chat.of(fine) == ["card", "thread schedule"]
    assert await owed(slack) == 0


async def test_a_mistake_of_ours_after_an_outage_gives_nothing_up(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    moods: list[Exception] = [NotDelivered("Slack is away") for _ in range(6)]
    weather = iter([*moods, ZeroDivisionError()])
    chat = Chat(mood=lambda _: next(weather, None))
    deliverer = Deliverer(slack.deps, chat)
    for _ in range(7):
        await deliverer.turn()
        await open_again(slack)
    await soon(slack, deliverer)
    assert chat.of(post_id) == ["card", "thread schedule"]


async def test_a_lost_answer_is_said_again_rather_than_never(slack: Queue) -> None:
    post_id = await planned(slack, "Hello")
    lost = iter([None, TimeoutError()])
    chat = Chat(after=lambda _: next(lost, None))
    deliverer = Deliverer(slack.deps, chat)
    await deliverer.turn()
    await open_again(slack)
    await soon(slack, deliverer)
    assert chat.of(post_id) == ["card", "thread schedule", "thread schedule"]


async def test_what_waits_is_counted_and_its_oldest_says_why(slack: Queue) -> None:
    assert await notifying.backlog(slack.deps) is None
    before = clock.now()
    for number in range(2):
        await planned(slack, f"Post {number}")
    waiting = await notifying.backlog(slack.deps)
    assert waiting is not None
    assert (waiting.count, waiting.error) == (4, None)
    assert before <= waiting.since <= clock.now()

    away = Chat(mood=lambda _: NotDelivered("Slack is away", again_after=timedelta(hours=1)))
    assert await notifying.deliver(slack.deps, away) == 0
    still = await notifying.backlog(slack.deps)
    assert still == replace(waiting, error="Slack is away")

    await open_again(slack)
    await soon(slack, Deliverer(slack.deps, Chat()))
    assert await notifying.backlog(slack.deps) is None
