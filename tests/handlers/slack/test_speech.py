"""From the life of a post to what the channel sees: cards, threads, broadcasts, direct messages; by the real queue."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import delete, update

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.installations import NewInstallation
from bot.domain.publication import State
from bot.services import notifying, scheduling, workspaces
from bot.services.scheduling import At, Wish
from handlers.clock.worker import work
from handlers.slack.door import Keys, speaking
from handlers.slack.notifier import SlackNotifier
from sandbox.slack.app import Workspace
from storage import installations, outbox
from storage.brands import Brand
from storage.engine import Database
from storage.media.folder import FolderStore
from storage.tables import BudgetRow, PostRow
from tests.handlers.slack.office import until_async
from tests.toy import toy_connector, toy_network
from tests.toy_queue import Queue, queue


@pytest.fixture
async def toy(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Queue]:
    database = await Database.open(sqlite_url)
    async with (
        toy_network() as network,
        queue(database, toy_connector(), network, FolderStore(tmp_path / "media")) as ready,
    ):
        yield ready
    await database.close()


@asynccontextmanager
async def at_work(toy: Queue, slack: Workspace) -> AsyncIterator[tuple[SlackNotifier, Brand]]:
    """Herald in the stand-in's workspace, Juniper with its channel."""
    async with toy.deps.database.transaction() as session:
        new = NewInstallation(
            team_id=slack.team_id,
            team_name="Paperboat",
            enterprise_id=None,
            app_id=None,
            bot_id=slack.world.bot_id,
            bot_user_id=slack.world.bot_user_id,
            scopes=("chat:write", "users:read"),
            installed_by=slack.people["maya"],
            token=Secret(slack.bot_token),
        )
        await installations.save_installation(session, toy.workspace_id, toy.deps.vault, new)
    brand = await workspaces.change_brand(
        toy.deps, toy.brand, channel=slack.channels["juniper-social"], asked_by="tests"
    )
    async with speaking(toy.deps, Keys(api_url=slack.api_url, bot_token=Secret(slack.bot_token))) as notifier:
        yield notifier, brand


def messages(slack: Workspace, channel: str = "juniper-social") -> list[Any]:
    found = slack.world.channels[slack.channels[channel]].messages
    return [message for message in found if message.user == slack.world.bot_user_id]


@asynccontextmanager
async def working(toy: Queue, notifier: SlackNotifier) -> AsyncIterator[None]:
    """A worker that speaks to the stand-in."""
    stop = asyncio.Event()
    task = asyncio.create_task(work(toy.deps, notifier, stop))
    yield
    stop.set()
    await task


async def _settled(toy: Queue, notifier: SlackNotifier) -> None:
    async def nothing_owed() -> bool:
        return await notifying.deliver(toy.deps, notifier) == 0

    await until_async(nothing_owed, within_s=20)


async def _schedule(toy: Queue, brand: Brand, slack: Workspace, text: str, *, in_s: float) -> Any:  # noqa: ANN401
    wish = Wish(
        brand=brand,
        text=text,
        to=(toy.account.id,),
        when=At(text=(clock.now() + timedelta(seconds=in_s)).isoformat()),
        asked_by=f"slack:{slack.people['maya']}",
    )
    return await scheduling.schedule_post(toy.deps, wish)


async def test_one_card_goes_from_scheduled_to_published_with_a_line_in_its_thread(
    toy: Queue, slack: Workspace
) -> None:
    async with at_work(toy, slack) as (notifier, brand):
        post = await _schedule(toy, brand, slack, "New beans are in", in_s=3)
        await _settled(toy, notifier)
        (card,) = [message for message in messages(slack) if message.thread_ts is None]
        assert card.text.startswith("Scheduled: ")
        assert "Maya" in str(card.blocks)

        async with working(toy, notifier):
            assert await toy.until(post.post_id, State.PUBLISHED) == [State.PUBLISHED]
        await _settled(toy, notifier)
        (still,) = [message for message in messages(slack) if message.thread_ts is None]
        assert still.ts == card.ts
        assert still.text.startswith("Published: ")
        lines = [message.text for message in messages(slack) if message.thread_ts == card.ts]
        assert any("Published on" in line for line in lines)
        assert not slack.world.refusals


async def test_a_refused_post_is_said_aloud(toy: Queue, slack: Workspace) -> None:
    toy.network.behaviour = lambda _: "422"
    async with at_work(toy, slack) as (notifier, brand):
        post = await _schedule(toy, brand, slack, "We open at 7", in_s=3)
        async with working(toy, notifier):
            assert await toy.until(post.post_id, State.FAILED) == [State.FAILED]
        await _settled(toy, notifier)
        texts = [message.text for message in messages(slack)]
        assert any(f"<@{slack.people['maya']}>" in text for text in texts), texts
        assert not slack.world.refusals


async def test_who_installs_herald_is_welcomed_and_who_connects_is_told(toy: Queue, slack: Workspace) -> None:
    maya = slack.people["maya"]
    async with at_work(toy, slack) as (notifier, brand):
        async with toy.deps.database.transaction() as session:
            for kind, payload in (
                ("welcome", {"user": maya}),
                ("connected", {"account_id": toy.account.id, "asked_by": f"slack:{maya}", "waiting": 2, "again": True}),
                ("interrupted", {"user": maya, "what": "/post hello"}),
                ("unheard_of", {}),
            ):
                await outbox.add(
                    session,
                    toy.workspace_id,
                    kind=kind,
                    dedupe_key=kind,
                    payload=payload,
                    now=clock.now(),
                    brand_id=brand.id if kind == "connected" else None,
                )
        await _settled(toy, notifier)
        talk = slack.world.im_of(maya)
        assert talk is not None
        texts = sorted(message.text for message in talk.messages if message.user == slack.world.bot_user_id)
        assert len(texts) == 3
        assert any(text.startswith("⚠️ Herald was stopped") for text in texts), texts
        assert any(text.startswith("Hello Maya") for text in texts), texts
        assert any(text.startswith("✅ Reconnected Toy · @juniper. 2 posts failed") for text in texts), texts


