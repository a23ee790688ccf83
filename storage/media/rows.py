"""What the database knows of stored files."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.content import Film, Media, MediaKind
from bot.domain.errors import NotFound, invalid
from bot.domain.ids import MediaId, WorkspaceId
from storage.tables import MediaRow


async def remember(session: AsyncSession, workspace_id: WorkspaceId, media: Media) -> MediaId:
    """Write down a file just kept. The workspace's earlier row for the same bytes stays, and its id is returned."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    now = clock.now()
    statement = insert(MediaRow).values(
        id=media.id,
        workspace_id=workspace_id,
        kind=media.kind.value,
        mime_type=media.mime_type,
        size_bytes=media.size_bytes,
        sha256=media.sha256,
        file_name=media.file_name,
        width_px=media.width_px,
        height_px=media.height_px,
        duration_s=media.duration_s,
        facts=_facts(media),
        created_at=now,
    )
    again = {"used_at": now, "leaves_at": None, "purged_at": None, "facts": statement.excluded.facts}
    await session.execute(statement.on_conflict_do_update(index_elements=["workspace_id", "sha256"], set_=again))
    known = await session.scalars(
        select(MediaRow.id).where(MediaRow.workspace_id == workspace_id, MediaRow.sha256 == media.sha256)
    )
    return MediaId(known.one())


async def reuse(session: AsyncSession, workspace_id: WorkspaceId, media: Media) -> MediaId:
    """A post takes a file that is stored already. Raises InvalidContent when its bytes went meanwhile."""
    used = await session.execute(
        update(MediaRow)
        .where(MediaRow.workspace_id == workspace_id, MediaRow.id == media.id, MediaRow.purged_at.is_(None))
        .values(used_at=clock.now(), leaves_at=None)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(used, CursorResult) or used.rowcount != 1:
        raise invalid("media", f"{media.file_name} is missing. Add it again.")
    return media.id


async def get_media(session: AsyncSession, workspace_id: WorkspaceId, media_id: MediaId) -> Media:
    """What is known of a stored file. Raises NotFound."""
    row = await session.scalar(select(MediaRow).where(MediaRow.workspace_id == workspace_id, MediaRow.id == media_id))
    if row is None:
        raise NotFound(f"There is no file {media_id[:60]!r}. Add it again.", field="media")
    return media_of(row)


async def known_media(session: AsyncSession, workspace_id: WorkspaceId, media_ids: Collection[MediaId]) -> set[MediaId]:
    """Which of these files the workspace has."""
    if not media_ids:
        return set()
    mine = (MediaRow.workspace_id == workspace_id, MediaRow.id.in_(media_ids), MediaRow.purged_at.is_(None))
    return {MediaId(media_id) for media_id in await session.scalars(select(MediaRow.id).where(*mine))}


async def stored_bytes(session: AsyncSession, workspace_id: WorkspaceId) -> int:
    """How much room the workspace's files take."""
    mine = (MediaRow.workspace_id == workspace_id, MediaRow.purged_at.is_(None))
    return int(await session.scalar(select(func.coalesce(func.sum(MediaRow.size_bytes), 0)).where(*mine)) or 0)


def media_of(row: MediaRow) -> Media:
    """A row as a value."""
    facts = row.facts or {}
    return Media(
        id=MediaId(row.id),
        kind=MediaKind(row.kind),
        mime_type=row.mime_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        file_name=row.file_name,
        width_px=row.width_px,
        height_px=row.height_px,
        duration_s=row.duration_s,
        frames=_number(facts, "frames"),
        film=_film(facts["film"]) if facts.get("film") else None,
    )


def _facts(media: Media) -> dict[str, Any] | None:
    """What has no column of its own; None for most files."""
    facts: dict[str, Any] = {"frames": media.frames} if media.frames is not None else {}
    if media.film is not None:
        facts["film"] = {name: value for name, value in asdict(media.film).items() if value is not None}
    return facts or None


def _film(stored: Mapping[str, Any]) -> Film:
    first, rate = stored.get("index_first"), stored.get("frame_rate")
    return Film(
        video_codec=_word(stored, "video_codec"),
        audio_codec=_word(stored, "audio_codec"),
        frame_rate=float(rate) if isinstance(rate, int | float) else None,
        bit_rate=_number(stored, "bit_rate"),
        rotation=_number(stored, "rotation"),
        index_first=first if isinstance(first, bool) else None,
    )


def _number(stored: Mapping[str, Any], name: str) -> int | None:
    return value if isinstance(value := stored.get(name), int) else None


def _word(stored: Mapping[str, Any], name: str) -> str | None:
    return value if isinstance(value := stored.get(name), str) else None
