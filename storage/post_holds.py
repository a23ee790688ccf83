"""Holds of single posts, and what they do to the queue.

What waits of a held post has no `claim_at` and no `missed_after`: like a thread's part whose parent is not published it
stands in no index of the queue, so a hold costs the claim nothing and nothing is late while it lasts. A hold takes both
from what waits at that moment. Whatever else brings an item of a held post into the queue, an answer that nothing was
sent, an edit, another try, asks `keep_held` in the same transaction and after it has the row: either it sees the hold,
or the hold, which locks all items of its post, sees the row. So does the release.
"""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Select, Table, Update, bindparam, exists, null, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.holds import Hold
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.publication import State
from storage.conditions import ITEMS, in_state, still
from storage.tables import PostRow

_c = ITEMS.c
_posts = cast("Table", PostRow.__table__)
_p = _posts.c


async def lock(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> None:
    """Until the transaction ends nobody else holds, releases or edits this post."""
    its_row = select(_p.id).where(_p.workspace_id == workspace_id, _p.id == post_id)
    await session.execute(its_row.with_for_update(key_share=True))


async def set_hold(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, hold: Hold) -> None:
    """Put the post on hold."""
    await session.execute(
        update(_posts)
        .where(_p.workspace_id == workspace_id, _p.id == post_id)
        .values(held_since=hold.since, held_until=hold.until, held_by=hold.by, hold_reason=hold.reason)
    )


async def end_hold(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> bool:
    """End the post's hold, if there is one; what waits of it stays out of the queue. Compare and set."""
    changed = await session.execute(
        update(_posts)
        .where(_p.workspace_id == workspace_id, _p.id == post_id, _p.held_since.is_not(None))
        .values(held_since=None, held_until=None, held_by=None, hold_reason=None)
        .returning(_p.id)
    )
    return changed.first() is not None


async def ended(session: AsyncSession, *, now: datetime) -> list[tuple[WorkspaceId, PostId]]:
    """The holds whose time is over, of all workspaces. Machinery."""
    return [(WorkspaceId(row.workspace_id), PostId(row.id)) for row in await session.execute(over(now))]


def over(now: datetime) -> Select[str, str]:
    """The query of `ended`."""
    return select(_p.workspace_id, _p.id).where(_p.held_until <= now).order_by(_p.held_until, _p.id)


async def keep_held(session: AsyncSession, *which: ColumnElement[bool]) -> None:
    """Take those of these items that wait, and whose post is on hold, out of the queue. Machinery.

    Their rows must be locked, by the change that brought them there: see above.
    """
    await session.execute(keeping(*which))


def keeping(*which: ColumnElement[bool]) -> Update:
    """The statement. What is out of the queue already stays as it is."""
    on_hold = exists().where(_p.id == _c.post_id, _p.held_since.is_not(None))
    return (
        update(ITEMS)
        .where(*which, still(in_state(State.SCHEDULED), _c.claim_at.is_not(None)), on_hold)
        .values(held_missed_after=_c.missed_after, missed_after=null(), claim_at=null())
    )


def of_post(workspace_id: WorkspaceId, post_id: PostId) -> tuple[ColumnElement[bool], ...]:
    """For `keep_held`: all of one post."""
    return _c.workspace_id == workspace_id, _c.post_id == post_id


async def put_back(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> None:
    """Bring what waits of a post whose hold is over into the queue, for its time. Later parts wait for theirs.

    All its items must be locked: what somebody takes out this moment, for the hold he still saw, is not seen before.
    """
    rows = await session.execute(
        select(_c.id, _c.due_at, _c.lead_s, _c.held_missed_after)
        .where(*of_post(workspace_id, post_id), in_state(State.SCHEDULED), _c.claim_at.is_(None))
        .where(_c.due_at.is_not(None), _c.held_missed_after.is_not(None))
        .order_by(_c.id)
        .with_for_update()
    )
    back = [
        {
            "b_id": row.id,
            "b_workspace_id": workspace_id,
            "b_claim_at": row.due_at - timedelta(seconds=row.lead_s),
            "b_missed_after": row.held_missed_after,
        }
        for row in rows
    ]
    if back:
        connection = await session.connection()
        await connection.execute(_PUT_BACK, back)


_PUT_BACK = (
    update(ITEMS)
    .where(_c.id == bindparam("b_id"), _c.workspace_id == bindparam("b_workspace_id"))
    .where(_c.state == State.SCHEDULED.value)
    .values(
        claim_at=bindparam("b_claim_at", type_=_c.claim_at.type),
        missed_after=bindparam("b_missed_after", type_=_c.missed_after.type),
        held_missed_after=None,
    )
)
