"""Rows handed to a statement as one value: a batch of any size is one statement, with one text and one plan.

A statement with a list in it is another text for every length: SQLAlchemy writes it anew, the driver has it prepared
anew, the server plans it anew. And one statement for each row costs many times as much. Here each engine gets
one JSON text and joins its rows to their table by its key. (Arrays for PostgreSQL, one for each column, cost this
process four times as much and the server more.)
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

from storage.tables import UtcDateTime

_SQLITE = sqlite.dialect()


class Given:
    """The shape of such rows: names and types of their columns, in order."""

    def __init__(self, name: str, /, **columns: TypeEngine[Any]) -> None:
        self._name = name
        self._columns = columns
        self._to_sqlite = {name: _converter(kind) for name, kind in columns.items()}
        self._instants = [name for name, kind in columns.items() if isinstance(kind, UtcDateTime)]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(self._columns)

    def rows(self, dialect: str) -> FromClause:
        """The rows as something a statement may join, select from or compare with. `dialect` is the engine's name."""
        text = bindparam(self._name, type_=Text())
        if dialect == "postgresql":
            shape = [column(name, kind) for name, kind in self._columns.items()]
            rows = func.json_to_recordset(cast(text, JSON)).table_valued(*shape)
            return rows.render_derived(name=self._name, with_types=True)
        each = func.json_each(text).table_valued("value", name=f"{self._name}_each")
        cells = [_cell(each.c.value, at, kind).label(n) for at, (n, kind) in enumerate(self._columns.items())]
        return select(*cells).subquery(self._name)

    def values(self, dialect: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, object]:
        """The parameters that hand over these rows. Each must have every column, and no other."""
        if dialect == "postgresql":
            if any(row[name] is not None and row[name].tzinfo is None for name in self._instants for row in rows):
                raise ValueError("a naive datetime reached storage")
            return {self._name: as_json(rows)}
        converters = list(self._to_sqlite.items())
        cells = [[row[n] if convert is None else convert(row[n]) for n, convert in converters] for row in rows]
        return {self._name: as_json(cells)}


def as_json(value: object) -> str:
    """JSON as short as it can be, instants in ISO format. Raises TypeError for what is no JSON."""
    try:
        return _ENCODE(value).decode()
    except OverflowError:  # a number of more than 64 bits; the slow way knows those, too
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_instant)


_ENCODE = msgspec.json.Encoder().encode


def _instant(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")


def dialect_of(session: AsyncSession) -> str:
    """The engine's name: postgresql or sqlite."""
    return session.get_bind().dialect.name


def _cell(row: ColumnElement[Any], at: int, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return type_coerce(func.json_extract(row, literal_column(f"'$[{at}]'")), kind)


def _converter(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How a value becomes what SQLite gets. JSON stands in the text as it is, and comes out of it as text."""
    return None if isinstance(kind, JSON) else kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
