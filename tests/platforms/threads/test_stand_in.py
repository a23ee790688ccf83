"""From consent to numbers, through all of Herald, at the stand-in; and an answer that was lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot import clock
from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.publication import State
from platforms.errors import ScopeMissing, TokenExpired
from platforms.threads.history import OLDEST
from sandbox.networks.network import ACCESS_ENDED, DOWN, HIDES_POST, LOSES_ANSWER, OK, REFUSES_TEXT
from sandbox.networks.threads.app import Server, running
from sandbox.networks.threads.world import Settings
from storage.engine import Database
from tests.platforms.journey import Journey, journey
from tests.platforms.threads.conftest import ACCOUNT_METRICS, CONNECTED, DELETE, HISTORY, METRICS
from tests.storage.media.films import film

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings() -> Settings:
    return Settings(media_ready_s=0.2)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[Journey]:
    async with journey(database, tmp_path, "threads", server) as made:
        yield made


def picture(folder: Path) -> Path:
    path = folder / "blue.png"
    Image.new("RGB", (400, 300), (40, 60, 200)).save(path, "PNG")
    return path


async def test_a_carousel_and_its_reply_go_out_by_consent_and_are_counted_and_taken_down(
    herald: Journey, server: Server, tmp_path: Path
) -> None:
    account = await herald.connect("juniper")
    assert account.handle == "juniper"
    login = await herald.login(account)
    assert login.tokens.refresh == login.tokens.access
    clip = film(tmp_path / "clip.mp4", codec="libx264", sound="aac", seconds=2, size=(360, 640), options=FAST)

    items = await herald.post(
        account, "Two of them", parts=["And a reply"], files=[(picture(tmp_path), "blue"), (clip, "")]
    )

    assert [item.status for item in items] == [State.PUBLISHED, State.PUBLISHED], [item.error for item in items]
    first, reply = server.world.posts.values()
    assert [file.kind for file in first.files] == ["IMAGE", "VIDEO"]
    assert (first.files[0].alt_text, reply.parent) == ("blue", first.id)
    assert items[0].permalink == f"{server.url}/@juniper/post/{first.shortcode}"
    async with httpx.AsyncClient() as reader:
        assert "Two of them" in (await reader.get(items[0].permalink or "")).text
    first.likes = 7
    numbers = await METRICS(herald.wire(), herald.endpoints, login, (first.id, "123"))
    assert [(one.platform_post_id, one.likes, one.comments) for one in numbers] == [(first.id, 7, 1)]
    assert (await ACCOUNT_METRICS(herald.wire(), herald.endpoints, login)).followers == 12
    for _ in range(2):
        await DELETE(herald.wire(), login, reply.id, {})
    assert list(server.world.posts) == [first.id]


FAST = {"movflags": "faststart"}


async def test_a_lost_answer_is_found_by_its_container(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(LOSES_ANSWER)

    (item,) = await herald.post(account, "Only once")

    (there,) = server.world.posts.values()
    assert (item.status, item.platform_post_id) == (State.PUBLISHED, there.id)


async def test_a_post_that_is_hidden_is_never_sent_again(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(HIDES_POST)

    (item,) = await herald.post(account, "Only once", within_s=4.0)

    assert item.status is State.UNCONFIRMED
    assert len(server.world.posts) == 1


async def test_a_refused_text_ends_and_an_ended_access_asks_for_a_person(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(REFUSES_TEXT)
    (item,) = await herald.post(account, "Buy now")
    assert item.status is State.FAILED
    assert "community guidelines" in str(item.error)
    server.network.set_condition(ACCESS_ENDED)
    (item,) = await herald.post(account, "Still there?")
    assert item.status is State.FAILED
    server.network.set_condition(OK)
    assert not server.world.posts


async def test_a_container_is_published_once_and_not_before_it_is_ready(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.world.settings.text_ready_s = 3600
    login = await herald.login(account)
    async with httpx.AsyncClient(base_url=f"{server.url}/v1.0/me", params={"access_token": token(login)}) as http:
        made = (await http.post("/threads", data={"media_type": "TEXT", "text": "x"})).json()["id"]
        early = await http.post("/threads_publish", data={"creation_id": made})
        assert early.json()["error"]["error_subcode"] == 4279009
        server.world.containers[made].ready_at = server.world.now()
        assert (await http.post("/threads_publish", data={"creation_id": made})).status_code == 200
        assert (await http.post("/threads_publish", data={"creation_id": made})).status_code == 400
    assert len(server.world.posts) == 1


async def test_a_day_s_quota_is_refused_and_heard_of(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.world.settings.posts_a_day = 1

    (first,) = await herald.post(account, "One")
    (second,) = await herald.post(account, "Two", within_s=2.0)

    assert (first.status, len(server.world.posts)) == (State.PUBLISHED, 1)
    assert second.status is not State.PUBLISHED


async def test_a_network_that_is_down_leaves_the_post_waiting(herald: Journey, server: Server) -> None:
    account = await herald.connect("juniper")
    server.network.set_condition(DOWN)
    (item,) = await herald.post(account, "Later", within_s=2.0)
    assert item.status not in {State.PUBLISHED, State.FAILED}
    assert not server.world.posts


async def test_the_profiles_days_are_told_each_as_the_network_told_it(herald: Journey, server: Server) -> None:
    login = await herald.login(await herald.connect("juniper"))
    last = clock.now().date() - timedelta(days=2)
    days = [last - timedelta(days=back) for back in (3, 2, 1, 0)]
    server.world.visits = dict(zip(days, (7, None, 0, 5), strict=True))

    told = await HISTORY(herald.wire(), herald.endpoints, login, days[0], last)

    assert [(one.day, one.views, one.followers, one.likes) for one in told] == [
        (days[0], 7, None, None),
        (days[2], 0, None, None),
        (days[3], 5, None, None),
    ]


async def test_nothing_is_asked_of_the_time_before_threads_counted(herald: Journey, server: Server) -> None:
    login = await herald.login(await herald.connect("juniper"))
    begin = datetime.fromtimestamp(OLDEST, UTC).date()
    server.world.visits[begin] = 4

    (told,) = await HISTORY(herald.wire(), herald.endpoints, login, begin - timedelta(days=20), begin)

    assert (told.day, told.views) == (begin, 4)
    wire = herald.wire()
    assert await HISTORY(wire, herald.endpoints, login, begin - timedelta(days=20), begin - timedelta(days=1)) == ()
    assert not wire.calls


async def test_days_need_their_permission_and_a_living_consent(herald: Journey, server: Server) -> None:
    account = replace(CONNECTED.account, service_url=server.url, platform_account_id=server.world.people["juniper"].id)
    bare = server.world.issue_token("juniper", ("threads_basic",))
    day = clock.now().date() - timedelta(days=2)
    for access, means in ((bare, ScopeMissing), ("nobody's", TokenExpired)):
        login = Connected(account=account, tokens=Tokens(access=Secret(access)))
        with pytest.raises(means):
            await HISTORY(herald.wire(), herald.endpoints, login, day, day)


@pytest.mark.parametrize(
    "query",
    [
        {"metric": "views", "since": str(OLDEST - 1), "until": str(OLDEST + 9)},
        {"metric": "views", "since": str(OLDEST)},
        {"metric": "views", "since": str(OLDEST), "until": str(OLDEST)},
        {"metric": "views", "since": str(OLDEST), "until": "today"},
        {"metric": "views", "period": "day"},
        {"metric": "followers_count", "since": str(OLDEST), "until": str(OLDEST + 9)},
    ],
)
async def test_what_threads_does_not_take_is_refused(herald: Journey, server: Server, query: dict[str, str]) -> None:
    login = await herald.login(await herald.connect("juniper"))
    async with httpx.AsyncClient(base_url=f"{server.url}/v1.0/me") as http:
        answer = await http.get("/threads_insights", params={**query, "access_token": token(login)})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 100)


def token(login: Connected) -> str:
    """For a browserless look at the stand-in."""
    return login.tokens.access.reveal()
