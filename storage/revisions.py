"""A post written anew: its content replaced, its items given new versions. Part of one transaction of an edit.

`claim_revision` comes first and decides who of several editors is next. Items are then locked and changed by compare
and set: a worker that has claimed one meets another version when it wants to arm, and sends nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, ItemId, PostId, WorkspaceId
from bot.domain.posts import NewItem, NewPost, Place
from bot.domain.publication import Event, State, move
from storage import post_holds, posts
from storage.tables import (
    ApprovalRow,
    ApprovalVoteRow,
    AttemptRow,
    CardRow,
    ItemMaterialRow,
    PostItemRow,
    PostMediaRow,
    PostPartRow,
    PostRow,
    PostVariantRow,
    RepeatRow,
    UnplacedItemRow,
)

_ITEMS = cast("Table", PostItemRow.__table__)
_c = _ITEMS.c
_OF_A_POST = (
    *(ApprovalVoteRow, ApprovalRow, CardRow, PostPartRow, PostVariantRow, PostMediaRow, UnplacedItemRow),
    RepeatRow,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An item as an edit finds it, locked until the transaction ends."""

    item_id: ItemId
    account_id: AccountId
    platform: str
    post_type: str
    kind: str
    part: int
    state: State
    version: int
    attempt: int

    @property
    def place(self) -> Place:
        """Where it goes."""
        return Place(account_id=self.account_id, kind=self.kind)


async def claim_revision(  # noqa: PLR0913  # which post, and who changes it when
    session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, *, version: int, by: str, at: datetime
) -> bool:
    """Make the post's next version ours, if `version` is its last. Others wait until the transaction ends.

    A deleted post has none.
    """
    whose = (PostRow.workspace_id == workspace_id, PostRow.id == post_id, PostRow.deleted_at.is_(None))
    changed = await session.execute(
        update(PostRow)
        .where(*whose, PostRow.version == version)
        .values(version=version + 1, edited_by=by, edited_at=at)
    )
    return cast("CursorResult[tuple[()]]", changed).rowcount == 1


async def lock_items(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> list[OpenItem]:
    """The post's items as they are now, and stay until the transaction ends."""
    rows = await session.execute(
        select(_c.id, _c.account_id, _c.platform, _c.post_type, _c.kind, _c.part, _c.state, _c.version, _c.attempt)
        .where(_c.workspace_id == workspace_id, _c.post_id == post_id)
        .order_by(_c.id)
        .with_for_update()
    )
    return [
        OpenItem(
            item_id=ItemId(row.id),
            account_id=AccountId(row.account_id),
            platform=row.platform,
            post_type=row.post_type,
            kind=row.kind,
            part=row.part,
            state=State(row.state),
            version=row.version,
            attempt=row.attempt,
        )
        for row in rows
    ]


async def replace_content(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, new: NewPost) -> None:
    """Put what `new` says in the place of the post's texts, files, settings and time.

    What somebody said of the old ones is void.
    """
    await session.execute(
        update(PostRow)
        .where(PostRow.workspace_id == workspace_id, PostRow.id == post_id)
        .values(
            scheduled_at=new.scheduled_at,
            wall_time=new.wall_time,
            zone=new.zone,
            link=new.link,
            approver=new.approver,
            options={variant: dict(options) for variant, options in new.options.items()},
            review=None,
            media_for=posts.stored_choice(new),
        )
    )
    for table in (PostPartRow, PostVariantRow, PostMediaRow):
        await session.execute(delete(table).where(table.workspace_id == workspace_id, table.post_id == post_id))
    await posts.write_content(session, workspace_id, post_id, new)


async def renew_item(
    session: AsyncSession, workspace_id: WorkspaceId, item: OpenItem, new: NewItem, event: Event
) -> bool:
    """Give an item its next version, in the state the event leads to. Compare and set: False when it moved on.

    What was prepared for the version before is forgotten, and a worker that holds it loses it.
    """
    return await _renew(session, workspace_id, item, new, move(item.state, event).to)


async def revive_item(session: AsyncSession, workspace_id: WorkspaceId, item: OpenItem, new: NewItem) -> bool:
    """Put a new item in the place of one that was cancelled before it was ever tried; it keeps the id.

    Compare and set: False when it moved on, or was tried, so that nobody knows without its journal what became of it.
    """
    if item.state is not State.CANCELLED or item.attempt:
        return False
    return await _renew(session, workspace_id, item, new, new.state)


async def _renew(session: AsyncSession, workspace_id: WorkspaceId, item: OpenItem, new: NewItem, state: State) -> bool:
    changed = await session.execute(
        update(_ITEMS)
        .where(*_unchanged(workspace_id, item))
        .values(
            state=state.value,
            version=item.version + 1,
            key=new.key,
            key_at=new.key_at,
            scheduled_at=new.scheduled_at,
            due_at=new.due_at,
            claim_at=new.claim_at,
            missed_after=new.missed_after,
            lead_s=new.lead_s,
            post_type=new.post_type,
            kind=new.kind,
            tries=0,
            looks=0,
            worker_id=None,
            claimed_at=None,
            first_armed_at=None,
            armed_at=None,
            check_at=None,
            asked_at=None,
            error_class=None,
            error_message=None,
        )
        .returning(_c.id)
    )
    if changed.first() is None:
        return False
    await post_holds.keep_held(session, _c.id == item.item_id)
    await _forget_material(session, workspace_id, [item.item_id])
    return True


async def remove_item(session: AsyncSession, workspace_id: WorkspaceId, item: OpenItem) -> bool:
    """Take an item out of the post: one never tried is gone, another stays as cancelled. Compare and set."""
    to = move(item.state, Event.CANCEL).to
    unchanged = _unchanged(workspace_id, item)
    changed = await session.execute(
        update(_ITEMS)
        .where(*unchanged)
        .values(state=to.value, version=item.version + 1, worker_id=None, claimed_at=None, check_at=None)
        .returning(_c.id)
    )
    if changed.first() is None:
        return False
    if not item.attempt:
        await forget_item(session, workspace_id, item.item_id)
    return True


async def forget_item(session: AsyncSession, workspace_id: WorkspaceId, item_id: ItemId) -> None:
    """Delete a cancelled item that was never tried. One that was is left alone: its journal is kept for good."""
    await _forget_material(session, workspace_id, [item_id])
    tried = select(AttemptRow.item_id).where(AttemptRow.item_id == item_id)
    await session.execute(
        delete(_ITEMS).where(
            _c.workspace_id == workspace_id,
            _c.id == item_id,
            _c.state == State.CANCELLED.value,
            _c.attempt == 0,
            ~tried.exists(),
        )
    )


async def delete_post(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> None:
    """Delete a draft without items, and with it the card it may have had as more than a draft."""
    for table in _OF_A_POST:
        await session.execute(delete(table).where(table.workspace_id == workspace_id, table.post_id == post_id))
    await session.execute(delete(PostRow).where(PostRow.workspace_id == workspace_id, PostRow.id == post_id))


def _unchanged(workspace_id: WorkspaceId, item: OpenItem) -> Sequence[ColumnElement[bool]]:
    return (
        _c.workspace_id == workspace_id,
        _c.id == item.item_id,
        _c.state == item.state.value,
        _c.version == item.version,
        _c.attempt == item.attempt,
    )


async def _forget_material(session: AsyncSession, workspace_id: WorkspaceId, item_ids: Sequence[ItemId]) -> None:
    await session.execute(
        delete(ItemMaterialRow).where(
            ItemMaterialRow.workspace_id == workspace_id, ItemMaterialRow.item_id.in_(item_ids)
        )
    )
