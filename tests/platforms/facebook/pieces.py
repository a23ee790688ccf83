"""An account, files, requests and answers, for the contract's case of Facebook."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Film, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import (
    Endpoints,
    Identity,
    Key,
    Prepared,
    Published,
)
from platforms.facebook.kinds import COMMENT, POST, REEL, STORY
from tests.platforms.contract import Limit
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

API = "https://graph.facebook.com"
BASE = f"{API}/v25.0"
SITE = "https://www.facebook.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BEARER = {"authorization": "Bearer pag3-hush"}
FORM = {**BEARER, "content-type": "application/x-www-form-urlencoded"}
PAGE = "104"
ENDPOINTS = Endpoints(api=API)
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="facebook",
        platform_account_id=PAGE,
        handle="junipercoffee",
        display_name="Juniper Coffee",
        service_url=API,
    ),
    tokens=Tokens(access=Secret("pag3-hush")),
)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
DRAFT = Draft(text="Good morning", post_type=POST, due_at=AT)
PNG = OWN_FILES / "herald-facebook-contract.png"
PNG.write_bytes(b"\x89PNG\r\n\x1a\n")
MP4 = OWN_FILES / "herald-facebook-contract.mp4"
MP4.write_bytes(b"\x00\x00\x00\x18ftypmp42")
_T = TypeVar("_T")


def present(part: _T | None) -> _T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


def picture(**changes: object) -> Attachment:
    """A photo."""
    facts: dict[str, object] = {"kind": MediaKind.IMAGE, "mime_type": "image/png", "size_bytes": 8}
    return _file(PNG, "tree.png", facts | changes)


def film(**changes: object) -> Attachment:
    """An upright film of ten seconds."""
    facts: dict[str, object] = {"kind": MediaKind.VIDEO, "mime_type": "video/mp4", "size_bytes": 12}
    facts |= {
        "width_px": 1080,
        "height_px": 1920,
        "duration_s": 10.0,
        "film": Film(video_codec="h264", frame_rate=30.0),
    }
    return _file(MP4, "tree.mp4", facts | changes)


def _file(path: Path, name: str, facts: dict[str, object]) -> Attachment:
    media = Media(id=MediaId("med_1"), sha256="0" * 64, file_name=name, **facts)  # pyright: ignore[reportArgumentType]
    return Attachment(media=media, path=path, alt_text="a tree" if path is PNG else "")


def form(**values: str) -> bytes:
    """A form's body, in this order."""
    return urlencode(values).encode()


def post(path: str, answer: object, content: bytes | None = None, **more: object) -> Step:
    """A POST for the Page."""
    return Step(
        method="POST",
        url=f"{BASE}/{path}",
        query={},
        headers=BEARER if content is None else FORM,
        content=content,
        answer=answer,
        **more,  # pyright: ignore[reportArgumentType]  # fields of Step
    )


def get(path: str, answer: object, **query: str) -> Step:
    """A GET for the Page."""
    return Step(method="GET", url=f"{BASE}/{path}", query=query, headers=BEARER, answer=answer)


LIVE = Published(platform_post_id="104_555", permalink=f"{SITE}/104_555")
SHOWN = {
    "id": "104_555",
    "message": "Good morning",
    "created_time": "2026-11-21T09:00:00+0000",
    "permalink_url": f"{SITE}/104_555",
}
PHOTO = replace(
    post(f"{PAGE}/photos", {"id": "801"}),
    parts=(("published", b"false"), ("alt_text_custom", b"a tree"), ("source", b"\x89PNG\r\n\x1a\n")),
)
LIST = {
    "fields": "id,message,created_time,permalink_url,attachments{target,subattachments{target}}",
    "limit": "100",
    "since": str(int((AT - timedelta(minutes=15)).timestamp())),
}
COMMENTS = {
    "fields": "id,message,created_time,permalink_url,from",
    "limit": "100",
    "order": "reverse_chronological",
    "filter": "stream",
}
STATUS = "status,post_id,permalink_url"


def status(said: str, publishing: str = "not_started", **more: object) -> dict[str, object]:
    """A film's own answer."""
    phases = {"processing_phase": {"status": "not_started"}, "publishing_phase": {"status": publishing}}
    return {"id": "900", "status": {"video_status": said, **phases}, **more}


