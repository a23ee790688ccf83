"""An account, files, requests and answers, for the contract's case of Instagram."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Film, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key, Prepared, Published
from platforms.instagram.kinds import COMMENT, POST, STORY
from tests.platforms.stage import Step

API = "https://graph.instagram.com"
BASE = f"{API}/v25.0"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TOKEN = "IGAA-hush"  # noqa: S105  # of nobody
BEARER = {"authorization": f"Bearer {TOKEN}"}
FORM = {**BEARER, "content-type": "application/x-www-form-urlencoded"}
ME = "17841400000000001"
ENDPOINTS = Endpoints(api=API)
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="instagram",
        platform_account_id=ME,
        handle="juniper",
        display_name="Juniper",
        service_url=API,
    ),
    tokens=Tokens(access=Secret(TOKEN), refresh=Secret(TOKEN)),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
IMAGE_URL, FILM_URL = "https://herald.example/media/tree.jpg", "https://herald.example/media/clip.mp4"
_T = TypeVar("_T")


def present(part: _T | None) -> _T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


def picture(alt_text: str = "a tree", **changes: object) -> Attachment:
    """A square picture."""
    facts: dict[str, object] = {"kind": MediaKind.IMAGE, "mime_type": "image/jpeg", "size_bytes": 8}
    facts |= {"width_px": 1080, "height_px": 1080}
    return _file("tree.jpg", facts | changes, IMAGE_URL, alt_text)


def film(**changes: object) -> Attachment:
    """An upright film of ten seconds."""
    facts: dict[str, object] = {"kind": MediaKind.VIDEO, "mime_type": "video/mp4", "size_bytes": 12}
    facts |= {"width_px": 1080, "height_px": 1920, "duration_s": 10.0}
    facts["film"] = Film(video_codec="h264", audio_codec="aac", frame_rate=30.0, bit_rate=4_000_000, index_first=True)
    return _file("clip.mp4", facts | changes, FILM_URL, "")


def _file(name: str, facts: dict[str, object], url: str, alt_text: str) -> Attachment:
    media = Media(id=MediaId("med_1"), sha256="0" * 64, file_name=name, **facts)  # pyright: ignore[reportArgumentType]
    return Attachment(media=media, path=Path("nowhere"), alt_text=alt_text, url=url)


DRAFT = Draft(text="Good morning", post_type=POST, attachments=(picture(),), due_at=AT)


def of_type(kind: str, **changes: object) -> Draft:
    """A draft of that kind."""
    return replace(DRAFT, post_type=kind, **changes)  # pyright: ignore[reportArgumentType]  # fields of Draft


def form(**values: str) -> bytes:
    """A form's body, in this order."""
    return urlencode(values).encode()


def post(path: str, answer: object, content: bytes) -> Step:
    """A POST for the account."""
    return Step(method="POST", url=f"{BASE}/{path}", query={}, headers=FORM, content=content, answer=answer)


def get(path: str, answer: object, **query: str) -> Step:
    """A GET for the account."""
    return Step(method="GET", url=f"{BASE}/{path}", query=query, headers=BEARER, answer=answer)


def contain(made: str, **fields: str) -> Step:
    """A container is made."""
    return post(f"{ME}/media", {"id": made}, form(**fields))


def is_(status: str, container: str = "900", said: str = "") -> Step:
    """A container is asked for."""
    return get(container, {"id": container, "status_code": status, "status": said}, fields="status_code,status")


def refused(step: Step, code: int, subcode: int, message: str = "No") -> Step:
    """The same step, answered with an error."""
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return replace(step, status=400, answer={"error": error})


QUOTA = replace(
    get(
        f"{ME}/content_publishing_limit",
        {"data": [{"quota_usage": 3, "config": {"quota_total": 100, "quota_duration": 86400}}]},
        fields="quota_usage,config",
    ),
)
PUBLISH = post(f"{ME}/media_publish", {"id": "555"}, form(creation_id="900"))
PERMALINK = replace(
    get("555", {"permalink": "https://www.instagram.com/p/Cabc/", "id": "555"}, fields="permalink"), optional=True
)
LIVE = Published(platform_post_id="555", permalink="https://www.instagram.com/p/Cabc/")
SHOWN = {
    "id": "555",
    "caption": "Good morning",
    "permalink": "https://www.instagram.com/p/Cabc/",
    "timestamp": "2026-11-21T09:00:00+0000",
    "media_type": "IMAGE",
    "media_product_type": "FEED",
}
LIST = {
    "fields": "id,caption,permalink,timestamp,media_type,media_product_type",
    "since": str(int((AT - timedelta(minutes=1)).timestamp())),
    "limit": "50",
}
STORIES = {"fields": LIST["fields"], "limit": "50"}
COMMENTS = {"fields": "id,text,timestamp,username", "limit": "50"}
COMMENTED = {"id": "777", "text": "First!", "timestamp": "2026-11-21T09:00:02+0000", "username": "juniper"}
POST_PREPARED = Prepared(data={"kind": POST, "text": "Good morning", "container": "900"})
STORY_PREPARED = Prepared(data={"kind": STORY, "text": "", "container": "900"})
COMMENT_PREPARED = Prepared(data={"kind": COMMENT, "text": "First!", "parent": "555"})


def at(moment: datetime, **more: object) -> dict[str, object]:
    """The post as if made at another time."""
    return {**SHOWN, "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"), **more}
