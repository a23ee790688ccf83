"""The stand-in is believed by Google's own client: it renews, uploads in pieces, reads, comments, deletes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError, ResumableUploadError
from googleapiclient.http import MediaIoBaseUpload

from sandbox.networks.google import CLIENT_ID, CLIENT_SECRET
from sandbox.networks.youtube.app import Server, running
from sandbox.networks.youtube.world import ALL_SCOPES, Settings

GRANULE = 262_144
FILM = bytes(range(256)) * 1024 * 2 + b"the end"
"""Two pieces and a bit."""
BODY = {"snippet": {"title": "Roasting", "description": "How we roast"}, "status": {"privacyStatus": "public"}}
CALLBACK = "http://127.0.0.1:9/callback"


@pytest.fixture
def settings() -> Settings:
    return Settings(processing_s=0.0)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@cache
def _document() -> str:
    return (files("googleapiclient.discovery_cache") / "documents" / "youtube.v3.json").read_text(encoding="utf-8")


class Clients:
    """Google's clients, by their own discovery document, pointed at the stand-in."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.made: list[Any] = []

    def new(self, token: str = "", refresh: str = "") -> Any:  # noqa: ANN401  # it has no types
        document = json.loads(_document())
        document |= dict.fromkeys(("rootUrl", "baseUrl", "mtlsRootUrl"), f"{self.server.url}/")
        access, renewing = self.server.world.issue_token("junipercoffee")
        credentials = Credentials(
            token or access,
            refresh_token=refresh or renewing,
            token_uri=f"{self.server.url}/token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            scopes=list(ALL_SCOPES),
        )
        self.made.append(build_from_document(document, credentials=credentials))
        return self.made[-1]


@pytest.fixture
def clients(server: Server) -> Iterator[Clients]:
    made = Clients(server)
    yield made
    for one in made.made:
        one.close()


async def beside(work: Callable[[], Any]) -> Any:  # noqa: ANN401  # whatever the client gives
    """Let the blocking client do its work beside the server's loop."""
    return await asyncio.to_thread(work)


def upload(youtube: Any, body: dict[str, Any] | None = None, film: bytes = FILM) -> Any:  # noqa: ANN401  # no types
    media = MediaIoBaseUpload(BytesIO(film), mimetype="video/mp4", chunksize=GRANULE, resumable=True)
    request = youtube.videos().insert(part="snippet,status", body=body or BODY, media_body=media)
    response = None
    while response is None:
        _, response = request.next_chunk()
    return response


def said(error: HttpError) -> tuple[int, str]:
    """Status and reason of an error, as the client read them."""
    details: Any = error.error_details
    return int(error.resp.status), details[0]["reason"]


async def test_it_uploads_in_pieces_reads_back_and_deletes(server: Server, clients: Clients) -> None:
    youtube = clients.new()

    made = await beside(lambda: upload(youtube))

    [video] = server.world.videos.values()
    assert (made["id"], video.size, made["snippet"]["title"]) == (video.id, len(FILM), "Roasting")
    video.views, video.likes = 12, 3
    [read] = (
        await beside(lambda: youtube.videos().list(part="status,statistics,processingDetails", id=video.id).execute())
    )["items"]
    assert (read["status"]["uploadStatus"], read["statistics"]["viewCount"]) == ("processed", "12")
    await beside(lambda: youtube.videos().delete(id=video.id).execute())
    assert server.world.videos == {}


