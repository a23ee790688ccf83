"""The statements that matter stay on their indexes, however much waits."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Select, insert, select, text, update
from sqlalchemy.sql.dml import UpdateBase

from bot import clock
from bot.domain.ids import AccountId, BrandId, PostId, WorkspaceId
from bot.domain.publication import State
from storage import (
    digests,
    endings,
    glances,
    item_records,
    lanes,
    outbox,
    post_holds,
    post_views,
    posts,
    preflights,
    weekly,
)
from storage.conditions import ITEMS
from storage.engine import Database
from storage.given import Given
from storage.items import items_to_check, late_claimed, late_items, settling
from storage.tables import AccountRow, AuditEventRow, BrandRow, CardRow, NoticeRow, PostRow, WorkspaceRow
from storage.threads import PLACES, carrying, releasing
from storage.turns import due_in_lanes, due_items, due_lanes, front

_FUTURE_ROWS = 5_000


async def _fill(database: Database) -> None:
    now = clock.now()
    common = {"workspace_id": "ws", "created_at": now}
    async with database.transaction() as session:
        await session.execute(insert(WorkspaceRow).values(id="ws", name="W", created_at=now))
        await session.execute(insert(BrandRow).values(id="br", name="B", timezone="UTC", grace_s=900, **common))
        await session.execute(
            insert(AccountRow).values(
                id="ac",
                workspace_id="ws",
                brand_id="br",
                platform="toy",
                platform_account_id="1",
                handle="h",
                display_name="H",
                service_url="",
                limits={},
                health="healthy",
                connected_at=now,
            )
        )
        posts = [
            {"id": f"po{n}", "brand_id": "br", "code": f"PO{n}", "scheduled_at": now + timedelta(days=n), **common}
            for n in range(1, _FUTURE_ROWS)
        ]
        await session.execute(insert(PostRow).values(version=1, created_by="t", options={}), posts)
        rows = [
            {
                "id": f"it{n}",
                "workspace_id": "ws",
                "brand_id": "br",
                "post_id": f"po{n}",
                "account_id": "ac",
                "platform": "toy",
                "post_type": "toy",
                "part": 0,
                "state": State.SCHEDULED.value,
                "version": 1,
                "key": uuid4().hex,
                "key_at": now,
                "scheduled_at": now + timedelta(days=n),
                "due_at": now + timedelta(days=n),
                "lead_s": 5.0,
                "attempt": 0,
                "claim_at": now + timedelta(days=n),
                "missed_after": now + timedelta(days=n, minutes=15),
                "tries": 0,
                "looks": 0,
                "created_at": now,
            }
            for n in range(1, _FUTURE_ROWS)
        ]
        await (await session.connection()).execute(insert(ITEMS), rows)
        await session.execute(text("ANALYZE"))


_QUERIES = {
    "ix_post_items_claim": due_items(clock.now(), 100),
    "ix_post_items_missed": late_items(clock.now(), 100),
    "ix_post_items_check": items_to_check(clock.now(), 100),
    "ix_post_items_held": late_claimed(clock.now(), 100),
}
_PAST_HELD: list[tuple[str, Select[*tuple[Any, ...]]]] = [
    ("ix_post_items_claim", front()),
    ("ix_post_items_account_id_claim_at", due_lanes(clock.now())),
    ("ix_post_items_account_id_claim_at", due_in_lanes(clock.now(), 100, ["ac"])),
]


_LISTS = {
    "ix_posts_workspace_id_scheduled_at": post_views.planned(WorkspaceId("ws"), clock.now(), clock.now(), 10),
    "ix_posts_brand_id_scheduled_at": post_views.planned(
        WorkspaceId("ws"), clock.now(), clock.now(), 10, brand_id=BrandId("br")
    ),
    "ix_post_items_troubled": post_views.troubled_ids(WorkspaceId("ws"), 10),
    "ix_post_items_account_id_state": posts.counted_items(
        WorkspaceId("ws"), [AccountId("acc"), AccountId("acc2")], [State.SCHEDULED, State.CLAIMED]
    ),
    "ix_post_items_account_id_published_at": digests.live_query(
        WorkspaceId("ws"), BrandId("br"), clock.now(), clock.now()
    ),
    "ix_post_items_permalink": post_views.live_at(WorkspaceId("ws"), "https://toy.example/1"),
}


_DRAFTS = post_views.drafts_of(WorkspaceId("ws"), "slack:U1", 10)


async def _plan(database: Database, query: Select[*tuple[Any, ...]]) -> str:
    async with database.reading() as session:
        dialect = session.get_bind().dialect
        statement = query.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        return str((await session.execute(text(f"{explain} {statement}"))).all())


@pytest.mark.parametrize("index", _QUERIES)
async def test_the_queue_is_read_through_its_index(database: Database, index: str) -> None:
    await _fill(database)
    assert index in await _plan(database, _QUERIES[index])


async def test_whether_there_is_anything_to_do_is_read_through_indexes(database: Database) -> None:
    await _fill(database)
    plan = await _plan(database, glances.glance_query().params(now=clock.now()))
    assert plan.count("ix_post_items_held") == len(("claimed", "sending", "late"))
    assert "ix_post_items_missed" in plan
    assert "Seq Scan on post_items" not in plan
    assert "SCAN post_items'" not in plan


@pytest.mark.parametrize(("index", "query"), _PAST_HELD)
async def test_what_is_on_hold_is_passed_by_through_an_index(
    database: Database, index: str, query: Select[*tuple[Any, ...]]
) -> None:
    await _fill(database)
    assert index in await _plan(database, query)


async def test_what_a_digest_tells_is_read_through_indexes(database: Database) -> None:
    await _fill(database)
    whose = WorkspaceId("ws"), BrandId("br")
    ended = await _plan(database, digests.ended_query(*whose, clock.now(), clock.now()))
    assert "ix_posts_brand_id_scheduled_at" in ended
    assert "ix_post_items_troubled" in await _plan(database, digests.asked_query(*whose, clock.now()))


@pytest.mark.parametrize("step", preflights.Step)
async def test_what_is_looked_at_ahead_is_found_in_the_queue_and_not_searched_for(
    database: Database, step: preflights.Step
) -> None:
    await _fill(database)
    plan = await _plan(database, preflights.to_look_at(step, clock.now(), 20))
    assert "ix_post_items_claim" in plan
    assert "SCAN post_items" not in plan


async def test_who_connected_an_account_is_found_among_all_that_ever_happened(database: Database) -> None:
    await _fill(database)
    happened = [
        {
            "id": f"ev{n}",
            "workspace_id": "ws",
            "at": clock.now(),
            "actor": "a",
            "event": "edit" if n % 50 else "account_connected",
            "account_id": f"ac{n}",
            "detail": {},
        }
        for n in range(_FUTURE_ROWS)
    ]
    async with database.transaction() as session:
        await session.execute(insert(AuditEventRow), happened)
        await session.execute(text("ANALYZE"))
    assert "ix_audit_events_connected" in await _plan(
        database, endings.connecting(WorkspaceId("ws"), AccountId("ac50"))
    )


@pytest.mark.parametrize("index", _LISTS)
async def test_lists_of_posts_are_read_through_their_index(database: Database, index: str) -> None:
    await _fill(database)
    assert index in await _plan(database, _LISTS[index])


async def test_drafts_are_found_without_walking_over_all_posts(database: Database) -> None:
    await _fill(database)
    plan = await _plan(database, _DRAFTS)
    assert "Seq Scan on posts" not in plan
    assert "ix_posts_workspace_id_created_at" not in plan


_BATCHES: dict[str, tuple[Callable[[str], UpdateBase], Given]] = {
    "settling": (lambda name: settling(name, frozenset({State.SENDING}), of_a_worker=False), item_records.SETTLED),
    "releasing": (releasing, PLACES),
    "carrying": (carrying, PLACES),
}


@pytest.mark.parametrize("batch", _BATCHES)
async def test_a_batch_finds_its_rows_by_their_key(database: Database, batch: str) -> None:
    await _fill(database)
    build, shape = _BATCHES[batch]
    row = dict.fromkeys(shape.names) | {"id": "it1", "attempt": 1, "version": 1}
    async with database.transaction() as session:
        compiled = build(database.dialect).compile(dialect=session.get_bind().dialect)
        given = {**compiled.params, **shape.values(database.dialect, [row] * 3)}
        explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        values = tuple(given[name] for name in compiled.positiontup or ())  # pyright: ignore[reportAttributeAccessIssue]
        connection = await session.connection()
        plan = str((await connection.exec_driver_sql(f"{explain} {compiled}", values)).all())
    assert "SCAN post_items" not in plan
    assert "Seq Scan on post_items" not in plan


async def _tell(database: Database) -> None:
    """Thousands of cards and notices, all of them delivered."""
    now = clock.now()
    async with database.transaction() as session:
        cards = [
            {
                "post_id": f"po{n}",
                "workspace_id": "ws",
                "brand_id": "br",
                "wanted": 1,
                "shown": 1,
                "due_at": now,
                "tries": 0,
            }
            for n in range(1, _FUTURE_ROWS)
        ]
        await (await session.connection()).execute(insert(CardRow), cards)
        told = {"workspace_id": "ws", "brand_id": "br", "payload": {}, "created_at": now, "deliver_at": now, "tries": 0}
        notices = [
            {"id": f"n{n}", "dedupe_key": f"n{n}", "kind": "thread", "post_id": f"po{n}", "delivered_at": now, **told}
            for n in range(1, _FUTURE_ROWS)
        ]
        await (await session.connection()).execute(insert(NoticeRow), notices)
        await session.execute(text("ANALYZE"))


@pytest.mark.parametrize("of_accounts", [True, False])
async def test_taken_slots_are_found_by_their_brand_and_instant(database: Database, *, of_accounts: bool) -> None:
    await _fill(database)
    free, taken = clock.now(), []
    async with database.transaction() as session:
        taken = list(await session.scalars(select(PostRow.scheduled_at).order_by(PostRow.id).limit(20)))
        query = weekly.taking(database.dialect, of_accounts=of_accounts)
        rows = [{"brand_id": "br", "at": at} for at in [*taken, free]]
        given = weekly.SLOTS.values(database.dialect, rows) | {"whose": "ws"}
        given |= {"accounts": ["ac"]} if of_accounts else {}
        state = query.compile(dialect=session.get_bind().dialect).construct_expanded_state(given)
        explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        statement, values = f"{explain} {state.statement}", tuple(state.positional_parameters)
        plan = str((await (await session.connection()).exec_driver_sql(statement, values)).all())
        found = {row.at for row in await session.execute(query, given)}
    assert "ix_posts_brand_id_scheduled_at" in plan
    assert "SCAN post" not in plan
    assert "Seq Scan on post" not in plan
    assert found == set(taken)


@pytest.mark.parametrize("column", ["id", "post_id"])
async def test_what_is_kept_on_hold_is_found_by_its_key(database: Database, column: str) -> None:
    await _fill(database)
    async with database.transaction() as session:
        query = post_holds.keeping(ITEMS.c[column].in_([f"it{n}" for n in range(20)]))
        statement = query.compile(dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        plan = str((await session.execute(text(f"{explain} {statement}"))).all())
    assert "SCAN post_items" not in plan
    assert "Seq Scan on post_items" not in plan
    assert "ix_post_items_claim" not in plan


async def test_posts_on_hold_are_found_without_the_others(database: Database) -> None:
    await _fill(database)
    async with database.transaction() as session:
        hold = {"held_since": clock.now(), "held_until": clock.now()}
        await session.execute(update(PostRow).where(PostRow.id.in_([f"po{n}" for n in range(10)])).values(**hold))
        await session.execute(text("ANALYZE"))
    assert "ix_posts_held_until" in await _plan(database, post_holds.over(clock.now()))
    assert "ix_posts_held" in await _plan(database, post_views.held_ids(WorkspaceId("ws"), clock.now(), 10))


_OF_KIND = "ix_notices_workspace_id_kind_post_id"
_TOLD = [
    ("ix_cards_due", lanes.lanes_of_cards()),
    ("ix_notices_due", lanes.lanes_of_notices(clock.now())),
    ("ix_cards_due", lanes.lanes_not_shut(clock.now())),
    ("ix_notices_due", lanes.lanes_not_shut(clock.now())),
    (_OF_KIND, outbox.newest(WorkspaceId("ws"), "draft", PostId("po1"))),
    (_OF_KIND, outbox.newest(WorkspaceId("ws"), "welcome", None)),
]


@pytest.mark.parametrize(("index", "query"), _TOLD)
async def test_what_is_owed_and_was_said_is_read_through_its_index(
    database: Database, index: str, query: Select[*tuple[Any, ...]]
) -> None:
    await _fill(database)
    await _tell(database)
    assert index in await _plan(database, query)
