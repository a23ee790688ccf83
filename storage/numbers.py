"""The numbers of items and accounts as they were asked for: one snapshot an item and day (UTC), kept for ever."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from bot.domain.numbers import NAMES, Numbers
from bot.domain.record import record
from storage.tables import AccountSnapshotRow, ItemSnapshotRow, PostItemRow


@record
class ItemSnapshot:
    """One item's numbers on one day (UTC)."""

    item_id: ItemId
    account_id: AccountId
    day: date
    fetched_at: datetime
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSnapshot:
    """An account's numbers at one time. None is unknown."""

    account_id: AccountId
    fetched_at: datetime
    followers: int | None
    following: int | None
    posts: int | None
    views: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfItem:
    """A published item and its snapshots, the first one first."""

    published_at: datetime
    snapshots: tuple[ItemSnapshot, ...]


_S = ItemSnapshotRow.__table__.c
_ITEM = (_S.item_id, _S.account_id, _S.day, _S.fetched_at, *(_S[name] for name in NAMES))
_A = AccountSnapshotRow.__table__.c
_ACCOUNT = (_A.account_id, _A.fetched_at, _A.followers, _A.following, _A.posts, _A.views)


async def latest_of_items(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId]
) -> dict[ItemId, ItemSnapshot]:
    """The last snapshot of each of these items that has one."""
    newest = select(_S.item_id, func.max(_S.day).label("day")).where(
        _S.item_id.in_(item_ids), _S.workspace_id == workspace_id
    )
    return await _last(session, newest)


async def before_of_items(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId], day: date
) -> dict[ItemId, ItemSnapshot]:
    """The last snapshot before that day of each of these items that has one."""
    newest = select(_S.item_id, func.max(_S.day).label("day")).where(
        _S.item_id.in_(item_ids), _S.workspace_id == workspace_id, _S.day < day.isoformat()
    )
    return await _last(session, newest)


async def greatest_before(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId], day: date
) -> dict[ItemId, Numbers]:
    """Of each of these items the greatest of each number before that day, whichever snapshot told it."""
    query = select(_S.item_id, *(func.max(_S[name]) for name in NAMES)).where(
        _S.item_id.in_(item_ids), _S.workspace_id == workspace_id, _S.day < day.isoformat()
    )
    rows = await session.execute(query.group_by(_S.item_id))
    return {ItemId(item_id): Numbers(**dict(zip(NAMES, known, strict=True))) for item_id, *known in rows}


async def _last(session: AsyncSession, newest: Select[Any, Any]) -> dict[ItemId, ItemSnapshot]:
    last = newest.group_by(_S.item_id).subquery()
    found = await session.execute(select(*_ITEM).join(last, and_(_S.item_id == last.c.item_id, _S.day == last.c.day)))
    snapshots = [_item_snapshot(*row) for row in found]
    return {one.item_id: one for one in snapshots}


async def lately(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, *, before: datetime, limit: int
) -> dict[ItemId, OfItem]:
    """The last items that an account published before that, further parts apart, with their snapshots."""
    item = PostItemRow
    whose = (item.workspace_id == workspace_id, item.account_id == account_id, item.part == 0)
    query = select(item.id, item.published_at).where(*whose, item.published_at < before)
    rows = await session.execute(query.order_by(item.published_at.desc()).limit(limit))
    published = {ItemId(item_id): at for item_id, at in rows if at is not None}
    found: dict[ItemId, list[ItemSnapshot]] = {}
    of_these = select(*_ITEM).where(_S.item_id.in_(published), _S.workspace_id == workspace_id)
    for row in await session.execute(of_these.order_by(_S.item_id, _S.day)):
        one = _item_snapshot(*row)
        found.setdefault(one.item_id, []).append(one)
    return {
        item_id: OfItem(published_at=published[item_id], snapshots=tuple(snapshots))
        for item_id, snapshots in found.items()
    }


