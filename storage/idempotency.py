"""Creating calls by the name their caller gave them, so that a repetition is answered like the first and does nothing.

Whoever inserts the row works on the call. A row without an answer whose worker began long ago belongs to one that was
cut off: a repetition takes it over. `claimed_at` fences: only who holds the row still may write the answer into it.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from bot.domain.ids import WorkspaceId
from storage.engine import Database
from storage.given import dialect_of
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


_CALLS = cast("Table", IdempotencyRow.__table__)
_c = _CALLS.c
_ITS = tuple(column == bindparam(f"its_{column.name}") for column in (_c.workspace_id, _c.api_key_id, _c.route, _c.key))
_KNOWN = select(_CALLS).where(*_ITS).with_for_update()
_SETTLED = update(_CALLS).where(*_ITS, _c.status.is_(None), _c.claimed_at == bindparam("its_claimed_at"))
"""These statements are made once: every creating call runs them, and building one costs more than running it."""


@cache
def _taking_up(dialect: str) -> ReturningInsert[str]:
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(_CALLS)
    return statement.on_conflict_do_nothing().returning(_c.key)


def _named(workspace_id: WorkspaceId, name: CallName, prefix: str = "") -> dict[str, object]:
    names = {"workspace_id": workspace_id, "api_key_id": name.key_id, "route": name.route, "key": name.key}
    return {f"{prefix}{column}": value for column, value in names.items()}


async def begin(
    session: AsyncSession, workspace_id: WorkspaceId, name: CallName, body_hash: str, now: datetime
) -> NamedCall | None:
    """Take the call up as the first with this name; None when it is known already. One statement."""
    new = await session.execute(_taking_up(dialect_of(session)), _fresh(workspace_id, name, body_hash, now))
    return None if new.first() is None else _begun(name, body_hash, now)


async def begin_at_once(
    database: Database, workspace_id: WorkspaceId, name: CallName, body_hash: str, now: datetime
) -> NamedCall | None:
    """The same as a transaction by itself."""
    new = await database.write_at_once(_taking_up(database.dialect), _fresh(workspace_id, name, body_hash, now))
    return None if new is None else _begun(name, body_hash, now)


def _fresh(workspace_id: WorkspaceId, name: CallName, body_hash: str, now: datetime) -> dict[str, object]:
    return {**_named(workspace_id, name), "body_hash": body_hash, "created_at": now, "claimed_at": now}


def _begun(name: CallName, body_hash: str, now: datetime) -> NamedCall:
    return NamedCall(name=name, body_hash=body_hash, status=None, answer=None, created_at=now, claimed_at=now)


async def known(session: AsyncSession, workspace_id: WorkspaceId, name: CallName) -> NamedCall | None:
    """The call with this name; until the transaction ends nobody else changes it."""
    row = (await session.execute(_KNOWN, _named(workspace_id, name, "its_"))).first()
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
    held = {**_named(workspace_id, call.name, "its_"), "its_claimed_at": call.claimed_at}
    await session.execute(_SETTLED, {**held, "status": status, "answer": answer})


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
