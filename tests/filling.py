"""Rows for any table, made from its columns: whatever is added to the schema is filled as well."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    insert,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.publication import State
from storage.tables import Base, UtcDateTime, WorkerRow

_JSON: tuple[Any, ...] = (
    {"b": [1, 2.0, -0.0, 1e22, 0.1, 2**60, None, True, {"ü": '\u2028 \\ " 🦊'}], "a": {}},
    {"": [], "A": "a", "a": 1e-7},
    JSON.NULL,
)
_TEXTS = ("", "Käse 🧀 \u202e, ' \" \\ \t\r\n %s :x", "NULL")
_INSTANT = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
ROWS = 3
"""How many rows `fill` makes of each table."""


async def fill(session: AsyncSession) -> None:
    """Three rows in every table: odd values, the ends of ranges, and nothing wherever nothing is allowed."""
    made: dict[str, list[dict[str, Any]]] = {}
    for table in Base.metadata.sorted_tables:
        made[table.name] = [dict(_row(table, number, made)) for number in range(ROWS)]
        for row in made[table.name]:
            await session.execute(insert(table).values(row))


def _row(table: Table, number: int, made: dict[str, list[dict[str, Any]]]) -> Iterator[tuple[str, Any]]:
    for column in table.columns:
        if column.foreign_keys:
            yield column.name, _referred(next(iter(column.foreign_keys)), number, made)
        elif column.nullable and number == 1:
            continue
        elif table.name == WorkerRow.__tablename__ and column.name == "lease_until":
            yield column.name, datetime(2026, 1, 1, tzinfo=UTC)
        elif column.name == "state":
            yield column.name, (State.CLAIMED, State.SENDING, State.SCHEDULED)[number].value
        else:
            yield column.name, _value(column, number)


def _referred(key: ForeignKey, number: int, made: dict[str, list[dict[str, Any]]]) -> object:
    return made[key.column.table.name][number][key.column.name]


def _value(column: Column[Any], number: int) -> object:
    kind = column.type
    values: dict[type, tuple[object, ...]] = {
        UtcDateTime: tuple(_INSTANT + timedelta(microseconds=n) for n in range(ROWS)),
        JSON: _JSON if column.nullable else (*_JSON[:2], {}),
        LargeBinary: (bytes(range(256)), b"", b"\x00"),
        Boolean: (True, False, True),
        Float: (0.1 + 0.2, 5.0, -1e-300),
        Integer: tuple(range(ROWS)) if _is_unique(column) else (2**31 - 1, 0, -(2**31)),
        String: tuple(f"{column} {n} 🦊" for n in range(ROWS)) if _is_unique(column) else _TEXTS,
    }
    return next(found for of, found in values.items() if isinstance(kind, of))[number]


def _is_unique(column: Column[Any]) -> bool:
    together = [c for c in column.table.constraints if isinstance(c, UniqueConstraint) and column.name in c.columns]
    return column.primary_key or bool(column.unique) or bool(together)
