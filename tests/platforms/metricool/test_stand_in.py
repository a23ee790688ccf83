"""From the token to the published post, through all of Herald, at the stand-in; lost answers, and taking back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from bot import clock
from bot.domain.accounts import Account, Secret
from bot.domain.errors import InvalidContent
from bot.domain.ids import PostId
from bot.domain.publication import State
from bot.services import connecting, journal, publishing, scheduling, working
from bot.services.publishing import Ready
from platforms.answers import as_object
from platforms.base import Prepared
from platforms.metricool.spec import HANDS_OVER_S
from sandbox.networks.metricool.app import Server, running
from sandbox.networks.metricool.world import USER_ID, Settings
from sandbox.networks.network import LOSES_ANSWER
from storage.engine import Database
from storage.tables import PostItemRow
from tests.platforms.journey import Journey, journey

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return Settings(hurry=True)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "metricool", server) as made:
        yield made


async def connect(herald: Journey, server: Server, network: str = "instagram", blog: int = 100) -> Account:
    typed = {"token": Secret(server.world.token), "user": str(USER_ID), "blog": str(blog), "network": network}
    return await connecting.connect(herald.deps, herald.brand, "metricool", typed, asked_by="tests")


def picture(folder: Path, side: int = 400) -> Path:
    path = folder / "blue.png"
    Image.effect_noise((side, side), 90).save(path, "PNG")
    return path


async def test_a_brand_and_a_network_are_asked_for_by_name(herald: Journey, server: Server) -> None:
    with pytest.raises(InvalidContent, match="Choose one of the networks this brand has in Metricool: facebook, ins"):
        await connect(herald, server, "tiktok")
    with pytest.raises(InvalidContent, match="knows no brand 7 of this user"):
        await connect(herald, server, blog=7)
    account = await connect(herald, server)
    assert (account.handle, account.platform_account_id) == ("Juniper (Instagram)", "100:instagram")
    assert (await connecting.check(herald.deps, account)).trouble is None


@pytest.mark.parametrize("side", [300, 2_800], ids=["in one piece", "in several pieces"])
async def test_a_picture_is_uploaded_handed_over_and_watched_until_it_is_out(
    herald: Journey, server: Server, tmp_path: Path, side: int
) -> None:
    account = await connect(herald, server)

    (item,) = await herald.post(
        account, "New beans", files=[(picture(tmp_path, side), "beans")], options={"first_comment": "Where? Here."}
    )

    (plan,) = server.world.plans.values()
    (upload,) = server.world.uploads.values()
    assert (item.status, item.permalink) == (State.PUBLISHED, server.world.address(plan)), item.error
    assert len(upload.parts) == (1 if side == 300 else 2)
    assert (plan.body["mediaAltText"], plan.body["firstCommentText"]) == (["beans"], "Where? Here.")
    assert plan.at > plan.made_at + timedelta(seconds=120)


async def test_a_lost_answer_is_found_in_the_planner(herald: Journey, server: Server) -> None:
    account = await connect(herald, server, "facebook")
    server.network.set_condition(LOSES_ANSWER)

    (item,) = await herald.post(account, "Only once")

    (plan,) = server.world.plans.values()
    assert (item.status, item.permalink) == (State.PUBLISHED, server.world.address(plan))


async def test_a_second_that_is_over_when_metricool_hears_of_it_is_replaced_by_a_later_one(
    herald: Journey, server: Server
) -> None:
    account = await connect(herald, server, "facebook")
    wish = scheduling.Wish(brand=herald.brand, to=(account.id,), text="Late", when=scheduling.Now(), asked_by="tests")
    post = await scheduling.schedule_post(herald.deps, wish)
    worker_id = await working.join(herald.deps)
    (job,) = await publishing.claim(herald.deps, worker_id, limit=1)
    ready = await publishing.prepare(herald.deps, job)
    assert isinstance(ready, Ready)
    over = (clock.now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S")
    body = {**as_object(ready.prepared.data["body"]), "publicationDate": {"dateTime": over, "timezone": "UTC"}}
    waited = replace(ready, prepared=Prepared(data={**ready.prepared.data, "body": body}))
    (armed,) = (await publishing.arm(herald.deps, worker_id, [waited])).armed
    await publishing.settle(herald.deps, [await publishing.send(herald.deps, armed, fence=lambda: True)])

    (item,) = await herald.until_ended(post.post_id)

    (plan,) = server.world.plans.values()
    assert (item.status, item.permalink) == (State.PUBLISHED, server.world.address(plan)), item.error
    assert plan.at > plan.made_at


async def test_what_its_network_refuses_later_fails_with_the_networks_words(herald: Journey, server: Server) -> None:
    account = await connect(herald, server, "facebook")
    server.world.fails_with = "The page lost its permission"

    (item,) = await herald.post(account, "Too bad")

    assert item.status is State.FAILED
    assert item.error is not None
    assert "could not publish it on Facebook. It says: “The page lost its permission”" in item.error[1]


async def test_a_post_waits_here_until_minutes_before_its_second(herald: Journey, server: Server) -> None:
    account = await connect(herald, server, "facebook")
    at = clock.now() + timedelta(hours=2)
    wish = scheduling.Wish(
        brand=herald.brand,
        to=(account.id,),
        text="Later",
        when=scheduling.At(text=at.isoformat()),
        asked_by="tests",
    )
    post = await scheduling.schedule_post(herald.deps, wish)

    assert post.scheduled_at == at
    async with herald.deps.database.reading() as session:
        (due_at,) = await session.scalars(select(PostItemRow.due_at))
    assert due_at == at - timedelta(seconds=HANDS_OVER_S)
    assert not server.world.plans


@pytest.mark.parametrize("way", ["cancel", "disconnect"])
async def test_what_was_handed_over_is_taken_back(herald: Journey, server: Server, way: str) -> None:
    server.world.settings.hurry = False
    account = await connect(herald, server, "facebook")
    (item,) = await herald.post(account, "Not yet", within_s=3.0)
    assert item.status is State.CONFIRMING
    async with herald.deps.database.reading() as session:
        (post_id,) = map(PostId, await session.scalars(select(PostItemRow.post_id)))

    if way == "cancel":
        await scheduling.cancel_post(herald.deps, herald.brand.workspace_id, post_id, asked_by="tests")
    else:
        assert await connecting.disconnect(herald.deps, account, asked_by="tests") == 1

    (plan,) = server.world.plans.values()
    assert plan.deleted
    (after,) = (await journal.show_post(herald.deps, herald.brand.workspace_id, post_id)).items
    assert after.status is State.CANCELLED
