"""Answers as TikTok documents them, and drafts of every kind.

Cut from the examples of https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, …-photo-post,
…-upload-video, …-get-video-status, …-query-creator-info and /doc/tiktok-api-v2-video-query, read 2026-11-21.
"""

from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Film, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key, Pending
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://open.tiktokapis.com"
POST = f"{BASE}/v2/post/publish"
UPLOAD = "https://open-upload.tiktokapis.com/video/"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
ENDPOINTS = Endpoints(api=BASE)
HEADERS = {"authorization": "Bearer act.hush", "content-type": "application/json; charset=UTF-8"}
PUBLISH_ID, POST_ID = "v_pub_file~v2-1.7123456789", "7561234567890123456"
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="tiktok",
        platform_account_id="723f24d7-e717-40f8-a2b6-cb8464cd23b4",
        handle="junipercoffee",
        display_name="Juniper Coffee",
        service_url=BASE,
    ),
    tokens=Tokens(access=Secret("act.hush"), refresh=Secret("rft.hush")),
)
PIECE = 5 * 1024**2
LARGE = 2 * PIECE + 1234


def film(name: str, size: int, **facts: object) -> Attachment:
    """A film of that many bytes, most of them nothing."""
    path = OWN_FILES / name
    with path.open("wb") as file:
        file.write(b"\x00\x00\x00\x18ftypmp42")
        file.truncate(size)
    media = Media(
        id=MediaId("med_1"),
        kind=MediaKind.VIDEO,
        mime_type="video/mp4",
        size_bytes=size,
        sha256="0" * 64,
        file_name=name,
        width_px=1080,
        height_px=1920,
        duration_s=12.5,
        film=Film(video_codec="h264", audio_codec="aac", frame_rate=30.0),
    )
    return Attachment(media=replace(media, **facts), path=path)  # pyright: ignore[reportArgumentType]  # fields of Media


def photo(number: int = 1, /, **facts: object) -> Attachment:
    """A photo with an address."""
    media = Media(
        id=MediaId(f"med_{number}"),
        kind=MediaKind.IMAGE,
        mime_type="image/jpeg",
        size_bytes=8,
        sha256="1" * 64,
        file_name=f"beans{number}.jpg",
        width_px=1080,
        height_px=1350,
    )
    return Attachment(
        media=replace(media, **facts),  # pyright: ignore[reportArgumentType]  # fields of Media
        path=OWN_FILES / "unread.jpg",
        url=f"https://herald.example/media/{number}.jpg",
    )


SMALL_FILM, LARGE_FILM = film("small.mp4", 64), film("large.mp4", LARGE)
VIDEO = Draft(
    text="New beans ☕",
    post_type="tiktok-video",
    due_at=AT,
    attachments=(SMALL_FILM,),
    options={"privacy": "public"},
)
LARGE_VIDEO = replace(VIDEO, attachments=(LARGE_FILM,))
VIDEO_DRAFT = replace(VIDEO, post_type="tiktok-video-draft", options={"mode": "draft"})
PHOTOS = replace(
    VIDEO,
    post_type="tiktok-photo",
    attachments=(photo(1), photo(2)),
    options={"privacy": "public", "title": "Beans", "cover": "2", "auto_music": "true"},
)
PHOTO_DRAFT = replace(PHOTOS, post_type="tiktok-photo-draft", options={"mode": "draft", "title": "Beans"})


def good(data: object) -> dict[str, object]:
    """An answer with the code of success."""
    return {"data": data, "error": {"code": "ok", "message": "", "log_id": "202210112248442CB9319E1FB30C1073F3"}}


def bad(code: str, message: str = "") -> dict[str, object]:
    """A refusal, whatever its status."""
    return {"data": {}, "error": {"code": code, "message": message, "log_id": "202210112248442CB9319E1FB30C1073F4"}}


CREATOR = Step(
    method="POST",
    url=f"{POST}/creator_info/query/",
    headers=HEADERS,
    content=b"{}",
    answer=good(
        {
            "creator_avatar_url": "https://lf16-tt4d.tiktokcdn.com/obj/tiktok-open-platform/8d5740ac3844be417beeacd0df75",
            "creator_username": "junipercoffee",
            "creator_nickname": "Juniper Coffee",
            "privacy_level_options": ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
            "comment_disabled": False,
            "duet_disabled": False,
            "stitch_disabled": True,
            "max_video_post_duration_sec": 300,
        }
    ),
)


def init_body(size: int, piece: int, pieces: int, **settings: bool) -> dict[str, object]:
    """How a film of VIDEO's settings, and these, is announced."""
    return {
        "post_info": {
            "title": "New beans ☕",
            "privacy_level": "PUBLIC_TO_EVERYONE",
            "disable_comment": False,
            "brand_content_toggle": False,
            "brand_organic_toggle": False,
            "disable_duet": False,
            "disable_stitch": True,
            **settings,
        },
        "source_info": {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": piece,
            "total_chunk_count": pieces,
        },
    }


INIT = Step(
    method="POST",
    url=f"{POST}/video/init/",
    headers=HEADERS,
    json=init_body(64, 64, 1),
    answer=good({"publish_id": PUBLISH_ID, "upload_url": f"{UPLOAD}?upload_id=67890&upload_token=Xza123"}),
)
PUT = Step(
    method="PUT",
    url=UPLOAD,
    query={"upload_id": "67890", "upload_token": "Xza123"},
    headers={"content-type": "video/mp4", "content-length": "64", "content-range": "bytes 0-63/64"},
    content=SMALL_FILM.path.read_bytes(),
    status=201,
)
FIRST_PIECE = replace(
    PUT,
    headers={"content-length": str(PIECE), "content-range": f"bytes 0-{PIECE - 1}/{LARGE}"},
    content=LARGE_FILM.path.read_bytes()[:PIECE],
    status=206,
)
LAST_PIECE = replace(
    PUT,
    headers={"content-length": str(PIECE + 1234), "content-range": f"bytes {PIECE}-{LARGE - 1}/{LARGE}"},
    content=LARGE_FILM.path.read_bytes()[PIECE:],
)
PHOTO_INIT = Step(
    method="POST",
    url=f"{POST}/content/init/",
    headers=HEADERS,
    json={
        "media_type": "PHOTO",
        "post_mode": "DIRECT_POST",
        "post_info": {
            "title": "Beans",
            "description": "New beans ☕",
            "privacy_level": "PUBLIC_TO_EVERYONE",
            "disable_comment": False,
            "brand_content_toggle": False,
            "brand_organic_toggle": False,
            "auto_add_music": True,
        },
        "source_info": {
            "source": "PULL_FROM_URL",
            "photo_images": ["https://herald.example/media/1.jpg", "https://herald.example/media/2.jpg"],
            "photo_cover_index": 1,
        },
    },
    answer=good({"publish_id": "p_pub_url~v2.123456789"}),
)
STATUS = Step(
    method="POST",
    url=f"{POST}/status/fetch/",
    headers=HEADERS,
    json={"publish_id": PUBLISH_ID},
)


def status(state: str, publish_id: str = PUBLISH_ID, **more: object) -> Step:
    """How far a post is."""
    return replace(STATUS, json={"publish_id": publish_id}, answer=good({"status": state, **more}))


def pending(publish_id: str, kind: str, *, public: bool, asked: int = 0, check_after_s: float = 2.0) -> Pending:
    """TikTok works on it."""
    handle = {"publish_id": publish_id, "type": kind, "public": public, "asked": asked}
    return Pending(handle=handle, check_after_s=check_after_s)
