"""Calendar feeds of brands: each at an address nobody can guess, of which a hash is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import BrandId, WorkspaceId
from storage.brands import get_brand
from storage.tables import IcalFeedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Whose feed it is."""

    workspace_id: WorkspaceId
    brand_id: BrandId
    created_at: datetime


async def open_feed(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, token: str, *, now: datetime
) -> None:
    """Make the brand's feed; an earlier one is no longer good. Raises NotFound for the brand."""
    await get_brand(session, workspace_id, brand_id)
    await close_feed(session, workspace_id, brand_id, now=now)
    row = IcalFeedRow(token_hash=_hash(token), workspace_id=workspace_id, brand_id=brand_id, created_at=now)
    session.add(row)
    await session.flush()


async def close_feed(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, *, now: datetime) -> bool:
    """Make the brand's feed worthless; False: it had none."""
    closed = await session.execute(
        update(IcalFeedRow)
        .where(
            IcalFeedRow.workspace_id == workspace_id,
            IcalFeedRow.brand_id == brand_id,
            IcalFeedRow.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(IcalFeedRow.token_hash)
    )
    return closed.first() is not None


async def feed_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> Feed | None:
    """The brand's feed, if it has one; its address is not known any more."""
    its = (IcalFeedRow.workspace_id == workspace_id, IcalFeedRow.brand_id == brand_id)
    row = await session.scalar(select(IcalFeedRow).where(*its, IcalFeedRow.revoked_at.is_(None)))
    return None if row is None else _feed(row)


async def find_feed(session: AsyncSession, token: str) -> Feed | None:
    """The living feed with this token. Machinery: the token itself says whose it is."""
    query = select(IcalFeedRow).where(IcalFeedRow.token_hash == _hash(token), IcalFeedRow.revoked_at.is_(None))
    row = await session.scalar(query)
    return None if row is None else _feed(row)


def _hash(token: str) -> str:
    """Unsalted, as the token itself is 32 random bytes."""
    return hashlib.sha256(token.encode()).hexdigest()


def _feed(row: IcalFeedRow) -> Feed:
    return Feed(workspace_id=WorkspaceId(row.workspace_id), brand_id=BrandId(row.brand_id), created_at=row.created_at)
