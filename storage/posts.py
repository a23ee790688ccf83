"""Posts and their items, from the side of the people who write them. The queue's side is storage/items.py."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, ItemId, PostId, WorkspaceId
from bot.domain.posts import NewItem, NewPost
from bot.domain.publication import State
from storage import post_holds
from storage.ids import new_id
from storage.post_views import get_post, list_posts, unknown
from storage.tables import (
    BrandRow,
    PostItemRow,
    PostMediaRow,
    PostPartRow,
    PostRow,
    PostVariantRow,
)

__all__ = [
    "asked_about",
    "change_states",
    "count_items",
    "get_post",
    "insert_items",
    "insert_post",
    "list_posts",
    "schedule_again",
    "workspace_of",
    "write_content",
]

CODE_LENGTH = 6
"""Characters of a post's code: a thousand million of them, so that two posts of a workspace hardly ever share one."""

_ITEMS = cast("Table", PostItemRow.__table__)
_NEW_POST, _NEW_PART, _NEW_VARIANT, _NEW_MEDIUM, _NEW_ITEM = (
    insert(cast("Table", kind.__table__)) for kind in (PostRow, PostPartRow, PostVariantRow, PostMediaRow, PostItemRow)
)
"""Made once, of tables and not of classes: building a statement costs more than running it."""


async def insert_post(session: AsyncSession, workspace_id: WorkspaceId, new: NewPost) -> PostId:
    """Write a post with its texts, media and items. Its media have rows already."""
    post_id = new.post_id or PostId(new_id("post"))
    await session.execute(_NEW_POST, _post_values(post_id, workspace_id, new))
    await write_content(session, workspace_id, post_id, new)
    await insert_items(session, workspace_id, post_id, new)
    return post_id


async def write_content(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, new: NewPost) -> None:
    """Write the texts and files of a post that has none yet."""
    common = {"post_id": post_id, "workspace_id": workspace_id}
    parts = [{**common, "part": part, "text": text} for part, text in enumerate(new.parts)]
    await session.execute(_NEW_PART, parts)
    if new.variants:
        variants = [{**common, "platform": variant, "text": text} for variant, text in new.variants.items()]
        await session.execute(_NEW_VARIANT, variants)
    if new.media:
        media = [
            {**common, "position": position, "media_id": media_id, "alt_text": alt}
            for position, (media_id, alt) in enumerate(new.media)
        ]
        await session.execute(_NEW_MEDIUM, media)


async def insert_items(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, new: NewPost) -> None:
    """Put the items of a post into the queue."""
    if new.items:
        await session.execute(_NEW_ITEM, [_item_values(workspace_id, post_id, new, item) for item in new.items])


def code_of(post_id: PostId) -> str:
    """What people call the post with this id."""
    return post_id[-CODE_LENGTH:].upper()


def _post_values(post_id: PostId, workspace_id: WorkspaceId, new: NewPost) -> dict[str, Any]:
    return {
        "id": post_id,
        "workspace_id": workspace_id,
        "brand_id": new.brand_id,
        "code": code_of(post_id),
        "version": 1,
        "created_by": new.created_by,
        "created_at": new.created_at,
        "scheduled_at": new.scheduled_at,
        "wall_time": new.wall_time,
        "zone": new.zone,
        "link": new.link,
        "mission_id": new.mission_id,
        "approver": new.approver,
        "options": {variant: dict(options) for variant, options in new.options.items()},
        "media_for": stored_choice(new),
    }


def stored_choice(new: NewPost) -> dict[str, list[str]] | None:
    """Which files go where, as it is stored; None when all go everywhere."""
    return {variant: [*chosen] for variant, chosen in new.media_for.items()} or None


def _item_values(workspace_id: WorkspaceId, post_id: PostId, post: NewPost, item: NewItem) -> dict[str, Any]:
    return {
        "id": item.item_id or new_id("item"),
        "workspace_id": workspace_id,
        "brand_id": post.brand_id,
        "post_id": post_id,
        "account_id": item.account_id,
        "platform": item.platform,
        "post_type": item.post_type,
        "kind": item.kind,
        "part": item.part,
        "state": item.state.value,
        "version": 1,
        "key": item.key,
        "key_at": item.key_at,
        "scheduled_at": item.scheduled_at,
        "due_at": item.due_at,
        "claim_at": item.claim_at,
        "missed_after": item.missed_after,
        "lead_s": item.lead_s,
        "attempt": 0,
        "tries": 0,
        "looks": 0,
        "created_at": post.created_at,
    }


async def mark_deleted(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, at: datetime) -> None:
    """For programs it is not there any more."""
    await session.execute(
        update(PostRow)
        .where(PostRow.workspace_id == workspace_id, PostRow.id == post_id)
        .values(deleted_at=at)
        .execution_options(synchronize_session=False)
    )


