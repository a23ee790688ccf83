"""The statements that matter stay on their indexes, however much waits."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from bot import clock
from bot.domain.publication import State
from storage.engine import Database
from storage.items import ITEMS, due_items, items_to_check, late_items
from storage.tables import AccountRow, BrandRow, PostRow, WorkspaceRow

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
        await session.execute(
            insert(PostRow).values(id="po", brand_id="br", code="PO", version=1, created_by="t", options={}, **common)
        )
        rows = [
            {
                "id": f"it{n}",
                "workspace_id": "ws",
                "brand_id": "br",
                "post_id": "po",
                "account_id": "ac",
                "platform": "toy",
                "post_type": "toy",
                "part": n,
                "state": State.SCHEDULED.value,
                "version": 1,
                "key": uuid4().hex,
                "key_at": now,
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
}


@pytest.mark.parametrize("index", _QUERIES)
async def test_the_queue_is_read_through_its_index(database: Database, index: str) -> None:
    await _fill(database)
    async with database.reading() as session:
        dialect = session.get_bind().dialect
        statement = _QUERIES[index].compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN" if database.dialect == "sqlite" else "EXPLAIN"
        plan = (await session.execute(text(f"{explain} {statement}"))).all()
    assert index in str(plan)
