"""Plans on a workspace's calendar, kept for programs; they publish nothing by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.domain.ids import WorkspaceId
from storage.tables import CalendarEntryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A plan. Its time is that of clocks in the brand's zone, `HH:MM`; None: the whole day."""

    id: str
    title: str
    description: str | None
    scheduled_date: date
    scheduled_time: str | None
    platforms: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


async def add_entry(session: AsyncSession, workspace_id: WorkspaceId, entry: Entry) -> None:
    """Keep a new plan. One with its id that is there already stays as it is."""
    query = select(CalendarEntryRow.id).where(
        CalendarEntryRow.id == entry.id, CalendarEntryRow.workspace_id == workspace_id
    )
    if await session.scalar(query) is None:
        values = {"id": entry.id, "workspace_id": workspace_id, "created_at": entry.created_at, **_values(entry)}
        await session.execute(insert(CalendarEntryRow).values(values))


async def get_entry(session: AsyncSession, workspace_id: WorkspaceId, entry_id: str) -> Entry:
    """One plan. Raises NotFound."""
    query = select(CalendarEntryRow).where(
        CalendarEntryRow.workspace_id == workspace_id, CalendarEntryRow.id == entry_id
    )
    row = await session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound("There is no calendar entry with this id.")
    return _entry(row)


async def entries_between(session: AsyncSession, workspace_id: WorkspaceId, first: date, last: date) -> list[Entry]:
    """The plans of these days, both included, in their order."""
    rows = await session.scalars(
        select(CalendarEntryRow)
        .where(
            CalendarEntryRow.workspace_id == workspace_id,
            CalendarEntryRow.scheduled_date >= first.isoformat(),
            CalendarEntryRow.scheduled_date <= last.isoformat(),
        )
        .order_by(CalendarEntryRow.scheduled_date, CalendarEntryRow.id)
    )
    return sorted(map(_entry, rows), key=lambda entry: (entry.scheduled_date, entry.scheduled_time or "", entry.id))


async def write_entry(session: AsyncSession, workspace_id: WorkspaceId, entry: Entry) -> None:
    """Put it in the place of the plan with its id."""
    await session.execute(
        update(CalendarEntryRow)
        .where(CalendarEntryRow.workspace_id == workspace_id, CalendarEntryRow.id == entry.id)
        .values(_values(entry))
        .execution_options(synchronize_session=False)
    )


async def delete_entry(session: AsyncSession, workspace_id: WorkspaceId, entry_id: str) -> None:
    """Drop a plan. Raises NotFound."""
    gone = await session.execute(
        delete(CalendarEntryRow)
        .where(CalendarEntryRow.workspace_id == workspace_id, CalendarEntryRow.id == entry_id)
        .returning(CalendarEntryRow.id)
        .execution_options(synchronize_session=False)
    )
    if gone.first() is None:
        raise NotFound("There is no calendar entry with this id.")


def _values(entry: Entry) -> Mapping[str, Any]:
    return {
        "title": entry.title,
        "description": entry.description,
        "scheduled_date": entry.scheduled_date.isoformat(),
        "scheduled_time": entry.scheduled_time,
        "platforms": [*entry.platforms],
        "updated_at": entry.updated_at,
    }


def _entry(row: CalendarEntryRow) -> Entry:
    return Entry(
        id=row.id,
        title=row.title,
        description=row.description,
        scheduled_date=date.fromisoformat(row.scheduled_date),
        scheduled_time=row.scheduled_time,
        platforms=tuple(row.platforms),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
