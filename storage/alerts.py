"""Warnings: opened once each by their keys, told to people, told again in the same place once mended.

A warning is told by notices whose `dedupe_key` is `alert:KEY:TO`, so that they are found again. Their kind is the
warning's; those that change them where they stand have the kind with `_now` after it. The kinds and their facts are
bot/services/alerting.py's and preflight.py's.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from storage import outbox
from storage.conditions import still
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import AlertRow, NoticeRow, SlackInstallationRow

_NOT_NEEDED = "mended before it was due"
MOST_REMINDERS = 14
_EVERYBODY = ("owner", "channel", "thread", "author", *(f"owner:{number}" for number in range(1, MOST_REMINDERS + 1)))
"""To whom a warning can be told; `owner:1` is the first repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A warning. `facts` is small JSON of ids and numbers; texts are looked up when it is told."""

    key: str
    workspace_id: WorkspaceId
    brand_id: BrandId
    kind: str
    account_id: AccountId | None = None
    item_id: ItemId | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])
    opened_at: datetime
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    resolved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """To whom a warning is told, where, and from when on."""

    to: str
    facts: Mapping[str, object] = field(default_factory=dict[str, object])
    brand_id: BrandId | None = None
    """Set for what goes to the brand's channel."""
    post_id: PostId | None = None
    """Set for what goes under the post's card."""
    deliver_at: datetime | None = None


