"""Posts as people see them: one, the newest, those to come, those that need somebody, a person's drafts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, literal, select, tuple_, union, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.domain.holds import Hold
from bot.domain.ids import AccountId, BrandId, ItemId, MediaId, MissionId, PostId, WorkspaceId
from bot.domain.posts import FileView, ItemView, PostView
from bot.domain.publication import State
from storage.conditions import still
from storage.tables import (
    AccountRow,
    AttemptRow,
    MediaRow,
    MissionRow,
    PostItemRow,
    PostMediaRow,
    PostPartRow,
    PostRow,
    PostVariantRow,
)

WAITING = (State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED, State.SENDING, State.CONFIRMING)
"""On the way out."""
TROUBLED = (State.FAILED, State.MISSED, State.UNCONFIRMED)
"""Somebody may have to act."""
_AT_ONCE = 500
_UNPLANNED = [State.DRAFT.value, State.CANCELLED.value]
_NEWEST_FIRST = func.coalesce(PostRow.created_at, PostRow.created_at).desc()
"""Where few rows are left to sort: as a bare column it would tempt SQLite to read every post in that order instead."""


async def get_post(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> PostView:
    """One post. Raises NotFound."""
    found = await find_post(session, workspace_id, post_id)
    if found is None:
        raise unknown(post_id)
    return found


async def find_post(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> PostView | None:
    """One post, if the workspace has it."""
    return await _first(session, select(PostRow).where(PostRow.workspace_id == workspace_id, PostRow.id == post_id))


async def some_posts(
    session: AsyncSession, workspace_id: WorkspaceId, post_ids: Collection[PostId]
) -> dict[PostId, PostView]:
    """Those of these posts that the workspace has."""
    query = select(PostRow).where(PostRow.id.in_(sorted(post_ids)), still(PostRow.workspace_id == workspace_id))
    return {post.post_id: post for post in await _views(session, (await session.scalars(query)).all())}


def unknown(post_id: str) -> NotFound:
    """The refusal for a post that is not there, or another workspace's."""
    return NotFound(f"There is no post {post_id[:60]}.", field="post")


async def list_posts(
    session: AsyncSession, workspace_id: WorkspaceId, *, brand_id: BrandId | None = None, limit: int
) -> list[PostView]:
    """The newest posts of the workspace, or of one of its brands; newest first."""
    query = select(PostRow).where(PostRow.workspace_id == workspace_id).order_by(PostRow.created_at.desc(), PostRow.id)
    if brand_id is not None:
        query = query.where(PostRow.brand_id == brand_id)
    return await _views(session, (await session.scalars(query.limit(limit))).all())


async def page_of_posts(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_id: BrandId | None,
    before: tuple[datetime, PostId] | None,
    limit: int,
) -> list[PostView]:
    """The newest posts that no program deleted, newest first, from behind `before` (a post's instant and id) on."""
    query = select(PostRow).where(PostRow.workspace_id == workspace_id, PostRow.deleted_at.is_(None))
    if brand_id is not None:
        query = query.where(PostRow.brand_id == brand_id)
    if before is not None:
        query = query.where(tuple_(PostRow.created_at, PostRow.id) < before)
    newest = query.order_by(PostRow.created_at.desc(), PostRow.id.desc()).limit(limit)
    return await _views(session, (await session.scalars(newest)).all())


async def find_by_code(session: AsyncSession, workspace_id: WorkspaceId, code: str) -> PostView | None:
    """The newest post that is called so, in capitals."""
    query = select(PostRow).where(PostRow.workspace_id == workspace_id, PostRow.code == code)
    return await _first(session, query.order_by(_NEWEST_FIRST).limit(1))


async def find_by_item(session: AsyncSession, workspace_id: WorkspaceId, item_id: ItemId) -> PostView | None:
    """The post this is an item of."""
    its = (PostItemRow.workspace_id == workspace_id, PostItemRow.id == item_id)
    post_id = await session.scalar(select(PostItemRow.post_id).where(*its))
    return None if post_id is None else await find_post(session, workspace_id, PostId(post_id))


async def find_by_link(session: AsyncSession, workspace_id: WorkspaceId, link: str) -> PostView | None:
    """The post that is live at this address."""
    post_id = await session.scalar(live_at(workspace_id, link))
    return None if post_id is None else await find_post(session, workspace_id, PostId(post_id))


