"""The accounts that one integration leads to: when they were connected, and when it was last heard of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import Account
from bot.domain.ids import BrandId, WorkspaceId
from storage.accounts import account_of
from storage.tables import AccountRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A connected account. `checked_at` is when its platform last let us in, or did not."""

    account: Account
    connected_at: datetime
    checked_at: datetime | None


async def linked_accounts(
    session: AsyncSession, workspace_id: WorkspaceId, *, platform: str | None = None, brand_id: BrandId | None = None
) -> list[Linked]:
    """The connected accounts of a platform, or all, in the workspace or one of its brands; the newest last."""
    query = select(AccountRow).where(AccountRow.workspace_id == workspace_id, AccountRow.disconnected_at.is_(None))
    if platform is not None:
        query = query.where(AccountRow.platform == platform)
    if brand_id is not None:
        query = query.where(AccountRow.brand_id == brand_id)
    rows = await session.scalars(query.order_by(AccountRow.connected_at, AccountRow.platform_account_id))
    return [Linked(account=account_of(row), connected_at=row.connected_at, checked_at=row.checked_at) for row in rows]
