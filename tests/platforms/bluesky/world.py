"""Things the tests build again and again: accounts, drafts, pictures, pages."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from PIL import Image

from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.content import Attachment, Draft, Media, MediaKind, Reference
from bot.domain.ids import AccountId, BrandId, MediaId, WorkspaceId
from platforms.base import Connection, Key, Page, Published

DUE = datetime(2026, 12, 1, 9, 0, 0, 250_000, tzinfo=UTC)
DID = "did:plc:abcdefghijklmnopqrstuvwx"
SERVER = "https://pds.example"


def connected(
    connection: Connection | None = None, *, did: str = DID, server: str = SERVER, tokens: Tokens | None = None
) -> Connected:
    """An account as storage would hand it over: of a connection just made, or of the fake server."""
    if connection is not None:
        did, server, tokens = (
            connection.identity.platform_account_id,
            connection.identity.service_url,
            connection.tokens,
        )
    account = Account(
        id=AccountId("acc_1"),
        workspace_id=WorkspaceId("ws_1"),
        brand_id=BrandId("brand_1"),
        platform="bluesky",
        platform_account_id=did,
        handle="juniper.example",
        display_name="Juniper",
        service_url=server,
    )
    return Connected(account=account, tokens=tokens or Tokens(access=Secret("access-1"), refresh=Secret("refresh-1")))


def draft(text: str = "Hello", **changes: object) -> Draft:
    """A draft for one post."""
    facts: dict[str, object] = {"text": text, "post_type": "bluesky-post", "due_at": DUE, **changes}
    return Draft(**facts)  # pyright: ignore[reportArgumentType]  # each test names fields of Draft


def new_key(value: str | None = None) -> Key:
    """The material of a new item."""
    return Key(value=value or uuid4().hex, at=DUE)


def reference(published: Published) -> Reference:
    """What a reply to a published post is given."""
    return Reference(platform_post_id=published.platform_post_id, extra=published.extra)


def picture(folder: Path, name: str, *, width: int = 40, height: int = 30, alt: str = "") -> Attachment:
    """A PNG of one colour, the colour made from its name."""
    path = folder / name
    Image.new("RGB", (width, height), (sum(name.encode()) % 256, width % 256, height % 256)).save(path, "PNG")
    media = Media(
        id=MediaId(name),
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        size_bytes=path.stat().st_size,
        sha256="0" * 64,
        file_name=name,
        width_px=width,
        height_px=height,
    )
    return Attachment(media=media, path=path, alt_text=alt)


def film(folder: Path, name: str = "film.mp4", *, alt: str = "") -> Attachment:
    """Something that passes for a film of four seconds."""
    path = folder / name
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + name.encode())
    media = Media(
        id=MediaId(name),
        kind=MediaKind.VIDEO,
        mime_type="video/mp4",
        size_bytes=path.stat().st_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        file_name=name,
        width_px=360,
        height_px=640,
        duration_s=4.0,
    )
    return Attachment(media=media, path=path, alt_text=alt)


def png(width: int = 8, height: int = 8) -> bytes:
    """A small picture's bytes."""
    file = BytesIO()
    Image.new("RGB", (width, height), (200, width % 256, height % 256)).save(file, "PNG")
    return file.getvalue()


@dataclass
class Shelf:
    """Pages for link cards, by address; what is not on it cannot be had."""

    pages: dict[str, Page] = field(default_factory=dict)

    async def page(self, url: str, *, max_image_bytes: int) -> Page | None:
        """The page put there before."""
        assert max_image_bytes == 1_000_000
        return self.pages.get(url)
