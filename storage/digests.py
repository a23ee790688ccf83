"""When brands are told of their day, and what there is to tell: which posts, and how far numbers go back."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.digest_times import DigestTime
from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from bot.domain.publication import Event, State
from bot.domain.record import record
from storage.brands import get_brand
from storage.statements import upsert
from storage.tables import (
    AccountRow,
    AttemptRow,
    BrandDigestRow,
    BrandRow,
    ItemSnapshotRow,
    PostItemRow,
    PostRow,
    SlackInstallationRow,
)

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestState:
    """A brand's digest: when, and what was told already. `next_at` None: to be reckoned anew."""

    time: DigestTime
    next_at: datetime | None = None
    last_day: date | None = None
    quiet_since: date | None = None
    stored: bool = False
    """Whether the brand has a row yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDigest:
    """A brand whose digest is due, or that has none reckoned yet."""

    workspace_id: WorkspaceId
    brand_id: BrandId
    state: DigestState


async def state_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> DigestState:
    """The brand's digest as it is set. Raises NotFound."""
    brand = await get_brand(session, workspace_id, brand_id)
    return _state(await session.get(BrandDigestRow, brand.id, populate_existing=True))


async def set_time(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    time: DigestTime,
    *,
    next_at: datetime | None,
) -> None:
    """Have the digest then, from the next time on. Raises NotFound."""
    brand = await get_brand(session, workspace_id, brand_id)
    chosen = {"enabled": time.enabled, "minute": time.minute, "next_at": next_at}
    await session.execute(
        upsert(session, BrandDigestRow)
        .values(brand_id=brand.id, workspace_id=workspace_id, **chosen)
        .on_conflict_do_update(index_elements=["brand_id"], set_=chosen)
    )