async def test_it_sets_a_thumbnail_comments_and_reads_the_channel(server: Server, clients: Clients) -> None:
    youtube = clients.new()
    made = await beside(lambda: upload(youtube))
    picture = MediaIoBaseUpload(BytesIO(b"\x89PNG\r\n"), mimetype="image/png")
    body = {"snippet": {"videoId": made["id"], "topLevelComment": {"snippet": {"textOriginal": "What next?"}}}}

    await beside(lambda: youtube.thumbnails().set(videoId=made["id"], media_body=picture).execute())
    thread = await beside(lambda: youtube.commentThreads().insert(part="snippet", body=body).execute())
    below = await beside(lambda: youtube.commentThreads().list(part="snippet", videoId=made["id"]).execute())
    [channel] = (await beside(lambda: youtube.channels().list(part="contentDetails,statistics", mine=True).execute()))[
        "items"
    ]
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    listed = await beside(lambda: youtube.playlistItems().list(part="contentDetails", playlistId=uploads).execute())

    [video] = server.world.videos.values()
    assert video.thumbnail == b"\x89PNG\r\n"
    assert [one["id"] for one in below["items"]] == [thread["id"]]
    assert channel["statistics"]["videoCount"] == "1"
    assert [one["contentDetails"]["videoId"] for one in listed["items"]] == [made["id"]]
    await beside(lambda: youtube.comments().delete(id=thread["id"]).execute())
    assert server.world.comments == {}


@pytest.mark.parametrize(
    ("snippet", "reason"),
    [
        ({"title": ""}, "invalidTitle"),
        ({"title": "x" * 101}, "invalidTitle"),
        ({"title": "a", "description": "é" * 2501}, "invalidDescription"),
        ({"title": "a", "tags": ["x" * 501]}, "invalidTags"),
        ({"title": "a", "categoryId": "9999"}, "invalidCategoryId"),
    ],
)
async def test_it_understands_what_is_refused(clients: Clients, snippet: dict[str, Any], reason: str) -> None:
    youtube = clients.new()

    with pytest.raises((HttpError, ResumableUploadError)) as caught:
        await beside(lambda: upload(youtube, {"snippet": snippet, "status": {}}))

    assert said(caught.value) == (400, reason)


@pytest.mark.parametrize("settings", [Settings(uploads_a_day=1, processing_s=0.0)])
async def test_it_understands_that_the_quota_is_spent(clients: Clients) -> None:
    youtube = clients.new()
    await beside(lambda: upload(youtube))

    with pytest.raises((HttpError, ResumableUploadError)) as caught:
        await beside(lambda: upload(youtube))

    assert said(caught.value) == (403, "quotaExceeded")


async def test_it_renews_a_dead_access_and_hears_of_a_dead_consent(server: Server, clients: Clients) -> None:
    youtube = clients.new()
    server.world.google.oauth.grants.end_access()

    found = await beside(lambda: youtube.channels().list(part="snippet", mine=True).execute())
    server.world.google.oauth.grants.end_grants()

    assert found["items"][0]["snippet"]["customUrl"] == "@junipercoffee"
    with pytest.raises(RefreshError, match="invalid_grant"):
        await beside(lambda: youtube.channels().list(part="snippet", mine=True).execute())


async def test_a_consent_gives_tokens_the_client_takes_and_revoking_ends_it(server: Server, clients: Clients) -> None:
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": CALLBACK,
        "scope": ALL_SCOPES[0],
        "access_type": "offline",
        "approve": "rowan",
    }
    async with httpx.AsyncClient(base_url=server.url) as browser:
        came = await browser.get("/o/oauth2/v2/auth", params=query)
        [code] = parse_qs(urlsplit(came.headers["location"]).query)["code"]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        tokens = (await browser.post("/token", data=form)).json()
        youtube = clients.new(tokens["access_token"], tokens["refresh_token"])
        found = await beside(lambda: youtube.channels().list(part="snippet", mine=True).execute())
        revoked = await browser.post("/revoke", data={"token": tokens["refresh_token"]})
        again = await browser.post("/revoke", data={"token": tokens["refresh_token"]})

    assert found["items"][0]["snippet"]["customUrl"] == "@rowan"
    assert (revoked.status_code, again.status_code) == (200, 400)
    assert server.world.google.oauth.grants.person_of(tokens["access_token"]) is None


async def test_its_own_idea_of_the_time_of_a_token_is_met(server: Server, clients: Clients) -> None:
    youtube = clients.new()
    youtube._http.credentials.expiry = (datetime.now(UTC) - timedelta(hours=1)).replace(tzinfo=None)

    await beside(lambda: youtube.channels().list(part="snippet", mine=True).execute())

    assert server.world.google.oauth.asked == ["refresh_token"]
