"""The recorded account, and how its requests look."""

from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key
from platforms.reddit import CONNECTOR
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://oauth.reddit.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="reddit",
        platform_account_id="1w72",
        handle="juniper",
        display_name="juniper",
        service_url=BASE,
    ),
    tokens=Tokens(access=Secret("acc3ss-hush"), refresh=Secret("r3fresh-hush")),
)
ENDPOINTS = Endpoints(api=BASE)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
PLACE = {"subreddit": "r/test", "title": "A morning"}
DRAFT = Draft(text="Good morning", post_type="reddit-text", due_at=AT, options=PLACE)
HEADERS = {"authorization": "Bearer acc3ss-hush", "user-agent": "web:herald.publisher:0.1.0 (by /u/juniper)"}
FILE = OWN_FILES / "herald-reddit-contract.bin"
FILE.write_bytes(b"\x89PNG\r\n\x1a\n")

T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
DELETE, POLL = present(CONNECTOR.delete), present(CONNECTOR.poll)


def file(kind: MediaKind = MediaKind.IMAGE, mime_type: str = "image/png", **changes: object) -> Attachment:
    """A picture, unless it is said otherwise."""
    facts: dict[str, object] = {"size_bytes": 8, **changes}
    media = Media(
        id=MediaId("med_1"),
        kind=kind,
        mime_type=mime_type,
        sha256="0" * 64,
        file_name="tree.png",
        **facts,  # pyright: ignore[reportArgumentType]
    )
    return Attachment(media=media, path=FILE)


def film(**changes: object) -> Attachment:
    """A film."""
    return file(MediaKind.VIDEO, "video/mp4", **{"duration_s": 12.0, **changes})


def post(path: str, answer: object, *, content: bytes | None = None, json: object = None) -> Step:
    """A POST and its answer."""
    return Step(
        method="POST",
        url=f"{BASE}/{path}",
        query={"raw_json": "1"},
        headers=HEADERS,
        content=content,
        json=json,
        answer=answer,
    )


def read(path: str, answer: object, **query: str) -> Step:
    """A GET and its answer."""
    return Step(method="GET", url=f"{BASE}/{path}", query={**query, "raw_json": "1"}, headers=HEADERS, answer=answer)


def made(data: object, *errors: object) -> dict[str, object]:
    """What a form is answered with."""
    return {"json": {"errors": list(errors), "data": data}}


def listing(*things: object, kind: str = "t3") -> dict[str, object]:
    """A list of things."""
    return {"kind": "Listing", "data": {"after": None, "children": [{"kind": kind, "data": one} for one in things]}}