async def items_of_posts(
    session: AsyncSession, workspace_id: WorkspaceId, post_ids: Collection[PostId]
) -> dict[ItemId, PostId]:
    """The items of these posts that are live."""
    query = select(PostItemRow.id, PostItemRow.post_id).where(
        PostItemRow.post_id.in_(post_ids),
        PostItemRow.workspace_id == workspace_id,
        PostItemRow.platform_post_id.is_not(None),
    )
    return {ItemId(item_id): PostId(post_id) for item_id, post_id in await session.execute(query)}


async def of_brand(  # noqa: PLR0913  # whose, of which days, which page
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    since: date,
    until: date,
    *,
    after: ItemSnapshot | None = None,
    limit: int,
) -> list[ItemSnapshot]:
    """A page of the snapshots of a brand's items from the first of these days to the last, by day and item.

    Numbers are totals: what a day added is the difference to the snapshot before.
    """
    query = of_brand_query(workspace_id, brand_id, since, until, after=after, limit=limit)
    return [_item_snapshot(*row) for row in await session.execute(query)]


def of_brand_query(  # noqa: PLR0913  # as above
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    since: date,
    until: date,
    *,
    after: ItemSnapshot | None,
    limit: int,
) -> Select[*tuple[Any, ...]]:
    """The page."""
    begin, item_id = (after.day, after.item_id) if after is not None else (since, "")
    return (
        select(*_ITEM)
        .where(_S.brand_id == brand_id, _S.workspace_id == workspace_id, _S.day <= until.isoformat())
        .where(tuple_(_S.day, _S.item_id) > tuple_(begin.isoformat(), item_id))
        .order_by(_S.day, _S.item_id)
        .limit(limit)
    )


async def latest_of_accounts(
    session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId]
) -> dict[AccountId, AccountSnapshot]:
    """The last snapshot of each of these accounts that has one."""
    last = (
        select(_A.account_id, func.max(_A.fetched_at).label("fetched_at"))
        .where(_A.account_id.in_(account_ids), _A.workspace_id == workspace_id)
        .group_by(_A.account_id)
        .subquery()
    )
    found = await session.execute(
        select(*_ACCOUNT).join(last, and_(_A.account_id == last.c.account_id, _A.fetched_at == last.c.fetched_at))
    )
    snapshots = [_account_snapshot(*row) for row in found]
    return {one.account_id: one for one in snapshots}


async def followers_at(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    account_ids: Collection[AccountId],
    at: datetime,
    *,
    since: datetime | None = None,
) -> dict[AccountId, int]:
    """How many followers each of these accounts had when it was last asked before then, and not before `since`."""
    late = () if since is None else (_A.fetched_at >= since,)
    last = (
        select(_A.account_id, func.max(_A.fetched_at).label("fetched_at"))
        .where(
            _A.account_id.in_(account_ids),
            _A.workspace_id == workspace_id,
            _A.fetched_at < at,
            _A.followers.is_not(None),
            *late,
        )
        .group_by(_A.account_id)
        .subquery()
    )
    rows = await session.execute(
        select(_A.account_id, _A.followers).join(
            last, and_(_A.account_id == last.c.account_id, _A.fetched_at == last.c.fetched_at)
        )
    )
    return {AccountId(account_id): followers for account_id, followers in rows if followers is not None}


def _item_snapshot(item_id: str, account_id: str, day: str, fetched_at: datetime, *numbers: int | None) -> ItemSnapshot:
    return ItemSnapshot(
        item_id=ItemId(item_id),
        account_id=AccountId(account_id),
        day=date.fromisoformat(day),
        fetched_at=fetched_at,
        numbers=Numbers(**dict(zip(NAMES, numbers, strict=True))),
    )


def _account_snapshot(account_id: str, fetched_at: datetime, *numbers: int | None) -> AccountSnapshot:
    followers, following, posts, views = numbers
    return AccountSnapshot(
        account_id=AccountId(account_id),
        fetched_at=fetched_at,
        followers=followers,
        following=following,
        posts=posts,
        views=views,
    )
