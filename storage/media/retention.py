"""Which stored files nothing needs any more. Machinery, like the queue: it goes through all workspaces.

The bytes go in two steps, some time apart: first the row says that they will, then they do. A post that takes the file
between the two calls it off, and one that comes after is told that the file is missing, so none is ever without.
The row stays: it has the numbers.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.publication import State
from storage.tables import MediaRow, PostItemRow, PostMediaRow

_OVER = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED})
"""States in which an item needs its files only because somebody may still look, retry or duplicate."""


async def announce_leaving(session: AsyncSession, *, unused_since: datetime, leaves_at: datetime, limit: int) -> int:
    """Say of up to `limit` files that nothing has needed since then when their bytes will go; returns how many."""
    last_used = func.coalesce(MediaRow.used_at, MediaRow.created_at)
    found = (
        select(MediaRow.id)
        .where(
            MediaRow.purged_at.is_(None),
            MediaRow.leaves_at.is_(None),
            MediaRow.created_at < unused_since,
            last_used < unused_since,
            ~_needed(unused_since),
        )
        .order_by(MediaRow.created_at)
        .limit(limit)
    )
    marked = await session.execute(
        update(MediaRow)
        .where(MediaRow.id.in_(found))
        .values(leaves_at=leaves_at)
        .returning(MediaRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(marked.all())


def _needed(unused_since: datetime) -> ColumnElement[bool]:
    """Whether a draft, an item that is still to go out, or one that ended later than that has the file."""
    ended_at = func.coalesce(PostItemRow.published_at, PostItemRow.missed_after, PostItemRow.created_at)
    return exists(
        select(PostMediaRow.media_id)
        .outerjoin(PostItemRow, PostItemRow.post_id == PostMediaRow.post_id)
        .where(
            PostMediaRow.media_id == MediaRow.id,
            or_(
                PostItemRow.id.is_(None),
                PostItemRow.state.not_in([state.value for state in _OVER]),
                ended_at >= unused_since,
            ),
        )
    )


async def let_go(session: AsyncSession, *, unused_since: datetime, now: datetime, limit: int) -> Sequence[str]:
    """Say of up to `limit` files whose time has come that their bytes are gone; returns the hashes nobody else has.

    One that is needed again stays.
    """
    await session.execute(
        update(MediaRow)
        .where(MediaRow.purged_at.is_(None), MediaRow.leaves_at <= now, _needed(unused_since))
        .values(leaves_at=None)
        .execution_options(synchronize_session=False)
    )
    due = (
        select(MediaRow.id)
        .where(MediaRow.purged_at.is_(None), MediaRow.leaves_at.is_not(None), MediaRow.leaves_at <= now)
        .order_by(MediaRow.leaves_at)
        .limit(limit)
    )
    gone = await session.scalars(
        update(MediaRow)
        .where(MediaRow.id.in_(due), MediaRow.leaves_at <= now)
        .values(purged_at=now, leaves_at=None)
        .returning(MediaRow.sha256)
        .execution_options(synchronize_session=False)
    )
    hashes = set(gone)
    held = await session.scalars(
        select(MediaRow.sha256).where(MediaRow.sha256.in_(hashes), MediaRow.purged_at.is_(None))
    )
    return sorted(hashes - set(held))
