"""Waiting items that are looked at ahead of their second: found by the queue's own index, given to one looker each.

Machinery, shared by all workspaces; rows carry theirs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, and_, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.conditions import held_brands, in_state
from storage.statements import upsert
from storage.tables import AccountRow, PostItemRow, PreflightRow

VANISHED = timedelta(minutes=5)
"""Who began to look so long ago and has not written down what they saw is gone."""


class Step(StrEnum):
    """How long before its second an item is looked at."""

    DAY = "day"
    SOON = "soon"


AHEAD = {Step.DAY: timedelta(hours=24), Step.SOON: timedelta(minutes=15)}
TOO_LATE = timedelta(seconds=30)
"""So shortly before it is claimed nobody mends anything, and the machine is wanted for sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An item to look at. Instants are aware UTC."""

    item_id: ItemId
    workspace_id: WorkspaceId
    brand_id: BrandId
    post_id: PostId
    account_id: AccountId
    platform: str
    post_type: str
    version: int
    claim_at: datetime
    due_at: datetime
    scheduled_at: datetime


def to_look_at(step: Step, now: datetime, limit: int) -> Select[PostItemRow]:
    """Items within the step's reach that nobody has looked at in their version, the first due first.

    A day ahead only what was planned before that: what is newer was checked when it was written.
    """
    after = now + (TOO_LATE if step is Step.SOON else AHEAD[Step.SOON])
    seen = and_(PreflightRow.item_id == PostItemRow.id, PreflightRow.step == step.value)
    unseen = or_(
        PreflightRow.item_id.is_(None),
        PreflightRow.version < PostItemRow.version,
        and_(PreflightRow.done == false(), PreflightRow.at <= now - VANISHED),
    )
    query = (
        select(PostItemRow)
        .outerjoin(PreflightRow, seen)
        .where(
            in_state(State.SCHEDULED),
            PostItemRow.claim_at > after,
            PostItemRow.claim_at <= now + AHEAD[step],
            PostItemRow.brand_id.not_in(held_brands()),
            PostItemRow.scheduled_at.is_not(None),
            unseen,
        )
        .order_by(PostItemRow.claim_at)
        .limit(limit)
    )
    if step is Step.DAY:
        query = query.where(PostItemRow.created_at <= PostItemRow.claim_at - AHEAD[Step.DAY])
    return query


async def find(session: AsyncSession, step: Step, *, now: datetime, limit: int) -> list[Waiting]:
    """Items nobody has looked at yet. For a session that only reads: the window may hold very many that are done."""
    return [_waiting(row) for row in await session.scalars(to_look_at(step, now, limit))]


async def claim(session: AsyncSession, step: Step, items: Sequence[Waiting], *, now: datetime) -> list[Waiting]:
    """Become the one who looks at these items; returns those that are ours. One statement, however many ask at once."""
    statement = upsert(session, PreflightRow).values(
        [
            {
                "item_id": item.item_id,
                "step": step.value,
                "workspace_id": item.workspace_id,
                "version": item.version,
                "at": now,
                "done": False,
            }
            for item in sorted(items, key=lambda item: item.item_id)
        ]
    )
    fresh = {name: statement.excluded[name] for name in ("version", "at", "done")}
    left = and_(PreflightRow.done == false(), PreflightRow.at <= now - VANISHED)
    taken = await session.scalars(
        statement.on_conflict_do_update(
            index_elements=["item_id", "step"],
            set_=fresh,
            where=or_(PreflightRow.version < statement.excluded.version, left),
        ).returning(PreflightRow.item_id)
    )
    ours = set(taken)
    return [item for item in items if item.item_id in ours]


async def done(session: AsyncSession, step: Step, items: Sequence[Waiting]) -> None:
    """What was seen of these items is written down in this transaction."""
    await session.execute(
        update(PreflightRow)
        .where(PreflightRow.item_id.in_(sorted(item.item_id for item in items)), PreflightRow.step == step.value)
        .values(done=True)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """How an item stands."""

    state: State
    version: int
    connected_at: datetime
    """When its account was connected last."""
    waiting: Waiting | None
    """None: it waits for nothing any more."""


async def stand(session: AsyncSession, item_ids: Collection[ItemId]) -> Mapping[ItemId, Now]:
    """How these items stand."""
    rows = await session.execute(
        select(PostItemRow, AccountRow.connected_at)
        .join(AccountRow, AccountRow.id == PostItemRow.account_id)
        .where(PostItemRow.id.in_(sorted(item_ids)))
        .execution_options(populate_existing=True)
    )
    return {
        ItemId(row.id): Now(
            state=State(row.state),
            version=row.version,
            connected_at=connected_at,
            waiting=_waiting(row) if row.state in _WAITS and row.due_at and row.claim_at and row.scheduled_at else None,
        )
        for row, connected_at in rows
    }


_WAITS = frozenset({State.SCHEDULED.value, State.CLAIMED.value})


async def planned_before(
    session: AsyncSession, item: Waiting, *, since: datetime, post_types: Collection[str], limit: int
) -> list[datetime]:
    """When other posts go out on the item's account before it, from `since` on; of these kinds, or (empty) of any."""
    query = (
        select(PostItemRow.due_at)
        .where(
            in_state(State.SCHEDULED),
            PostItemRow.account_id == item.account_id,
            PostItemRow.claim_at >= since,
            or_(
                PostItemRow.claim_at < item.claim_at,
                and_(PostItemRow.claim_at == item.claim_at, PostItemRow.id < item.item_id),
            ),
        )
        .order_by(PostItemRow.claim_at)
        .limit(limit)
    )
    if post_types:
        query = query.where(PostItemRow.post_type.in_(sorted(post_types)))
    return [due_at for due_at in await session.scalars(query) if due_at is not None]


def _waiting(row: PostItemRow) -> Waiting:
    due_at = row.due_at or row.scheduled_at or row.created_at
    return Waiting(
        item_id=ItemId(row.id),
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        post_id=PostId(row.post_id),
        account_id=AccountId(row.account_id),
        platform=row.platform,
        post_type=row.post_type,
        version=row.version,
        claim_at=row.claim_at or due_at,
        due_at=due_at,
        scheduled_at=row.scheduled_at or due_at,
    )
