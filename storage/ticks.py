"""Periodic tasks: whoever runs them, each turn is run once. Machinery, shared by all workspaces."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.engine import database_now
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


async def hold_task(session: AsyncSession, name: str, by: str, *, lease: timedelta) -> bool:
    """Become, or stay, the one who does a task that lasts; for that long nobody else does. One statement."""
    turn = {"next_at": database_now(session, plus=lease), "last_by": by}
    held = await session.execute(
        upsert(session, TickRow)
        .values(name=name, **turn)
        .on_conflict_do_update(
            index_elements=["name"],
            set_=turn,
            where=or_(TickRow.next_at <= database_now(session), TickRow.last_by == by),
        )
        .returning(TickRow.name)
    )
    return held.first() is not None


async def holder(session: AsyncSession, name: str) -> str | None:
    """Who holds a task, or held it and vanished; None when it was left."""
    return await session.scalar(select(TickRow.last_by).where(TickRow.name == name))


async def leave_task(session: AsyncSession, name: str, by: str) -> None:
    """Let somebody else do it from now on."""
    await session.execute(
        update(TickRow)
        .where(TickRow.name == name, TickRow.last_by == by)
        .values(next_at=database_now(session), last_by=None)
        .execution_options(synchronize_session=False)
    )