def live_at(workspace_id: WorkspaceId, link: str) -> Select[str]:
    """The post whose item is live at this address."""
    live = (PostItemRow.permalink == link, PostItemRow.permalink.is_not(None))
    return select(PostItemRow.post_id).where(PostItemRow.workspace_id == workspace_id, *live).limit(1)


async def of_ids(session: AsyncSession, workspace_id: WorkspaceId, post_ids: Collection[PostId]) -> list[PostView]:
    """Those of these posts that the workspace has, in the order of their ids."""
    ordered, found = sorted(set(post_ids)), list[PostView]()
    for place in range(0, len(ordered), _AT_ONCE):
        some = ordered[place : place + _AT_ONCE]
        its = (PostRow.id.in_(some), still(PostRow.workspace_id == workspace_id))
        query = select(PostRow).where(*its).order_by(PostRow.id)
        found += await _views(session, (await session.scalars(query)).all())
    return found


async def upcoming(  # noqa: PLR0913  # whose, which, from when to when, how many
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_ids: Collection[BrandId] | None = None,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[PostView]:
    """Posts planned between two instants of which something is still on its way, earliest first."""
    if brand_ids is None:
        found = (await session.execute(planned(workspace_id, since, until, limit))).all()
    elif brand_ids:
        of_each = [planned(workspace_id, since, until, limit, brand_id=brand_id) for brand_id in sorted(brand_ids)]
        together = union_all(*(select(of_one.subquery()) for of_one in of_each))
        found = sorted((await session.execute(together)).all(), key=lambda row: (row.scheduled_at, row.id))
    else:
        found = []
    return await _in_order(session, [row.id for row in found[:limit]])


def planned(
    workspace_id: WorkspaceId, since: datetime, until: datetime, limit: int, *, brand_id: BrandId | None = None
) -> Select[str, datetime | None]:
    """The first of them, of one brand or of all: for a brand its own index is the only one that fits."""
    of_whom = [PostRow.workspace_id == workspace_id]
    if brand_id is not None:
        of_whom = [PostRow.brand_id == brand_id, PostRow.workspace_id.concat("") == workspace_id]
    on_its_way = exists().where(PostItemRow.post_id == PostRow.id, _in_state(WAITING))
    return (
        select(PostRow.id, PostRow.scheduled_at)
        .where(*of_whom, PostRow.scheduled_at >= since, PostRow.scheduled_at < until, on_its_way)
        .order_by(PostRow.scheduled_at, PostRow.id)
        .limit(limit)
    )


async def overdue_on_hold(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_ids: Collection[BrandId] | None = None,
    now: datetime,
    limit: int,
) -> list[PostView]:
    """Posts that somebody holds although their second passed, and of which something waits; the latest first."""
    query = held_ids(workspace_id, now, limit)
    if brand_ids is not None:
        query = query.where(PostRow.brand_id.in_(sorted(brand_ids)))
    return await _in_order(session, list(await session.scalars(query)))


def held_ids(workspace_id: WorkspaceId, now: datetime, limit: int) -> Select[str]:
    """The query of `overdue_on_hold`."""
    waits = exists().where(PostItemRow.post_id == PostRow.id, _in_state((State.SCHEDULED,)))
    held = (PostRow.workspace_id == workspace_id, PostRow.held_since.is_not(None), PostRow.scheduled_at <= now)
    return select(PostRow.id).where(*held, waits).order_by(PostRow.scheduled_at.desc(), PostRow.id).limit(limit)


async def between(  # noqa: PLR0913  # whose, from when to when, how many
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    *,
    since: datetime,
    until: datetime,
    limit: int,
) -> list[PostView]:
    """A brand's posts planned between two instants, also what went out or did not; not drafts nor what was cancelled.

    Earliest first.
    """
    query = (
        select(PostRow.id)
        .where(PostRow.brand_id == brand_id, PostRow.workspace_id.concat("") == workspace_id)
        .where(PostRow.scheduled_at >= since, PostRow.scheduled_at < until)
        .where(exists().where(PostItemRow.post_id == PostRow.id, PostItemRow.state.not_in(_UNPLANNED)))
        .order_by(PostRow.scheduled_at, PostRow.id)
        .limit(limit)
    )
    return await _in_order(session, list(await session.scalars(query)))


async def troubled(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_ids: Collection[BrandId] | None = None,
    limit: int,
) -> list[PostView]:
    """Posts of which something failed, was missed or is unconfirmed, newest first."""
    query = troubled_ids(workspace_id, limit)
    if brand_ids is not None:
        query = query.where(PostItemRow.brand_id.in_(sorted(brand_ids)))
    return await _in_order(session, list(await session.scalars(query)))


def troubled_ids(workspace_id: WorkspaceId, limit: int) -> Select[str]:
    """The newest of them."""
    newest = func.max(PostItemRow.scheduled_at)
    return (
        select(PostItemRow.post_id)
        .where(PostItemRow.workspace_id == workspace_id, _in_state(TROUBLED))
        .group_by(PostItemRow.post_id)
        .order_by(newest.desc(), PostItemRow.post_id.desc())
        .limit(limit)
    )


async def once_troubled(
    session: AsyncSession, workspace_id: WorkspaceId, *, brand_ids: Collection[BrandId] | None = None
) -> PostView | None:
    """The newest post of which a try went wrong, whatever became of it."""
    query = (
        select(PostItemRow.post_id)
        .join(AttemptRow, AttemptRow.item_id == PostItemRow.id)
        .where(AttemptRow.workspace_id == workspace_id, AttemptRow.error_class.is_not(None))
        .order_by(AttemptRow.item_id.desc())
        .limit(1)
    )
    if brand_ids is not None:
        query = query.where(PostItemRow.brand_id.in_(sorted(brand_ids)))
    found = await _in_order(session, list(await session.scalars(query)))
    return found[0] if found else None


async def drafts(session: AsyncSession, workspace_id: WorkspaceId, author: str, *, limit: int) -> list[PostView]:
    """What somebody wrote and is not scheduled, newest first. What was sent back or laid aside keeps its time."""
    return await _views(session, (await session.scalars(drafts_of(workspace_id, author, limit))).all())


def drafts_of(workspace_id: WorkspaceId, author: str, limit: int) -> Select[PostRow]:
    """Found by the accounts they are for, or by having neither an account nor a time."""
    accounts = select(AccountRow.id).where(AccountRow.workspace_id == workspace_id)
    written = select(PostItemRow.post_id).where(PostItemRow.account_id.in_(accounts), _in_state([State.DRAFT]))
    nowhere = select(PostRow.id).where(
        PostRow.workspace_id == workspace_id,
        PostRow.scheduled_at.is_(None),
        ~exists().where(PostItemRow.post_id == PostRow.id),
    )
    found = union(written, nowhere).subquery()
    # Its index would lead over all posts of the workspace.
    mine = func.coalesce(PostRow.workspace_id, PostRow.workspace_id) == workspace_id
    return (
        select(PostRow)
        .join(found, PostRow.id == found.c.post_id)
        .where(PostRow.created_by == author, mine)
        .order_by(_NEWEST_FIRST)
        .limit(limit)
    )


def _in_state(states: Sequence[State]) -> ColumnElement[bool]:
    """Written into the SQL itself: a bound value would hide the partial indexes."""
    return PostItemRow.state.in_([literal(state.value, literal_execute=True) for state in states])


async def _in_order(session: AsyncSession, ids: Sequence[str]) -> list[PostView]:
    rows = {row.id: row for row in await session.scalars(select(PostRow).where(PostRow.id.in_(ids)))}
    return await _views(session, [rows[post_id] for post_id in ids])


async def _first(session: AsyncSession, query: Select[PostRow]) -> PostView | None:
    found = await _views(session, (await session.scalars(query)).all())
    return found[0] if found else None


async def _views(session: AsyncSession, rows: Sequence[PostRow]) -> list[PostView]:
    ids = [row.id for row in rows]
    if not ids:
        return []
    parts = await _texts(session, ids)
    variants = await _variants(session, ids)
    files = await _files(session, ids)
    items = await _items(session, ids)
    missions = await _missions(session, {row.mission_id for row in rows} - {None})
    return [
        _post_view(
            row,
            texts=parts.get(row.id, ("",)),
            variants=variants.get(row.id, {}),
            files=files.get(row.id, ()),
            items=items.get(row.id, ()),
            missions=missions,
        )
        for row in rows
    ]


async def _missions(session: AsyncSession, ids: Collection[str | None]) -> dict[str, str]:
    """The names of these campaigns."""
    if not ids:
        return {}
    rows = await session.execute(select(MissionRow.id, MissionRow.name).where(MissionRow.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def _texts(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    rows = await session.execute(
        select(PostPartRow.post_id, PostPartRow.text)
        .where(PostPartRow.post_id.in_(ids))
        .order_by(PostPartRow.post_id, PostPartRow.part)
    )
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[row.post_id] = (*found.get(row.post_id, ()), row.text)
    return found


async def _variants(session: AsyncSession, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    rows = await session.scalars(
        select(PostVariantRow).where(PostVariantRow.post_id.in_(ids)).order_by(PostVariantRow.platform)
    )
    for row in rows:
        found.setdefault(row.post_id, {})[row.platform] = row.text
    return found


async def _files(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[FileView, ...]]:
    rows = await session.execute(
        select(PostMediaRow, MediaRow)
        .join(MediaRow, MediaRow.id == PostMediaRow.media_id)
        .where(PostMediaRow.post_id.in_(ids))
        .order_by(PostMediaRow.post_id, PostMediaRow.position)
    )
    found: dict[str, tuple[FileView, ...]] = {}
    for place, file in rows:
        found[place.post_id] = (*found.get(place.post_id, ()), _file_view(file, place.alt_text))
    return found


def _file_view(row: MediaRow, alt_text: str) -> FileView:
    return FileView(
        media_id=MediaId(row.id),
        kind=row.kind,
        mime_type=row.mime_type,
        file_name=row.file_name,
        size_bytes=row.size_bytes,
        width_px=row.width_px,
        height_px=row.height_px,
        alt_text=alt_text,
    )


async def _items(session: AsyncSession, ids: Sequence[str]) -> dict[str, tuple[ItemView, ...]]:
    rows = await session.execute(
        select(PostItemRow, AccountRow.handle)
        .join(AccountRow, AccountRow.id == PostItemRow.account_id)
        .where(PostItemRow.post_id.in_(ids))
        .order_by(PostItemRow.platform, AccountRow.handle, PostItemRow.account_id, PostItemRow.kind, PostItemRow.part)
    )
    found: dict[str, tuple[ItemView, ...]] = {}
    for item, handle in rows:
        found[item.post_id] = (*found.get(item.post_id, ()), _item_view(item, handle))
    return found


def _post_view(  # noqa: PLR0913  # the parts it is put together from
    row: PostRow,
    *,
    texts: tuple[str, ...],
    variants: Mapping[str, str],
    files: tuple[FileView, ...],
    items: tuple[ItemView, ...],
    missions: Mapping[str, str],
) -> PostView:
    return PostView(
        post_id=PostId(row.id),
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        code=row.code,
        version=row.version,
        text=texts[0],
        created_by=row.created_by,
        created_at=row.created_at,
        edited_by=row.edited_by,
        edited_at=row.edited_at,
        scheduled_at=row.scheduled_at,
        wall_time=row.wall_time,
        zone=row.zone,
        items=items,
        parts=texts[1:],
        variants=variants,
        files=files,
        link=row.link,
        options={variant: dict(options) for variant, options in row.options.items()},
        media_for={name: tuple(MediaId(one) for one in chosen) for name, chosen in (row.media_for or {}).items()},
        mission=(MissionId(row.mission_id), missions[row.mission_id]) if row.mission_id is not None else None,
        approver=row.approver,
        deleted=row.deleted_at is not None,
        hold=_hold_of(row),
    )


def _hold_of(row: PostRow) -> Hold | None:
    """None: nobody holds this post alone."""
    if row.held_since is None:
        return None
    return Hold(since=row.held_since, until=row.held_until, by=row.held_by, reason=row.hold_reason)


def _item_view(row: PostItemRow, handle: str) -> ItemView:
    return ItemView(
        item_id=ItemId(row.id),
        platform=row.platform,
        account_id=AccountId(row.account_id),
        handle=handle,
        post_type=row.post_type,
        kind=row.kind,
        part=row.part,
        status=State(row.state),
        scheduled_at=row.scheduled_at,
        published_at=row.published_at,
        platform_post_id=row.platform_post_id,
        permalink=row.permalink,
        attempts=row.attempt,
        error=None if row.error_class is None else (row.error_class, row.error_message or ""),
    )
