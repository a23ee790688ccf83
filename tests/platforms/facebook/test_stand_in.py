"""From consent to numbers, through all of Herald, at the stand-in; and what an answer that was lost comes to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from bot.domain.accounts import Connected, Secret
from bot.domain.content import Draft
from bot.domain.errors import UserError
from bot.domain.publication import State
from bot.services import consenting
from bot.services.consenting import Choosing
from platforms.base import CannotTell, Key, Pending, Prepared, Published
from platforms.errors import DuplicateRefused, MediaRefused, Reconnect
from platforms.facebook import CONNECTOR
from platforms.facebook.kinds import REEL, STORY
from sandbox.networks.facebook.app import Server, running
from sandbox.networks.facebook.world import Settings
from sandbox.networks.network import DOWN, HIDES_POST, LOSES_ANSWER, OK, REFUSES_TEXT
from storage.engine import Database
from tests.platforms.facebook.pieces import AT, CONNECTED, DRAFT, KEY, film, of_type, picture, present
from tests.platforms.journey import CALLBACK, Journey, journey
from tests.storage.media.films import film as make_film

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CHUNK_BYTES = 5_000


@pytest.fixture
def settings() -> Settings:
    return Settings(chunk_bytes=CHUNK_BYTES, processing_s=0.3)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "facebook", server) as made:
        yield made


def photo(folder: Path, name: str) -> Path:
    path = folder / name
    Image.new("RGB", (400, 300), (40, 60, 200)).save(path, "PNG")
    return path


async def test_two_photos_and_a_first_comment_go_out_are_counted_and_taken_down(
    herald: Journey, server: Server, tmp_path: Path
) -> None:
    account = await herald.connect("rowan")
    assert (account.handle, account.renews, account.ends_at) == ("harborbakery", False, None)

    files = [(photo(tmp_path, "a.png"), "blue"), (photo(tmp_path, "b.png"), "")]
    items = await herald.post(account, "Fresh bread", parts=["From seven on"], files=files)

    assert [item.status for item in items] == [State.PUBLISHED, State.PUBLISHED], [item.error for item in items]
    post, comment = server.world.posts.values()
    assert ([server.world.photos[one].alt for one in post.photos], comment.parent) == (["blue", ""], post.id)
    assert items[0].permalink == f"{server.url}/{post.id}"
    async with httpx.AsyncClient() as reader:
        page = (await reader.get(items[0].permalink or "")).text
    assert all(words in page for words in ("Fresh bread", "From seven on", "blue"))
    login = await herald.login(account)
    numbers = await present(CONNECTOR.metrics)(herald.wire(), herald.endpoints, login, (post.id, "1_2"))
    assert [(one.platform_post_id, one.comments, one.views) for one in numbers] == [(post.id, 1, 0)]
    counted = await present(CONNECTOR.account_metrics)(herald.wire(), herald.endpoints, login)
    assert counted.followers == 120
    days = await present(CONNECTOR.history)(
        herald.wire(), herald.endpoints, login, date(2026, 11, 1), date(2026, 11, 3)
    )
    assert [(one.day.day, one.views, one.followers) for one in days] == [(1, 9, 120), (2, 9, 120), (3, 9, 120)]
    for _ in range(2):
        await present(CONNECTOR.delete)(herald.wire(), login, post.id, {})
    assert not server.world.posts


async def test_a_person_picks_among_their_pages_and_those_of_their_business(herald: Journey, server: Server) -> None:
    asked = await consenting.ask_consent(
        herald.deps, herald.brand, "facebook", "", redirect_uri=CALLBACK, asked_by="tests"
    )
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"{asked.url}&approve=juniper")
    came = parse_qs(urlsplit(answer.headers["location"]).query)
    choosing = await consenting.finish_consent(herald.deps, came["state"][0], Secret(came["code"][0]))
    assert isinstance(choosing, Choosing)
    assert [(one.handle, one.kind) for one in choosing.offered] == [
        ("junipercoffee", "Page"),
        ("harborbakery", "Page"),
        ("juniperroastery", "Page"),
    ]
    ids = [one.id for one in choosing.offered[::2]]
    kept = await consenting.pick(herald.deps, choosing.state, ids)
    first, second = [await herald.login(account) for account in kept.accounts]
    assert first.tokens.access != second.tokens.access
    assert (await CONNECTOR.identify(herald.wire(), second)).handle == "juniperroastery"
    with pytest.raises(Reconnect, match="another Page"):
        await CONNECTOR.identify(herald.wire(), replace(second, tokens=first.tokens))
    server.world.pages[ids[0]].tasks.clear()
    with pytest.raises(Reconnect, match="lost their role"):
        await CONNECTOR.identify(herald.wire(), first)


@pytest.mark.parametrize("settings", [Settings(declined=("pages_manage_posts",))])
async def test_a_box_that_was_unticked_is_named(herald: Journey) -> None:
    with pytest.raises(UserError, match="pages_manage_posts"):
        await herald.connect("rowan")


async def test_a_film_goes_up_in_pieces_and_is_waited_for(herald: Journey, server: Server, tmp_path: Path) -> None:
    account = await herald.connect("rowan")
    clip = make_film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640))
    assert clip.stat().st_size > CHUNK_BYTES

    (item,) = await herald.post(account, "Watch", files=[(clip, "")], options={"title": "Dough"})

    (post,) = server.world.posts.values()
    (there,) = server.world.films.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, post.id), item.error
    assert (post.message, post.title, there.received) == ("Watch", "Dough", clip.stat().st_size)
    assert item.permalink == f"{server.url}/reel/{there.id}/"


async def test_a_lost_answer_is_found(herald: Journey, server: Server) -> None:
    account = await herald.connect("rowan")
    server.network.set_condition(LOSES_ANSWER)

    (item,) = await herald.post(account, "Only once")

    (there,) = server.world.posts.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, there.id)


async def test_a_lost_answer_of_a_film_is_found_by_the_film(herald: Journey, server: Server, tmp_path: Path) -> None:
    account = await herald.connect("rowan")
    clip = make_film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=1, size=(360, 640))
    server.network.set_condition(LOSES_ANSWER)

    (item,) = await herald.post(account, "Watch", files=[(clip, "")])

    (there,) = server.world.posts.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, there.id), item.error


async def test_a_film_that_facebook_could_not_use_fails_with_its_reason_after_a_lost_answer_too(
    herald: Journey, server: Server, tmp_path: Path
) -> None:
    account = await herald.connect("rowan")
    clip = make_film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=1, size=(360, 640))
    server.network.set_condition(LOSES_ANSWER)
    server.world.settings.films_fail = True

    (item,) = await herald.post(account, "Watch", files=[(clip, "")])

    assert item.status is State.FAILED
    assert item.error == ("media", "Facebook could not use the video. It says: “The film cannot be read”")
    assert not server.world.posts


async def test_a_post_that_is_hidden_is_never_sent_again(herald: Journey, server: Server) -> None:
    account = await herald.connect("rowan")
    server.network.set_condition(HIDES_POST)

    (item,) = await herald.post(account, "Only once", within_s=4.0)

    assert item.status is State.UNCONFIRMED
    assert len(server.world.posts) == 1


async def test_a_refusal_ends_it_and_a_network_that_is_down_leaves_it_waiting(herald: Journey, server: Server) -> None:
    account = await herald.connect("rowan")
    server.network.set_condition(REFUSES_TEXT)
    (refused,) = await herald.post(account, "Buy now")
    assert (refused.status, "community standards" in str(refused.error)) == (State.FAILED, True)
    server.network.set_condition(DOWN)
    (waiting,) = await herald.post(account, "Later", within_s=2.0)
    assert waiting.status not in {State.PUBLISHED, State.FAILED}
    server.network.set_condition(OK)
    assert not server.world.posts


# --- What the contract cannot say, at the connector itself -----------------------------------------------------------


async def made(herald: Journey, server: Server, draft: Draft, key: Key = KEY) -> tuple[Prepared, object]:
    """Prepare and publish on the stand-in's first Page."""
    login = at(server)
    prepared = await CONNECTOR.prepare(herald.wire(), herald.endpoints, login, draft, key, None)
    return prepared, await CONNECTOR.publish(herald.wire(), login, prepared, key)


