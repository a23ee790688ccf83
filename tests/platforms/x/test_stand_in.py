"""From consent to numbers, through all of Herald, at the stand-in; an answer that was lost, an access that ended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.domain.accounts import Connected
from bot.domain.content import MediaKind
from bot.domain.publication import State
from platforms.addresses import Guard
from platforms.http import Sender
from platforms.transport import AiohttpTransport
from platforms.x import CONNECTOR
from sandbox.networks.network import HIDES_POST, LOSES_ANSWER, OK, REFUSES_TEXT
from sandbox.networks.x.app import Server, running
from sandbox.networks.x.world import Settings
from storage.engine import Database
from tests.platforms.journey import Journey, journey
from tests.platforms.openapi import Recorder, document_at
from tests.platforms.x.material import DRAFT, KEY, attachment
from tests.storage.media.films import film

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BEYOND = ("/2/oauth2/",)
"""X's document has no token endpoint."""


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.2)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    async with AiohttpTransport(guard=Guard(allow_loopback=True)) as transport:
        yield Recorder(transport)


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server, recorder: Recorder) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "x", server) as made:
        yield replace(made, deps=replace(made.deps, sender=Sender(recorder)))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "blue.png"
    Image.new("RGB", (40, 30), (40, 60, 200)).save(path, "PNG")
    return path


async def test_a_thread_goes_out_by_consent_is_counted_and_taken_down(
    herald: Journey, server: Server, picture: Path
) -> None:
    account = await herald.connect("junipercoffee")
    assert (account.handle, account.limits) == ("junipercoffee", {"subscription_type": "None"})

    items = await herald.post(
        account,
        "Tea & cake: example.com/Menu",
        parts=["And more", "The end"],
        files=[(picture, "a sheet of blue")],
        options={"replies": "following"},
    )

    assert [item.status for item in items] == [State.PUBLISHED] * 3, [item.error for item in items]
    first, second, third = server.world.posts.values()
    assert (first.reply_settings, first.files[0].alt_text) == ("following", "a sheet of blue")
    assert (second.parent, third.parent, third.conversation) == (first.id, second.id, first.id)
    assert items[0].permalink == f"{server.url}/junipercoffee/status/{first.id}"
    async with httpx.AsyncClient() as reader:
        assert "Tea &amp; cake" in (await reader.get(items[0].permalink or "")).text
    await _numbers(herald, server, await herald.login(account))


async def _numbers(herald: Journey, server: Server, login: Connected) -> None:
    first, *_, last = server.world.posts.values()
    first.likes, first.views = 7, 90
    assert CONNECTOR.metrics is not None
    assert CONNECTOR.account_metrics is not None
    assert CONNECTOR.delete is not None
    numbers = await CONNECTOR.metrics(herald.wire(), herald.endpoints, login, (first.id, "123"))
    assert [(one.platform_post_id, one.likes, one.views, one.comments) for one in numbers] == [(first.id, 7, 90, 1)]
    of_account = await CONNECTOR.account_metrics(herald.wire(), herald.endpoints, login)
    assert (of_account.followers, of_account.posts) == (12, len(server.world.posts))
    for _ in range(2):
        await CONNECTOR.delete(herald.wire(), login, last.id, {})
    assert last.id not in server.world.posts


async def test_a_film_and_a_poll_go_out(herald: Journey, server: Server, tmp_path: Path) -> None:
    account = await herald.connect("rowan")
    clip = film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640))

    (shown,) = await herald.post(account, "Moving", files=[(clip, "waves")])
    (asked,) = await herald.post(account, "Which?", options={"poll": "tea | coffee", "poll_minutes": "30"})

    assert (shown.status, asked.status) == (State.PUBLISHED, State.PUBLISHED), (shown.error, asked.error)
    moving, poll = server.world.posts.values()
    assert (moving.files[0].category, moving.files[0].alt_text) == ("tweet_video", "waves")
    assert poll.poll == ("tea", "coffee")


