"""Lanes: what is owed to one channel of one workspace, said in order. Machinery, shared by all workspaces."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, literal, select, union, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.ids import WorkspaceId
from storage.cards import channel_of_card
from storage.outbox import channel_of_notice, where_owed
from storage.statements import upsert
from storage.tables import BrandRow, BudgetRow, CardRow, NoticeRow, SlackInstallationRow

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
    rows = await session.execute(lanes_not_shut(now))
    return sorted(Lane(WorkspaceId(workspace_id), channel) for workspace_id, channel in rows)


def lanes_not_shut(now: datetime) -> Select[str, str]:
    """The query of `open_lanes`, which is asked many times a second while much is said."""
    owed = union(lanes_of_cards(), lanes_of_notices(now)).subquery()
    workspace_id, channel = owed.c
    key = literal(_PREFIX).concat(workspace_id).concat(":").concat(channel)
    shut = exists().where(BudgetRow.key == key, BudgetRow.not_before > now)
    return select(workspace_id, channel).where(~shut)


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


async def close_lane(session: AsyncSession, lane: Lane, *, tried_at: datetime, until: datetime) -> None:
    """Say nothing there before `until`, unless Herald was added anew since the try that failed.

    The installation is locked: whoever adds Herald writes it first, and opens all lanes then.
    """
    its = select(SlackInstallationRow.installed_at).where(SlackInstallationRow.workspace_id == lane.workspace_id)
    installed_at = await session.scalar(its.with_for_update(read=True))
    if installed_at is not None and installed_at >= tried_at:
        return
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
