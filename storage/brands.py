"""Brands: the partitions of a workspace."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.approvals import Rule
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import BrandId, WorkspaceId
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import BrandApproverRow, BrandManagerRow, BrandRow, WorkspaceRow

DEFAULT_GRACE = timedelta(minutes=15)
"""How late a post may be sent before somebody is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A partition of a workspace: own accounts, own channel, own time zone."""

    id: BrandId
    workspace_id: WorkspaceId
    name: str
    timezone: str
    """An IANA name."""
    channel: str | None
    """Where its notices go."""
    grace: timedelta
    held_since: datetime | None
    """While set, nothing of it is sent: storage/holds.py."""
    hold_reason: str | None
    created_at: datetime
    approvals: Rule = Rule.NONE
    """Whose word its posts need: storage/approvals.py."""


async def create_brand(  # noqa: PLR0913  # the columns a person chooses, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    name: str,
    *,
    timezone: str,
    channel: str | None = None,
    grace: timedelta = DEFAULT_GRACE,
) -> Brand:
    """Make a brand. Raises Conflict when the workspace has one of that name, or the channel is another brand's."""
    if channel is not None:
        await _refuse_taken_channel(session, workspace_id, channel)
    row = BrandRow(
        id=new_id("brand"),
        workspace_id=workspace_id,
        name=name,
        timezone=timezone,
        channel=channel,
        grace_s=round(grace.total_seconds()),
        created_at=clock.now(),
        approval_rule=Rule.NONE.value,
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        if await _found(session, workspace_id, BrandRow.name == name) is None:
            raise
        raise Conflict(f"This workspace already has a brand named {name}.", field="name") from None
    return _brand(row)


async def change_brand(  # noqa: PLR0913  # the columns a person may change, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    *,
    name: str,
    timezone: str,
    channel: str | None,
    grace: timedelta,
) -> Brand:
    """Give a brand another name, zone, channel and grace. What is planned keeps the grace it has.

    Raises NotFound, and Conflict when the name is taken or the channel is another brand's.
    """
    brand = await get_brand(session, workspace_id, brand_id)
    if channel is not None and channel != brand.channel:
        await _refuse_taken_channel(session, workspace_id, channel)
    try:
        async with session.begin_nested():
            await session.execute(
                update(BrandRow)
                .where(BrandRow.id == brand.id)
                .values(name=name, timezone=timezone, channel=channel, grace_s=round(grace.total_seconds()))
                .execution_options(synchronize_session="fetch")
            )
    except IntegrityError:
        if await _found(session, workspace_id, BrandRow.name == name) is None:
            raise
        raise Conflict(f"This workspace already has a brand named {name}.", field="name") from None
    return await get_brand(session, workspace_id, brand.id)


_FIRST = (
    select(*BrandRow.__table__.columns)
    .where(BrandRow.workspace_id == bindparam("whose"))
    .order_by(BrandRow.id)
    .limit(1)
)
"""Made once: many calls of the API ask it."""


async def first_brand(session: AsyncSession, workspace_id: WorkspaceId) -> Brand | None:
    """The brand that was made first."""
    row = (await session.execute(_FIRST, {"whose": workspace_id})).first()
    return None if row is None else _brand(row)


async def _refuse_taken_channel(session: AsyncSession, workspace_id: WorkspaceId, channel: str) -> None:
    """Raise Conflict when a brand has the channel. Until the transaction ends nobody else gives one away here."""
    await session.execute(
        select(WorkspaceRow.id).where(WorkspaceRow.id == workspace_id).with_for_update(key_share=True)
    )
    owner = await brand_of_channel(session, workspace_id, channel)
    if owner is not None:
        raise Conflict(f"This channel is {owner.name}'s already. A channel belongs to one brand.", field="channel")


async def brand_of_channel(session: AsyncSession, workspace_id: WorkspaceId, channel: str) -> Brand | None:
    """The brand whose cards go to this channel, if there is one."""
    row = await _found(session, workspace_id, BrandRow.channel == channel)
    return _brand(row) if row is not None else None


async def managers_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> tuple[str, ...]:
    """The user ids of a brand's managers, in order. Raises NotFound."""
    brand = await get_brand(session, workspace_id, brand_id)
    query = select(BrandManagerRow.user_id).where(BrandManagerRow.brand_id == brand.id)
    return tuple(await session.scalars(query.order_by(BrandManagerRow.user_id)))


async def set_managers(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, user_ids: Collection[str], *, named_by: str
) -> None:
    """Have exactly these people manage the brand. Raises NotFound."""
    await set_people(session, workspace_id, brand_id, BrandManagerRow, user_ids, named_by=named_by)


async def set_people(  # noqa: PLR0913  # whose, as what, who, by whom
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    role: type[BrandManagerRow | BrandApproverRow],
    user_ids: Collection[str],
    *,
    named_by: str,
) -> None:
    """Have exactly these people be that for the brand; who stays keeps the entry there was. Raises NotFound."""
    brand = await get_brand(session, workspace_id, brand_id)
    wanted = sorted(set(user_ids))
    await session.execute(delete(role).where(role.brand_id == brand.id, role.user_id.not_in(wanted)))
    for user_id in wanted:
        statement = upsert(session, role).values(
            brand_id=brand.id, user_id=user_id, workspace_id=workspace_id, named_by=named_by, named_at=clock.now()
        )
        await session.execute(statement.on_conflict_do_nothing(index_elements=["brand_id", "user_id"]))


async def list_brands(session: AsyncSession, workspace_id: WorkspaceId) -> list[Brand]:
    """The workspace's brands by name."""
    query = select(BrandRow).where(BrandRow.workspace_id == workspace_id).order_by(BrandRow.name)
    return [_brand(row) for row in await session.scalars(query)]


async def get_brand(session: AsyncSession, workspace_id: WorkspaceId, id_or_name: str) -> Brand:
    """One brand by its id or name. Raises NotFound."""
    row = await _found(session, workspace_id, or_(BrandRow.id == id_or_name, BrandRow.name == id_or_name))
    if row is None:
        raise NotFound(f"There is no brand {id_or_name} in this workspace.", field="brand")
    return _brand(row)


async def _found(session: AsyncSession, workspace_id: WorkspaceId, condition: ColumnElement[bool]) -> BrandRow | None:
    query = select(BrandRow).where(BrandRow.workspace_id == workspace_id, condition)
    return await session.scalar(query.order_by(BrandRow.id).limit(1))


def _brand(row: BrandRow | Row[Any]) -> Brand:
    return Brand(
        id=BrandId(row.id),
        workspace_id=WorkspaceId(row.workspace_id),
        name=row.name,
        timezone=row.timezone,
        channel=row.channel,
        grace=timedelta(seconds=row.grace_s),
        held_since=row.held_since,
        hold_reason=row.hold_reason,
        created_at=row.created_at,
        approvals=Rule(row.approval_rule),
    )
