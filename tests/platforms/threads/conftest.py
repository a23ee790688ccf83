"""The recorded account, and how its requests look."""

from datetime import UTC, datetime
from typing import TypeVar

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Film, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key
from platforms.threads import CONNECTOR
from tests.platforms.own_files import OWN_FILES
from tests.platforms.stage import Step

BASE = "https://graph.threads.net"
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
TOKEN = "THQVJ-hush"  # noqa: S105  # of nobody
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="threads",
        platform_account_id="25340977668878",
        handle="juniper",
        display_name="Juniper",
        service_url=BASE,
    ),
    tokens=Tokens(access=Secret(TOKEN), refresh=Secret(TOKEN)),
)
ENDPOINTS = Endpoints(api=BASE)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
DRAFT = Draft(text="Good morning", post_type="threads-text", due_at=AT)
FILE = OWN_FILES / "herald-threads-contract.bin"
FILE.write_bytes(b"\x89PNG\r\n\x1a\n")
URL = "https://herald.example/media/tree.png"
FILM_URL = "https://herald.example/media/clip.mp4"

T = TypeVar("T")


def present(part: T | None) -> T:
    """A part of the connector that others may lack."""
    assert part is not None
    return part


METRICS, ACCOUNT_METRICS = present(CONNECTOR.metrics), present(CONNECTOR.account_metrics)
DELETE, HISTORY = present(CONNECTOR.delete), present(CONNECTOR.history)


def image(alt_text: str = "a tree", **changes: object) -> Attachment:
    """A picture."""
    facts: dict[str, object] = {
        "mime_type": "image/png",
        "size_bytes": 8,
        "width_px": 1080,
        "height_px": 1080,
        **changes,
    }
    media = Media(id=MediaId("med_1"), kind=MediaKind.IMAGE, sha256="0" * 64, file_name="tree.png", **facts)  # pyright: ignore[reportArgumentType]
    return Attachment(media=media, path=FILE, alt_text=alt_text, url=URL)


def film(**changes: object) -> Attachment:
    """A film."""
    inside: dict[str, object] = {"video_codec": "h264", "audio_codec": "aac", "frame_rate": 30.0, "index_first": True}
    inside |= {name: changes.pop(name) for name in (*inside, "bit_rate") if name in changes}
    facts: dict[str, object] = {
        "mime_type": "video/mp4",
        "size_bytes": 8,
        "width_px": 1080,
        "height_px": 1920,
        "duration_s": 12.0,
        **changes,
    }
    media = Media(
        id=MediaId("med_2"),
        kind=MediaKind.VIDEO,
        sha256="1" * 64,
        file_name="clip.mp4",
        film=Film(**inside),  # pyright: ignore[reportArgumentType]
        **facts,  # pyright: ignore[reportArgumentType]
    )
    return Attachment(media=media, path=FILE, url=FILM_URL)


def read(path: str, answer: object, *, optional: bool = False, **query: str) -> Step:
    """A GET and its answer."""
    return Step(
        method="GET",
        url=f"{BASE}/v1.0/{path}",
        query={**query, "access_token": TOKEN},
        answer=answer,
        optional=optional,
    )
