"""Brands: the partitions of a workspace."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import BrandId, WorkspaceId
from storage.ids import new_id
from storage.tables import BrandRow

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
    """While set, nothing of it is sent."""
    hold_reason: str | None
    created_at: datetime


async def create_brand(  # noqa: PLR0913  # the columns a person chooses, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    name: str,
    *,
    timezone: str,
    channel: str | None = None,
    grace: timedelta = DEFAULT_GRACE,
) -> Brand:
    """Make a brand. Raises Conflict when the workspace has one of that name."""
    row = BrandRow(
        id=new_id("brand"),
        workspace_id=workspace_id,
        name=name,
        timezone=timezone,
        channel=channel,
        grace_s=round(grace.total_seconds()),
        created_at=clock.now(),
    )
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        if await _found(session, workspace_id, BrandRow.name == name) is None:
            raise
        raise Conflict(f"This workspace already has a brand named {name}.", field="name") from None
    return _brand(row)


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


async def hold_brand(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, *, reason: str | None
) -> Brand:
    """Stop sending for the brand; the first hold's time stays. Raises NotFound."""
    brand = await get_brand(session, workspace_id, brand_id)
    return await _set_hold(session, brand, since=brand.held_since or clock.now(), reason=reason)


async def resume_brand(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> Brand:
    """Send again for the brand. Raises NotFound."""
    return await _set_hold(session, await get_brand(session, workspace_id, brand_id), since=None, reason=None)


async def _set_hold(session: AsyncSession, brand: Brand, *, since: datetime | None, reason: str | None) -> Brand:
    await session.execute(update(BrandRow).where(BrandRow.id == brand.id).values(held_since=since, hold_reason=reason))
    return await get_brand(session, brand.workspace_id, brand.id)


async def _found(session: AsyncSession, workspace_id: WorkspaceId, condition: ColumnElement[bool]) -> BrandRow | None:
    query = select(BrandRow).where(BrandRow.workspace_id == workspace_id, condition)
    return await session.scalar(query.order_by(BrandRow.id).limit(1))


def _brand(row: BrandRow) -> Brand:
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
    )
