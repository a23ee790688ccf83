"""Arming as one statement: the items, their journal rows and their material, in one round trip to PostgreSQL.

SQLite knows no writing within WITH; there storage/items.py does the same in three statements, which cost no round trip.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from sqlalchemy import Integer, Row, Select, String, bindparam, exists, func, insert, null, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import ItemId, WorkerId
from bot.domain.items import QueuedItem
from bot.domain.publication import Event, State, move
from storage.conditions import ITEMS, may_be_armed
from storage.engine import Database
from storage.gates import closed_gates
from storage.given import Given
from storage.item_records import ATTEMPTS, MATERIAL
from storage.journal import calls_json
from storage.tables import UtcDateTime, WorkerRow
from storage.texts import storable_json

_c = ITEMS.c
_READY = Given(
    "ready",
    id=String(),
    version=Integer(),
    calls=ATTEMPTS.c.calls.type,
    prepared=MATERIAL.c.prepared.type,
)


async def arm_at_once(
    session: AsyncSession,
    worker_id: WorkerId,
    ready: Sequence[tuple[QueuedItem, Mapping[str, object]]],
    *,
    now: datetime,
) -> dict[ItemId, int]:
    """What `items.arm` does, on PostgreSQL."""
    return _attempts((await session.execute(arming(), _given(worker_id, ready, now))).all())


async def arm_at_open_gates(
    database: Database,
    worker_id: WorkerId,
    ready: Sequence[tuple[QueuedItem, Mapping[str, object]]],
    *,
    now: datetime,
) -> dict[ItemId, int]:
    """The same as a transaction by itself, while no gate is closed anywhere. For items whose sending spends nothing.

    None may have been armed because one is closed, or because none is ours any more: `items.arm` knows.
    """
    if database.dialect != "postgresql":
        return {}
    given = _given(worker_id, ready, now)
    return _attempts(await database.all_at_once(arming(at_open_gates=True), given | {"now": now}))


def _attempts(armed: Sequence[Row[str, int]]) -> dict[ItemId, int]:
    return {ItemId(row.id): int(row.attempt) for row in armed}


def _given(
    worker_id: WorkerId, ready: Sequence[tuple[QueuedItem, Mapping[str, object]]], now: datetime
) -> dict[str, object]:
    rows = [
        {
            "id": item.id,
            "version": item.version,
            "calls": calls_json(item.calls),
            "prepared": storable_json(data) if item.prepared != data else None,
        }
        for item, data in sorted(ready, key=lambda one: one[0].id)
    ]
    return {**_READY.values("postgresql", rows), "worker": worker_id, "at": now}


@cache
def arming(*, at_open_gates: bool = False) -> Select[str, int]:
    """The statement, with `worker`, `at` and the rows of `_READY` for parameters; `at_open_gates`, with `now`, too."""
    meant, worker, at = (
        _READY.rows("postgresql"),
        bindparam("worker", type_=String()),
        bindparam("at", type_=UtcDateTime()),
    )
    lease_holds = exists().where(WorkerRow.id == worker, WorkerRow.lease_until > func.clock_timestamp())
    armed = (
        update(ITEMS)
        .where(
            _c.id == meant.c.id,
            _c.version == meant.c.version,
            may_be_armed(worker, at),
            lease_holds,
            *((~closed_gates().exists(),) if at_open_gates else ()),
        )
        .values(
            state=move(State.CLAIMED, Event.ARM).to.value,
            attempt=_c.attempt + 1,
            armed_at=at,
            first_armed_at=func.coalesce(_c.first_armed_at, at),
        )
        .returning(
            _c.id,
            _c.attempt,
            _c.version,
            _c.workspace_id,
            _c.worker_id,
            _c.claimed_at,
            _c.armed_at,
            meant.c.calls,
            meant.c.prepared,
        )
        .cte("armed")
    ).c
    journal = (armed.id, armed.attempt, armed.workspace_id, armed.worker_id, armed.claimed_at, armed.armed_at)
    into = ["item_id", "attempt", "workspace_id", "worker_id", "claimed_at", "armed_at", "calls"]
    opened = insert(ATTEMPTS).from_select(into, select(*journal, armed.calls)).cte("opened")
    fresh = select(armed.id, armed.workspace_id, armed.version, armed.prepared, null())
    material = ["item_id", "workspace_id", "version", "prepared", "handle"]
    store = postgresql.insert(MATERIAL).from_select(material, fresh.where(armed.prepared.is_not(None)))
    renewed = {name: store.excluded[name] for name in ("version", "prepared", "handle")}
    stored = store.on_conflict_do_update(index_elements=["item_id"], set_=renewed).cte("stored")
    return select(armed.id, armed.attempt).add_cte(opened, stored)
