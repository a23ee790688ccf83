"""Parts of drafts for platforms of which the brand has no account yet: kept until there is one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import ItemId, MediaId, PostId, WorkspaceId
from storage.tables import UnplacedItemRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A part of a draft without an account. `kind` is the kind of post as programs call it."""

    item_id: ItemId
    post_id: PostId
    platform: str
    kind: str
    text: str
    options: Mapping[str, str]
    media: tuple[MediaId, ...]


async def add(session: AsyncSession, workspace_id: WorkspaceId, parts: Sequence[Unplaced]) -> None:
    """Keep these."""
    if parts:
        values = [
            {
                "id": part.item_id,
                "workspace_id": workspace_id,
                "post_id": part.post_id,
                "platform": part.platform,
                "kind": part.kind,
                "text": part.text,
                "options": dict(part.options),
                "media": [*part.media],
            }
            for part in parts
        ]
        await session.execute(insert(UnplacedItemRow), values)


async def of_posts(
    session: AsyncSession, workspace_id: WorkspaceId, post_ids: Collection[PostId]
) -> dict[PostId, tuple[Unplaced, ...]]:
    """What these posts have of them, in order."""
    rows = await session.scalars(
        select(UnplacedItemRow)
        .where(UnplacedItemRow.post_id.in_(post_ids), UnplacedItemRow.workspace_id == workspace_id)
        .order_by(UnplacedItemRow.id)
    )
    found: dict[PostId, tuple[Unplaced, ...]] = {}
    for row in rows:
        found[PostId(row.post_id)] = (*found.get(PostId(row.post_id), ()), _unplaced(row))
    return found


async def post_of(session: AsyncSession, workspace_id: WorkspaceId, item_id: ItemId) -> PostId | None:
    """The post this is a part of."""
    query = select(UnplacedItemRow.post_id).where(
        UnplacedItemRow.id == item_id, UnplacedItemRow.workspace_id == workspace_id
    )
    found = await session.scalar(query)
    return None if found is None else PostId(found)


async def forget(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> None:
    """Drop those of a post: they have accounts now, or the post was written anew."""
    await session.execute(
        delete(UnplacedItemRow)
        .where(UnplacedItemRow.post_id == post_id, UnplacedItemRow.workspace_id == workspace_id)
        .execution_options(synchronize_session=False)
    )


def _unplaced(row: UnplacedItemRow) -> Unplaced:
    return Unplaced(
        item_id=ItemId(row.id),
        post_id=PostId(row.post_id),
        platform=row.platform,
        kind=row.kind,
        text=row.text,
        options={name: str(value) for name, value in row.options.items()},
        media=tuple(MediaId(one) for one in row.media),
    )
