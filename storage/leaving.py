"""The SQLite database an installation moves away from: held alone, so that nothing runs on it meanwhile."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.publication import Event, State, move
from storage import sqlite
from storage.tables import Base, PostItemRow, WorkerRow


class Source:
    """The old database, in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.session = AsyncSession(connection, join_transaction_mode="rollback_only")
        """For storage functions that take one; `commit` is the source's own."""

    async def let_go(self) -> None:
        """Give back what workers had claimed. What they were sending stays as it is, for whoever recovers it.

        Raises Conflict while a worker's lease holds.
        """
        now = clock.now()
        living = select(func.count()).select_from(WorkerRow).where(WorkerRow.lease_until > now)
        if (await self.connection.execute(living)).scalar_one():
            raise Conflict("A worker is running, or was killed a moment ago. Stop it, wait five seconds, try again.")
        await self.connection.execute(delete(WorkerRow))
        await self.connection.execute(
            update(PostItemRow)
            .where(PostItemRow.state == State.CLAIMED.value)
            .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
        )

    async def key_ids(self) -> set[str]:
        """The keys that anything here is sealed with."""
        found: set[str] = set()
        for table in Base.metadata.sorted_tables:
            if "key_id" in table.c:
                found |= set((await self.connection.execute(select(table.c.key_id).distinct())).scalars())
        return found

    async def commit(self) -> None:
        """Keep what was changed here."""
        await self.session.flush()
        await self.connection.commit()


@asynccontextmanager
async def leaving(url: str) -> AsyncIterator[Source]:
    """Hold the file alone. What the block does not commit was never done.

    Raises Conflict while any other process has it open.
    """
    engine = sqlite.lone_engine(Path(str(make_url(url).database)))
    try:
        connection = await engine.connect()
        try:
            await connection.begin()
            yield Source(connection)
        finally:
            await connection.close()
    except OperationalError as error:
        message = "Something has the database open. Stop every herald serve, web and worker, then try again."
        raise Conflict(message) from error
    finally:
        await engine.dispose()


def database_exists(url: str) -> bool:
    """Whether there is a file at a SQLite address."""
    return Path(str(make_url(url).database)).is_file()