def at(server: Server) -> Connected:
    """An account of the first Page."""
    account = replace(CONNECTED.account, platform_account_id=server.page.id, service_url=server.url)
    return replace(CONNECTED, account=account, tokens=replace(CONNECTED.tokens, access=Secret(server.token)))


async def test_reels_and_stories_are_published_and_found(herald: Journey, server: Server) -> None:
    login = at(server)
    reel, pending = await made(herald, server, of_type(REEL, attachments=(film(),), options={"type": "reel"}))
    assert isinstance(pending, Pending)
    assert isinstance(await CONNECTOR.find(herald.wire(), login, reel, KEY, AT), CannotTell)
    film_story, told = await made(herald, server, of_type(STORY, text="", attachments=(film(),)))
    assert isinstance(told, Pending)
    photo_story, shown = await made(herald, server, of_type(STORY, text="", attachments=(picture(),)))
    assert isinstance(shown, Published)
    found = await CONNECTOR.find(herald.wire(), login, photo_story, KEY, AT)
    assert isinstance(found, Published)
    assert found.platform_post_id == shown.platform_post_id
    server.world.settings.processing_s = 0.0
    for prepared in (reel, film_story):
        out = await CONNECTOR.find(herald.wire(), login, prepared, KEY, AT)
        assert isinstance(out, Published)
        assert out.platform_post_id.rpartition("_")[2] in {
            post.id.rpartition("_")[2] for post in server.world.posts.values()
        }
    server.world.settings.films_fail = True
    with pytest.raises(MediaRefused, match="cannot be read"):
        await present(CONNECTOR.poll)(herald.wire(), login, pending.handle, KEY)
    assert await CONNECTOR.find(herald.wire(), login, reel, KEY, AT) == Pending(
        handle={name: value for name, value in pending.handle.items() if name != "post"}, check_after_s=0.0
    )


async def test_the_network_s_own_refusal_of_twins_is_a_hint_that_it_is_there(herald: Journey, server: Server) -> None:
    since = server.world.now()
    prepared, published = await made(herald, server, DRAFT)
    with pytest.raises(DuplicateRefused):
        await made(herald, server, DRAFT)
    assert await CONNECTOR.find(herald.wire(), at(server), prepared, KEY, since) == published
    photos, _ = await made(herald, server, replace(DRAFT, attachments=(picture(),)))
    with pytest.raises(DuplicateRefused):
        await CONNECTOR.publish(herald.wire(), at(server), photos, KEY)


async def test_a_file_that_is_refused_is_named(herald: Journey, server: Server, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    with pytest.raises(MediaRefused, match=r"^tree\.png: "):
        await made(herald, server, replace(DRAFT, attachments=(replace(picture(), path=bad),)))
