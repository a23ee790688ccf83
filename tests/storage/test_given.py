"""Rows handed to a statement as one value come out of it as they went in, on both engines."""

from datetime import UTC, datetime

from sqlalchemy import Float, Integer, String, select

from storage.engine import Database
from storage.given import Given, dialect_of
from storage.tables import JsonValue, UtcDateTime

_SHAPE = Given("rows", name=String(), number=Integer(), share=Float(), at=UtcDateTime(), data=JsonValue)
_ROWS: list[dict[str, object]] = [
    {
        "name": 'it\'s "quoted" \\ {1,2} — 🌊 \n',
        "number": 2**31 - 1,
        "share": 0.25,
        "at": datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC),
        "data": {"text": 'it\'s "quoted"', "list": [1, 2.5, None, {"deep": "ü"}], "empty": {}, "sure": True},
    },
    {"name": "", "number": -1, "share": 3.0, "at": datetime(1969, 1, 1, tzinfo=UTC), "data": {}},
    {"name": None, "number": None, "share": None, "at": None, "data": None},
]


async def test_values_of_every_kind_come_back_unchanged_and_in_order(database: Database) -> None:
    async with database.reading() as session:
        dialect = dialect_of(session)
        found = await session.execute(select(_SHAPE.rows(dialect)), _SHAPE.values(dialect, _ROWS))
        assert [dict(row) for row in found.mappings()] == _ROWS


async def test_a_batch_of_none_is_no_row(database: Database) -> None:
    async with database.reading() as session:
        dialect = dialect_of(session)
        assert (await session.execute(select(_SHAPE.rows(dialect)), _SHAPE.values(dialect, []))).all() == []
