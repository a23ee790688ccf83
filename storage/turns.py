"""Whose turn it is: the items that may be claimed, earliest first, and when the next one may be.

Machinery, shared by all workspaces. Those of held brands wait, and those that are `Barred`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    bindparam,
    func,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.gates import Gate
from bot.domain.ids import BrandId, ItemId, WorkerId
from bot.domain.publication import Event, State, move
from storage import gates
from storage.conditions import ITEMS, held_brands, in_state, locked, still
from storage.engine import Database
from storage.tables import AccountRow, UtcDateTime

_c = ITEMS.c
_LANES_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Whose items are not taken: these brands', and those behind these gates."""

    brands: Collection[BrandId] = ()
    gates: Sequence[Gate] = ()

    def items(self) -> list[ColumnElement[bool]]:
        """The conditions on items that they are not barred."""
        others = [_c.brand_id.not_in(sorted(self.brands))] if self.brands else []
        return [*gates.not_behind(self.gates, account=_c.account_id, platform=_c.platform), *others]

    def accounts(self) -> list[ColumnElement[bool]]:
        """The conditions on accounts that their items are not barred, nor held."""
        free = AccountRow.brand_id.not_in(held_brands())
        others = [AccountRow.brand_id.not_in(sorted(self.brands))] if self.brands else []
        return [free, *gates.not_behind(self.gates, account=AccountRow.id, platform=AccountRow.platform), *others]


NOBODY = Barred()


async def claim_due(
    session: AsyncSession, worker_id: WorkerId, *, now: datetime, limit: int, barred: Barred = NOBODY
) -> list[ItemId]:
    """Take items whose preparing may begin, earliest first. One statement on both engines."""
    first = (await session.execute(_front(barred))).first()
    if first is None or first.claim_at > now:
        return []
    if not first.waits:
        claiming = claiming_due(barred) if barred.gates else _claiming_due_without(tuple(sorted(barred.brands)))
        return await _claimed(session, claiming, worker_id, now, {"most": limit})
    lanes = list(await session.scalars(_due_lanes(barred), {"now": now}))
    if not lanes:
        return []
    return await _claimed(session, _CLAIMING_IN_LANES, worker_id, now, {"most": limit, "lanes": sorted(lanes)})


async def claim_one(
    session: AsyncSession, worker_id: WorkerId, item_id: ItemId, *, now: datetime, barred: Barred = NOBODY
) -> list[ItemId]:
    """Take this item if it may be taken."""
    due = due_items(_NOW, _MOST, _c.id == item_id, *barred.items())
    return await _claimed(session, _claiming(due), worker_id, now, {"most": 1})


async def _claimed(
    session: AsyncSession,
    claiming: ReturningUpdate[str],
    worker_id: WorkerId,
    now: datetime,
    given: Mapping[str, object],
) -> list[ItemId]:
    claimed = await session.execute(claiming, {**given, "worker": worker_id, "now": now})
    return [ItemId(item_id) for item_id in claimed.scalars()]


_NOW, _MOST = bindparam("now", type_=UtcDateTime()), bindparam("most", type_=Integer())


def _claiming(due: Select[tuple[str]]) -> ReturningUpdate[str]:
    """Take these items, with `worker`, `now` and what `due` asks for as parameters."""
    return (
        update(ITEMS)
        .where(_c.id.in_(locked(due)), still(in_state(State.SCHEDULED)))
        .values(
            state=move(State.SCHEDULED, Event.CLAIM).to.value,
            worker_id=bindparam("worker", type_=String()),
            claimed_at=_NOW,
        )
        .returning(_c.id)
    )


def claiming_due(barred: Barred) -> ReturningUpdate[str]:
    """Take the `most` items that are due first."""
    return _claiming(due_items(_NOW, _MOST, *barred.items()))


@lru_cache(maxsize=64)
def _claiming_due_without(brands: tuple[BrandId, ...]) -> ReturningUpdate[str]:
    """Run many times a second while there is much to do, and dearer to put together than to run."""
    return claiming_due(Barred(brands=brands))


def due_items(
    now: datetime | BindParameter[datetime], limit: int | BindParameter[int], *only: ColumnElement[bool]
) -> Select[tuple[str]]:
    """Items whose preparing may begin, earliest first; those of held brands wait."""
    return (
        select(_c.id)
        .where(in_state(State.SCHEDULED), _c.claim_at <= now, _c.missed_after > now, _c.brand_id.not_in(held_brands()))
        .where(*only)
        .order_by(_c.claim_at, _c.id)
        .limit(limit)
    )


async def first_of(session: AsyncSession, query: Select[tuple[str]]) -> ItemId | None:
    """The first item a query names."""
    row = (await session.execute(query)).first()
    return ItemId(str(row[0])) if row is not None else None


