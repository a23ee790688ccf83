"""What the tests of Discord share: an account and files. Shapes are those of docs.discord.com, read 2026-11-21."""

from datetime import UTC, datetime

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Endpoints, Key
from tests.platforms.own_files import OWN_FILES

BASE = "https://discord.com"
TOKEN = "t0ken-hush-" + "x" * 40
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOWHERE = Endpoints(api=BASE)
KEY = Key(value="0123456789abcdef0123456789abcdef", at=AT)
CONNECTED = Connected(
    account=Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("wsp_1"),
        brand_id=BrandId("brd_1"),
        platform="discord",
        platform_account_id="1203",
        handle="Herald",
        display_name="Herald",
        service_url=BASE,
        limits={"guild_id": "77", "channel_id": "88"},
    ),
    tokens=Tokens(access=Secret(TOKEN)),
)
WEBHOOK = f"{BASE}/api/v10/webhooks/1203/{TOKEN}"
DRAFT = Draft(text="Good morning", post_type="discord-message", due_at=AT)


def attachment(kind: MediaKind, mime: str, content: bytes = b"a file", *, alt_text: str = "") -> Attachment:
    """A file of this kind on disk."""
    path = OWN_FILES / "herald-discord-contract.bin"
    path.write_bytes(content)
    media = Media(
        id=MediaId("med_1"),
        kind=kind,
        mime_type=mime,
        size_bytes=len(content),
        sha256="0" * 64,
        file_name="tree of mine.png",
    )
    return Attachment(media=media, path=path, alt_text=alt_text)


IMAGE = attachment(MediaKind.IMAGE, "image/png", alt_text="a tree")
PDF = attachment(MediaKind.DOCUMENT, "application/pdf")
