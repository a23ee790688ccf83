"""Files that programs send: taken aside while they come, looked at, and kept like those of people."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot import clock
from bot.domain.errors import UserError, invalid
from bot.domain.ids import MediaId, WorkspaceId
from bot.services.deps import Deps
from storage.media import rows

Kind = Literal["image", "video"]
MIME_TYPES = {
    "image": frozenset({"image/jpeg", "image/png", "image/webp"}),
    "video": frozenset({"video/mp4", "video/quicktime", "video/webm"}),
}
NAMES = {"image": "a JPEG, PNG or WebP picture", "video": "an MP4, MOV or WebM video"}
LONGEST_BYTES = {"image": 10_000_000, "video": 500_000_000}
ROOM_BYTES = 10_000_000_000
"""For the files of one workspace."""
_ANY_HASH = "0" * 64


class TooLarge(UserError):
    """The file is larger than a file of its kind may be."""

    code = "too_large"


class StorageFull(UserError):
    """The workspace's room for files is used up."""

    code = "storage_full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that is kept now."""

    media_id: MediaId
    file_name: str
    mime_type: str
    at: datetime


def refuse_larger(kind: Kind, size_bytes: int) -> None:
    """Raises TooLarge."""
    most = LONGEST_BYTES[kind]
    if size_bytes > most:
        raise TooLarge(f"A file of this type has at most {most // 1_000_000} MB. Make it smaller.", field="file")


@asynccontextmanager
async def place(deps: Deps) -> AsyncGenerator[Path]:
    """Where a file may be written while it comes; what lies there is gone afterwards, also after a crash in between."""
    aside = deps.media.path_of(_ANY_HASH).parent.parent / "aside"
    await asyncio.to_thread(aside.mkdir, mode=0o700, parents=True, exist_ok=True)
    path = aside / secrets.token_hex(16)
    try:
        yield path
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def receive(deps: Deps, workspace_id: WorkspaceId, path: Path, *, kind: Kind, called: str) -> Received:
    """Keep a file that came. Raises TooLarge, StorageFull, and InvalidContent for what it says it is and is not."""
    size_bytes = (await asyncio.to_thread(path.stat)).st_size
    refuse_larger(kind, size_bytes)
    async with deps.database.reading() as session:
        used = await rows.stored_bytes(session, workspace_id)
    if used + size_bytes > ROOM_BYTES:
        room = f"{ROOM_BYTES // 1_000_000_000} GB"
        raise StorageFull(f"The workspace's {room} for files are used up. Old files go by themselves.", field="file")
    taken = await deps.media.take(path, called=called)
    try:
        if taken.media.mime_type not in MIME_TYPES[kind]:
            raise invalid("type", f"{taken.media.file_name} is {taken.media.mime_type}, not {NAMES[kind]}.")
        await deps.media.keep(taken)
        async with deps.database.transaction() as session:
            media_id = await rows.remember(session, workspace_id, taken.media)
    finally:
        await deps.media.drop(taken)
    return Received(media_id=media_id, file_name=taken.media.file_name, mime_type=taken.media.mime_type, at=clock.now())
