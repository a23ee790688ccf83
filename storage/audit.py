"""The journal of what people and machines did, kept for good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, ItemId, PostId, WorkspaceId
from storage.ids import new_id
from storage.tables import AuditEventRow

_PAGE = 100
_NEW_EVENT = insert(cast("Table", AuditEventRow.__table__))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Something that happened. `detail` is small JSON and holds neither texts nor tokens."""

    at: datetime
    actor: str
    event: str
    post_id: PostId | None = None
    item_id: ItemId | None = None
    account_id: AccountId | None = None
    detail: Mapping[str, object] = field(default_factory=dict[str, object])


async def add_event(session: AsyncSession, workspace_id: WorkspaceId, event: AuditEvent) -> None:
    """Write something into the journal."""
    await add_events(session, workspace_id, [event])


async def add_events(session: AsyncSession, workspace_id: WorkspaceId, events: Sequence[AuditEvent]) -> None:
    """Write several things into the journal at once."""
    if not events:
        return
    rows = [
        {
            "id": new_id("evt"),
            "workspace_id": workspace_id,
            "at": event.at,
            "actor": event.actor,
            "event": event.event,
            "post_id": event.post_id,
            "item_id": event.item_id,
            "account_id": event.account_id,
            "detail": dict(event.detail),
        }
        for event in events
    ]
    await session.execute(_NEW_EVENT, rows)


async def list_events(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    item_id: ItemId | None = None,
    before: datetime | None = None,
    limit: int = _PAGE,
) -> list[AuditEvent]:
    """The newest `limit` events of the workspace, or of one item, that are older than `before`; oldest first."""
    query = (
        select(AuditEventRow)
        .where(AuditEventRow.workspace_id == workspace_id)
        .order_by(AuditEventRow.at.desc(), AuditEventRow.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(AuditEventRow.at < before)
    if item_id is not None:
        query = query.where(AuditEventRow.item_id == item_id)
    return [_event(row) for row in reversed((await session.scalars(query)).all())]


def _event(row: AuditEventRow) -> AuditEvent:
    return AuditEvent(
        at=row.at,
        actor=row.actor,
        event=row.event,
        post_id=PostId(row.post_id) if row.post_id is not None else None,
        item_id=ItemId(row.item_id) if row.item_id is not None else None,
        account_id=AccountId(row.account_id) if row.account_id is not None else None,
        detail=row.detail,
    )