async def reckon_anew(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> None:
    """The brand's clocks show something else now: its next time is reckoned again."""
    await session.execute(
        update(BrandDigestRow)
        .where(BrandDigestRow.brand_id == brand_id, BrandDigestRow.workspace_id == workspace_id)
        .values(next_at=None)
    )


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[DueDigest]:
    """Brands with a channel in Slack whose digest is due, or that have no next time yet. Machinery."""
    rows = await session.execute(due_query(now, limit))
    return [
        DueDigest(workspace_id=WorkspaceId(brand.workspace_id), brand_id=BrandId(brand.id), state=_state(digest))
        for brand, digest in rows
    ]


def due_query(now: datetime, limit: int) -> Select[BrandRow, BrandDigestRow]:
    """Those that were never told first, then by their time."""
    never = or_(BrandDigestRow.brand_id.is_(None), BrandDigestRow.next_at.is_(None))
    return (
        select(BrandRow, BrandDigestRow)
        .join(SlackInstallationRow, SlackInstallationRow.workspace_id == BrandRow.workspace_id)
        .outerjoin(BrandDigestRow, BrandDigestRow.brand_id == BrandRow.id)
        .where(BrandRow.channel.is_not(None), SlackInstallationRow.revoked_at.is_(None))
        .where(or_(BrandDigestRow.brand_id.is_(None), BrandDigestRow.enabled))
        .where(or_(never, BrandDigestRow.next_at <= now))
        .order_by(BrandDigestRow.next_at.nulls_first(), BrandRow.id)
        .limit(limit)
    )


async def claim(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    seen: DigestState,
    *,
    now: DigestState,
) -> bool:
    """Whether the brand's turn is the caller's: it is as it was `seen`, and from here on as it is `now`. One statement.

    The time itself is left as it is.
    """
    turn = {"next_at": now.next_at, "last_day": _iso(now.last_day), "quiet_since": _iso(now.quiet_since)}
    row = BrandDigestRow
    if not seen.stored:
        claimed = await session.execute(
            upsert(session, row)
            .values(
                brand_id=brand_id,
                workspace_id=workspace_id,
                enabled=seen.time.enabled,
                minute=seen.time.minute,
                **turn,
            )
            .on_conflict_do_nothing(index_elements=["brand_id"])
            .returning(row.brand_id)
        )
        return claimed.first() is not None
    same_turn = row.next_at == seen.next_at if seen.next_at is not None else row.next_at.is_(None)
    claimed = await session.execute(
        update(row)
        .where(
            row.brand_id == brand_id,
            row.workspace_id == workspace_id,
            same_turn,
            row.enabled,
            row.minute == seen.time.minute,
            func.coalesce(row.last_day, "") == (_iso(seen.last_day) or ""),
        )
        .values(**turn)
        .returning(row.brand_id)
        .execution_options(synchronize_session=False)
    )
    return claimed.first() is not None


# --- What there is to tell -----------------------------------------------------------------------------------------


async def posts_of_days(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, since: datetime, until: datetime
) -> list[PostId]:
    """The posts that were planned between two instants and got somewhere, or went out then; by their ids."""
    planned = await session.scalars(ended_query(workspace_id, brand_id, since, until))
    live = await session.scalars(live_query(workspace_id, brand_id, since, until))
    return [PostId(post_id) for post_id in sorted({*planned, *live})]


def ended_query(workspace_id: WorkspaceId, brand_id: BrandId, since: datetime, until: datetime) -> Select[str]:
    """Planned then, and something of it is over."""
    return select(PostRow.id).where(
        PostRow.brand_id == brand_id,
        PostRow.workspace_id.concat("") == workspace_id,
        PostRow.scheduled_at >= since,
        PostRow.scheduled_at < until,
        exists().where(PostItemRow.post_id == PostRow.id, PostItemRow.state.in_([state.value for state in _ENDED])),
    )


def live_query(workspace_id: WorkspaceId, brand_id: BrandId, since: datetime, until: datetime) -> Select[str]:
    """Something of it went out then."""
    of_brand = select(AccountRow.id).where(AccountRow.brand_id == brand_id, AccountRow.workspace_id == workspace_id)
    return select(PostItemRow.post_id).where(
        PostItemRow.account_id.in_(of_brand),
        PostItemRow.workspace_id == workspace_id,
        PostItemRow.published_at >= since,
        PostItemRow.published_at < until,
    )


_ENDED = (State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED)


async def refused(session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId]) -> frozenset[ItemId]:
    """Those of the items of which some try was refused."""
    found: set[ItemId] = set()
    ordered = sorted(item_ids)
    for place in range(0, len(ordered), _AT_ONCE):
        rows = await session.scalars(
            select(AttemptRow.item_id)
            .where(
                AttemptRow.item_id.in_(ordered[place : place + _AT_ONCE]),
                AttemptRow.workspace_id == workspace_id,
                AttemptRow.outcome == Event.REFUSED.value,
            )
            .distinct()
        )
        found |= {ItemId(item_id) for item_id in rows}
    return frozenset(found)


async def asked(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, *, since: datetime
) -> list[PostId]:
    """The brand's posts planned since then that wait for somebody: failed, missed, or unconfirmed and asked about.

    The newest first.
    """
    return [PostId(post_id) for post_id in await session.scalars(asked_query(workspace_id, brand_id, since))]


def asked_query(workspace_id: WorkspaceId, brand_id: BrandId, since: datetime) -> Select[str]:
    """Their ids."""
    states = [literal(state.value, literal_execute=True) for state in (State.FAILED, State.MISSED, State.UNCONFIRMED)]
    asks = or_(PostItemRow.state != State.UNCONFIRMED.value, PostItemRow.asked_at.is_not(None))
    return (
        select(PostItemRow.post_id)
        .where(
            PostItemRow.workspace_id == workspace_id,
            PostItemRow.state.in_(states),
            PostItemRow.brand_id == brand_id,
            PostItemRow.scheduled_at >= since,
            asks,
        )
        .group_by(PostItemRow.post_id)
        .order_by(func.max(PostItemRow.scheduled_at).desc(), PostItemRow.post_id)
    )


