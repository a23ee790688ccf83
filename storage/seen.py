"""Requests from Slack that were taken up already: it repeats what it thinks was not heard, and people press twice."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.statements import upsert
from storage.tables import SeenRequestRow


async def first_time(session: AsyncSession, key: str, now: datetime) -> bool:
    """Whether nobody took up the request with this key before. Machinery: Slack's ids are unique over all teams."""
    statement = upsert(session, SeenRequestRow).values(key=key, at=now)
    new = await session.execute(statement.on_conflict_do_nothing(index_elements=["key"]).returning(SeenRequestRow.key))
    return new.first() is not None


async def take(session: AsyncSession, key: str, now: datetime, *, again_before: datetime) -> bool:
    """Whether the request is the caller's: nobody took it up, or somebody did before then. Machinery, as above."""
    statement = upsert(session, SeenRequestRow).values(key=key, at=now)
    mine = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"at": now}, where=SeenRequestRow.at < again_before
        ).returning(SeenRequestRow.key)
    )
    return mine.first() is not None


async def is_known(session: AsyncSession, key: str) -> bool:
    """Whether there is a request with this key. Machinery, as above."""
    return await session.scalar(select(SeenRequestRow.key).where(SeenRequestRow.key == key)) is not None


async def forget(session: AsyncSession, key: str) -> None:
    """Let the request be taken up again, because it could not be. Machinery."""
    await session.execute(delete(SeenRequestRow).where(SeenRequestRow.key == key))


async def purge(session: AsyncSession, *, before: datetime) -> int:
    """Drop what was seen before then; returns how many. Machinery."""
    gone = await session.execute(
        delete(SeenRequestRow)
        .where(SeenRequestRow.at < before)
        .returning(SeenRequestRow.key)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())