async def _missed(toy: Queue, slack: Workspace, writer: str, texts: list[str]) -> None:
    late = clock.now() - timedelta(minutes=40)
    for text in texts:
        post_id = await toy.post(text, due_at=late)
        async with toy.deps.database.transaction() as session:
            by = f"slack:{slack.people[writer]}" if writer in slack.people else writer
            await session.execute(update(PostRow).where(PostRow.id == post_id).values(created_by=by))


async def _at_last(toy: Queue, notifier: SlackNotifier, told: Callable[[], object]) -> None:
    """Work, and speak without the pauses after refusals, until this was said."""

    async def said() -> object:
        async with toy.deps.database.transaction() as session:
            await session.execute(delete(BudgetRow).where(BudgetRow.key.startswith("notices:")))
        await notifying.deliver(toy.deps, notifier)
        return told()

    async with working(toy, notifier):
        await until_async(said, within_s=15)


def directly(slack: Workspace, person: str) -> list[str]:
    talk = slack.world.im_of(slack.people[person])
    return [m.text for m in talk.messages if m.user == slack.world.bot_user_id] if talk is not None else []


async def test_without_a_channel_each_author_hears_of_what_was_missed(toy: Queue, slack: Workspace) -> None:
    async with at_work(toy, slack) as (notifier, brand):
        await workspaces.change_brand(toy.deps, brand, channel="", asked_by="tests")
        await _missed(toy, slack, "maya", ["One", "Two"])
        await _missed(toy, slack, "omar", ["Three"])
        await _missed(toy, slack, "cli", ["Four"])
        await _at_last(toy, notifier, lambda: len(directly(slack, "maya")) > 1 and directly(slack, "omar"))
        assert any("2 posts" in text and "below" not in text for text in directly(slack, "maya"))
        assert any("Missed" in text for text in directly(slack, "omar"))
        assert not slack.world.refusals


@pytest.mark.parametrize("how", ["archive", "kick"])
async def test_where_nobody_may_write_each_author_hears_of_each_failure(toy: Queue, slack: Workspace, how: str) -> None:
    toy.network.behaviour = lambda _: "422"
    channel = slack.channels["juniper-social"]
    async with at_work(toy, slack) as (notifier, brand), aiohttp.ClientSession() as page:
        given = {"as": slack.people["maya"], "do": how, "channel": channel, "user": slack.world.bot_user_id}
        async with page.post(f"{slack.url}/_page/admin", json=given) as answer:
            assert (await answer.json())["ok"]
        for text in ("First", "Second"):
            await _schedule(toy, brand, slack, text, in_s=1)
        await _at_last(toy, notifier, lambda: sum("Failed" in text for text in directly(slack, "maya")) == 2)
        assert any("Try it again" in str(m.blocks) or "Retry" in str(m.blocks) for m in _talk(slack, "maya"))


def _talk(slack: Workspace, person: str) -> list[Any]:
    talk = slack.world.im_of(slack.people[person])
    return list(talk.messages) if talk is not None else []


async def test_somebody_who_left_holds_up_nobody(toy: Queue, slack: Workspace) -> None:
    async with at_work(toy, slack) as (notifier, brand):
        await workspaces.change_brand(toy.deps, brand, channel="", asked_by="tests")
        await _missed(toy, slack, "slack:UGONE0000", ["Gone"])
        await _at_last(toy, notifier, lambda: directly(slack, "maya"))
        assert "Missed" in directly(slack, "maya")[0]


async def test_a_card_follows_its_brand_out_of_an_archived_channel(toy: Queue, slack: Workspace) -> None:
    async with at_work(toy, slack) as (notifier, brand), aiohttp.ClientSession() as page:
        post = await _schedule(toy, brand, slack, "Still to come", in_s=600)
        await _settled(toy, notifier)
        given = {"as": slack.people["maya"], "do": "archive", "channel": slack.channels["juniper-social"]}
        async with page.post(f"{slack.url}/_page/admin", json=given) as answer:
            assert (await answer.json())["ok"]
        await workspaces.change_brand(toy.deps, brand, channel=slack.channels["general"], asked_by="tests")
        await scheduling.cancel_post(toy.deps, toy.workspace_id, post.post_id, asked_by="cli")
        await _settled(toy, notifier)
        assert any(message.text.startswith("Cancelled: ") for message in messages(slack, "general"))


async def test_whoever_installed_herald_hears_of_a_webhook_that_takes_nothing(toy: Queue, slack: Workspace) -> None:
    async with at_work(toy, slack) as (notifier, _):
        facts = {"webhook": "whk_1", "host": "hooks.example", "event": "post.failed", "tries": 7, "why": "<!channel>"}
        async with toy.deps.database.transaction() as session:
            for gone in (False, True):
                await outbox.add(
                    session,
                    toy.workspace_id,
                    kind="webhook",
                    dedupe_key=f"webhook:{gone}",
                    payload={**facts, "gone": gone},
                    now=clock.now(),
                )
        await _at_last(toy, notifier, lambda: sum("hooks.example" in text for text in directly(slack, "maya")) == 2)
        assert not slack.world.refusals
        assert not any("<!channel>" in text for text in directly(slack, "maya"))
