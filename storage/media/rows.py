"""What the database knows of stored files."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.content import Media, MediaKind
from bot.domain.errors import NotFound
from bot.domain.ids import MediaId, WorkspaceId
from storage.tables import MediaRow


async def remember(session: AsyncSession, workspace_id: WorkspaceId, media: Media) -> MediaId:
    """Write down a file. The workspace's earlier row for the same bytes stays, and its id is returned."""
    insert = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
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
        created_at=clock.now(),
    )
    await session.execute(statement.on_conflict_do_nothing(index_elements=["workspace_id", "sha256"]))
    known = await session.scalars(
        select(MediaRow.id).where(MediaRow.workspace_id == workspace_id, MediaRow.sha256 == media.sha256)
    )
    return MediaId(known.one())


async def get_media(session: AsyncSession, workspace_id: WorkspaceId, media_id: MediaId) -> Media:
    """What is known of a stored file. Raises NotFound."""
    row = await session.scalar(select(MediaRow).where(MediaRow.workspace_id == workspace_id, MediaRow.id == media_id))
    if row is None:
        raise NotFound(f"There is no file {media_id[:60]!r}. Add it again.", field="media")
    return media_of(row)


def media_of(row: MediaRow) -> Media:
    """A row as a value."""
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
    )
