"""Whether an installation moved to another database. Machinery: of the whole database.

The mark is what keeps two databases from sending the same posts: it is committed in the old one before the new one can
be used, and whoever opens the old one refuses.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from storage.tables import MoveRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where it went, and when."""

    target: str
    at: datetime


async def moved_to(session: AsyncSession) -> Move | None:
    """Where everything went; None: it is here."""
    row = (await session.execute(select(MoveRow.target, MoveRow.at).order_by(MoveRow.at.desc()).limit(1))).first()
    return Move(target=row[0], at=row[1]) if row is not None else None


async def mark_moved(session: AsyncSession, target: str) -> None:
    """Say that everything is there from now on."""
    await session.execute(delete(MoveRow))
    await session.execute(insert(MoveRow).values(target=target, at=clock.now()))


async def unmark(session: AsyncSession) -> None:
    """Everything is here after all."""
    await session.execute(delete(MoveRow))
