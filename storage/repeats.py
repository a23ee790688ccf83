"""Posts that come again: one row for each series, which goes from each post of it to the next.

That it goes on only from the post it stands at is what makes each next one once, whoever makes it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import PostId, WorkspaceId
from bot.domain.repeats import Every, Pattern, Repeat
from storage.statements import upsert
from storage.tables import PostRow, RepeatRow

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A series as it stands. Without a pattern its post had no time yet when it was begun."""

    workspace_id: WorkspaceId
    post_id: PostId
    """The latest of it."""
    repeat: Repeat
    pattern: Pattern | None
    turn: date | None
    """The day whose turn the latest is, wherever it was moved to."""
    problem: str | None
    """Why the next one cannot be planned, as it was told."""


async def begin(
    session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, repeat: Repeat, pattern: Pattern | None
) -> None:
    """Have this post come again, or otherwise than it did."""
    values = {
        "workspace_id": workspace_id,
        "every": repeat.every.value,
        "until": repeat.until.isoformat(),
        "zone": pattern.zone if pattern is not None else None,
        "time": pattern.time.isoformat() if pattern is not None else None,
        "first": pattern.first.isoformat() if pattern is not None else None,
        "turn": pattern.first.isoformat() if pattern is not None else None,
        "problem": None,
    }
    statement = upsert(session, RepeatRow).values(post_id=post_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["post_id"], set_=values))


async def end(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> bool:
    """Have this post come again no more. False when its series is not there, or has gone on already."""
    ended = await session.execute(
        delete(RepeatRow).where(RepeatRow.workspace_id == workspace_id, RepeatRow.post_id == post_id)
    )
    return cast("CursorResult[tuple[()]]", ended).rowcount == 1


async def go_on(  # noqa: PLR0913  # from which post to which, and how it goes on there
    session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, *, to: PostId, pattern: Pattern, turn: date
) -> bool:
    """Go from a series' latest post to its next. Of several who do it for the same post, one is told True."""
    moved = await session.execute(
        update(RepeatRow)
        .where(RepeatRow.workspace_id == workspace_id, RepeatRow.post_id == post_id)
        .values(
            post_id=to,
            zone=pattern.zone,
            time=pattern.time.isoformat(),
            first=pattern.first.isoformat(),
            turn=turn.isoformat(),
            problem=None,
        )
    )
    return cast("CursorResult[tuple[()]]", moved).rowcount == 1


async def stand_still(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, problem: str) -> bool:
    """Keep why a series cannot go on. Of several who find the same, one is told True."""
    told = await session.execute(
        update(RepeatRow)
        .where(RepeatRow.workspace_id == workspace_id, RepeatRow.post_id == post_id)
        .where(RepeatRow.problem.is_distinct_from(problem))
        .values(problem=problem)
    )
    return cast("CursorResult[tuple[()]]", told).rowcount == 1


async def of_post(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> Series | None:
    """The series whose latest post this is."""
    row = await session.scalar(
        select(RepeatRow).where(RepeatRow.workspace_id == workspace_id, RepeatRow.post_id == post_id)
    )
    return _series(row) if row is not None else None


async def due(session: AsyncSession, *, now: datetime) -> Sequence[Series]:
    """The series whose latest post has had its second, or was to have it, and is not on hold. Machinery.

    One that cannot be read, of a version to come, is left out.
    """
    rows = await session.scalars(
        select(RepeatRow)
        .join(PostRow, PostRow.id == RepeatRow.post_id)
        .where(PostRow.scheduled_at <= now, PostRow.held_since.is_(None))
        .order_by(PostRow.scheduled_at, RepeatRow.post_id)
    )
    found: list[Series] = []
    for row in rows:
        try:
            found.append(_series(row))
        except ValueError:
            _log.exception("series cannot be read", extra={"post_id": row.post_id})
    return found


def _series(row: RepeatRow) -> Series:
    pattern = None
    if row.first is not None and row.time is not None and row.zone is not None:
        pattern = Pattern(first=date.fromisoformat(row.first), time=time.fromisoformat(row.time), zone=row.zone)
    return Series(
        workspace_id=WorkspaceId(row.workspace_id),
        post_id=PostId(row.post_id),
        repeat=Repeat(every=Every(row.every), until=date.fromisoformat(row.until)),
        pattern=pattern,
        turn=date.fromisoformat(row.turn) if row.turn is not None else None,
        problem=row.problem,
    )
