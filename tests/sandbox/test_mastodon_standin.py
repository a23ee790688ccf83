"""The stand-in is believed by somebody else's client: Mastodon.py registers, signs in, posts, polls and looks."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonRatelimitError

from sandbox.networks.mastodon.app import Server, running
from sandbox.networks.mastodon.world import Fault, Settings

CALLBACK = "http://localhost/callback"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(64)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


async def as_client(server: Server, work: Callable[[Mastodon], Any]) -> Any:  # noqa: ANN401  # the other client's types
    """Let the blocking client do its work beside the server's loop."""
    return await asyncio.to_thread(lambda: work(client(server)))


def client(server: Server) -> Mastodon:
    return Mastodon(access_token=server.token, api_base_url=server.url, ratelimit_method="throw")


async def test_a_stranger_registers_signs_in_and_posts(server: Server) -> None:
    def work(_: Mastodon) -> object:
        app_id, app_secret = Mastodon.create_app(
            "stranger", api_base_url=server.url, redirect_uris=CALLBACK, scopes=["read", "write"]
        )
        stranger = Mastodon(client_id=app_id, client_secret=app_secret, api_base_url=server.url)
        url = stranger.auth_request_url(
            redirect_uris=CALLBACK, scopes=["read", "write"], allow_http=True, state="st", force_login=True
        )
        came = httpx.get(url + "&approve=1").headers["location"]
        [code] = parse_qs(urlsplit(came).query)["code"]
        stranger.log_in(code=code, redirect_uri=CALLBACK, scopes=["read", "write"], allow_http=True)
        stranger.status_post("hello")
        return stranger.me().acct

    assert await as_client(server, work) == "juniper"
    assert [status.text for status in server.world.statuses.values()] == ["hello"]


async def test_a_key_brings_the_first_status_back(server: Server) -> None:
    def work(mastodon: Mastodon) -> list[object]:
        return [
            mastodon.status_post(text, idempotency_key=key).id for text, key in (("a", "k"), ("b", "k"), ("a", "l"))
        ]

    first, again, other = await as_client(server, work)
    assert first == again != other


@pytest.mark.parametrize("settings", [Settings(idempotency=False)])
async def test_a_server_may_ignore_keys(server: Server) -> None:
    await as_client(server, lambda mastodon: [mastodon.status_post("a", idempotency_key="k") for _ in range(2)])
    assert len(server.world.statuses) == 2


@pytest.mark.parametrize("settings", [Settings(latency_ms=100)])
async def test_simultaneous_repeats_meet_the_race_of_old_servers(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as http:
        again = [http.post("/api/v1/statuses", json={"status": "a"}, headers={"Idempotency-Key": "k"}) for _ in "ab"]
        await asyncio.gather(*again)
    assert len(server.world.statuses) == 2


async def test_a_picture_is_ready_and_a_video_is_processed(server: Server) -> None:
    server.world.settings.processing_s = 0.5

    def work(mastodon: Mastodon) -> None:
        picture = mastodon.media_post(BytesIO(PNG), mime_type="image/png", description="d")
        assert picture.url is not None
        video = mastodon.media_post(BytesIO(MP4), mime_type="video/mp4")
        assert video.url is None
        with pytest.raises(MastodonAPIError, match="finished processing"):
            mastodon.status_post("clip", media_ids=[video])
        ready = mastodon.media_post(BytesIO(MP4), mime_type="video/mp4")
        time.sleep(0.6)
        assert mastodon.media(ready).url is not None
        assert len(mastodon.status_post("clip", media_ids=[ready]).media_attachments) == 1
        with pytest.raises(MastodonNotFoundError):
            mastodon.media(ready)
        with pytest.raises(MastodonAPIError, match="already attached"):
            mastodon.status_post("again", media_ids=[ready])

    await as_client(server, work)


async def test_a_poll_is_shown_with_its_choices(server: Server) -> None:
    def work(mastodon: Mastodon) -> object:
        return mastodon.status_post("?", poll=mastodon.make_poll(["a", "b"], 600)).poll

    poll = await as_client(server, work)
    assert [option.title for option in poll.options] == ["a", "b"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Text can't be blank"),
        ({"status": "a" * 501}, "Text character limit of 500 exceeded"),
        ({"status": "a" * 490, "spoiler_text": "b" * 11}, "Text character limit of 500 exceeded"),
        ({"status": "a", "visibility": "everyone"}, "is not a valid visibility"),
        ({"status": "a", "media_ids": ["1"]}, "Media 1 not found or already attached"),
        ({"status": "a", "media_ids": list("12345")}, "Cannot attach more than 4 files"),
        ({"status": "a", "media_ids": ["1"], "poll": {"options": ["a", "b"]}}, "Cannot attach more than 4 files"),
        ({"status": "a", "poll": {"options": ["a"], "expires_in": 600}}, "more than one item"),
        ({"status": "a", "poll": {"options": list("abcde"), "expires_in": 600}}, "more than 4 items"),
        ({"status": "a", "poll": {"options": ["a", "a"], "expires_in": 600}}, "duplicate"),
        ({"status": "a", "poll": {"options": ["a", "b" * 51], "expires_in": 600}}, "longer than 50"),
        ({"status": "a", "poll": {"options": ["a", "b"], "expires_in": 299}}, "too soon"),
        ({"status": "a", "poll": {"options": ["a", "b"], "expires_in": 9_999_999}}, "too far"),
    ],
)
async def test_what_mastodon_refuses_is_refused(server: Server, body: dict[str, object], error: str) -> None:
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as http:
        answer = await http.post("/api/v1/statuses", json=body)
    assert answer.status_code == 422
    assert error in answer.json()["error"]
    assert not server.world.statuses


