"""What the queue does each second, and for each hundred posts, does not grow with what waits.

Counted, not timed: the rows PostgreSQL fetched of the queue's table, the steps SQLite's machine made.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import insert, select, text, update

from benchmarks import multitude
from benchmarks.multitude import Crowd
from bot import clock
from bot.domain.holds import Hold
from bot.domain.ids import PostId, WorkerId
from bot.domain.items import Live, Outcome
from bot.domain.publication import Event
from storage import glances, holds, item_records, items, journal, post_holds, post_views, turns, workers
from storage.conditions import ITEMS
from storage.engine import Database, Session
from storage.ids import new_id
from storage.tables import AuditEventRow, PostRow

_FEW, _MANY = 200, 20_000
_DUE = 20
_GROWTH = 1.5
_SLACK = 100
"""Of rows or steps: what planning and chance add to a small figure."""

_HOURS = timedelta(hours=2)

Body = Callable[[Session], Awaitable[object]]


async def _publish(session: Session) -> None:
    now = clock.now()
    worker_id = WorkerId(new_id("wkr"))
    await workers.register(session, worker_id, host="h", pid=1)
    queued = await item_records.load(session, await turns.claim_due(session, worker_id, now=now, limit=_DUE))
    armed = await items.arm(session, worker_id, [(item, {"text": item.text}) for item in queued], now=now)
    assert len(armed) == _DUE
    live = [Live(platform_post_id=item.id, permalink=f"https://toy.example/{item.id}") for item in queued]
    outcomes = [
        Outcome(item=item, attempt=armed[item.id], event=Event.CREATED, at=now, live=one)
        for item, one in zip([await _sending(session, item.id) for item in queued], live, strict=True)
    ]
    assert len(await items.settle(session, outcomes)) == _DUE
    await workers.leave(session, worker_id)


async def _sending(session: Session, item_id: str) -> items.QueuedItem:
    (item,) = await item_records.load(session, [items.ItemId(item_id)])
    return item


async def _idle(session: Session) -> None:
    now = clock.now()
    assert not await turns.claim_due(session, WorkerId("wkr_idle"), now=now, limit=100)
    assert await items.reap(session, now=now) == ([], [])
    assert not await items.miss_late(session, now=now)
    assert not await items.claim_checks(session, now=now, hold_s=1.0)
    await session.execute(glances.glance_query(), {"now": now})
    await items.release_all(session, WorkerId("wkr_idle"), now=now)


@asynccontextmanager
async def _counted(database: Database, session: Session, table: str) -> AsyncIterator[list[int]]:
    """What is done in this transaction: rows of the table that were fetched, or steps of SQLite's machine."""
    seen: list[int] = []
    if database.dialect == "postgresql":
        yield seen
        fetched = (
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = :table"
        )
        seen.append(int(await session.scalar(text(fetched), {"table": table}) or 0))
        return
    steps = count()

    def step() -> int:
        next(steps)
        return 0

    writer = database._writer
    assert writer is not None
    assert writer._driver is not None
    await writer._driver.set_progress_handler(step, 10)
    try:
        yield seen
    finally:
        await writer._driver.set_progress_handler(None, 0)  # type: ignore[arg-type]
    seen.append(next(steps))


async def _work(database: Database, body: Body, table: str = ITEMS.name) -> int:
    async with database.transaction() as session, _counted(database, session, table) as seen:
        await body(session)
    return seen[0]


async def _due(database: Database, crowd: Crowd, name: str) -> None:
    due_at = clock.now() - timedelta(seconds=1)
    await multitude.add_due(database, crowd, crowd.accounts, _DUE, due_at=due_at, name=name)


async def _wait(database: Database, crowd: Crowd, number: int, name: str) -> None:
    await multitude.fill(database, crowd, number, now=clock.now(), tell=lambda _: None, name=name)


@pytest.mark.parametrize("body", [_publish, _idle])
async def test_publishing_and_idling_cost_the_same_however_many_wait(database: Database, body: Body) -> None:
    crowd = await multitude.found(database)
    await _wait(database, crowd, _FEW, "a")
    await _due(database, crowd, "d")
    if body is _idle:
        await _work(database, _publish)
    beside_few = await _work(database, body)
    await _wait(database, crowd, _MANY, "b")
    if body is _publish:
        await _due(database, crowd, "e")
    assert await _work(database, body) <= beside_few * _GROWTH + _SLACK


async def test_a_held_brand_with_very_many_overdue_items_is_passed_by(database: Database) -> None:
    crowd = await multitude.found(database)
    await _wait(database, crowd, _FEW, "a")
    await _due(database, crowd, "d")
    beside_none = await _work(database, _publish)
    held = crowd.of_brand(0)
    due_at = clock.now() - timedelta(minutes=1)
    await multitude.add_due(database, crowd, held, _MANY, due_at=due_at, name="h")
    async with database.transaction() as session:
        await holds.set_hold(session, crowd.workspace_id, held[0].brand_id, Hold(since=clock.now()))
        await session.execute(text("ANALYZE"))
    due_at = clock.now() - timedelta(seconds=1)
    await multitude.add_due(database, crowd, crowd.of_brand(1), _DUE, due_at=due_at, name="e")
    earliest = await turns.next_claim_at(database)
    assert earliest == due_at - multitude.LEAD
    accounts_looked_at = 10 * len(crowd.accounts)
    assert await _work(database, _publish) <= beside_none * _GROWTH + _SLACK + accounts_looked_at