OUT = status("ready", "complete", post_id="555", permalink_url="/reel/900/")
FILM_LIVE = Published(platform_post_id="104_555", permalink=f"{SITE}/reel/900/", extra={"video": "900"})
REEL_STEPS = (
    post(
        f"{PAGE}/video_reels",
        {"video_id": "900", "upload_url": "https://rupload.facebook.com/video-upload/v25.0/900"},
        form(upload_phase="start"),
    ),
    Step(
        method="POST",
        url="https://rupload.facebook.com/video-upload/v25.0/900",
        headers={"authorization": "OAuth pag3-hush", "offset": "0", "file_size": "12", "content-length": "12"},
        content=MP4.read_bytes(),
        answer={"success": True},
    ),
)
HANDLE = {"video": "900", "web": SITE}
FILM_PREPARED = Prepared(data={"kind": REEL, "text": "", "web": SITE, "video": "900"})
COMMENT_PREPARED = Prepared(data={"kind": COMMENT, "text": "First!", "web": SITE, "parent": "104_555"})
STORY_PREPARED = Prepared(data={"kind": STORY, "text": "", "web": SITE, "photos": ["801"]})
PHOTO_PREPARED = Prepared(data={"kind": POST, "text": "Good morning", "web": SITE, "photos": ["801"]})
STORIES = get(f"{PAGE}/stories", {"data": []}, fields="post_id,status,creation_time,media_id,url", limit="100")
COMMENTED = {"id": "555_7", "message": "First!", "created_time": "2026-11-21T09:00:02+0000", "from": {"id": PAGE}}


def looked(*shown: object, **more: object) -> Step:
    """The Page's list."""
    return get(f"{PAGE}/published_posts", {"data": list(shown), **more}, **LIST)


def at(moment: datetime, **more: object) -> dict[str, object]:
    """The post as if made at another time."""
    return {**SHOWN, "created_time": moment.strftime("%Y-%m-%dT%H:%M:%S+0000"), **more}


def of_type(kind: str, **changes: object) -> Draft:
    """A draft of that kind."""
    return replace(DRAFT, post_type=kind, **changes)  # pyright: ignore[reportArgumentType]  # fields of Draft


def limit(name: str, draft: Draft, fits: Attachment, over: Attachment) -> Limit:
    """One about a file."""
    return Limit(name=name, fits=replace(draft, attachments=(fits,)), over=replace(draft, attachments=(over,)))


USER = Connected(
    account=replace(CONNECTED.account, platform_account_id="", service_url=API),
    tokens=Tokens(access=Secret("us3r-hush"), scopes=("pages_show_list",)),
)
AS_USER = {"authorization": "Bearer us3r-hush"}
PAGE_FIELDS = "id,name,username,access_token,tasks,picture{url}"
MAY = {"tasks": ["CREATE_CONTENT"], "access_token": "pag3-hush"}
PERMISSIONS = Step(
    method="GET",
    url=f"{BASE}/me/permissions",
    query={"fields": "permission,status", "limit": "100"},
    headers=AS_USER,
    answer={"data": [{"permission": "pages_manage_posts", "status": "granted"}]},
)
ACCOUNTS = Step(
    method="GET",
    url=f"{BASE}/me/accounts",
    query={"fields": PAGE_FIELDS, "limit": "100"},
    headers=AS_USER,
    answer={
        "data": [{"id": PAGE, "name": "Juniper Coffee", "username": "junipercoffee", **MAY}],
        "paging": {"cursors": {"after": "xyz"}, "next": f"{BASE}/me/accounts?access_token=us3r-hush&after=xyz"},
    },
)
MORE_ACCOUNTS = replace(
    ACCOUNTS,
    query={"fields": PAGE_FIELDS, "limit": "100", "after": "xyz"},
    answer={"data": [{"id": "105", "name": "Only to look at", "tasks": ["ANALYZE"], "access_token": "pag3-other"}]},
)
BUSINESSES = Step(
    method="GET",
    url=f"{BASE}/me/businesses",
    query={"fields": "id", "limit": "100"},
    headers=AS_USER,
    answer={"data": [{"id": "7001"}]},
    optional=True,
)
OWNED = replace(
    BUSINESSES,
    url=f"{BASE}/7001/owned_pages",
    query={"fields": PAGE_FIELDS, "limit": "100"},
    answer={
        "data": [
            {"id": PAGE, "name": "Juniper Coffee", **MAY},
            {
                "id": "106",
                "name": "Juniper Roastery",
                "picture": {"data": {"url": "https://p.example/1.png"}},
                "access_token": "pag3-third",
            },
        ]
    },
)
CLIENT = replace(OWNED, url=f"{BASE}/7001/client_pages", answer={"data": []})


def identity(page: str, handle: str, name: str) -> Identity:
    """A Page's."""
    return Identity(platform_account_id=page, handle=handle, display_name=name, service_url=API)