async def open_alert(session: AsyncSession, workspace_id: WorkspaceId, alert: Alert) -> bool:
    """Open a warning. False: there was one with this key before, mended or not."""
    added = await session.execute(
        upsert(session, AlertRow)
        .values(
            key=alert.key,
            workspace_id=workspace_id,
            brand_id=alert.brand_id,
            kind=alert.kind,
            account_id=alert.account_id,
            item_id=alert.item_id,
            facts=dict(alert.facts),
            opened_at=alert.opened_at,
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(AlertRow.key)
    )
    return added.first() is not None


async def get_alert(session: AsyncSession, workspace_id: WorkspaceId, key: str) -> Alert | None:
    """The warning with this key, if the workspace has it."""
    row = await session.scalar(select(AlertRow).where(AlertRow.workspace_id == workspace_id, AlertRow.key == key))
    return _alert(row) if row is not None else None


async def get_all(session: AsyncSession, workspace_id: WorkspaceId, keys: Collection[str]) -> list[Alert]:
    """Those of these warnings that the workspace has."""
    query = select(AlertRow).where(AlertRow.workspace_id == workspace_id, AlertRow.key.in_(sorted(keys)))
    return [_alert(row) for row in await session.scalars(query)]


async def open_of_brand(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, kind: str) -> list[Alert]:
    """The brand's warnings of a kind that are not mended, oldest first."""
    return await _open(session, AlertRow.workspace_id == workspace_id, AlertRow.brand_id == brand_id, kind=kind)


async def open_of_account(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, account_id: AccountId, kind: str
) -> list[Alert]:
    """The same of one of its accounts."""
    whose = (AlertRow.workspace_id == workspace_id, AlertRow.brand_id == brand_id, AlertRow.account_id == account_id)
    return await _open(session, *whose, kind=kind)


async def open_everywhere(session: AsyncSession, kind: str) -> list[Alert]:
    """The warnings of a kind that are not mended, of all workspaces. Machinery."""
    return await _open(session, kind=kind)


async def _open(session: AsyncSession, *only: ColumnElement[bool], kind: str) -> list[Alert]:
    query = select(AlertRow).where(AlertRow.resolved_at.is_(None), AlertRow.kind == kind, *only)
    rows = await session.scalars(query.order_by(AlertRow.opened_at, AlertRow.key))
    return [_alert(row) for row in rows]


async def resolve(  # noqa: PLR0913  # what is mended, by whom, what that changes
    session: AsyncSession,
    workspace_id: WorkspaceId,
    key: str,
    *,
    by: str,
    now: datetime,
    facts: Mapping[str, Any],
) -> bool:
    """Close a warning with its last facts. False: somebody else did."""
    done = await session.execute(
        update(AlertRow)
        .where(AlertRow.workspace_id == workspace_id, AlertRow.key == key, AlertRow.resolved_at.is_(None))
        .values(resolved_at=now, resolved_by=by, snoozed_until=None, facts=dict(facts))
        .returning(AlertRow.key)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


async def set_facts(
    session: AsyncSession, workspace_id: WorkspaceId, key: str, facts: Mapping[str, Any], *, before: Mapping[str, Any]
) -> bool:
    """Give an open warning other facts in place of those it had. False: they are others already, or it is mended."""
    row = await session.scalar(
        select(AlertRow)
        .where(AlertRow.workspace_id == workspace_id, AlertRow.key == key, AlertRow.resolved_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or dict(row.facts) != dict(before):
        return False
    row.facts = dict(facts)
    await session.flush()
    return True


async def snooze(
    session: AsyncSession, workspace_id: WorkspaceId, key: str, until: datetime | None, *, was: datetime | None
) -> bool:
    """Have an open warning told again then (None: not by itself). False: mended, or somebody was faster."""
    unchanged = AlertRow.snoozed_until.is_(None) if was is None else AlertRow.snoozed_until == was
    done = await session.execute(
        update(AlertRow)
        .where(AlertRow.workspace_id == workspace_id, AlertRow.key == key, AlertRow.resolved_at.is_(None), unchanged)
        .values(snoozed_until=until)
        .returning(AlertRow.key)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


# --- Telling ---------------------------------------------------------------------------------------------------------


async def tell(session: AsyncSession, alert: Alert, telling: Telling, *, now: datetime) -> None:
    """Owe a notice of a warning, if its workspace is in Slack."""
    installed = await session.scalar(
        select(SlackInstallationRow.workspace_id).where(SlackInstallationRow.workspace_id == alert.workspace_id)
    )
    if installed is None:
        return
    await outbox.add(
        session,
        alert.workspace_id,
        kind=alert.kind,
        dedupe_key=_told_as(alert, telling.to),
        payload={"alert": alert.key, "to": telling.to, **telling.facts},
        now=now,
        brand_id=telling.brand_id,
        post_id=telling.post_id,
        item_id=alert.item_id if telling.post_id is not None else None,
        deliver_at=telling.deliver_at,
    )


async def tell_now(session: AsyncSession, alert: Alert, *, now: datetime) -> None:
    """Have everything that was told of this warning changed in its place; what is not due yet is not told at all."""
    keys = [_told_as(alert, to) for to in _EVERYBODY]
    rows = await session.scalars(
        select(NoticeRow)
        .where(NoticeRow.dedupe_key.in_(keys), still(NoticeRow.workspace_id == alert.workspace_id))
        .order_by(NoticeRow.created_at)
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        if row.delivered_at is None and row.deliver_at > now:
            await _withdraw(session, row, now=now)
        else:
            await outbox.add(
                session,
                alert.workspace_id,
                kind=f"{row.kind}_now",
                dedupe_key=new_id("ntc"),
                payload={**row.payload, "notice_id": row.id},
                now=now,
                brand_id=BrandId(row.brand_id) if row.brand_id is not None else None,
                post_id=PostId(row.post_id) if row.post_id is not None else None,
                item_id=ItemId(row.item_id) if row.item_id is not None else None,
            )


async def _withdraw(session: AsyncSession, row: NoticeRow, *, now: datetime) -> None:
    await session.execute(
        update(NoticeRow)
        .where(NoticeRow.id == row.id, NoticeRow.delivered_at.is_(None))
        .values(delivered_at=now, last_error=_NOT_NEEDED)
        .execution_options(synchronize_session=False)
    )


def _told_as(alert: Alert, to: str) -> str:
    return f"alert:{alert.key}:{to}"


def _alert(row: AlertRow) -> Alert:
    return Alert(
        key=row.key,
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        kind=row.kind,
        account_id=AccountId(row.account_id) if row.account_id is not None else None,
        item_id=ItemId(row.item_id) if row.item_id is not None else None,
        facts=row.facts,
        opened_at=row.opened_at,
        snoozed_until=row.snoozed_until,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
    )
