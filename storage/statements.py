"""The one statement that both engines have and SQLAlchemy spells twice."""

from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import Base


def upsert(session: AsyncSession, table: type[Base]) -> PostgresqlInsert | SqliteInsert:
    """An INSERT that takes `on_conflict_do_update` and `on_conflict_do_nothing`, for the session's engine."""
    return PostgresqlInsert(table) if session.get_bind().dialect.name == "postgresql" else SqliteInsert(table)
