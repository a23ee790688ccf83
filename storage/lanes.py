"""Lanes: what is owed to one channel of one workspace, said in order. Machinery, shared by all workspaces."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
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


async def open_lanes(session: AsyncSession, *, now: datetime) -> list[Lane]:
    """The lanes in which something is due and that nothing holds back."""
    cards = (
        select(CardRow.workspace_id, channel_of_card())
        .join(BrandRow, BrandRow.id == CardRow.brand_id)
        .where(CardRow.shown < CardRow.wanted)
        .distinct()
    )
    notices = where_owed(select(NoticeRow.workspace_id, channel_of_notice()), now).distinct()
    found = {Lane(WorkspaceId(row[0]), row[1]) for row in await session.execute(cards)}
    found |= {Lane(WorkspaceId(row[0]), row[1]) for row in await session.execute(notices)}
    if not found:
        return []
    shut = select(BudgetRow.key).where(BudgetRow.key.startswith(_PREFIX), BudgetRow.not_before > now)
    closed = set(await session.scalars(shut))
    return sorted(lane for lane in found if lane.key not in closed)


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
