"""LinkedIn's requests and answers, as its documentation shows them, and the accounts and files of the tests.

Shapes follow learn.microsoft.com/en-us/linkedin/marketing/community-management, read 2026-11-21.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Endpoints,
    Key,
    Published,
)
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


BASE, UPLOADS = "https://api.linkedin.com", "https://www.linkedin.com/dms-uploads"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MS = int(AT.timestamp() * 1000)
PAGE, PERSON = "urn:li:organization:2414183", "urn:li:person:yrZCpj2Z12"
E_PAGE = "urn%3Ali%3Aorganization%3A2414183"
POST, E_POST = "urn:li:share:6844785523593134080", "urn%3Ali%3Ashare%3A6844785523593134080"
BEARER = {"authorization": "Bearer t0ken-hush"}
HEADERS = {**BEARER, "linkedin-version": "202609", "x-restli-protocol-version": "2.0.0"}
ENDPOINTS = Endpoints(api=BASE)
SCOPES = (
    "r_basicprofile",
    "w_member_social",
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
)
ACCOUNT = Account(
    id=AccountId("acc_1"),
    workspace_id=WorkspaceId("wsp_1"),
    brand_id=BrandId("brd_1"),
    platform="linkedin",
    platform_account_id=PAGE,
    handle="paperboat",
    display_name="Paperboat",
    service_url=BASE,
    limits={"author": "organization"},
)
CONNECTED = Connected(
    account=ACCOUNT,
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush"), scopes=SCOPES),
)
MEMBER = Connected(
    account=replace(ACCOUNT, platform_account_id=PERSON, handle="Juniper Ray", display_name="Juniper Ray", limits={}),
    tokens=Tokens(
        access=Secret("t0ken-hush"),
        scopes=("openid", "profile", "w_member_social", "r_member_postAnalytics", "r_member_profileAnalytics"),
    ),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
DRAFT = Draft(text="Good morning", post_type="linkedin-text", due_at=AT)


def file(kind: MediaKind, mime_type: str, content: bytes, *, alt_text: str = "", says: int | None = None) -> Attachment:
    """A small file on the disk; `says` is the size its facts claim."""
    path = OWN_FILES / f"herald-linkedin-contract.{mime_type.rpartition('/')[2]}"
    path.write_bytes(content)
    media = Media(
        id=MediaId("med_1"),
        kind=kind,
        mime_type=mime_type,
        size_bytes=len(content) if says is None else says,
        sha256="0" * 64,
        file_name=path.name,
    )
    return Attachment(media=media, path=path, alt_text=alt_text)


IMAGE = file(MediaKind.IMAGE, "image/png", b"\x89PNG\r\n\x1a\n", alt_text="a tree")
VIDEO = file(MediaKind.VIDEO, "video/mp4", b"ab" * 40 * 1024)
PDF = file(MediaKind.DOCUMENT, "application/pdf", b"%PDF-1.7")
HALF = 40 * 1024


def with_media(attachment: Attachment, **facts: object) -> Attachment:
    """The same file with other facts."""
    return replace(attachment, media=replace(attachment.media, **facts))  # pyright: ignore[reportArgumentType]  # facts of Media


def body(**more: object) -> dict[str, object]:
    """The body of the creating call."""
    return {
        "author": PAGE,
        "commentary": "Good morning",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
        **more,
    }


LIVE = Published(platform_post_id=POST, permalink=f"https://www.linkedin.com/feed/update/{POST}/")
CREATE = Step(
    method="POST",
    url=f"{BASE}/rest/posts",
    query={},
    headers={**HEADERS, "content-type": "application/json"},
    content=b'{"author":"urn:li:organization:2414183","commentary":"Good morning","visibility":"PUBLIC",'
    b'"distribution":{"feedDistribution":"MAIN_FEED","targetEntities":[],"thirdPartyDistributionChannels":[]},'
    b'"lifecycleState":"PUBLISHED","isReshareDisabledByAuthor":false}',
    status=201,
    answer_headers={"x-restli-id": POST},
)


def creates(**more: object) -> Step:
    """The creating call with this in its body."""
    return replace(CREATE, content=None, json=body(**more))


def begins(kind: str, number: int = 1, **more: object) -> Step:
    """`initializeUpload` of an image or a document."""
    return Step(
        method="POST",
        url=f"{BASE}/rest/{kind}s",
        query={"action": "initializeUpload"},
        headers=HEADERS,
        json={"initializeUploadRequest": {"owner": PAGE, **more}},
        answer={
            "value": {
                "uploadUrlExpiresAt": MS + 3_600_000,
                "uploadUrl": f"{UPLOADS}/{kind}/{number}?ca=1",
                kind: f"urn:li:{kind}:C4E{number}",
            }
        },
    )


def puts(kind: str, content: bytes, number: int = 1) -> Step:
    """The bytes of an image or a document."""
    return Step(
        method="PUT",
        url=f"{UPLOADS}/{kind}/{number}",
        query={"ca": "1"},
        headers=BEARER,
        content=content,
        status=201,
        bodiless=True,
    )


UPLOAD = (begins("image"), puts("image", b"\x89PNG\r\n\x1a\n"))
FILM = (
    replace(
        begins("video", fileSizeBytes=2 * HALF, uploadCaptions=False, uploadThumbnail=False),
        answer={
            "value": {
                "video": "urn:li:video:C5F1",
                "uploadToken": "",
                "uploadInstructions": [
                    {"uploadUrl": f"{UPLOADS}/v/0", "firstByte": 0, "lastByte": HALF - 1},
                    {"uploadUrl": f"{UPLOADS}/v/1", "firstByte": HALF, "lastByte": 2 * HALF - 1},
                ],
            }
        },
    ),
    *(
        Step(
            method="PUT",
            url=f"{UPLOADS}/v/{part}",
            headers={"content-type": "application/octet-stream", "content-length": str(HALF)},
            content=b"ab" * (HALF // 2),
            answer_headers={"etag": f'"/part-{part}"'},
        )
        for part in range(2)
    ),
    Step(
        method="POST",
        url=f"{BASE}/rest/videos",
        query={"action": "finalizeUpload"},
        headers=HEADERS,
        json={
            "finalizeUploadRequest": {
                "video": "urn:li:video:C5F1",
                "uploadToken": "",
                "uploadedPartIds": ["/part-0", "/part-1"],
            }
        },
        bodiless=True,
    ),
)
LINK = "https://paperboat.example/news"
COMMENT = f"urn:li:comment:({POST},6636062862760562688)"
E_COMMENT = "urn%3Ali%3Acomment%3A%28urn%3Ali%3Ashare%3A6844785523593134080%2C6636062862760562688%29"
COMMENTED = Published(
    platform_post_id=COMMENT,
    permalink=f"https://www.linkedin.com/feed/update/{POST}/?commentUrn={E_COMMENT}",
    extra={"object": POST, "id": "6636062862760562688"},
)
POLL = {"poll": "tea | coffee", "poll_question": "Tea or coffee?", "poll_days": "7"}
