"""The stand-in is believed by others' clients: X's own `xdk`, and `tweepy`, which still says tweets for posts."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import tweepy
from requests.adapters import HTTPAdapter
from xdk import Client

from sandbox.networks.x.app import CLIENT_ID, CLIENT_SECRET, SCOPES, Server, running
from sandbox.networks.x.world import Settings

CALLBACK = "http://localhost/callback"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(processing_s=0.2)) as started:
        yield started


async def as_client(server: Server, work: Callable[[Any], Any], name: str = "junipercoffee") -> Any:  # noqa: ANN401  # the other client's types
    """Let the blocking client do its work beside the server's loop."""
    access, _ = server.new_tokens(name)
    return await asyncio.to_thread(lambda: work(Client(base_url=server.url, access_token=access)))


async def test_a_person_signs_in_and_the_access_renews_itself_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")

    def work() -> None:
        client: Any = Client(
            base_url=server.url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_uri=CALLBACK,
            scope=list(SCOPES),
            authorization_base_url=f"{server.url}/i",
        )
        asked = client.get_authorization_url() + "&approve=rowan"
        came = requests.get(asked, allow_redirects=False, timeout=10).headers["location"]
        client.fetch_token(came)
        assert client.users.get_me().data.username == "rowan"
        auth = client.oauth2_auth
        first = dict(client.token or {})
        auth.refresh_token()
        assert auth.token["refresh_token"] != first["refresh_token"]
        assert client.users.get_me().data.username == "rowan"
        auth.oauth2_session.token = auth.token = first
        with pytest.raises(Exception, match="invalid_grant"):
            auth.refresh_token()

    await asyncio.to_thread(work)


async def test_posts_are_made_with_media_read_back_listed_and_deleted(server: Server) -> None:
    def work(client: Any) -> str:  # noqa: ANN401  # xdk, whose types say None everywhere
        picture = client.media.upload({"media": base64.b64encode(PNG).decode(), "media_category": "tweet_image"}).data
        client.media.create_metadata({"id": picture.id, "metadata": {"alt_text": {"text": "blue"}}})
        first = client.posts.create({"text": "Look & see", "media": {"media_ids": [picture.id]}}).data
        reply = client.posts.create({"text": "More", "reply": {"in_reply_to_tweet_id": first.id}}).data
        [shown] = client.posts.get_by_ids(ids=[first.id], post_fields=["attachments", "public_metrics", "text"]).data
        assert shown.attachments.media_keys == [picture.media_key]
        assert shown.public_metrics.reply_count == 1
        assert shown.text.startswith("Look &amp; see https://t.co/")
        me = client.users.get_me(user_fields=["public_metrics"]).data
        [page] = client.users.get_posts(me.id, max_results=5, post_fields=["created_at", "conversation_id"])
        assert [(one.id, one.conversation_id) for one in page.data] == [(reply.id, first.id), (first.id, first.id)]
        assert client.posts.delete(reply.id).data.deleted is True
        return first.id

    first_id = await as_client(server, work)
    assert list(server.world.posts) == [first_id]
    assert server.world.posts[first_id].files[0].alt_text == "blue"


async def test_a_film_goes_up_in_pieces_and_is_processed(server: Server) -> None:
    pieces = (b"\x00\x00\x00\x18ftypmp42", bytes(100))

    def work(client: Any) -> None:  # noqa: ANN401  # xdk, whose types say None everywhere
        total = sum(map(len, pieces))
        file = client.media.initialize_upload(
            {"media_type": "video/mp4", "total_bytes": total, "media_category": "tweet_video"}
        ).data
        for number, piece in enumerate(pieces):
            body = {"media": base64.b64encode(piece).decode(), "segment_index": number}
            client.media.append_upload(file.id, body)
        assert client.media.finalize_upload(file.id).data.processing_info.state == "in_progress"
        with pytest.raises(requests.HTTPError, match="400"):
            client.posts.create({"text": "Early", "media": {"media_ids": [file.id]}})
        time.sleep(0.3)
        assert (
            client.media.get_upload_status(media_id=file.id, command="STATUS").data.processing_info.state == "succeeded"
        )
        assert client.posts.create({"text": "Now", "media": {"media_ids": [file.id]}}).data.id

    await as_client(server, work)
    assert [post.text for post in server.world.posts.values()] == ["Now"]


class Moved(HTTPAdapter):
    """Sends what is for X to the stand-in."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *more: Any, **named: Any) -> requests.Response:  # noqa: ANN401  # requests' own
        parts = urlsplit(request.url or "")
        request.url = f"{self._url}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *more, **named)


async def test_tweepy_posts_reads_and_understands_refusals(server: Server) -> None:
    server.world.settings.posts_per_15_min = 4
    access, _ = server.new_tokens("junipercoffee")

    def work() -> None:
        client = tweepy.Client(access)
        client.session.mount("https://api.twitter.com", Moved(server.url))
        made: Any = client.create_tweet(
            text="Hello", poll_options=["a", "b"], poll_duration_minutes=5, reply_settings="following", user_auth=False
        )
        shown: Any = client.get_tweet(made.data["id"], tweet_fields=["created_at", "public_metrics"])
        assert (shown.data.text, shown.data.public_metrics["like_count"]) == ("Hello", 0)
        with pytest.raises(tweepy.Forbidden, match="duplicate content"):
            client.create_tweet(text="Hello", user_auth=False)
        with pytest.raises(tweepy.BadRequest, match="too long"):
            client.create_tweet(text="x" * 281, user_auth=False)
        with pytest.raises(tweepy.BadRequest, match="is not one of"):
            client.get_tweet(made.data["id"], place_fields=["country"])
        client.delete_tweet(made.data["id"], user_auth=False)
        gone: Any = client.get_tweet(made.data["id"])
        assert gone.errors[0]["type"].endswith("resource-not-found")
        assert client.create_tweet(text="Hello", user_auth=False)
        with pytest.raises(tweepy.TooManyRequests):
            client.create_tweet(text="Once more", user_auth=False)
        stranger = tweepy.Client("nobody")
        stranger.session.mount("https://api.twitter.com", Moved(server.url))
        with pytest.raises(tweepy.Unauthorized):
            stranger.create_tweet(text="Hello", user_auth=False)

    await asyncio.to_thread(work)
