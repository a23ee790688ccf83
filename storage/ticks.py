"""Periodic tasks: whoever runs them, each turn is run once. Machinery, shared by all workspaces."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from storage.statements import upsert
from storage.tables import TickRow


async def claim_tick(
    session: AsyncSession, name: str, *, now: datetime, every: timedelta, by: str | None = None
) -> bool:
    """Whether this turn of the task is the caller's; the next one comes `every` later. One statement."""
    turn = {"next_at": now + every, "last_by": by}
    claimed = await session.execute(
        upsert(session, TickRow)
        .values(name=name, **turn)
        .on_conflict_do_update(index_elements=["name"], set_=turn, where=TickRow.next_at <= now)
        .returning(TickRow.name)
    )
    return claimed.first() is not None
