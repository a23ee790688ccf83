"""The stand-in is believed by the vendor community's own client: it logs in, posts, reads, renews and deletes."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import libipld
import pytest
from atproto import AsyncClient, client_utils, models
from atproto_client.exceptions import BadRequestError, RequestErrorBase, RequestException, UnauthorizedError
from PIL import Image

from sandbox.networks.bluesky.app import Server, running
from sandbox.networks.bluesky.cid import blob_cid, encode, record_cid
from sandbox.networks.bluesky.world import Settings

Client = Any
"""The other client's own types have a union at every turn."""
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=")
"""The client uploads in a way its own HTTP library wants written otherwise."""


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    async with _client(server) as logged_in:
        me = await logged_in.login(server.identifier, server.password)
        assert me is not None
        assert (me.handle, me.posts_count) == ("junipercoffee.test", 0)
        yield logged_in


@asynccontextmanager
async def _client(server: Server) -> AsyncGenerator[Client]:
    opened = AsyncClient(server.url)
    try:
        yield opened
    finally:
        await opened.request.close()


def _answer(error: RequestErrorBase) -> Any:  # noqa: ANN401  # the other client's types
    return error.response


def _png(width: int = 8, height: int = 8) -> bytes:
    file = BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(file, "PNG")
    return file.getvalue()


async def test_a_text_with_facets_is_posted_read_and_deleted(server: Server, client: Client) -> None:
    rowan = (await client.resolve_handle("rowan.test")).did
    text = client_utils.TextBuilder().text("Grüße @ ").mention("@rowan.test", rowan).link(" link", "https://a.example")
    made = await client.send_post(text.tag(" #tag", "tag"), langs=["de"])
    [item] = (await client.get_author_feed(server.identifier)).feed
    assert (item.post.uri, item.post.cid) == (made.uri, made.cid)
    assert item.post.record.text == "Grüße @ @rowan.test link #tag"
    assert [len(facet.features) for facet in item.post.record.facets] == [1, 1, 1]
    assert await client.delete_post(made.uri)
    assert (await client.get_author_feed(server.identifier)).feed == []
    assert (await client.get_posts([made.uri])).posts == []


async def test_images_are_uploaded_and_shown(client: Client) -> None:
    made = await client.send_images("Two", [_png(), _png(9)], ["one", "two"])
    [post] = (await client.get_posts([made.uri])).posts
    assert [image.alt for image in post.embed.images] == ["one", "two"]
    shown = [image.fullsize.rpartition("cid=")[2] for image in post.embed.images]
    assert shown == [blob_cid(_png(8)), blob_cid(_png(9))]


async def test_a_video_is_uploaded_shown_and_named_to_a_service(server: Server, client: Client) -> None:
    made = await client.send_video(text="It moves", video=b"\0\0\0\x18ftypmp42 film", video_alt="Blue")
    [item] = (await client.get_author_feed(server.identifier)).feed
    assert (item.post.uri, item.post.embed.alt) == (made.uri, "Blue")
    assert item.post.embed.cid == item.post.record.embed.video.ref.link
    signed = await client.com.atproto.server.get_service_auth(
        {"aud": "did:web:video.example", "lxm": "app.bsky.video.getUploadLimits"}
    )
    assert signed.token.count(".") == 2
    with pytest.raises(UnauthorizedError):
        await client.app.bsky.video.get_upload_limits()


async def test_replies_likes_and_reposts_are_counted(client: Client) -> None:
    root = models.create_strong_ref(await client.send_post("Root"))
    reply = await client.send_post("Reply", reply_to=models.AppBskyFeedPost.ReplyRef(parent=root, root=root))
    await client.like(root.uri, root.cid)
    await client.repost(root.uri, root.cid)
    thread = (await client.get_post_thread(reply.uri)).thread
    assert thread.parent.post.uri == root.uri
    counted = thread.parent.post
    assert (counted.like_count, counted.repost_count, counted.reply_count) == (1, 1, 1)
    assert [one.post.uri for one in (await client.get_post_thread(root.uri)).thread.replies] == [reply.uri]


async def test_content_ids_are_those_of_the_reference_codec(client: Client) -> None:
    made = await client.send_images("Grüße ☃️", [_png()], ["x" * 300])
    held = await client.com.atproto.repo.get_record(
        {"repo": client.me.did, "collection": "app.bsky.feed.post", "rkey": made.uri.rsplit("/", 1)[-1]}
    )
    assert held.cid == made.cid
    value = {"b": [1, -1, 24, 70_000, True, None], "aa": "é", "c": {"$link": blob_cid(b"x")}}
    decoded = libipld.decode_dag_cbor(encode(value))
    assert {name: decoded[name] for name in ("b", "aa")} == {"b": value["b"], "aa": "é"}
    assert libipld.encode_dag_cbor(decoded) == encode(value)
    assert libipld.decode_cid(record_cid(value))["codec"] == 0x71


@pytest.mark.parametrize("settings", [Settings(access_s=60)])
async def test_a_session_that_is_about_to_end_is_renewed_by_the_client(server: Server, client: Client) -> None:
    await client.send_post("After a renewal")
    assert server.world.calls["com.atproto.server.refreshSession"] >= 1


async def test_a_session_string_brings_a_client_back(server: Server, client: Client) -> None:
    kept = client.export_session_string()
    async with _client(server) as again:
        assert await again.login(session_string=kept) is not None


async def test_a_wrong_password_is_refused(server: Server) -> None:
    async with _client(server) as stranger:
        with pytest.raises(UnauthorizedError) as caught:
            await stranger.login(server.identifier, "wrong")
    assert _answer(caught.value).content.error == "AuthenticationRequired"


@pytest.mark.parametrize("settings", [Settings(logins_per_5_min=2)])
async def test_too_many_logins_wait(server: Server) -> None:
    async with _client(server) as client:
        for _ in range(2):
            await client.login(server.identifier, server.password)
        with pytest.raises(RequestException) as caught:
            await client.login(server.identifier, server.password)
    answer = _answer(caught.value)
    assert (answer.status_code, answer.content.error) == (429, "RateLimitExceeded")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert (headers["ratelimit-limit"], headers["ratelimit-policy"]) == ("2", "2;w=300")
    assert 1 <= int(headers["retry-after"]) <= 301


async def test_a_text_of_301_is_refused(client: Client) -> None:
    with pytest.raises(BadRequestError) as caught:
        await client.send_post("x" * 301)
    assert _answer(caught.value).content.message == (
        "Invalid app.bsky.feed.post record: grapheme too big (maximum 300, got 301) at $.record.text"
    )
