"""Accounts whose access ends, or is lost already, and the planned posts that need it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.accounts import Account, Health
from bot.domain.ids import AccountId, BrandId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.accounts import account_of
from storage.tables import AccountRow, AuditEventRow, CredentialRow, PostItemRow, PostPartRow, PostRow

_LOST = [health.value for health in (Health.EXPIRED, Health.REVOKED, Health.FAILING)]
_PLANNED = [state.value for state in (State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED)]
_CONNECTING = timedelta(hours=1)
"""What was stored so soon after an account was connected was not renewed."""
_RENEWING_FAILS = timedelta(days=3)
"""So near its end an access that Herald renews has not been renewed for weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endangered:
    """An account whose access ends soon, or does not work."""

    account: Account
    connected_at: datetime
    checked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A planned post that will fail. `zone` is the one its time was chosen in."""

    post_id: PostId
    scheduled_at: datetime
    text: str
    zone: str | None


async def endangered(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, *, now: datetime, before: datetime
) -> list[Endangered]:
    """The brand's accounts whose access ends before then or does not work; the first to end first."""
    whose = (AccountRow.workspace_id == workspace_id, AccountRow.brand_id == brand_id)
    return await _found(session, _endangered(now, before).where(*whose))


async def endangered_account(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, *, now: datetime, before: datetime
) -> Endangered | None:
    """The same for one account; None while nothing threatens it, or once it is disconnected."""
    whose = (AccountRow.workspace_id == workspace_id, AccountRow.id == account_id)
    found = await _found(session, _endangered(now, before).where(*whose))
    return found[0] if found else None


async def endangered_anywhere(session: AsyncSession, *, now: datetime, before: datetime) -> list[Endangered]:
    """The same in all workspaces. Machinery."""
    return await _found(session, _endangered(now, before))


def _endangered(now: datetime, before: datetime) -> Select[AccountRow]:
    """One that Herald renews counts if renewing did not move its end, or has failed for weeks."""
    moved = CredentialRow.updated_at > AccountRow.connected_at + _CONNECTING
    ends = and_(
        AccountRow.ends_at <= before,
        or_(~AccountRow.renews, moved, AccountRow.ends_at <= now + _RENEWING_FAILS),
    )
    return (
        select(AccountRow)
        .outerjoin(CredentialRow, CredentialRow.account_id == AccountRow.id)
        .where(AccountRow.disconnected_at.is_(None), or_(AccountRow.health.in_(_LOST), ends))
        .order_by(AccountRow.ends_at, AccountRow.id)
    )


async def _found(session: AsyncSession, query: Select[AccountRow]) -> list[Endangered]:
    rows = await session.scalars(query)
    return [
        Endangered(account=account_of(row), connected_at=row.connected_at, checked_at=row.checked_at) for row in rows
    ]


async def hits(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, *, after: datetime, limit: int
) -> tuple[int, tuple[Hit, ...]]:
    """How many posts are planned on the account after that instant, and the first of them."""
    planned = _planned(workspace_id, account_id, after)
    count = (await session.execute(select(func.count(PostItemRow.post_id.distinct())).where(*planned))).scalar_one()
    if not count:
        return 0, ()
    first = (
        select(PostItemRow.post_id, func.min(PostItemRow.scheduled_at).label("at"))
        .where(*planned)
        .group_by(PostItemRow.post_id)
        .order_by(func.min(PostItemRow.scheduled_at), PostItemRow.post_id)
        .limit(limit)
        .subquery()
    )
    rows = await session.execute(
        select(first.c.post_id, first.c.at, PostPartRow.text, PostRow.zone)
        .join(PostRow, PostRow.id == first.c.post_id)
        .join(PostPartRow, and_(PostPartRow.post_id == first.c.post_id, PostPartRow.part == 0))
        .order_by(first.c.at, first.c.post_id)
    )
    found = (Hit(post_id=PostId(post_id), scheduled_at=at, text=text, zone=zone) for post_id, at, text, zone in rows)
    return count, tuple(found)


def _planned(workspace_id: WorkspaceId, account_id: AccountId, after: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        PostItemRow.workspace_id == workspace_id,
        PostItemRow.account_id == account_id,
        PostItemRow.state.in_(_PLANNED),
        PostItemRow.scheduled_at >= after,
    )


async def connected_by(session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId) -> str | None:
    """The actor who connected the account last."""
    return await session.scalar(connecting(workspace_id, account_id))


def connecting(workspace_id: WorkspaceId, account_id: AccountId) -> Select[str]:
    """The query of `connected_by`: among all that ever happened, by an index of its own."""
    return (
        select(AuditEventRow.actor)
        .where(
            literal_column("event = 'account_connected'"),
            AuditEventRow.account_id == account_id,
            AuditEventRow.workspace_id == workspace_id,
        )
        .order_by(AuditEventRow.at.desc(), AuditEventRow.id.desc())
        .limit(1)
    )


async def claim_check(session: AsyncSession, account_id: AccountId, *, checked_before: datetime) -> bool:
    """Become the one who asks the platform about an account that nobody asked about since then. Machinery."""
    claimed = await session.execute(
        update(AccountRow)
        .where(
            AccountRow.id == account_id,
            AccountRow.disconnected_at.is_(None),
            or_(AccountRow.checked_at.is_(None), AccountRow.checked_at <= checked_before),
        )
        .values(checked_at=clock.now())
        .returning(AccountRow.id)
        .execution_options(synchronize_session=False)
    )
    return claimed.first() is not None
