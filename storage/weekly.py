"""The weekly slots of a brand, and which instants are taken."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Select, String, bindparam, delete, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.domain.publication import State
from bot.domain.weekly import WeeklySlot
from storage.brands import get_brand
from storage.given import Given, dialect_of
from storage.tables import BrandRow, BrandSlotRow, PostItemRow, PostRow, UtcDateTime

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


async def lock(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> None:
    """Until the transaction ends nobody else finds out which slot of the brand is free in order to take it."""
    its_row = select(BrandRow.id).where(BrandRow.workspace_id == workspace_id, BrandRow.id == brand_id)
    await session.execute(its_row.with_for_update(key_share=True))


async def slots_of_all(session: AsyncSession, workspace_id: WorkspaceId) -> dict[BrandId, tuple[WeeklySlot, ...]]:
    """The slots that somebody set, of every brand of the workspace that has any."""
    rows = await session.scalars(
        select(BrandSlotRow)
        .where(BrandSlotRow.workspace_id == workspace_id)
        .order_by(BrandSlotRow.brand_id, BrandSlotRow.weekday, BrandSlotRow.minute)
    )
    found: dict[BrandId, tuple[WeeklySlot, ...]] = {}
    for row in rows:
        brand_id = BrandId(row.brand_id)
        found[brand_id] = (*found.get(brand_id, ()), WeeklySlot(row.weekday, row.minute))
    return found


async def taken(  # whose, for whom, which
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    instants: Sequence[datetime],
    *,
    accounts: Collection[AccountId] = (),
) -> set[datetime]:
    """Those of the instants at which a post of the brand goes to one of these accounts, or to any if none is named."""
    found = await taken_of_each(session, workspace_id, {brand_id: instants}, accounts=accounts)
    return {at for _, at in found}


async def taken_of_each(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    instants: Mapping[BrandId, Sequence[datetime]],
    *,
    accounts: Collection[AccountId] = (),
) -> set[tuple[BrandId, datetime]]:
    """The same of several brands, each with its own instants, in one query."""
    dialect = dialect_of(session)
    rows = [{"brand_id": brand_id, "at": at} for brand_id, all_of_it in instants.items() for at in all_of_it]
    named = {"accounts": sorted(accounts)} if accounts else {}
    query = taking(dialect, of_accounts=bool(accounts))
    found = await session.execute(query, {**SLOTS.values(dialect, rows), **named, "whose": workspace_id})
    return {(BrandId(row.brand_id), row.at) for row in found}


SLOTS = Given("slots", brand_id=String(), at=UtcDateTime())


@cache
def taking(dialect: str, *, of_accounts: bool) -> Select[str, datetime]:
    """Which of `SLOTS` are taken. For each the first post that takes it is enough, however many there are."""
    slot = SLOTS.rows(dialect).c
    takes = (
        select(literal(1))
        .select_from(PostRow)
        .join(PostItemRow, PostItemRow.post_id == PostRow.id)
        .where(
            PostRow.brand_id == slot.brand_id,
            PostRow.scheduled_at == slot.at,
            PostRow.workspace_id.concat("") == bindparam("whose"),
            PostItemRow.state.not_in(_NOT_THERE),
        )
        .limit(1)
    )
    if of_accounts:
        takes = takes.where(PostItemRow.account_id.in_(bindparam("accounts", expanding=True)))
    return select(slot.brand_id, slot.at).where(takes.scalar_subquery().is_not(None))
