"""Drafts for YouTube, and the requests and answers of its documentation.

Answers are cut from developers.google.com/youtube/v3/docs and its guide to resumable uploads, read
2026-11-21.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind, Reference
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Endpoints,
    Identity,
    Key,
    Pending,
    Prepared,
    Published,
)
from platforms.youtube.session import GRANULE_BYTES
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://www.googleapis.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer t0ken-hush"}
CHANNEL, VIDEO_ID = "UCabcdefghijklmnopqrstuv", "dQw4w9WgXcQ"
LIMITS = {"uploads": "UUabcdefghijklmnopqrstuv", "long_uploads": "allowed"}
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="youtube",
        platform_account_id=CHANNEL,
        handle="junipercoffee",
        display_name="Juniper Coffee",
        service_url=BASE,
        limits=LIMITS,
    ),
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush")),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
ENDPOINTS = Endpoints(api=BASE)
SMALL = OWN_FILES / "herald-youtube-contract.mp4"
SMALL.write_bytes(b"a film")
LARGE = OWN_FILES / "herald-youtube-contract-large.mp4"
LARGE.write_bytes(bytes(GRANULE_BYTES) + b"the end")
PICTURE = OWN_FILES / "herald-youtube-contract.png"
PICTURE.write_bytes(b"\x89PNG\r\n\x1a\n")


def film(path: Path = SMALL, **facts: object) -> Attachment:
    """A film that lies, four seconds long."""
    media = Media(
        id=MediaId("med_1"),
        kind=MediaKind.VIDEO,
        mime_type="video/mp4",
        size_bytes=path.stat().st_size,
        sha256="0" * 64,
        file_name="film.mp4",
        width_px=640,
        height_px=360,
        duration_s=4.0,
    )
    return Attachment(media=replace(media, **facts), path=path)  # pyright: ignore[reportArgumentType]  # its fields


def picture(**facts: object) -> Attachment:
    """A thumbnail."""
    media = Media(
        id=MediaId("med_2"),
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        size_bytes=8,
        sha256="1" * 64,
        file_name="cover.png",
    )
    return Attachment(media=replace(media, **facts), path=PICTURE)  # pyright: ignore[reportArgumentType]  # its fields


DRAFT = Draft(
    text="How we roast", post_type="youtube-video", attachments=(film(),), options={"title": "Roasting"}, due_at=AT
)
SHORT = replace(DRAFT, post_type="youtube-short", attachments=(film(width_px=360, height_px=640),))
COMMENT = Draft(
    text="What should we roast next?",
    post_type="youtube-comment",
    due_at=AT,
    part=1,
    parent=Reference(platform_post_id=VIDEO_ID),
    root=Reference(platform_post_id=VIDEO_ID),
)
LOCATION = f"{BASE}/upload/youtube/v3/videos?uploadType=resumable&part=snippet%2Cstatus&upload_id=up1oad"
SESSION_QUERY = {"uploadType": "resumable", "part": "snippet,status", "upload_id": "up1oad"}
OPEN = Step(
    method="POST",
    url=f"{BASE}/upload/youtube/v3/videos",
    query={"uploadType": "resumable", "part": "snippet,status", "notifySubscribers": "true"},
    headers={**BEARER, "x-upload-content-type": "video/mp4", "x-upload-content-length": "6"},
    json={
        "snippet": {"title": "Roasting", "description": "How we roast"},
        "status": {"privacyStatus": "public"},
    },
    answer=b"",
    answer_headers={"location": LOCATION},
)
VIDEO = {
    "kind": "youtube#video",
    "id": VIDEO_ID,
    "snippet": {"title": "Roasting", "publishedAt": "2026-11-21T09:00:01Z"},
    "status": {"uploadStatus": "uploaded", "privacyStatus": "public"},
}
DONE = {**VIDEO, "status": {"uploadStatus": "processed", "privacyStatus": "public"}}
LAST = Step(
    method="PUT",
    url=f"{BASE}/upload/youtube/v3/videos",
    query=SESSION_QUERY,
    headers={**BEARER, "content-range": "bytes 0-5/6", "content-length": "6", "content-type": "video/mp4"},
    content=b"a film",
    answer=VIDEO,
)
ASK = replace(LAST, headers={**BEARER, "content-range": "bytes */6", "content-length": "0"}, content=b"")
WAITING = Pending(
    handle={"privacy": "public", "short": False, "id": VIDEO_ID, "looks": 1},
    check_after_s=10.0,
)
LIVE = Published(
    platform_post_id=VIDEO_ID,
    permalink=f"https://www.youtube.com/watch?v={VIDEO_ID}",
    extra={"kind": "video", "privacy": "public"},
)
THUMBNAIL = Step(
    method="POST",
    url=f"{BASE}/upload/youtube/v3/thumbnails/set",
    query={"videoId": VIDEO_ID, "uploadType": "media"},
    headers={**BEARER, "content-type": "image/png"},
    content=b"\x89PNG\r\n\x1a\n",
    answer={"items": [{}]},
    optional=True,
)
COMMENT_PREPARED = Prepared(data={"kind": "comment", "video": VIDEO_ID, "text": COMMENT.text})
COMMENTED = Published(
    platform_post_id="UgxComment",
    permalink=f"https://www.youtube.com/watch?v={VIDEO_ID}&lc=UgxComment",
    extra={"kind": "comment"},
)
MAKE_COMMENT = Step(
    method="POST",
    url=f"{BASE}/youtube/v3/commentThreads",
    query={"part": "snippet"},
    headers=BEARER,
    json={
        "snippet": {
            "channelId": CHANNEL,
            "videoId": VIDEO_ID,
            "topLevelComment": {"snippet": {"textOriginal": COMMENT.text}},
        }
    },
    answer={"kind": "youtube#commentThread", "id": "UgxComment"},
)


def thread(made: datetime, text: str = COMMENT.text, author: str = CHANNEL) -> dict[str, object]:
    """A comment as the list shows it."""
    snippet = {"textOriginal": text, "authorChannelId": {"value": author}, "publishedAt": made.isoformat()}
    return {"id": "UgxComment", "snippet": {"topLevelComment": {"id": "UgxComment", "snippet": snippet}}}


LOOK_BELOW = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/commentThreads",
    query={
        "part": "snippet",
        "videoId": VIDEO_ID,
        "order": "time",
        "maxResults": "100",
        "textFormat": "plainText",
    },
    headers=BEARER,
    answer={"kind": "youtube#commentThreadListResponse", "items": [thread(AT)]},
)


def upload(made: datetime, title: str = "Roasting") -> dict[str, object]:
    """A video as the list of uploads shows it."""
    return {
        "kind": "youtube#playlistItem",
        "snippet": {"title": title, "description": "How we roast", "publishedAt": made.isoformat()},
        "contentDetails": {"videoId": VIDEO_ID},
        "status": {"privacyStatus": "public"},
    }


UPLOADS = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/playlistItems",
    query={"part": "snippet,contentDetails,status", "playlistId": "UUabcdefghijklmnopqrstuv", "maxResults": "50"},
    headers=BEARER,
    answer={"kind": "youtube#playlistItemListResponse", "items": [upload(AT)]},
)
GONE = replace(ASK, status=404, answer={"error": {"code": 404, "message": "Not found"}})
CHANNELS = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/channels",
    query={"part": "snippet,contentDetails,status", "mine": "true"},
    headers=BEARER,
    answer={
        "kind": "youtube#channelListResponse",
        "items": [
            {
                "id": CHANNEL,
                "snippet": {
                    "title": "Juniper Coffee",
                    "customUrl": "@junipercoffee",
                    "thumbnails": {"default": {"url": "https://yt3.ggpht.com/j"}},
                },
                "contentDetails": {"relatedPlaylists": {"uploads": "UUabcdefghijklmnopqrstuv"}},
                "status": {"longUploadsStatus": "allowed"},
            }
        ],
    },
)
IDENTITY = Identity(
    platform_account_id=CHANNEL,
    handle="junipercoffee",
    display_name="Juniper Coffee",
    service_url=BASE,
    limits=LIMITS,
)
STATISTICS = {"viewCount": "120", "likeCount": "7", "favoriteCount": "0", "commentCount": "3"}
POLL = Step(
    method="GET",
    url=f"{BASE}/youtube/v3/videos",
    query={"part": "status,processingDetails", "id": VIDEO_ID},
    headers=BEARER,
    answer={"kind": "youtube#videoListResponse", "items": [DONE]},
)
OF_CHANNEL = {"viewCount": "900", "subscriberCount": "1230", "hiddenSubscriberCount": False, "videoCount": "12"}


def titled(**options: str) -> Draft:
    """The draft with these options."""
    return replace(DRAFT, options={"title": "Roasting", **options})
