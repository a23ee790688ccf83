"""One-time pages for connecting an account. Only a hash of a link's token is kept."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from storage.brands import get_brand
from storage.tables import ConnectLinkRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectLink:
    """Who may connect what, and until when."""

    workspace_id: WorkspaceId
    brand_id: BrandId
    platform: str
    account_id: AccountId | None
    """The account to reconnect; None for a new one."""
    asked_by: str
    asked_by_name: str | None
    expires_at: datetime
    used_at: datetime | None = None


def hash_of(token: str) -> str:
    """What is kept of a token. Unsalted, as the token itself is 32 random bytes."""
    return hashlib.sha256(token.encode()).hexdigest()


async def add_link(session: AsyncSession, workspace_id: WorkspaceId, token: str, link: ConnectLink) -> None:
    """Remember a link. Raises NotFound for the brand."""
    await get_brand(session, workspace_id, link.brand_id)
    session.add(
        ConnectLinkRow(
            token_hash=hash_of(token),
            workspace_id=workspace_id,
            brand_id=link.brand_id,
            platform=link.platform,
            account_id=link.account_id,
            asked_by=link.asked_by,
            asked_by_name=link.asked_by_name,
            created_at=clock.now(),
            expires_at=link.expires_at,
        )
    )
    await session.flush()


async def find_link(session: AsyncSession, token: str) -> ConnectLink | None:
    """The link with this token, used or old ones too. Machinery: the token itself says whose it is."""
    row = await session.scalar(select(ConnectLinkRow).where(ConnectLinkRow.token_hash == hash_of(token)))
    return _link(row) if row is not None else None


async def get_link(session: AsyncSession, workspace_id: WorkspaceId, link_hash: str) -> ConnectLink | None:
    """The link with this hash, used or old ones too."""
    query = select(ConnectLinkRow).where(
        ConnectLinkRow.token_hash == link_hash, ConnectLinkRow.workspace_id == workspace_id
    )
    row = await session.scalar(query)
    return _link(row) if row is not None else None


async def use_link(session: AsyncSession, workspace_id: WorkspaceId, link_hash: str) -> ConnectLink | None:
    """Use a link up, for this once; None when somebody did before. Whether it is too old was asked at its opening."""
    used = await session.scalars(
        update(ConnectLinkRow)
        .where(
            ConnectLinkRow.token_hash == link_hash,
            ConnectLinkRow.workspace_id == workspace_id,
            ConnectLinkRow.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(ConnectLinkRow)
        .execution_options(synchronize_session=False)
    )
    row = used.one_or_none()
    return _link(row) if row is not None else None


async def forget_old_links(session: AsyncSession, *, before: datetime) -> int:
    """Delete links that ended before then; returns how many. Machinery."""
    gone = await session.execute(
        delete(ConnectLinkRow)
        .where(ConnectLinkRow.expires_at < before)
        .returning(ConnectLinkRow.token_hash)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def _link(row: ConnectLinkRow) -> ConnectLink:
    return ConnectLink(
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        platform=row.platform,
        account_id=AccountId(row.account_id) if row.account_id is not None else None,
        asked_by=row.asked_by,
        asked_by_name=row.asked_by_name,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )
