"""Carrying tables from SQLite to PostgreSQL, each read again on the other side, counted and compared.

Generic over storage/tables.py: a new table comes along by itself.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from hashlib import blake2b
from typing import Any

from sqlalchemy import JSON, Column, Table, Text, func, select, type_coerce

from bot.domain.errors import Conflict
from storage.arriving import TROUBLES, Target, quoted
from storage.leaving import Source
from storage.tables import Base

_BATCH = 1_000
_DIGEST_BYTES = 16
_EXACT = Context(prec=2_000)

Told = Callable[[str, int, int], None]
"""Hears of a table how far it is, and of how much: each row counts twice, once carried and once compared."""


async def carry_all(source: Source, target: Target, told: Told) -> dict[str, int]:
    """Carry every table, those that others refer to first. Returns their rows.

    Memory does not grow with the rows. Raises Conflict when one does not arrive as it was.
    """
    return {table.name: await _carry(source, target, table, told) for table in Base.metadata.sorted_tables}


@dataclass(slots=True)
class _Tally:
    """Rows and their checksum, which does not depend on their order."""

    rows: int = 0
    digest: int = 0

    def add(self, row: Sequence[object]) -> None:
        """Count one row in."""
        hashed = blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES)
        self.rows += 1
        self.digest = (self.digest + int.from_bytes(hashed.digest())) % (1 << 8 * _DIGEST_BYTES)


async def _carry(source: Source, target: Target, table: Table, told: Told) -> int:
    count = (await source.connection.execute(select(func.count()).select_from(table))).scalar_one()
    told(table.name, 0, 2 * count)
    try:
        left = await _copy(source, target, table, lambda done: told(table.name, done, 2 * count))
        there = await _reread(target, table, lambda done: told(table.name, count + done, 2 * count))
        await _set_counter(target, table)
    except (*TROUBLES, ValueError, TypeError, OverflowError) as error:
        message = f"PostgreSQL did not take table {table.name} ({type(error).__name__}). Nothing was moved."
        raise Conflict(message) from error
    if left != there or left.rows != count:
        raise Conflict(f"Table {table.name} did not arrive as it was. Nothing was moved.")
    return count


async def _copy(source: Source, target: Target, table: Table, told: Callable[[int], None]) -> _Tally:
    names = [column.name for column in table.columns]
    canonical = _canonical(table)
    tally = _Tally()
    query = select(*map(_as_stored, table.columns))
    async with source.connection.stream(query, execution_options={"yield_per": _BATCH}) as result:
        async for rows in result.partitions():
            records = [tuple(row) for row in rows]
            await target.connection.copy_records_to_table(table.name, records=records, columns=names)
            for record in records:
                tally.add(canonical(record))
            told(tally.rows)
    return tally


async def _reread(target: Target, table: Table, told: Callable[[int], None]) -> _Tally:
    columns = ", ".join(quoted(c.name) + ("::text" if _is_json(c) else "") for c in table.columns)
    query = f"SELECT {columns} FROM {quoted(table.name)}"  # noqa: S608  # names of ours
    canonical = _canonical(table)
    tally = _Tally()
    async for record in target.connection.cursor(query, prefetch=_BATCH):
        tally.add(canonical(tuple(record)))
        if tally.rows % _BATCH == 0:
            told(tally.rows)
    told(tally.rows)
    return tally


async def _set_counter(target: Target, table: Table) -> None:
    """Numbers that the database gives out itself go on behind the last one carried."""
    column = table.autoincrement_column
    if column is None:
        return
    query = "SELECT pg_get_serial_sequence($1, $2)"
    sequence = await target.connection.fetchval(query, quoted(table.name), column.name)
    if sequence is not None:
        last = f"SELECT coalesce(max({quoted(column.name)}), 0) + 1 FROM {quoted(table.name)}"  # noqa: S608  # names of ours
        await target.connection.fetchval(f"SELECT setval($1::text::regclass, ({last}), false)", sequence)


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _as_stored(column: Column[Any]) -> Any:  # noqa: ANN401  # a column, or what stands for it
    """JSON as its text: read as values, SQL's NULL and JSON's null would be the same."""
    return type_coerce(column, Text()) if _is_json(column) else column


def _canonical(table: Table) -> Callable[[Sequence[Any]], tuple[object, ...]]:
    """What makes a row comparable: PostgreSQL writes the keys and numbers of JSON its own way."""
    json_at = {place for place, column in enumerate(table.columns) if _is_json(column)}

    def canonical(row: Sequence[Any]) -> tuple[object, ...]:
        return tuple(_canonical_json(v) if place in json_at else _canonical_value(v) for place, v in enumerate(row))

    return canonical


def _canonical_value(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _canonical_json(text: str | None) -> str | None:
    if text is None:
        return None
    return json.dumps(json.loads(text, parse_int=_number, parse_float=_number), sort_keys=True)


def _number(text: str) -> str:
    return f"number {_EXACT.plus(Decimal(text)).normalize(_EXACT)}"
