"""Creating calls by the name their caller gave them, so that a repetition is answered like the first and does nothing.

Whoever inserts the row works on the call. A row without an answer whose worker began long ago belongs to one that was
cut off: a repetition takes it over. `claimed_at` fences: only who holds the row still may write the answer into it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import WorkspaceId
from storage.statements import upsert
from storage.tables import IdempotencyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class CallName:
    """What names a call: whose key, which route, and the word the caller chose."""

    key_id: str
    route: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCall:
    """What is known of a named call."""

    name: CallName
    body_hash: str
    status: int | None
    """None while the first call still runs."""
    answer: str | None
    """None too where it held a secret and is not kept."""
    created_at: datetime
    claimed_at: datetime


async def begin(
    session: AsyncSession, workspace_id: WorkspaceId, name: CallName, body_hash: str, now: datetime
) -> NamedCall | None:
    """Take the call up as the first with this name; None when it is known already. One statement."""
    row = upsert(session, IdempotencyRow).values(
        workspace_id=workspace_id,
        api_key_id=name.key_id,
        route=name.route,
        key=name.key,
        body_hash=body_hash,
        created_at=now,
        claimed_at=now,
    )
    new = await session.execute(row.on_conflict_do_nothing().returning(IdempotencyRow.key))
    if new.first() is None:
        return None
    return NamedCall(name=name, body_hash=body_hash, status=None, answer=None, created_at=now, claimed_at=now)


async def known(session: AsyncSession, workspace_id: WorkspaceId, name: CallName) -> NamedCall | None:
    """The call with this name; until the transaction ends nobody else changes it."""
    row = await session.scalar(select(IdempotencyRow).where(*_called(workspace_id, name)).with_for_update())
    if row is None:
        return None
    return NamedCall(
        name=name,
        body_hash=row.body_hash,
        status=row.status,
        answer=row.answer,
        created_at=row.created_at,
        claimed_at=row.claimed_at,
    )


async def take_over(session: AsyncSession, workspace_id: WorkspaceId, name: CallName, now: datetime) -> None:
    """Go on with a call whose worker was cut off. The caller has it from `known`."""
    await session.execute(
        update(IdempotencyRow)
        .where(*_called(workspace_id, name))
        .values(claimed_at=now)
        .execution_options(synchronize_session=False)
    )


async def settle(
    session: AsyncSession, workspace_id: WorkspaceId, call: NamedCall, *, status: int, answer: str | None
) -> None:
    """Write down the answer, unless somebody else took the call over."""
    await session.execute(
        update(IdempotencyRow)
        .where(*_held(workspace_id, call))
        .values(status=status, answer=answer)
        .execution_options(synchronize_session=False)
    )


async def forget(session: AsyncSession, workspace_id: WorkspaceId, call: NamedCall) -> None:
    """The call did nothing: let its name be used again, unless somebody else took it over."""
    await session.execute(
        delete(IdempotencyRow).where(*_held(workspace_id, call)).execution_options(synchronize_session=False)
    )


async def drop(session: AsyncSession, workspace_id: WorkspaceId, name: CallName) -> None:
    """Forget a call whose time is over. The caller has it from `known`."""
    await session.execute(
        delete(IdempotencyRow).where(*_called(workspace_id, name)).execution_options(synchronize_session=False)
    )


async def purge(session: AsyncSession, *, before: datetime) -> int:
    """Drop what was called before then; returns how many. Machinery."""
    gone = await session.execute(
        delete(IdempotencyRow)
        .where(IdempotencyRow.created_at < before)
        .returning(IdempotencyRow.key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def _called(workspace_id: WorkspaceId, name: CallName) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyRow.workspace_id == workspace_id,
        IdempotencyRow.api_key_id == name.key_id,
        IdempotencyRow.route == name.route,
        IdempotencyRow.key == name.key,
    )


def _held(workspace_id: WorkspaceId, call: NamedCall) -> tuple[ColumnElement[bool], ...]:
    return (
        *_called(workspace_id, call.name),
        IdempotencyRow.status.is_(None),
        IdempotencyRow.claimed_at == call.claimed_at,
    )
