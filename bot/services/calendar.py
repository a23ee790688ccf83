"""A workspace's calendar of plans: programs keep it, and nothing is published from it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from bot import clock
from bot.domain.errors import invalid
from bot.domain.ids import WorkspaceId
from bot.services.deps import Deps
from storage import calendar
from storage.calendar import Entry

__all__ = ["Entry", "add", "between", "change", "delete", "get"]

LONGEST_DAYS = 366


async def add(  # noqa: PLR0913  # what a plan has, by name
    deps: Deps,
    workspace_id: WorkspaceId,
    *,
    entry_id: str,
    title: str,
    description: str | None,
    scheduled_date: date,
    scheduled_time: str | None,
    platforms: tuple[str, ...],
) -> Entry:
    """Keep a plan; the same id again is the same plan."""
    now = clock.now()
    entry = Entry(
        id=entry_id,
        title=title,
        description=description,
        scheduled_date=scheduled_date,
        scheduled_time=scheduled_time,
        platforms=platforms,
        created_at=now,
        updated_at=now,
    )
    async with deps.database.transaction() as session:
        await calendar.add_entry(session, workspace_id, entry)
        return await calendar.get_entry(session, workspace_id, entry.id)


async def get(deps: Deps, workspace_id: WorkspaceId, entry_id: str) -> Entry:
    """One plan. Raises NotFound."""
    async with deps.database.reading() as session:
        return await calendar.get_entry(session, workspace_id, entry_id)


async def between(deps: Deps, workspace_id: WorkspaceId, first: date, last: date) -> list[Entry]:
    """The plans of these days, both included. Raises InvalidContent for more than a year."""
    if last < first:
        raise invalid("end_date", "end_date is before start_date.")
    if (last - first).days >= LONGEST_DAYS:
        raise invalid("end_date", f"At most {LONGEST_DAYS} days can be read at once.")
    async with deps.database.reading() as session:
        return await calendar.entries_between(session, workspace_id, first, last)


async def change(deps: Deps, workspace_id: WorkspaceId, entry_id: str, given: Mapping[str, Any]) -> Entry:
    """Change what is given of a plan, by the names `Entry` has. Raises NotFound."""
    async with deps.database.transaction() as session:
        before = await calendar.get_entry(session, workspace_id, entry_id)
        after = replace(before, **given, updated_at=clock.now())
        await calendar.write_entry(session, workspace_id, after)
    return after


async def delete(deps: Deps, workspace_id: WorkspaceId, entry_id: str) -> None:
    """Drop a plan. Raises NotFound."""
    async with deps.database.transaction() as session:
        await calendar.delete_entry(session, workspace_id, entry_id)
