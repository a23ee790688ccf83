"""Workers and their leases. Machinery: shared by all workspaces.

The lease belongs to the worker, not to rows. A worker whose lease lapsed is deleted by whoever notices; then its
renewal meets no row, and it has to drop everything it holds.
"""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import WorkerId
from storage.engine import database_now
from storage.tables import WorkerLogRow, WorkerRow

LEASE_S = 5.0
"""How long a worker may act without renewing."""


async def register(
    session: AsyncSession, worker_id: WorkerId, *, host: str, pid: int, there_since: datetime | None = None
) -> None:
    """Begin a lease under a new id. Ids are never used again, and where it ran is remembered for good."""
    now = database_now(session)
    await session.execute(insert(WorkerLogRow).values(id=worker_id, host=host, pid=pid, started_at=now))
    await session.execute(
        insert(WorkerRow).values(
            id=worker_id,
            host=host,
            pid=pid,
            started_at=there_since or now,
            lease_until=database_now(session) + timedelta(seconds=LEASE_S),
        )
    )


async def renew(session: AsyncSession, worker_id: WorkerId) -> bool:
    """Extend a lease that still holds. False: it does not, and everything held belongs to somebody else."""
    now = database_now(session)
    result = await session.execute(
        update(WorkerRow)
        .where(WorkerRow.id == worker_id, WorkerRow.lease_until > now)
        .values(lease_until=database_now(session) + timedelta(seconds=LEASE_S))
        .execution_options(synchronize_session=False)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


async def leave(session: AsyncSession, worker_id: WorkerId) -> None:
    """End a lease on purpose, after everything held was given back."""
    await session.execute(
        delete(WorkerRow).where(WorkerRow.id == worker_id).execution_options(synchronize_session=False)
    )


async def remove_lapsed(session: AsyncSession) -> list[WorkerId]:
    """Delete the workers whose lease ran out, and name them."""
    gone = await session.execute(
        delete(WorkerRow)
        .where(WorkerRow.lease_until <= database_now(session))
        .returning(WorkerRow.id)
        .execution_options(synchronize_session=False)
    )
    return [WorkerId(worker_id) for worker_id in gone.scalars()]


async def oldest_began_at(session: AsyncSession) -> datetime | None:
    """Since when a worker is there without a break, as far as those know whose lease holds; None when there is none."""
    living_ = WorkerRow.lease_until > database_now(session)
    return await session.scalar(select(func.min(WorkerRow.started_at)).where(living_))


async def living(session: AsyncSession) -> list[WorkerId]:
    """The workers whose lease holds."""
    rows = await session.execute(select(WorkerRow.id).where(WorkerRow.lease_until > database_now(session)))
    return [WorkerId(worker_id) for worker_id in rows.scalars()]