# --- Numbers -------------------------------------------------------------------------------------------------------


@record
class Counted:
    """A snapshot with what adding up needs: where and since when the post is live, and the totals it told."""

    item_id: ItemId
    platform: str
    published_at: datetime
    fetched_at: datetime
    totals: Mapping[str, int | None]
    """Of `views`, `likes` and `comments`. None: unknown."""


_SNAPSHOT = (
    ItemSnapshotRow.item_id,
    PostItemRow.platform,
    PostItemRow.published_at,
    ItemSnapshotRow.fetched_at,
    ItemSnapshotRow.views,
    ItemSnapshotRow.likes,
    ItemSnapshotRow.comments,
)


async def counted(  # noqa: PLR0913  # whose, of which day, which page
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    day: date,
    *,
    after: ItemId | None,
    limit: int,
) -> list[Counted]:
    """A page of the brand's snapshots of one day (UTC), by item."""
    return await _counted(session, counted_query(workspace_id, brand_id, day, after=after, limit=limit))


def counted_query(
    workspace_id: WorkspaceId, brand_id: BrandId, day: date, *, after: ItemId | None, limit: int
) -> Select[*tuple[Any, ...]]:
    """The page."""
    row = ItemSnapshotRow
    query = (
        select(*_SNAPSHOT)
        .join(PostItemRow, PostItemRow.id == row.item_id)
        .where(row.brand_id == brand_id, row.workspace_id == workspace_id, row.day == day.isoformat())
        .where(PostItemRow.published_at.is_not(None))
    )
    return query.where(row.item_id > (after or "")).order_by(row.item_id).limit(limit)


async def counted_before(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId], day: date
) -> list[Counted]:
    """The last snapshot before that day (UTC) of each of these items that has one."""
    if not item_ids:
        return []
    row = ItemSnapshotRow
    last = (
        select(row.item_id, func.max(row.day).label("day"))
        .where(row.item_id.in_(sorted(item_ids)), row.workspace_id == workspace_id, row.day < day.isoformat())
        .group_by(row.item_id)
        .subquery()
    )
    query = (
        select(*_SNAPSHOT)
        .join(last, and_(row.item_id == last.c.item_id, row.day == last.c.day))
        .join(PostItemRow, PostItemRow.id == row.item_id)
        .where(PostItemRow.published_at.is_not(None))
    )
    return await _counted(session, query)


async def _counted(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> list[Counted]:
    return [
        Counted(
            item_id=ItemId(item_id),
            platform=platform,
            published_at=published_at,
            fetched_at=fetched_at,
            totals={"views": views, "likes": likes, "comments": comments},
        )
        for item_id, platform, published_at, fetched_at, views, likes, comments in await session.execute(query)
    ]


async def posts_of_items(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId]
) -> list[PostId]:
    """The posts these are items of."""
    query = select(PostItemRow.post_id).where(
        PostItemRow.id.in_(sorted(item_ids)), PostItemRow.workspace_id == workspace_id
    )
    return [PostId(post_id) for post_id in await session.scalars(query)]


async def first_day(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> date | None:
    """The first day (UTC) of which there is any number of the brand's posts."""
    day = await session.scalar(
        select(func.min(ItemSnapshotRow.day)).where(
            ItemSnapshotRow.brand_id == brand_id, ItemSnapshotRow.workspace_id == workspace_id
        )
    )
    return None if day is None else date.fromisoformat(day)


def _state(row: BrandDigestRow | None) -> DigestState:
    if row is None:
        return DigestState(time=DigestTime())
    return DigestState(
        time=DigestTime(enabled=row.enabled, minute=row.minute),
        next_at=row.next_at,
        last_day=_day(row.last_day),
        quiet_since=_day(row.quiet_since),
        stored=True,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
