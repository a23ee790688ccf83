"""From the consent to the numbers, through the services, at the stand-in: a film, its thumbnail, its first comment."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from bot.domain.publication import State
from bot.services import connecting
from platforms.youtube import CONNECTOR
from sandbox.networks.network import ACCESS_ENDED, DOWN, HIDES_POST, LOSES_ANSWER, OK
from sandbox.networks.youtube.app import Server, running
from sandbox.networks.youtube.world import Settings
from storage.engine import Database
from storage.tables import AttemptRow
from tests.platforms.journey import Journey, journey
from tests.platforms.mastodon.conftest import present
from tests.storage.media.films import film

METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
DELETE, HISTORY = present(CONNECTOR.delete), present(CONNECTOR.history)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(processing_s=0.0)) as started:
        yield started


@pytest.fixture
async def trip(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "youtube", server) as made:
        yield made


@pytest.fixture
def files(tmp_path: Path) -> list[tuple[Path, str]]:
    cover = tmp_path / "cover.png"
    Image.new("RGB", (64, 36), (120, 60, 20)).save(cover)
    return [(film(tmp_path / "roasting.mp4"), ""), (cover, "")]


async def test_a_film_with_thumbnail_and_comment_is_published_and_its_numbers_are_read(
    trip: Journey, server: Server, files: list[tuple[Path, str]]
) -> None:
    account = await trip.connect("junipercoffee")

    video_item, comment_item = await trip.post(
        account, "How we roast", parts=["What next?"], files=files, options={"title": "Roasting", "tags": "coffee"}
    )

    [video], [comment] = server.world.videos.values(), server.world.comments.values()
    assert (video_item.platform_post_id, comment_item.platform_post_id) == (video.id, comment.id)
    assert (video.title, video.snippet["tags"], comment.text) == ("Roasting", ["coffee"], "What next?")
    assert video.thumbnail.startswith(b"\x89PNG")
    assert video_item.permalink == f"https://www.youtube.com/watch?v={video.id}"
    video.views, login = 40, await trip.login(account)
    [numbers] = await METRICS(trip.wire(), trip.endpoints, login, (video.id,))
    of_channel = await ACCOUNT_METRICS(trip.wire(), trip.endpoints, login)
    assert (numbers.views, numbers.comments, of_channel.posts, of_channel.followers) == (40, 1, 1, 1230)
    days = await HISTORY(trip.wire(), trip.endpoints, login, date(2026, 11, 1), date(2026, 11, 3))
    assert [(one.day.day, one.views) for one in days] == [(1, 1), (2, 1), (3, 1)]
    await DELETE(trip.wire(), login, comment.id, {"kind": "comment"})
    await DELETE(trip.wire(), login, video.id, {"kind": "video"})
    assert not server.world.videos
    assert not server.world.comments


async def test_a_video_that_becomes_private_says_so_in_its_story(
    trip: Journey, server: Server, files: list[tuple[Path, str]]
) -> None:
    server.world.settings.audited = False
    account = await trip.connect("junipercoffee")

    [item] = await trip.post(account, "How we roast", files=files[:1], options={"title": "Roasting"})

    async with trip.deps.database.reading() as session:
        [told] = await session.scalars(select(AttemptRow.detail))
    assert item.status is State.PUBLISHED
    assert "private instead of public" in (told or "")


async def test_a_lost_answer_is_settled_by_asking_the_session(
    trip: Journey, server: Server, files: list[tuple[Path, str]]
) -> None:
    account = await trip.connect("junipercoffee")
    server.network.set_condition(LOSES_ANSWER)

    [item] = await trip.post(account, "How we roast", files=files[:1], options={"title": "Roasting"})

    [video] = server.world.videos.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, video.id)


async def test_while_youtube_hides_everything_nothing_is_sent_again(
    trip: Journey, server: Server, files: list[tuple[Path, str]]
) -> None:
    account = await trip.connect("junipercoffee")
    server.network.set_condition(HIDES_POST)

    [item] = await trip.post(account, "How we roast", files=files[:1], options={"title": "Roasting"}, within_s=4.0)

    assert item.status is State.UNCONFIRMED
    assert len(server.world.videos) == 1


async def test_an_access_that_ends_is_renewed_and_given_back_with_the_account(trip: Journey, server: Server) -> None:
    account = await trip.connect("junipercoffee")
    grants = server.world.google.oauth.grants
    grants.end_access()

    checked = await connecting.check(trip.deps, account)
    login = await trip.login(account)
    await connecting.disconnect(trip.deps, account, asked_by="tests")

    assert (checked.trouble, checked.account.handle) == (None, "junipercoffee")
    assert server.world.google.oauth.asked == ["authorization_code", "refresh_token"]
    assert grants.person_of(login.tokens.access.reveal()) is None


async def test_another_channel_of_the_same_consent_is_not_taken_for_the_accounts(trip: Journey, server: Server) -> None:
    account = await trip.connect("junipercoffee")
    server.world.channels["junipercoffee"] = replace(server.world.channels["junipercoffee"], id="UC" + "x" * 22)

    checked = await connecting.check(trip.deps, account)

    assert checked.trouble is not None
    assert "no longer manages the channel" in checked.trouble


async def test_conditions_come_and_go(trip: Journey, server: Server) -> None:
    account = await trip.connect("junipercoffee")
    server.network.set_condition(ACCESS_ENDED)
    ended = await connecting.check(trip.deps, account)
    server.network.set_condition(DOWN)
    down = await connecting.check(trip.deps, account)
    server.network.set_condition(OK)

    assert ended.trouble == "YouTube no longer lets Herald in. Connect the account again."
    assert down.trouble is not None
    assert (await connecting.check(trip.deps, account)).trouble is None