# While the item at the front may not go, many like it may stand before the first that may. Then the queue is not read
# from its front but account by account.


def front(barred: Barred = NOBODY) -> Select[datetime, bool]:
    """The first of all that wait: when it may be claimed, and whether it `waits` behind a hold or a bar."""
    free = and_(true(), _c.brand_id.not_in(held_brands()), *barred.items())
    waiting = select(_c.claim_at, (~free).label("waits"))
    waiting = waiting.where(in_state(State.SCHEDULED), _c.claim_at.is_not(None))
    return waiting.order_by(_c.claim_at, _c.id).limit(1)


def due_lanes(now: datetime | BindParameter[datetime], barred: Barred = NOBODY) -> Select[str]:
    """The accounts not barred that have something due, those that wait longest."""
    first = _first_of_account()
    return select(AccountRow.id).where(*barred.accounts(), first <= now).order_by(first).limit(_LANES_AT_ONCE)


@lru_cache(maxsize=64)
def _due_lanes_without(brands: tuple[BrandId, ...]) -> Select[str]:
    return due_lanes(_NOW, Barred(brands=brands))


def _due_lanes(barred: Barred) -> Select[str]:
    return due_lanes(_NOW, barred) if barred.gates else _due_lanes_without(tuple(sorted(barred.brands)))


def due_in_lanes(
    now: datetime | BindParameter[datetime],
    limit: int | BindParameter[int],
    account_ids: Collection[str] | BindParameter[Sequence[str]],
) -> Select[tuple[str]]:
    """What is due of these accounts. The sums keep other indexes out: through those all that waits would be read."""
    nothing = timedelta(0)
    in_time = (_c.claim_at <= now, _c.missed_after + nothing > now, _c.brand_id.not_in(held_brands()))
    due = select(_c.id).where(in_state(State.SCHEDULED), _c.account_id.in_(account_ids), *in_time)
    return due.order_by(_c.claim_at + nothing, _c.id).limit(limit)


_CLAIMING_IN_LANES = _claiming(due_in_lanes(_NOW, _MOST, bindparam("lanes", expanding=True)))


def first_free(barred: Barred = NOBODY) -> Select[datetime]:
    """When the first item of any account not barred may be claimed."""
    return select(func.min(_first_of_account())).where(*barred.accounts())


def _first_of_account() -> ScalarSelect[datetime]:
    waiting = select(_c.claim_at).where(
        _c.account_id == AccountRow.id, in_state(State.SCHEDULED), _c.claim_at.is_not(None)
    )
    return waiting.order_by(_c.claim_at).limit(1).correlate(AccountRow).scalar_subquery()


@lru_cache(maxsize=64)
def _front_without(brands: tuple[BrandId, ...]) -> Select[datetime, bool]:
    """Asked many times a second of the same brands, and dear to put together."""
    return front(Barred(brands=brands))


@lru_cache(maxsize=64)
def _first_free_without(brands: tuple[BrandId, ...]) -> Select[datetime]:
    return first_free(Barred(brands=brands))


def _first_free(barred: Barred) -> Select[datetime]:
    return first_free(barred) if barred.gates else _first_free_without(tuple(sorted(barred.brands)))


def _front(barred: Barred) -> Select[datetime, bool]:
    return front(barred) if barred.gates else _front_without(tuple(sorted(barred.brands)))


def _front_and_gates() -> Select[bool, datetime, bool]:
    """Whether any gate is closed, and the first of all that wait if something does. One row."""
    way = select(gates.ANY_CLOSED.label("closed")).subquery()
    first = front().subquery()
    return select(way.c.closed, first.c.claim_at, first.c.waits).select_from(way.outerjoin(first, true()))


_FRONT_AND_GATES = _front_and_gates()


async def next_claim_at_open_gates(database: Database, *, now: datetime) -> tuple[bool, datetime | None]:
    """Whether all gates are open and, if so, when the next item may be claimed. Asked each second, so in one query."""
    row = await database.glance(_FRONT_AND_GATES, {"now": now})
    if row is None or row[0]:
        return False, None
    return True, await _unless_it_waits(database, row[1], waits=bool(row[2]))


async def next_claim_at(database: Database, barred: Barred = NOBODY) -> datetime | None:
    """When the next item may be claimed, for planning the next look; what is held or barred waits without it."""
    first = await database.glance(_front(barred))
    return None if first is None else await _unless_it_waits(database, first[0], waits=first[1], barred=barred)


async def _unless_it_waits(
    database: Database, at: datetime | None, *, waits: bool, barred: Barred = NOBODY
) -> datetime | None:
    if not waits:
        return at
    first = await database.glance(_first_free(barred))
    return None if first is None else first[0]