async def workspace_of(session: AsyncSession, post_id: PostId) -> WorkspaceId:
    """Whose post it is: for the operator, never for a tenant. Raises NotFound."""
    found = await session.scalar(select(PostRow.workspace_id).where(PostRow.id == post_id))
    if found is None:
        raise unknown(post_id)
    return WorkspaceId(found)


async def change_states(  # noqa: PLR0913  # what to move, and what to expect
    session: AsyncSession,
    workspace_id: WorkspaceId,
    to: State,
    *,
    among: Collection[State],
    post_id: PostId | None = None,
    account_id: AccountId | None = None,
) -> list[tuple[PostId, ItemId]]:
    """Move items of a post or of an account to an end state from the expected ones: compare and set.

    Locked in the order of their ids, as arming locks them: else each may have what the other waits for.
    """
    expected = _ITEMS.c.state.in_(sorted(state.value for state in among))
    which = select(_ITEMS.c.id).where(_ITEMS.c.workspace_id == workspace_id, expected)
    if post_id is not None:
        which = which.where(_ITEMS.c.post_id == post_id)
    if account_id is not None:
        which = which.where(_ITEMS.c.account_id == account_id)
    changed = await session.execute(
        update(_ITEMS)
        .where(_ITEMS.c.id.in_(which.order_by(_ITEMS.c.id).with_for_update()), expected)
        .values(state=to.value, worker_id=None, claimed_at=None)
        .returning(_ITEMS.c.post_id, _ITEMS.c.id)
    )
    return [(PostId(row.post_id), ItemId(row.id)) for row in changed]


async def item_ids(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    among: Collection[State],
    post_id: PostId | None = None,
    account_id: AccountId | None = None,
) -> list[ItemId]:
    """The items of a post or of an account that are in one of these states."""
    whose = _ITEMS.c.post_id == post_id if post_id is not None else _ITEMS.c.account_id == account_id
    states = _ITEMS.c.state.in_(sorted(state.value for state in among))
    found = await session.scalars(select(_ITEMS.c.id).where(_ITEMS.c.workspace_id == workspace_id, whose, states))
    return [ItemId(item_id) for item_id in found]


async def count_items(
    session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId], *, among: Collection[State]
) -> dict[AccountId, int]:
    """How many items of each account are in one of these states; accounts without any are left out."""
    rows = await session.execute(counted_items(workspace_id, account_ids, among))
    return {AccountId(account_id): count for account_id, count in rows}


def counted_items(
    workspace_id: WorkspaceId, account_ids: Collection[AccountId], among: Collection[State]
) -> Select[str, int]:
    """The query of `count_items`: Home asks it for all accounts, and each may have many thousands."""
    states = sorted(state.value for state in among)
    mine = (_ITEMS.c.workspace_id == workspace_id, _ITEMS.c.account_id.in_(sorted(account_ids)))
    return (
        select(_ITEMS.c.account_id, func.count()).where(*mine, _ITEMS.c.state.in_(states)).group_by(_ITEMS.c.account_id)
    )


async def schedule_again(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    item_id: ItemId,
    *,
    among: Collection[State],
    due_at: datetime | None,
) -> bool:
    """Put an ended item back into the queue, at `due_at`, or to wait for the part before it (None). Compare and set."""
    brand_grace = select(BrandRow.grace_s).where(BrandRow.id == PostItemRow.brand_id).scalar_subquery()
    row = await session.scalar(
        select(brand_grace).where(PostItemRow.workspace_id == workspace_id, PostItemRow.id == item_id)
    )
    missed_after = None if due_at is None or row is None else due_at + timedelta(seconds=row)
    changed = await session.execute(
        update(_ITEMS)
        .where(
            _ITEMS.c.workspace_id == workspace_id,
            _ITEMS.c.id == item_id,
            _ITEMS.c.state.in_(sorted(state.value for state in among)),
        )
        .values(
            state=State.SCHEDULED.value,
            due_at=due_at,
            claim_at=due_at,
            missed_after=missed_after,
            tries=0,
            looks=0,
            check_at=None,
            asked_at=None,
            first_armed_at=None,
            armed_at=None,
            error_class=None,
            error_message=None,
        )
        .returning(_ITEMS.c.id)
    )
    if changed.first() is None:
        return False
    await post_holds.keep_held(session, _ITEMS.c.id == item_id)
    return True


async def asked_about(session: AsyncSession, workspace_id: WorkspaceId, item_ids: Sequence[ItemId]) -> list[ItemId]:
    """Those of which a person was asked, for Herald looks no more."""
    rows = await session.scalars(
        select(PostItemRow.id).where(
            PostItemRow.workspace_id == workspace_id, PostItemRow.id.in_(item_ids), PostItemRow.asked_at.is_not(None)
        )
    )
    return [ItemId(item_id) for item_id in rows]
