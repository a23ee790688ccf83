"""Pinterest's requests and answers, for the contract and for the check against its OpenAPI document.

Answers are cut from the examples of developers.pinterest.com/docs/api/v5 (pins, boards, media, user_account), read
2026-11-21.
"""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Endpoints,
    Key,
    Prepared,
    Published,
)
from platforms.pinterest import CONNECTOR
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://api.pinterest.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer t0ken-hush"}
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="pinterest",
        platform_account_id="2783136121146311751",
        handle="juniper",
        display_name="Juniper",
        service_url=BASE,
    ),
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush")),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
NOWHERE = Endpoints(api=BASE)
PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
DATA = b64encode(PNG).decode()
FILE = OWN_FILES / "herald-pinterest-contract"
FILE.write_bytes(PNG)

T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
HISTORY = present(CONNECTOR.history)
DELETE = present(CONNECTOR.delete)


def attachment(kind: MediaKind = MediaKind.IMAGE, alt_text: str = "", **facts: object) -> Attachment:
    """A file of a few bytes that says of itself what a test wants."""
    media = Media(
        id=MediaId("med_1"),
        kind=kind,
        mime_type={MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4"}.get(kind, "image/gif"),
        size_bytes=len(PNG),
        sha256="0" * 64,
        file_name="tree.png",
        width_px=1000,
        height_px=1500,
        duration_s=10.0 if kind is MediaKind.VIDEO else None,
    )
    return Attachment(media=replace(media, **facts), path=FILE, alt_text=alt_text)  # pyright: ignore[reportArgumentType]  # fields of Media


IMAGE, FILM = attachment(), attachment(MediaKind.VIDEO)
BOARD = {"board": "549755885175"}
DRAFT = Draft(text="Good morning", post_type="pinterest-pin", due_at=AT, attachments=(IMAGE,), options=BOARD)
CAROUSEL = replace(DRAFT, post_type="pinterest-carousel", attachments=(IMAGE, IMAGE))
VIDEO = replace(DRAFT, post_type="pinterest-video", attachments=(FILM,))
PIN: dict[str, object] = {
    "id": "813744226420795884",
    "created_at": "2026-11-21T09:00:00",
    "link": None,
    "title": None,
    "description": "Good morning",
    "dominant_color": "#6E7874",
    "alt_text": None,
    "board_id": "549755885175",
    "board_section_id": None,
    "board_owner": {"username": "juniper"},
    "media": {"media_type": "image", "images": {}},
    "pin_metrics": None,
}
LIVE = Published(platform_post_id="813744226420795884", permalink="https://www.pinterest.com/pin/813744226420795884/")
BOARD_STEP = Step(
    method="GET",
    url=f"{BASE}/v5/boards/549755885175",
    query={},
    headers=BEARER,
    answer={"id": "549755885175", "name": "Summer recipes", "privacy": "PUBLIC"},
)
BOARDS_STEP = Step(
    method="GET",
    url=f"{BASE}/v5/boards",
    query={"page_size": "250"},
    headers=BEARER,
    answer={"items": [{"id": "1", "name": "Winter"}], "bookmark": "next"},
)
MORE_BOARDS = replace(
    BOARDS_STEP,
    query={"page_size": "250", "bookmark": "next"},
    answer={"items": [{"id": "549755885175", "name": "Summer recipes"}], "bookmark": None},
)
SECTIONS = Step(
    method="GET",
    url=f"{BASE}/v5/boards/549755885175/sections",
    query={"page_size": "250"},
    headers=BEARER,
    answer={"items": [{"id": "5027630990032422748", "name": "Salads"}], "bookmark": None},
)
CREATE = Step(
    method="POST",
    url=f"{BASE}/v5/pins",
    query={},
    headers={**BEARER, "content-type": "application/json"},
    content=b'{"board_id":"549755885175","description":"Good morning","media_source":{"source_type":"image_base64",'
    b'"content_type":"image/png","data":"' + DATA.encode() + b'"}}',
    status=201,
    answer=PIN,
)
REGISTER = Step(
    method="POST",
    url=f"{BASE}/v5/media",
    headers=BEARER,
    content=b'{"media_type":"video"}',
    status=201,
    answer={
        "media_id": "12345",
        "media_type": "video",
        "upload_url": "https://pinterest-media-upload.s3-accelerate.amazonaws.com/",
        "upload_parameters": {
            "x-amz-date": "20261121T090000Z",
            "x-amz-signature": "fcd6309a",
            "key": "uploads/1",
            "policy": "eyJl",
            "Content-Type": "multipart/form-data",
        },
    },
)
UPLOAD = Step(method="POST", url="https://pinterest-media-upload.s3-accelerate.amazonaws.com/", query={}, status=204)
STATUS = Step(
    method="GET",
    url=f"{BASE}/v5/media/12345",
    headers=BEARER,
    answer={"media_id": "12345", "media_type": "video", "status": "succeeded"},
)
LOOK = Step(
    method="GET",
    url=f"{BASE}/v5/pins",
    query={"page_size": "100", "include_protected_pins": "true"},
    headers=BEARER,
    answer={"items": [PIN], "bookmark": None},
)
USER = Step(
    method="GET",
    url=f"{BASE}/v5/user_account",
    query={},
    headers=BEARER,
    answer={
        "id": "2783136121146311751",
        "username": "juniper",
        "account_type": "BUSINESS",
        "business_name": "Juniper & Co",
        "follower_count": 10,
        "following_count": 347,
        "pin_count": 339,
        "monthly_views": 163,
    },
)
VIDEO_PREPARED = Prepared(
    data={
        "body": {"board_id": "549755885175", "description": "Good morning"},
        "media_id": "12345",
        "cover_at": 0,
    }
)


def showing(*pins: dict[str, object], bookmark: str | None = None) -> Step:
    """A look that shows these pins."""
    return replace(LOOK, answer={"items": list(pins), "bookmark": bookmark})


def pin(at: datetime = AT, **more: object) -> dict[str, object]:
    """The pin, made at another time or otherwise different."""
    return {**PIN, "created_at": at.isoformat(), **more}
