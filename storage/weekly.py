"""The weekly slots of a brand, and which instants are taken."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.domain.publication import State
from bot.domain.weekly import WeeklySlot
from storage.brands import get_brand
from storage.tables import BrandSlotRow, PostItemRow, PostRow

_NOT_THERE = [State.DRAFT.value, State.CANCELLED.value, State.FAILED.value, State.MISSED.value]
"""Items that take no slot: nothing goes out at their time."""


async def slots_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> tuple[WeeklySlot, ...]:
    """The slots somebody set, in the order of the week; none if nobody did."""
    rows = await session.scalars(
        select(BrandSlotRow)
        .where(BrandSlotRow.workspace_id == workspace_id, BrandSlotRow.brand_id == brand_id)
        .order_by(BrandSlotRow.weekday, BrandSlotRow.minute)
    )
    return tuple(WeeklySlot(row.weekday, row.minute) for row in rows)


async def set_slots(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, slots: Collection[WeeklySlot]
) -> None:
    """Have exactly these slots. Raises NotFound."""
    brand = await get_brand(session, workspace_id, brand_id)
    await session.execute(delete(BrandSlotRow).where(BrandSlotRow.brand_id == brand.id))
    rows = [
        {"brand_id": brand.id, "weekday": slot.weekday, "minute": slot.minute, "workspace_id": workspace_id}
        for slot in sorted(set(slots))
    ]
    if rows:
        await session.execute(insert(BrandSlotRow), rows)


async def taken(  # whose, for whom, which
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    instants: Sequence[datetime],
    *,
    accounts: Collection[AccountId] = (),
) -> set[datetime]:
    """Those of the instants at which a post of the brand goes to one of these accounts, or to any if none is named."""
    query = (
        select(PostRow.scheduled_at)
        .join(PostItemRow, PostItemRow.post_id == PostRow.id)
        .where(
            PostRow.workspace_id == workspace_id,
            PostRow.brand_id == brand_id,
            PostRow.scheduled_at.in_(instants),
            PostItemRow.state.not_in(_NOT_THERE),
        )
        .distinct()
    )
    if accounts:
        query = query.where(PostItemRow.account_id.in_(sorted(accounts)))
    return {at for at in await session.scalars(query) if at is not None}