@pytest.mark.parametrize("settings", [Settings(requests_per_5_min=2)])
async def test_more_than_the_limit_is_429_with_the_time_it_ends(server: Server) -> None:
    def work(mastodon: Mastodon) -> None:
        mastodon.status_post("one", idempotency_key="1")
        mastodon.status_post("two", idempotency_key="2")
        with pytest.raises(MastodonRatelimitError):
            mastodon.status_post("three")

    await as_client(server, work)


async def test_the_list_of_an_account_pages_backwards(server: Server) -> None:
    def work(mastodon: Mastodon) -> list[str]:
        for number in range(45):
            mastodon.status_post(f"status {number}")
        page = mastodon.account_statuses(mastodon.me(), limit=40, exclude_reblogs=True)
        return [str(status.id) for status in mastodon.fetch_remaining(page)]

    ids = await as_client(server, work)
    assert ids == sorted(server.world.statuses, key=int, reverse=True)


async def test_a_deleted_status_is_gone(server: Server) -> None:
    def work(mastodon: Mastodon) -> None:
        status = mastodon.status_post("a", idempotency_key="k")
        mastodon.status_delete(status)
        with pytest.raises(MastodonNotFoundError):
            mastodon.status(status)
        with pytest.raises(MastodonNotFoundError):
            mastodon.status_post("a", idempotency_key="k")

    await as_client(server, work)


async def test_an_answer_can_be_swallowed_after_the_work(server: Server) -> None:
    server.world.faults.append(Fault(operation="create_status", after_work=True))
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}) as http:
        with pytest.raises(httpx.TransportError):
            await http.post("/api/v1/statuses", json={"status": "a"})
        seen = (await http.get("/_sandbox/statuses")).json()
    assert [status["_text"] for status in seen] == ["a"]


async def test_links_mentions_and_tags_are_shown_as_mastodon_shows_them(server: Server) -> None:
    text = "see https://www.example.com/a/very/long/path/indeed @rowan #tag\n\n<b>"

    def work(mastodon: Mastodon) -> object:
        return mastodon.status_post(text).content

    content = await as_client(server, work)
    assert (
        '<span class="invisible">https://www.</span><span class="ellipsis">example.com/a/very/long/path/i</span>'
        in content
    )
    assert 'class="u-url mention">@<span>rowan</span>' in content
    assert 'class="mention hashtag" rel="tag">#<span>tag</span>' in content
    assert content.endswith("<p>&lt;b&gt;</p>")


async def test_it_runs_as_a_process_and_says_where() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.networks.mastodon", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        said = json.loads(await process.stdout.readline())
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {said['access_token']}"}) as http:
            me = await http.get(f"{said['url']}/api/v1/accounts/verify_credentials")
        assert me.json()["username"] == "juniper"
    finally:
        process.terminate()
        await process.wait()
