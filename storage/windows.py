"""How many calls each key to the HTTP API made in a minute, counted for all processes together."""

from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import WorkspaceId
from storage.statements import upsert
from storage.tables import ApiWindowRow


async def count_calls(
    session: AsyncSession, workspace_id: WorkspaceId, key_id: str, *, begin_s: int, calls: int
) -> int:
    """Add so many calls to the window that began then (Unix seconds); returns how many it has now. One statement.

    The count is a limit, not a record: on PostgreSQL its commit does not wait for the disk.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SET LOCAL synchronous_commit = off"))
    row = upsert(session, ApiWindowRow).values(
        api_key_id=key_id, begin_s=begin_s, workspace_id=workspace_id, calls=calls
    )
    counted = await session.execute(
        row.on_conflict_do_update(
            index_elements=["api_key_id", "begin_s"], set_={"calls": ApiWindowRow.calls + calls}
        ).returning(ApiWindowRow.calls)
    )
    return counted.scalar_one()


async def forget_windows(session: AsyncSession, *, before_s: int) -> int:
    """Drop windows that began before then (Unix seconds); returns how many. Machinery."""
    gone = await session.execute(
        delete(ApiWindowRow)
        .where(ApiWindowRow.begin_s < before_s)
        .returning(ApiWindowRow.api_key_id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
