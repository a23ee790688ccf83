"""Workers and their leases. Machinery: shared by all workspaces.

The lease belongs to the worker, not to rows. A worker whose lease lapsed is deleted by whoever notices; then its
renewal meets no row, and it has to drop everything it holds.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot import clock
from bot.domain.ids import WorkerId
from storage.engine import Database, database_now
from storage.tables import Span, UtcDateTime, WorkerLogRow, WorkerRow

_WORKERS = cast("Table", WorkerRow.__table__)

LEASE_S = 5.0
"""How long a worker may act without renewing."""


async def register(session: AsyncSession, worker_id: WorkerId, *, host: str, pid: int) -> None:
    """Begin a lease under a new id. Ids are never used again, and where it ran is remembered for good."""
    now = database_now(session)
    await session.execute(insert(WorkerLogRow).values(id=worker_id, host=host, pid=pid, started_at=now))
    await session.execute(
        insert(WorkerRow).values(
            id=worker_id,
            host=host,
            pid=pid,
            started_at=now,
            lease_until=database_now(session) + timedelta(seconds=LEASE_S),
        )
    )


async def renew(database: Database, worker_id: WorkerId) -> bool:
    """Extend a lease that still holds. False: it does not, and everything held belongs to somebody else.

    A transaction by itself.
    """
    values: dict[str, object] = {"worker_id": worker_id, "lease": timedelta(seconds=LEASE_S)}
    if database.dialect == "sqlite":
        return await database.write_at_once(_RENEW_HERE, {**values, "now": clock.now()}) is not None
    return await database.write_at_once(_RENEW_THERE, values) is not None


def _renewal(now: ColumnElement[datetime]) -> ReturningUpdate[str]:
    """Made once: an idle worker asks it each second."""
    lease = bindparam("lease", type_=Span())
    mine = _WORKERS.c.id == bindparam("worker_id")
    prolonged = update(_WORKERS).where(mine, _WORKERS.c.lease_until > now).values(lease_until=now + lease)
    return prolonged.returning(_WORKERS.c.id)


_RENEW_THERE = _renewal(type_coerce(func.clock_timestamp(), UtcDateTime()))
_RENEW_HERE = _renewal(bindparam("now", type_=UtcDateTime()))


async def leave(session: AsyncSession, worker_id: WorkerId) -> None:
    """End a lease on purpose, after everything held was given back."""
    await session.execute(
        delete(WorkerRow).where(WorkerRow.id == worker_id).execution_options(synchronize_session=False)
    )
    await _ended(session, {worker_id: database_now(session)})


async def remove_lapsed(session: AsyncSession) -> list[WorkerId]:
    """Delete the workers whose lease ran out, and name them."""
    gone = await session.execute(
        delete(WorkerRow)
        .where(WorkerRow.lease_until <= database_now(session))
        .returning(WorkerRow.id, WorkerRow.lease_until)
        .execution_options(synchronize_session=False)
    )
    ended = {WorkerId(row.id): row.lease_until for row in gone}
    await _ended(session, ended)
    return list(ended)


async def _ended(session: AsyncSession, ended: Mapping[WorkerId, datetime | ColumnElement[datetime]]) -> None:
    for worker_id, at in ended.items():
        await session.execute(
            update(WorkerLogRow)
            .where(WorkerLogRow.id == worker_id)
            .values(ended_at=at)
            .execution_options(synchronize_session=False)
        )


async def lives(session: AsyncSession, *, since: datetime) -> list[tuple[datetime, datetime]]:
    """From when until when workers were there: those that ended after `since`, and those that have not ended."""
    log, now = WorkerLogRow, WorkerRow
    past = await session.execute(select(log.started_at, log.ended_at).where(log.ended_at >= since))
    present = await session.execute(select(now.started_at, now.lease_until))
    lived = [(row.started_at, row.lease_until) for row in present]
    return lived + [(row.started_at, row.ended_at) for row in past if row.ended_at is not None]


async def living(session: AsyncSession) -> list[WorkerId]:
    """The workers whose lease holds."""
    rows = await session.execute(select(WorkerRow.id).where(WorkerRow.lease_until > database_now(session)))
    return [WorkerId(worker_id) for worker_id in rows.scalars()]
