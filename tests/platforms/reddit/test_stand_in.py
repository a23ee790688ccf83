"""From consent to numbers, through all of Herald, at the stand-in; and answers that were lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.domain.publication import State
from platforms.errors import Reconnect
from platforms.reddit.spec import SCOPES
from sandbox.networks.network import ACCESS_ENDED, HIDES_POST, LOSES_ANSWER, OK, REFUSES_TEXT
from sandbox.networks.reddit.app import Server, running
from sandbox.networks.reddit.world import FLAIR, Settings
from storage.engine import Database
from tests.platforms.journey import Journey, journey
from tests.platforms.reddit.conftest import ACCOUNT_METRICS, DELETE, METRICS, PLACE
from tests.storage.media.films import film

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return Settings(media_s=0.2)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "reddit", server) as made:
        yield made


def picture(folder: Path, name: str = "blue") -> Path:
    path = folder / f"{name}.png"
    Image.new("RGB", (400, 300), (40, 60, len(name))).save(path, "PNG")
    return path


async def test_a_picture_and_its_first_comment_go_out_by_consent_and_are_counted_and_taken_down(
    herald: Journey, server: Server, tmp_path: Path
) -> None:
    account = await herald.connect("juniper")
    login = await herald.login(account)
    assert account.handle == "juniper"
    assert login.tokens.refresh is not None
    assert set(login.tokens.scopes) == set(SCOPES)

    items = await herald.post(
        account, "Two of them", parts=["More of it"], files=[(picture(tmp_path), "")], options=PLACE
    )

    assert [item.status for item in items] == [State.PUBLISHED, State.PUBLISHED], [item.error for item in items]
    (post,), (comment,) = server.world.posts.values(), server.world.comments.values()
    assert (post.kind, post.assets[0].content) == ("image", picture(tmp_path).read_bytes())
    assert (comment.parent, comment.text) == (post.name, "More of it")
    assert items[0].permalink == f"{server.url}/r/test/comments/{post.id}/a_morning/"
    async with httpx.AsyncClient() as reader:
        page = (await reader.get(items[0].permalink or "")).text
        assert "A morning" in page
        assert "More of it" in page
    post.votes = 7
    numbers = await METRICS(herald.wire(), herald.endpoints, login, (post.name, comment.name, "t3_gone"))
    assert [(one.platform_post_id, one.likes, one.comments) for one in numbers] == [
        (post.name, 7, 1),
        (comment.name, 1, None),
    ]
    assert (await ACCOUNT_METRICS(herald.wire(), herald.endpoints, login)).followers == 12
    for _ in range(2):
        await DELETE(herald.wire(), login, comment.name, {})
    assert not server.world.comments


async def test_a_film_a_gallery_a_poll_and_a_link_with_a_flair_are_what_they_are(
    herald: Journey, server: Server, tmp_path: Path
) -> None:
    account = await herald.connect("juniper")
    clip = film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640))
    pictures = [(picture(tmp_path, name), "") for name in ("red", "green")]

    posted = [
        await herald.post(account, "", files=[(clip, "")], options=PLACE),
        await herald.post(account, "", files=pictures, options={**PLACE, "subreddit": "pictures"}),
        await herald.post(account, "", options={**PLACE, "poll": "tea|coffee", "subreddit": "words"}),
        await herald.post(
            account, "https://example.com/", options={**PLACE, "subreddit": "flaired", "flair_id": FLAIR}
        ),
    ]

    assert [[item.status for item in items] for items in posted] == [[State.PUBLISHED]] * 4
    video, gallery, poll, flaired = server.world.posts.values()
    assert (video.kind, len(gallery.assets), poll.choices, flaired.flair) == ("video", 2, ("tea", "coffee"), FLAIR)


async def test_a_lost_answer_is_found_in_the_list(herald: Journey, server: Server, tmp_path: Path) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(LOSES_ANSWER)

    (words,) = await herald.post(account, "Only once", options=PLACE)
    (file,) = await herald.post(account, "A file", files=[(picture(tmp_path), "")], options=PLACE)

    first, second = server.world.posts.values()
    assert (words.status, words.platform_post_id) == (State.PUBLISHED, first.name)
    assert (file.status, file.platform_post_id) == (State.PUBLISHED, second.name)


async def test_a_post_that_is_hidden_is_never_sent_again(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(HIDES_POST)

    (item,) = await herald.post(account, "Only once", options=PLACE, within_s=4.0)

    assert item.status is State.UNCONFIRMED
    assert len(server.world.posts) == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("nowhere", "cannot post in that subreddit"),
        ("closed", "aren't allowed to post there"),
        ("pictures", "does not take this"),
        ("flaired", "must contain post flair"),
    ],
)
async def test_what_a_subreddit_refuses_ends_with_its_words(
    herald: Journey, server: Server, place: str, words: str
) -> None:
    account = await herald.connect("juniper")

    (item,) = await herald.post(account, "Hello", options={**PLACE, "subreddit": place})

    assert item.status is State.FAILED
    assert words in str(item.error)
    assert not server.world.posts


async def test_a_wait_inside_an_answer_is_kept(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.world.settings.gap_s = 3.0

    (first,) = await herald.post(account, "One", options=PLACE)
    (second,) = await herald.post(account, "Two", options=PLACE)

    assert [first.status, second.status] == [State.PUBLISHED, State.PUBLISHED]
    one, two = server.world.posts.values()
    assert (two.made_at - one.made_at).total_seconds() >= 3.0


async def test_a_refused_text_ends_and_access_that_ended_asks_for_a_person(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(REFUSES_TEXT)
    (item,) = await herald.post(account, "Buy now", options=PLACE)
    assert item.status is State.FAILED
    server.network.set_condition(ACCESS_ENDED)
    (item,) = await herald.post(account, "Still there?", options=PLACE)
    assert item.status is State.FAILED
    server.network.set_condition(OK)
    assert not server.world.posts


async def test_a_day_old_token_is_renewed_on_the_way(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.world.oauth.grants.end_access()

    (item,) = await herald.post(account, "Renewed", options=PLACE)

    assert item.status is State.PUBLISHED
    assert server.world.oauth.asked == ["authorization_code", "refresh_token"]


async def test_a_suspended_account_is_told(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    login = await herald.login(account)
    server.world.suspended.add("juniper")
    with pytest.raises(Reconnect, match="suspended"):
        await herald.connector.identify(herald.wire(), login)
