"""From consent to numbers, through all of Herald, at the stand-in; and what an answer that was lost comes to."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.domain.errors import UserError
from bot.domain.publication import State
from bot.services import credentials
from bot.services.credentials import Login
from platforms.instagram import CONNECTOR
from sandbox.networks.instagram.app import Server, running
from sandbox.networks.instagram.world import Settings
from sandbox.networks.network import ACCESS_ENDED, DOWN, HIDES_POST, LOSES_ANSWER, OK, REFUSES_TEXT
from storage.engine import Database
from tests.platforms.instagram.pieces import present
from tests.platforms.journey import Journey, journey
from tests.storage.media.films import film

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "instagram", server) as made:
        yield made


@pytest.fixture
def picture(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "blue.jpg"
    Image.new("RGB", (400, 400), (40, 60, 200)).save(path, "JPEG")
    return path, "blue"


def clip(folder: Path) -> tuple[Path, str]:
    """A film of four seconds."""
    options = {"movflags": "faststart"}
    return film(
        folder / "clip.mp4", codec="libx264", sound="aac", seconds=4, size=(360, 640), rate=24, options=options
    ), ""


async def test_a_carousel_and_a_first_comment_go_out_and_are_counted(
    herald: Journey, server: Server, tmp_path: Path, picture: tuple[Path, str]
) -> None:
    server.world.settings.film_ready_s = 0.0
    account = await herald.connect("rowan")
    assert (account.handle, account.renews) == ("rowan", True)
    assert account.ends_at is not None

    items = await herald.post(account, "Two of them", parts=["First!"], files=[picture, clip(tmp_path)])

    assert [item.status for item in items] == [State.PUBLISHED, State.PUBLISHED], [item.error for item in items]
    post, comment = server.world.media.values()
    assert [(file.kind, file.alt) for file in post.files] == [("image", "blue"), ("video", "")]
    assert (post.media_type, comment.parent, comment.caption) == ("CAROUSEL", post.id, "First!")
    assert items[0].permalink == f"{server.url}/p/{post.shortcode}/"
    async with httpx.AsyncClient() as reader:
        page = (await reader.get(items[0].permalink or "")).text
        shown = await reader.get(f"{server.url}/picture/{post.id}/0")
    assert all(words in page for words in ("Two of them", "First!", "blue"))
    assert shown.content == picture[0].read_bytes()
    login = await herald.login(account)
    numbers = await present(CONNECTOR.metrics)(herald.wire(), herald.endpoints, login, (post.id, "1"))
    assert [(one.platform_post_id, one.comments, one.views) for one in numbers] == [(post.id, 1, 0)]
    counted = await present(CONNECTOR.account_metrics)(herald.wire(), herald.endpoints, login)
    assert (counted.followers, counted.posts) == (240, 1)
    days = await present(CONNECTOR.history)(
        herald.wire(), herald.endpoints, login, date(2026, 11, 1), date(2026, 11, 3)
    )
    assert [(one.day.day, one.reach) for one in days] == [(1, 7), (2, 7), (3, 7)]


async def test_a_reel_is_waited_for(herald: Journey, server: Server, tmp_path: Path) -> None:
    account = await herald.connect("juniper")

    (item,) = await herald.post(account, "Watch", files=[clip(tmp_path)])

    (post,) = server.world.media.values()
    assert (item.status, post.media_type, post.caption) == (State.PUBLISHED, "REELS", "Watch"), item.error


async def test_a_story_is_published(herald: Journey, server: Server, picture: tuple[Path, str]) -> None:
    account = await herald.connect("juniper")

    (item,) = await herald.post(account, "", files=[picture], options={"type": "story"})

    (post,) = server.world.media.values()
    assert (item.status, post.media_type) == (State.PUBLISHED, "STORIES"), item.error


async def test_a_token_renews_itself_and_a_box_that_was_unticked_is_named(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    first = await herald.login(account)
    again = await credentials.renew(herald.deps, Login(connected=first, version=1))
    assert again.connected.tokens.access != first.tokens.access
    assert (await CONNECTOR.identify(herald.wire(), again.connected)).handle == "juniper"
    server.world.settings.declined = ("instagram_business_content_publish",)
    with pytest.raises(UserError, match="instagram_business_content_publish"):
        await herald.connect("rowan")


async def test_a_lost_answer_is_found_by_its_container(
    herald: Journey, server: Server, picture: tuple[Path, str]
) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(LOSES_ANSWER)

    (item,) = await herald.post(account, "Only once", files=[picture])

    (there,) = server.world.media.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, there.id)


async def test_a_no_to_what_was_carried_out_is_found_out(
    herald: Journey, server: Server, picture: tuple[Path, str]
) -> None:
    account = await herald.connect("juniper")
    server.world.settings.publishes_and_refuses = 1
    server.world.settings.comments_and_refuses = True

    post, comment = await herald.post(account, "Only once", parts=["First!"], files=[picture])

    there, below = server.world.media.values()
    assert (post.status, post.platform_post_id) == (State.PUBLISHED, there.id)
    assert (comment.status, comment.platform_post_id) == (State.PUBLISHED, below.id)


async def test_a_post_that_is_hidden_is_never_sent_again(
    herald: Journey, server: Server, picture: tuple[Path, str]
) -> None:
    account = await herald.connect("juniper")
    (first,) = await herald.post(account, "Before", files=[picture])
    assert first.status is State.PUBLISHED
    server.network.on_publish.append(lambda: server.network.set_condition(HIDES_POST))

    (item,) = await herald.post(account, "Only once", files=[picture], within_s=6.0)

    assert (item.status, len(server.world.media)) == (State.UNCONFIRMED, 2)


async def test_refusals_end_it_and_a_network_that_is_down_leaves_it_waiting(
    herald: Journey, server: Server, picture: tuple[Path, str]
) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(REFUSES_TEXT)
    (refused,) = await herald.post(account, "Buy now", files=[picture])
    assert (refused.status, "community guidelines" in str(refused.error)) == (State.FAILED, True)
    server.network.set_condition(DOWN)
    (waiting,) = await herald.post(account, "Later", files=[picture], within_s=2.0)
    assert waiting.status not in {State.PUBLISHED, State.FAILED}
    server.network.set_condition(OK)
    assert not server.world.media


async def test_an_ended_access_asks_for_a_person(herald: Journey, server: Server, picture: tuple[Path, str]) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(ACCESS_ENDED)
    (item,) = await herald.post(account, "Still there?", files=[picture])
    assert item.status is State.FAILED
    assert not server.world.media


@pytest.mark.parametrize("settings", [Settings(posts_a_day=1)])
async def test_a_day_s_quota_makes_the_next_one_wait(
    herald: Journey, server: Server, picture: tuple[Path, str]
) -> None:
    account = await herald.connect("juniper")
    (first,) = await herald.post(account, "One", files=[picture])
    (second,) = await herald.post(account, "Two", files=[picture], within_s=3.0)
    assert (first.status, len(server.world.media)) == (State.PUBLISHED, 1)
    assert second.status not in {State.PUBLISHED, State.FAILED}
