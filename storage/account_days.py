"""What accounts' own histories say of their days, by the networks' calendars."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, WorkspaceId
from storage.statements import upsert
from storage.tables import AccountDayRow

_NAMES = ("followers", "views", "reach", "likes", "comments", "shares", "saves", "clicks", "video_views")


class _Given(Protocol):
    """A day as a connector gives it."""

    @property
    def day(self) -> date:
        """By the network's calendar."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDay:
    """One day of an account: `followers` at its end, all else what it added. None is unknown."""

    account_id: AccountId
    day: date
    followers: int | None
    views: int | None
    reach: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    clicks: int | None
    video_views: int | None


async def keep(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, days: Sequence[_Given], *, now: datetime
) -> None:
    """Keep these days of an account; what was known of one before is replaced."""
    if not days:
        return
    whose = {"account_id": account_id, "workspace_id": workspace_id, "fetched_at": now}
    rows: list[dict[str, Any]] = []
    for one in days:
        told = {name: getattr(one, name) for name in (*_NAMES, "raw")}
        rows.append(whose | told | {"day": one.day.isoformat(), "raw": dict(told["raw"])})
    statement = upsert(session, AccountDayRow)
    news = {name: statement.excluded[name] for name in ("fetched_at", *_NAMES, "raw")}
    again = statement.on_conflict_do_update(index_elements=["account_id", "day"], set_=news)
    await (await session.connection()).execute(again, rows)


async def between(
    session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId], since: date, until: date
) -> list[KnownDay]:
    """The days of these accounts from the first of these to the last, as far as they are known, by account and day."""
    rows = await session.scalars(
        select(AccountDayRow)
        .where(
            AccountDayRow.workspace_id == workspace_id,
            AccountDayRow.account_id.in_(account_ids),
            AccountDayRow.day >= since.isoformat(),
            AccountDayRow.day <= until.isoformat(),
        )
        .order_by(AccountDayRow.account_id, AccountDayRow.day)
    )
    told = [name.name for name in fields(KnownDay) if name.name not in ("account_id", "day")]
    return [
        KnownDay(
            account_id=AccountId(row.account_id),
            day=date.fromisoformat(row.day),
            **{name: getattr(row, name) for name in told},
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What an account's days say together. None is unknown."""

    views: int | None
    views_days: int
    """Of how many days views are known."""
    reach_a_day: int | None
    """On average: the people of two days may be the same, so reach cannot be added up."""


async def sums(
    session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId], since: date, until: date
) -> dict[AccountId, Sums]:
    """The days from the first of these to the last together, of each account that has any."""
    day = AccountDayRow
    rows = await session.execute(
        select(day.account_id, func.sum(day.views), func.count(day.views), func.avg(day.reach))
        .where(
            day.account_id.in_(account_ids),
            day.workspace_id == workspace_id,
            day.day >= since.isoformat(),
            day.day <= until.isoformat(),
        )
        .group_by(day.account_id)
    )
    return {
        AccountId(account_id): Sums(
            views=None if views is None else int(views),
            views_days=known,
            reach_a_day=None if reach is None else round(reach),
        )
        for account_id, views, known, reach in rows
    }


async def followers_at(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    account_ids: Collection[AccountId],
    until: date,
    *,
    since: date | None = None,
) -> dict[AccountId, int]:
    """How many followers each of these accounts had at the end of that day or, at the latest known, before.

    Not before the end of `since`, where it is given.
    """
    day = AccountDayRow
    late = () if since is None else (day.day >= since.isoformat(),)
    last = (
        select(day.account_id, func.max(day.day).label("day"))
        .where(
            day.account_id.in_(account_ids),
            day.workspace_id == workspace_id,
            day.day <= until.isoformat(),
            day.followers.is_not(None),
            *late,
        )
        .group_by(day.account_id)
        .subquery()
    )
    rows = await session.execute(
        select(day.account_id, day.followers).join(
            last, (day.account_id == last.c.account_id) & (day.day == last.c.day)
        )
    )
    return {AccountId(account_id): followers for account_id, followers in rows if followers is not None}