async def test_a_large_film_goes_up_in_pieces(herald: Journey, server: Server, recorder: Recorder) -> None:
    login = await herald.login(await herald.connect("junipercoffee"))
    large = attachment(MediaKind.VIDEO, b"film" * 1_500_000)
    draft = replace(DRAFT, attachments=(large,))

    prepared = await CONNECTOR.prepare(herald.wire(), herald.endpoints, login, draft, KEY, None)

    (file,) = server.world.files.values()
    appended = [one for one in recorder.sent if one.url.path.endswith("/append")]
    assert (file.total_bytes, len(appended), prepared.data["pending"]) == (6_000_000, 2, [file.id])
    assert max(len(one.content) for one in appended) < 5_000_000


@pytest.mark.parametrize("with_picture", [False, True])
async def test_a_lost_answer_is_found(herald: Journey, server: Server, picture: Path, *, with_picture: bool) -> None:
    account = await herald.connect("junipercoffee")
    server.network.set_condition(LOSES_ANSWER)

    (item,) = await herald.post(account, "Only once: blog.com", files=[(picture, "")] if with_picture else [])

    (there,) = server.world.posts.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, there.id)


async def test_a_post_that_is_hidden_is_never_sent_again(herald: Journey, server: Server) -> None:
    account = await herald.connect("junipercoffee")
    server.network.set_condition(HIDES_POST)

    (item,) = await herald.post(account, "Only once", within_s=4.0)

    assert (item.status, len(server.world.posts)) == (State.UNCONFIRMED, 1)


async def test_the_same_text_again_is_neither_posted_nor_taken_for_the_first(herald: Journey, server: Server) -> None:
    account = await herald.connect("junipercoffee")
    (first,) = await herald.post(account, "Every day")
    (again,) = await herald.post(account, "Every day", within_s=3.0)

    assert (first.status, again.status, len(server.world.posts)) == (State.PUBLISHED, State.UNCONFIRMED, 1)
    assert "belongs to another item" in str(again.error)


async def test_an_access_that_ran_out_renews_itself_once(herald: Journey, server: Server) -> None:
    account = await herald.connect("junipercoffee")
    before = await herald.login(account)
    server.oauth.grants.end_access()

    (item,) = await herald.post(account, "Still here")

    after = await herald.login(account)
    assert (item.status, server.oauth.asked) == (State.PUBLISHED, ["authorization_code", "refresh_token"])
    assert after.tokens.refresh is not None
    assert after.tokens.refresh != before.tokens.refresh


async def test_a_refused_text_and_spent_credits_are_told(herald: Journey, server: Server) -> None:
    account = await herald.connect("junipercoffee")
    server.network.set_condition(REFUSES_TEXT)
    (item,) = await herald.post(account, "Buy now")
    assert item.status is State.FAILED
    assert "no advertising here" in str(item.error)
    server.network.set_condition(OK)
    server.world.settings.credits_left = 0
    (item,) = await herald.post(account, "Later", within_s=2.0)
    assert item.status is State.SCHEDULED
    assert "no credits left" in str(item.error)


@pytest.mark.parametrize("names", ["post.fields", "tweet.fields"])
async def test_x_may_know_its_fields_by_either_name(herald: Journey, server: Server, names: str) -> None:
    server.world.settings.fields_names = frozenset({names})
    account = await herald.connect("junipercoffee")
    server.network.set_condition(LOSES_ANSWER)
    (item,) = await herald.post(account, "Only once")
    assert item.status is State.PUBLISHED


async def test_every_request_of_a_run_is_as_xs_own_document_says(
    herald: Journey, server: Server, recorder: Recorder, picture: Path, tmp_path: Path
) -> None:
    document = document_at("HERALD_X_OPENAPI")
    account = await herald.connect("rowan")
    await herald.post(account, "Look", parts=["And more"], files=[(picture, "blue")])
    await _numbers(herald, server, await herald.login(account))
    clip = film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640))
    await herald.post(account, "Moving", files=[(clip, "waves")])
    server.network.set_condition(LOSES_ANSWER)
    await herald.post(account, "Which?", options={"poll": "tea | coffee"})

    assert len(recorder.sent) > 15
    assert document.violations(recorder.sent, beyond=BEYOND) == []
