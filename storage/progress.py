"""How far the items of a post are, in more detail than a post's view: for its card."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import Health
from bot.domain.ids import ItemId, PostId, WorkspaceId
from storage.tables import AccountRow, ItemMaterialRow, PostItemRow

_ITS_OWN = and_(ItemMaterialRow.item_id == PostItemRow.id, ItemMaterialRow.version == PostItemRow.version)
"""What was made for an older version is of no use to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """An item's clocks and its account's."""

    due_at: datetime | None
    """When it is sent next: later than planned while it waits for a network."""
    claim_at: datetime | None
    key_at: datetime
    """Its planned second."""
    tries: int
    armed_at: datetime | None
    """When it may have been sent last."""
    handle: Mapping[str, object] | None
    """What its network named it by when it took it."""
    check_at: datetime | None
    """The next look; None when Herald no longer looks."""
    looks: int
    asked_at: datetime | None
    """Since when a human is asked."""
    service_url: str
    account_health: Health
    account_connected_at: datetime
    account_gone_at: datetime | None


async def progress_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> dict[ItemId, Progress]:
    """The progress of each item of a post; empty for a post that is not the workspace's."""
    rows = await session.execute(
        select(PostItemRow, AccountRow, ItemMaterialRow.handle)
        .join(AccountRow, AccountRow.id == PostItemRow.account_id)
        .outerjoin(ItemMaterialRow, _ITS_OWN)
        .where(PostItemRow.workspace_id == workspace_id, PostItemRow.post_id == post_id)
    )
    return {
        ItemId(item.id): Progress(
            due_at=item.due_at,
            claim_at=item.claim_at,
            key_at=item.key_at,
            tries=item.tries,
            armed_at=item.armed_at,
            handle=handle,
            check_at=item.check_at,
            looks=item.looks,
            asked_at=item.asked_at,
            service_url=account.service_url,
            account_health=Health(account.health),
            account_connected_at=account.connected_at,
            account_gone_at=account.disconnected_at,
        )
        for item, account, handle in rows
    }