async def test_very_many_overdue_posts_that_are_held_alone_cost_nothing(database: Database) -> None:
    crowd = await multitude.found(database)
    await _wait(database, crowd, _FEW, "a")
    await _due(database, crowd, "d")
    beside_none = [await _work(database, body) for body in (_publish, _idle)]
    due_at = clock.now() - _HOURS
    await multitude.add_due(database, crowd, crowd.of_brand(0), _MANY, due_at=due_at, name="h")
    overdue = ITEMS.c.due_at == due_at
    async with database.transaction() as session:
        theirs = select(ITEMS.c.post_id).where(overdue)
        await session.execute(update(PostRow).where(PostRow.id.in_(theirs)).values(held_since=clock.now()))
        await post_holds.keep_held(session, overdue)
        await session.execute(text("ANALYZE"))
    assert await turns.next_claim_at(database) is not None
    assert not (await glances.glance(database, now=clock.now())).recover
    assert await _work(database, _idle) <= beside_none[1] * _GROWTH + _SLACK
    await _due(database, crowd, "e")
    assert await _work(database, _publish) <= beside_none[0] * _GROWTH + _SLACK


async def test_a_post_s_journal_is_read_alone_however_long_its_workspace_s_is(database: Database) -> None:
    crowd = await multitude.found(database)
    post_id, now = PostId(new_id("post")), clock.now()

    async def read(session: Session) -> None:
        assert len(await journal.notes_of(session, crowd.workspace_id, post_id)) == 1

    async def write(of_posts: Sequence[str]) -> None:
        known = {"workspace_id": crowd.workspace_id, "at": now, "actor": "herald", "event": "queued", "detail": {}}
        rows = [{**known, "id": new_id("evt"), "post_id": one} for one in of_posts]
        async with database.transaction() as session:
            await session.execute(insert(AuditEventRow), rows)

    await write([post_id])
    alone = await _work(database, read, AuditEventRow.__tablename__)
    await write([new_id("post") for _ in range(_MANY)])
    assert await _work(database, read, AuditEventRow.__tablename__) <= alone * _GROWTH + _SLACK


async def test_some_posts_are_read_alone_however_many_their_workspace_has(database: Database) -> None:
    crowd = await multitude.found(database)
    await _wait(database, crowd, _FEW, "a")
    async with database.reading() as session:
        some = [PostId(one) for one in await session.scalars(select(PostRow.id).order_by(PostRow.id).limit(25))]

    async def read(session: Session) -> None:
        assert len(await post_views.of_ids(session, crowd.workspace_id, some)) == len(some)

    beside_few = await _work(database, read, PostRow.__tablename__)
    await _wait(database, crowd, _MANY, "b")
    assert await _work(database, read, PostRow.__tablename__) <= beside_few * _GROWTH + _SLACK


async def _glance(session: Session) -> None:
    await session.execute(glances.glance_query(), {"now": clock.now()})


async def test_what_is_late_on_hold_is_no_reason_to_recover_and_costs_the_glance_nothing(database: Database) -> None:
    crowd = await multitude.found(database)
    await _wait(database, crowd, _FEW, "a")
    held, other = crowd.of_brand(0), crowd.of_brand(1)
    await multitude.add_due(database, crowd, held, 1, due_at=clock.now() - _HOURS, name="h")
    assert (await glances.glance(database, now=clock.now())).recover
    async with database.transaction() as session:
        await holds.set_hold(session, crowd.workspace_id, held[0].brand_id, Hold(since=clock.now()))
    assert not (await glances.glance(database, now=clock.now())).recover
    beside_one = await _work(database, _glance)
    await multitude.add_due(database, crowd, held, _MANY, due_at=clock.now() - _HOURS, name="i")
    async with database.transaction() as session:
        await session.execute(text("ANALYZE"))
    assert not (await glances.glance(database, now=clock.now())).recover
    assert await _work(database, _glance) <= beside_one * _GROWTH + _SLACK
    await multitude.add_due(database, crowd, other, 1, due_at=clock.now() - _HOURS, name="o")
    assert (await glances.glance(database, now=clock.now())).recover


_TIMES_UNTIL_A_PLAN_IS_KEPT = 6
"""Of one statement on a connection. Source: https://www.postgresql.org/docs/18/sql-prepare.html, 2026-11-23."""


async def test_what_a_claim_reads_is_not_planned_for_tables_that_were_empty(database: Database) -> None:
    crowd = await multitude.found(database)
    await multitude.add_due(database, crowd, crowd.accounts, 20 * _FEW, due_at=clock.now(), name="d")
    async with database.transaction() as session:
        await session.execute(text("ANALYZE"))
        found = [items.ItemId(one) for one in await session.scalars(select(ITEMS.c.id).limit(_FEW))]

    async def load(session: Session) -> None:
        assert len(await item_records.load(session, found)) == _FEW

    without = [await _work(database, load, item_records.MATERIAL.name) for _ in range(_TIMES_UNTIL_A_PLAN_IS_KEPT)]
    async with database.transaction() as session:
        item = (ITEMS.c.id, ITEMS.c.workspace_id, ITEMS.c.version)
        into = ["item_id", "workspace_id", "version"]
        await session.execute(insert(item_records.MATERIAL).from_select(into, select(*item)))
    assert await _work(database, load, item_records.MATERIAL.name) <= without[-1] * _GROWTH + 2 * _FEW
