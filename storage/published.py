"""Published items as analytics sees them: where and when, and whose."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, ItemId, MissionId, PostId, WorkspaceId
from bot.domain.record import record
from bot.domain.spans import Span
from storage.tables import AccountRow, PostItemRow, PostRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Of which brand and mission; None: of any."""

    brand_id: BrandId | None = None
    mission_id: MissionId | None = None


@record
class Went:
    """One item that was published: of which post, where and when."""

    item_id: ItemId
    post_id: PostId
    account_id: AccountId
    published_at: datetime


async def latest(
    session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId], *, since: datetime, limit: int
) -> list[Went]:
    """What these accounts published since then, the latest first; of a thread its first part."""
    rows = await session.execute(
        select(PostItemRow.id, PostItemRow.post_id, PostItemRow.account_id, PostItemRow.published_at)
        .where(
            PostItemRow.account_id.in_(account_ids),
            PostItemRow.workspace_id == workspace_id,
            PostItemRow.part == 0,
            PostItemRow.published_at >= since,
        )
        .order_by(PostItemRow.published_at.desc(), PostItemRow.id)
        .limit(limit)
    )
    return [
        Went(item_id=ItemId(item_id), post_id=PostId(post_id), account_id=AccountId(account_id), published_at=at)
        for item_id, post_id, account_id, at in rows
        if at is not None
    ]


@record
class Fact:
    """One published item. `network` is its platform, or the one behind a route."""

    item_id: ItemId
    mission_id: MissionId | None
    network: str
    post_type: str
    handle: str
    published_at: datetime
    permalink: str | None

    @property
    def day(self) -> date:
        """The day (UTC) on which it was published."""
        return self.published_at.date()


async def facts(
    session: AsyncSession, workspace_id: WorkspaceId, item_ids: Collection[ItemId], whose: Whose
) -> dict[ItemId, Fact]:
    """Those of these items that are published, and theirs."""
    rows = await session.execute(_published(workspace_id, whose).where(PostItemRow.id.in_(item_ids)))
    return {fact.item_id: fact for fact in map(_fact, rows)}


async def days(session: AsyncSession, workspace_id: WorkspaceId, span: Span, whose: Whose) -> list[Fact]:
    """What was published on these days; of a thread its first part."""
    begin = datetime.combine(span.start, time(), UTC)
    end = datetime.combine(span.end, time(), UTC) + timedelta(days=1)
    rows = await session.execute(
        _published(workspace_id, whose).where(
            PostItemRow.part == 0, PostItemRow.published_at >= begin, PostItemRow.published_at < end
        )
    )
    return [_fact(row) for row in rows]


async def first_day(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_id: BrandId | None = None,
    mission_id: MissionId | None = None,
) -> date | None:
    """The day on which the first of them was published."""
    whose = Whose(brand_id=brand_id, mission_id=mission_id)
    found = await session.scalar(
        select(func.min(PostItemRow.published_at))
        .join(PostRow, PostRow.id == PostItemRow.post_id)
        .join(AccountRow, AccountRow.id == PostItemRow.account_id)
        .where(*_of(workspace_id, whose))
    )
    return found.date() if found is not None else None


def _published(workspace_id: WorkspaceId, whose: Whose) -> Select[*tuple[Any, ...]]:
    """Found by their accounts: for those there is an index."""
    item = (PostItemRow.id, PostItemRow.platform, PostItemRow.post_type, PostItemRow.published_at)
    return (
        select(*item, PostItemRow.permalink, PostRow.mission_id, AccountRow.limits, AccountRow.handle)
        .join(PostRow, PostRow.id == PostItemRow.post_id)
        .join(AccountRow, AccountRow.id == PostItemRow.account_id)
        .where(*_of(workspace_id, whose))
    )


def _of(workspace_id: WorkspaceId, whose: Whose) -> list[ColumnElement[bool]]:
    found = [AccountRow.workspace_id == workspace_id, PostItemRow.published_at.is_not(None)]
    if whose.brand_id is not None:
        found.append(AccountRow.brand_id == whose.brand_id)
    if whose.mission_id is not None:
        found.append(PostRow.mission_id == whose.mission_id)
    return found


def _fact(row: Any) -> Fact:  # noqa: ANN401  # a row of the query above
    network = row.limits.get("network")
    return Fact(
        item_id=ItemId(row.id),
        mission_id=MissionId(row.mission_id) if row.mission_id is not None else None,
        network=network if isinstance(network, str) else row.platform,
        post_type=row.post_type,
        handle=row.handle,
        published_at=row.published_at,
        permalink=row.permalink,
    )
