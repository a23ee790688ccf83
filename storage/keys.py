"""Keys to the HTTP API. Only a hash of a key is kept; it is shown once, when made."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Select, Table, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.errors import NotFound
from bot.domain.ids import BrandId, WorkspaceId
from bot.domain.keys import ApiKey
from storage.brands import get_brand
from storage.engine import Database
from storage.ids import new_id
from storage.tables import ApiKeyRow, UtcDateTime

_PREFIX = "hrld_"
_KEY_BYTES = 32
_SHOWN = 10
"""Characters of a key that lists show, so that people recognise it."""


async def create_key(  # noqa: PLR0913  # what a key may be, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_id: BrandId | None = None,
    scopes: Sequence[str] = (),
    rate_limit_per_minute: int | None = None,
    name: str | None = None,
    expires_at: datetime | None = None,
    key_id: str | None = None,
) -> tuple[ApiKey, Secret]:
    """Make a key and return it, this once, beside what is kept of it. Raises NotFound for the brand."""
    if brand_id is not None:
        await get_brand(session, workspace_id, brand_id)
    key = _PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    row = ApiKeyRow(
        id=key_id or new_id("key"),
        workspace_id=workspace_id,
        brand_id=brand_id,
        prefix=key[:_SHOWN],
        key_hash=_hash(key),
        scopes=list(scopes),
        rate_limit_per_minute=rate_limit_per_minute,
        created_at=clock.now(),
        name=name,
        expires_at=expires_at,
    )
    session.add(row)
    await session.flush()
    return _api_key(row), Secret(key)


async def is_there(session: AsyncSession, workspace_id: WorkspaceId, key_id: str) -> bool:
    """Whether the workspace has, or had, a key with this id."""
    query = select(ApiKeyRow.id).where(ApiKeyRow.workspace_id == workspace_id, ApiKeyRow.id == key_id)
    return await session.scalar(query) is not None


async def find_key(database: Database, key: Secret) -> ApiKey | None:
    """The living key with this text, if there is one: a glance, without a transaction, for every call begins with it.

    Machinery: the key itself says whose it is.
    """
    found = await database.glance(_FIND, {"key_hash": _hash(key.reveal()), "now": clock.now()})
    return None if found is None else _api_key(found)


def _find_query() -> Select[*tuple[Any, ...]]:
    row = ApiKeyRow
    alive = or_(row.expires_at.is_(None), row.expires_at > bindparam("now", type_=UtcDateTime()))
    return select(*_KEYS.c).where(_KEYS.c.key_hash == bindparam("key_hash"), row.revoked_at.is_(None), alive)


_KEYS = cast("Table", ApiKeyRow.__table__)
_FIND = _find_query()


async def list_keys(session: AsyncSession, workspace_id: WorkspaceId) -> list[ApiKey]:
    """The workspace's keys, revoked ones too, oldest first."""
    query = select(ApiKeyRow).where(ApiKeyRow.workspace_id == workspace_id).order_by(ApiKeyRow.id)
    return [_api_key(row) for row in await session.scalars(query)]


async def revoke_key(session: AsyncSession, workspace_id: WorkspaceId, key_id: str) -> None:
    """Make a key worthless; the first revocation's time stays. Raises NotFound."""
    if not await is_there(session, workspace_id, key_id):
        raise NotFound(f"There is no key {key_id} in this workspace.", field="key")
    await session.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.workspace_id == workspace_id, ApiKeyRow.id == key_id, ApiKeyRow.revoked_at.is_(None))
        .values(revoked_at=clock.now())
    )


def _hash(key: str) -> str:
    """Unsalted, as the key itself is 32 random bytes."""
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()


def _api_key(row: ApiKeyRow | Row[*tuple[Any, ...]]) -> ApiKey:
    return ApiKey(
        id=row.id,
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id) if row.brand_id is not None else None,
        prefix=row.prefix,
        scopes=tuple(row.scopes),
        rate_limit_per_minute=row.rate_limit_per_minute,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        name=row.name,
        expires_at=row.expires_at,
    )
