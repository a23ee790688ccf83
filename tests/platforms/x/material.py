"""What the tests of X share: an account, files, and a post as the API shows it.

Shapes are those of X's OpenAPI document 2.167 and of the examples at docs.x.com, read 2026-11-21; values are ours.
"""

from datetime import UTC, datetime

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Film, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key, Published
from tests.platforms.own_files import OWN_FILES

BASE = "https://api.x.com"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOWHERE = Endpoints(api=BASE)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="x",
        platform_account_id="2244994945",
        handle="junipercoffee",
        display_name="Juniper Coffee",
        service_url=BASE,
    ),
    tokens=Tokens(access=Secret("t0ken-hush"), refresh=Secret("r3fresh-hush")),
)
BEARER = {"authorization": "Bearer t0ken-hush"}
DRAFT = Draft(text="Good morning", post_type="x-post", due_at=AT)
POST_ID = "1991800000000000001"
LIVE = Published(platform_post_id=POST_ID, permalink=f"https://x.com/junipercoffee/status/{POST_ID}")


def attachment(kind: MediaKind, content: bytes, *, alt_text: str = "", **facts: object) -> Attachment:
    """A file of this kind on disk."""
    mime, ending = {
        MediaKind.IMAGE: ("image/png", "png"),
        MediaKind.GIF: ("image/gif", "gif"),
        MediaKind.VIDEO: ("video/mp4", "mp4"),
    }[kind]
    path = OWN_FILES / f"herald-x-{len(content)}.{ending}"
    path.write_bytes(content)
    plain: dict[str, object] = {"mime_type": mime, "size_bytes": len(content), **facts}
    media = Media(id=MediaId("med_1"), kind=kind, sha256="0" * 64, file_name=f"tree.{ending}", **plain)  # pyright: ignore[reportArgumentType]  # facts of Media
    return Attachment(media=media, path=path, alt_text=alt_text)


IMAGE = attachment(MediaKind.IMAGE, b"\x89PNG\r\n\x1a\n", alt_text="a tree")
GIF = attachment(MediaKind.GIF, b"GIF89a", width_px=1280, height_px=1080, frames=200)
VIDEO = attachment(
    MediaKind.VIDEO,
    b"\x00\x00\x00\x18ftypmp42",
    width_px=1080,
    height_px=1920,
    duration_s=1200.0,
    film=Film(video_codec="h264", audio_codec="aac", frame_rate=60.0),
)


def post(**changes: object) -> dict[str, object]:
    """A post as a list shows it."""
    return {
        "id": POST_ID,
        "text": "Good morning",
        "created_at": "2026-11-21T09:00:00.000Z",
        "conversation_id": POST_ID,
        "edit_history_post_ids": [POST_ID],
        **changes,
    }


def listed(*posts: dict[str, object], **meta: object) -> dict[str, object]:
    """The answer to a look."""
    return {**({"data": list(posts)} if posts else {}), "meta": {"result_count": len(posts), **meta}}
