"""The rows of what is said about posts: made and written here for storage/lines.py, which says what is told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.items import QueuedItem
from storage.ids import new_id
from storage.tables import NoticeRow

NOTICES = cast("Table", NoticeRow.__table__)


def broadcast_key(item_id: str) -> str:
    """The key of the one broadcast that an item has at a time."""
    return f"broadcast:{item_id}"


def item_facts(item: QueuedItem, *, attempt: int) -> dict[str, object]:
    """Which item it is about, and which try of it."""
    return {
        "item": item.id,
        "account": item.account_id,
        "platform": item.platform,
        "part": item.part,
        "attempt": attempt,
    }


def row(item: QueuedItem, kind: str, what: str, at: datetime, facts: Mapping[str, object]) -> dict[str, Any]:
    """A notice about an item."""
    row = {
        **common(kind, what, at, facts),
        "workspace_id": item.workspace_id,
        "brand_id": item.brand_id,
        "post_id": item.post_id,
        "item_id": item.id,
    }
    return row | ({"dedupe_key": broadcast_key(item.id)} if kind == "broadcast" else {})


def common(kind: str, what: str, at: datetime, facts: Mapping[str, object]) -> dict[str, Any]:
    """What every notice has."""
    notice_id = new_id("ntc")
    return {
        "id": notice_id,
        "kind": kind,
        "dedupe_key": notice_id,
        "payload": {"what": what, "at": iso(at), **facts},
        "created_at": at,
        "deliver_at": at,
        "tries": 0,
    }


async def write(session: AsyncSession, lines: Iterable[dict[str, Any]]) -> None:
    """One statement for all. A broadcast about an item that had one is owed anew in its place; so is nothing else."""
    rows = list(lines)
    if not rows:
        return
    connection = await session.connection()
    if plain := [row for row in rows if row["kind"] not in ("broadcast", "mended")]:
        await connection.execute(insert(NOTICES), plain)
    if keyed := [row for row in rows if row["kind"] in ("broadcast", "mended")]:
        dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
        statement = dialect.insert(NOTICES)
        fresh = {name: statement.excluded[name] for name in ("id", "payload", "created_at", "deliver_at", "tries")} | {
            "delivered_at": None,
            "place": None,
            "last_error": None,
        }
        again = statement.on_conflict_do_update(
            index_elements=["dedupe_key"], set_=fresh, where=NOTICES.c.kind == "broadcast"
        )
        await connection.execute(again, keyed)


def iso(at: datetime | None) -> str | None:
    """An instant as facts hold it."""
    return at.isoformat() if at is not None else None
