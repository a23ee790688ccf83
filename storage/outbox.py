"""The outbox: notices owed to people, kept until delivered. Written in the transaction of what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import BrandId, ItemId, WorkspaceId
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import NoticeRow

_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=15)
_DOUBLINGS = 12

_NOTICES = cast("Table", NoticeRow.__table__)
_c = _NOTICES.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message owed, claimed for delivery for the `tries`-th time."""

    id: str
    workspace_id: WorkspaceId
    brand_id: BrandId | None
    item_id: ItemId | None
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    tries: int


async def add(  # noqa: PLR0913  # the columns of one row, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    dedupe_key: str,
    payload: Mapping[str, object],
    now: datetime,
    brand_id: BrandId | None = None,
    item_id: ItemId | None = None,
    deliver_at: datetime | None = None,
) -> bool:
    """Owe a notice, from `deliver_at` on (None: at once). False: one with this `dedupe_key` was owed before."""
    statement = upsert(session, NoticeRow).values(
        id=new_id("ntc"),
        workspace_id=workspace_id,
        brand_id=brand_id,
        item_id=item_id,
        kind=kind,
        dedupe_key=dedupe_key,
        payload=dict(payload),
        created_at=now,
        deliver_at=deliver_at or now,
        tries=0,
    )
    added = await session.execute(
        statement.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(NoticeRow.id)
    )
    return added.first() is not None


async def claim_due(session: AsyncSession, *, now: datetime, hold_until: datetime, limit: int) -> list[Notice]:
    """Take notices that are due, oldest first. Until `hold_until` nobody else gets them. Machinery."""
    due = (
        select(_c.id)
        .where(_c.delivered_at.is_(None), _c.deliver_at <= now)
        .order_by(_c.deliver_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = await session.execute(
        update(_NOTICES)
        .where(_c.id.in_(select(due.c.id)), _c.delivered_at.is_(None), _c.deliver_at <= now)
        .values(deliver_at=hold_until, tries=_c.tries + 1)
        .returning(*_c)
    )
    notices = [_notice(dict(row)) for row in claimed.mappings()]
    return sorted(notices, key=lambda notice: notice.id)


async def delivered(session: AsyncSession, notice: Notice, *, now: datetime) -> None:
    """It got through. Machinery."""
    await session.execute(
        update(_NOTICES)
        .where(_c.id == notice.id, _c.workspace_id == notice.workspace_id, _c.delivered_at.is_(None))
        .values(delivered_at=now, last_error=None)
    )


async def failed(session: AsyncSession, notice: Notice, *, now: datetime, error: str) -> None:
    """It did not get through: again after 5 s, 10 s … 15 min. Without effect when another holds it. Machinery."""
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(notice.tries - 1, _DOUBLINGS))
    await session.execute(
        update(_NOTICES)
        .where(
            _c.id == notice.id,
            _c.workspace_id == notice.workspace_id,
            _c.tries == notice.tries,
            _c.delivered_at.is_(None),
        )
        .values(deliver_at=now + pause, last_error=error)
    )


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        id=row["id"],
        workspace_id=WorkspaceId(row["workspace_id"]),
        brand_id=BrandId(row["brand_id"]) if row["brand_id"] is not None else None,
        item_id=ItemId(row["item_id"]) if row["item_id"] is not None else None,
        kind=row["kind"],
        payload=row["payload"],
        created_at=row["created_at"],
        tries=row["tries"],
    )
