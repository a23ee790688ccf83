"""Rows handed to a statement as one value: a batch of any size is one statement, with one text and one plan.

A statement with a list in it is another text for every length: SQLAlchemy writes it anew, the driver has it prepared
anew, the server plans it anew. And one statement for each row costs a row's price many times over. Here PostgreSQL gets
an array per column (`unnest`) and SQLite one JSON text (`json_each`); both join the rows to their table by its key.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import TypeEngine

_SQLITE = sqlite.dialect()


class Given:
    """The shape of such rows: names and types of their columns, in order."""

    def __init__(self, name: str, /, **columns: TypeEngine[Any]) -> None:
        self._name = name
        self._columns = columns
        self._to_sqlite = {name: _converter(kind) for name, kind in columns.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(self._columns)

    def rows(self, dialect: str) -> FromClause:
        """The rows as something a statement may join, select from or compare with. `dialect` is the engine's name."""
        if dialect == "postgresql":
            return self._unnested()
        each = func.json_each(bindparam(self._name, type_=Text())).table_valued("value", name=f"{self._name}_each")
        cells = [_cell(each.c.value, at, kind).label(n) for at, (n, kind) in enumerate(self._columns.items())]
        return select(*cells).subquery(self._name)

    def values(self, dialect: str, rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
        """The parameters that hand over these rows. Each must have every column."""
        if dialect == "postgresql":
            return {self._parameter(n): _column(n, kind, rows) for n, kind in self._columns.items()}
        converters = list(self._to_sqlite.items())
        cells = [[row[n] if convert is None else convert(row[n]) for n, convert in converters] for row in rows]
        return {self._name: json.dumps(cells, ensure_ascii=False, separators=(",", ":"))}

    def _unnested(self) -> FromClause:
        sent = {name: Text() if isinstance(kind, JSON) else kind for name, kind in self._columns.items()}
        arrays = [bindparam(self._parameter(name), type_=ARRAY(kind)) for name, kind in sent.items()]
        shape = [column(name, kind) for name, kind in sent.items()]
        if sent == self._columns:
            return func.unnest(*arrays).table_valued(*shape).render_derived(name=self._name)
        texts = func.unnest(*arrays).table_valued(*shape).render_derived(name=f"{self._name}_sent")
        return select(*(cast(texts.c[n], kind).label(n) for n, kind in self._columns.items())).subquery(self._name)

    def _parameter(self, column_name: str) -> str:
        return f"{self._name}_{column_name}"


def dialect_of(session: AsyncSession) -> str:
    """The engine's name: postgresql or sqlite."""
    return session.get_bind().dialect.name


def _column(name: str, kind: TypeEngine[Any], rows: Sequence[Mapping[str, object]]) -> list[object]:
    """JSON goes to PostgreSQL as text: for arrays of it the driver asks the server about types, which takes long."""
    values = [row[name] for row in rows]
    if not isinstance(kind, JSON):
        return values
    return [None if value is None else json.dumps(value) for value in values]


def _cell(row: ColumnElement[Any], at: int, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return type_coerce(func.json_extract(row, literal_column(f"'$[{at}]'")), kind)


def _converter(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How a value becomes what SQLite gets. JSON stands in the text as it is, and comes out of it as text."""
    return None if isinstance(kind, JSON) else kind.dialect_impl(_SQLITE).bind_processor(_SQLITE)
