"""Lanes: what is owed to one channel of one workspace, said in order. Machinery, shared by all workspaces."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.ids import WorkspaceId
from storage.cards import channel_of_card
from storage.outbox import channel_of_notice, where_owed
from storage.statements import upsert
from storage.tables import BrandRow, BudgetRow, CardRow, NoticeRow

_PREFIX = "notices:"


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """A channel of a workspace; "" is everything that goes to people directly."""

    workspace_id: WorkspaceId
    channel: str

    @property
    def key(self) -> str:
        """Its name among the budgets."""
        return f"{_PREFIX}{self.workspace_id}:{self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is owed and not said yet, to everybody together."""

    count: int
    since: datetime
    """When the oldest of it was due."""
    error: str | None
    """Why the latest try of the oldest failed; None: none was made."""


async def backlog(session: AsyncSession, *, now: datetime) -> Backlog | None:
    """All cards and notices that are due; None when there are none."""
    cards = select(CardRow.due_at.label("at"), CardRow.last_error.label("error")).where(CardRow.shown < CardRow.wanted)
    notices = select(NoticeRow.deliver_at, NoticeRow.last_error).where(
        NoticeRow.delivered_at.is_(None), NoticeRow.deliver_at <= now
    )
    owed = union_all(cards, notices).subquery()
    oldest = select(owed.c.at, owed.c.error, func.count().over()).order_by(owed.c.at, owed.c.error.is_(None)).limit(1)
    row = (await session.execute(oldest)).first()
    return Backlog(count=row[2], since=row[0], error=row[1]) if row is not None else None


async def open_lanes(session: AsyncSession, *, now: datetime) -> list[Lane]:
    """The lanes in which something is due and that nothing holds back."""
    found = {Lane(WorkspaceId(row[0]), row[1]) for row in await session.execute(lanes_of_cards())}
    found |= {Lane(WorkspaceId(row[0]), row[1]) for row in await session.execute(lanes_of_notices(now))}
    if not found:
        return []
    shut = select(BudgetRow.key).where(BudgetRow.key.startswith(_PREFIX), BudgetRow.not_before > now)
    closed = set(await session.scalars(shut))
    return sorted(lane for lane in found if lane.key not in closed)


def lanes_of_cards() -> Select[str, str]:
    """The workspaces and channels to which cards are owed."""
    return (
        select(CardRow.workspace_id, channel_of_card())
        .join(BrandRow, BrandRow.id == CardRow.brand_id)
        .where(CardRow.shown < CardRow.wanted)
        .distinct()
    )


def lanes_of_notices(now: datetime) -> Select[str, str]:
    """The same for notices."""
    return where_owed(select(NoticeRow.workspace_id, channel_of_notice()), now).distinct()


async def close_lane(session: AsyncSession, lane: Lane, *, until: datetime) -> None:
    """Say nothing there before then."""
    values = {"not_before": until, "updated_at": clock.now()}
    await session.execute(
        upsert(session, BudgetRow)
        .values(key=lane.key, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )


async def open_all(session: AsyncSession, workspace_id: WorkspaceId) -> None:
    """Nothing of the workspace is held back any more."""
    await session.execute(
        delete(BudgetRow).where(BudgetRow.key.startswith(f"{_PREFIX}{workspace_id}:", autoescape=True))
    )
