"""Connected accounts, their sealed tokens, and the claim that lets one machine at a time renew them."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.accounts import Account, Connected, Health, Tokens, access_ends_at
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.domain.items import ErrorClass
from bot.domain.publication import State
from storage.brands import get_brand
from storage.engine import database_now
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import AccountRow, CredentialRow, PostItemRow
from storage.vault import CannotOpen, Identity, Sealed, Vault, account_identity

_log = logging.getLogger(__name__)

_ACCESS_LOST = (ErrorClass.ACCOUNT.value, ErrorClass.PERMISSION.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """Who was connected, in the platform's own words."""

    platform: str
    platform_account_id: str
    handle: str
    display_name: str
    service_url: str
    limits: Mapping[str, object] = field(default_factory=dict[str, object])


async def save_account(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, new: NewAccount) -> Account:
    """Remember a connected account, healthy. One connected before keeps its id. Raises NotFound for the brand."""
    brand = await get_brand(session, workspace_id, brand_id)
    now = clock.now()
    fresh = {
        "handle": new.handle,
        "display_name": new.display_name,
        "limits": dict(new.limits),
        "health": Health.HEALTHY.value,
        "health_detail": None,
        "checked_at": now,
        "connected_at": now,
        "disconnected_at": None,
    }
    statement = upsert(session, AccountRow).values(
        id=new_id("acct"),
        workspace_id=workspace_id,
        brand_id=brand.id,
        platform=new.platform,
        platform_account_id=new.platform_account_id,
        service_url=new.service_url,
        **fresh,
    )
    saved = await session.scalars(
        statement.on_conflict_do_update(
            index_elements=["brand_id", "platform", "service_url", "platform_account_id"], set_=fresh
        ).returning(AccountRow),
        execution_options={"populate_existing": True},
    )
    return account_of(saved.one())


async def count_broken_posts(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, new: NewAccount
) -> int:
    """How many posts failed since this account was last connected because the platform no longer let us in."""
    query = (
        select(func.count(PostItemRow.post_id.distinct()))
        .join(AccountRow, AccountRow.id == PostItemRow.account_id)
        .where(
            AccountRow.workspace_id == workspace_id,
            AccountRow.brand_id == brand_id,
            AccountRow.platform == new.platform,
            AccountRow.service_url == new.service_url,
            AccountRow.platform_account_id == new.platform_account_id,
            PostItemRow.state == State.FAILED.value,
            PostItemRow.error_class.in_(_ACCESS_LOST),
            PostItemRow.due_at >= AccountRow.connected_at,
        )
    )
    return (await session.execute(query)).scalar_one()


_LISTED = (
    select(*AccountRow.__table__.columns)
    .where(AccountRow.workspace_id == bindparam("whose"), AccountRow.disconnected_at.is_(None))
    .order_by(AccountRow.platform, AccountRow.handle)
)
_LISTED_OF_BRAND = _LISTED.where(AccountRow.brand_id == bindparam("of_brand"))
"""Made once: hardly anything is done without asking them."""


async def list_accounts(
    session: AsyncSession, workspace_id: WorkspaceId, *, brand_id: BrandId | None = None
) -> list[Account]:
    """The connected accounts of the workspace, or of one of its brands."""
    query = _LISTED if brand_id is None else _LISTED_OF_BRAND
    rows = await session.execute(query, {"whose": workspace_id, "of_brand": brand_id})
    return [account_of(row) for row in rows]


async def get_account(
    session: AsyncSession, workspace_id: WorkspaceId, id_or_handle: str, *, brand_id: BrandId | None = None
) -> Account:
    """One connected account by its id or `platform:handle`, of one brand if given.

    Raises NotFound, and Conflict when several brands have that handle.
    """
    platform, colon, handle = id_or_handle.partition(":")
    names_it = [AccountRow.id == id_or_handle]
    if colon:
        names_it = [AccountRow.platform == platform, AccountRow.handle == handle.removeprefix("@")]
    query = select(AccountRow).where(*_connected(workspace_id), *names_it).limit(2)
    if brand_id is not None:
        query = query.where(AccountRow.brand_id == brand_id)
    rows = (await session.scalars(query)).all()
    if not rows:
        raise NotFound(f"There is no connected account {id_or_handle} here.", field="account")
    if len(rows) > 1:
        raise Conflict(f"Several accounts are named {id_or_handle}: give the account's id.", field="account")
    return account_of(rows[0])


async def set_health(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    account_id: AccountId,
    health: Health,
    detail: str | None = None,
) -> None:
    """Note what the last check said. `detail` is a sentence for people. Raises NotFound."""
    changed = await session.execute(
        update(AccountRow)
        .where(*_connected(workspace_id), AccountRow.id == account_id)
        .values(health=health.value, health_detail=detail, checked_at=clock.now())
        .returning(AccountRow.id)
    )
    if changed.first() is None:
        raise NotFound(f"There is no connected account {account_id} here.", field="account")


async def note_trouble(  # noqa: PLR0913  # of whom, what, and of which connection
    session: AsyncSession,
    workspace_id: WorkspaceId,
    account_id: AccountId,
    health: Health,
    *,
    detail: str,
    asked_at: datetime,
) -> bool:
    """Note what a check that began then said. False: the account was connected anew meanwhile, or is gone."""
    changed = await session.execute(
        update(AccountRow)
        .where(*_connected(workspace_id), AccountRow.id == account_id, AccountRow.connected_at <= asked_at)
        .values(health=health.value, health_detail=detail, checked_at=clock.now())
        .returning(AccountRow.id)
    )
    return changed.first() is not None


async def set_limits(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, limits: Mapping[str, object]
) -> None:
    """Keep what the server said of its own limits. Raises NotFound."""
    changed = await session.execute(
        update(AccountRow)
        .where(*_connected(workspace_id), AccountRow.id == account_id)
        .values(limits=dict(limits))
        .returning(AccountRow.id)
    )
    if changed.first() is None:
        raise NotFound(f"There is no connected account {account_id} here.", field="account")


async def disconnect(session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId) -> Account:
    """Forget the account's tokens for good; what it published stays. Raises NotFound. Returns it as it was."""
    account = await get_account(session, workspace_id, account_id)
    await session.execute(update(AccountRow).where(AccountRow.id == account.id).values(disconnected_at=clock.now()))
    await session.execute(
        delete(CredentialRow).where(CredentialRow.account_id == account.id, CredentialRow.workspace_id == workspace_id)
    )
    return account


async def store_tokens(  # noqa: PLR0913  # a row, its seal, and what it may replace
    session: AsyncSession,
    workspace_id: WorkspaceId,
    vault: Vault,
    account: Account,
    tokens: Tokens,
    *,
    replacing: int | None = None,
) -> int:
    """Seal and keep an account's tokens in place of the ones before; ends a running refresh claim.

    With `replacing` only in place of that version: somebody may have connected the account anew meanwhile, and theirs
    stay. Returns the new version. Raises NotFound, and Conflict when another version is stored.
    """
    await get_account(session, workspace_id, account.id)
    sealed = vault.seal_tokens(tokens, identity=identity_of(account))
    fresh = {
        "sealed": sealed.data,
        "key_id": sealed.key_id,
        "access_expires_at": tokens.access_expires_at,
        "refresh_claimed_until": None,
        "updated_at": clock.now(),
    }
    statement = upsert(session, CredentialRow).values(
        account_id=account.id, workspace_id=workspace_id, version=1, **fresh
    )
    stored = await session.scalars(
        statement.on_conflict_do_update(
            index_elements=["account_id"],
            set_={**fresh, "version": CredentialRow.version + 1},
            where=None if replacing is None else CredentialRow.version == replacing,
        ).returning(CredentialRow.version)
    )
    version = stored.one_or_none()
    if version is None:
        raise Conflict(f"The access of {account.handle} was renewed by somebody else meanwhile.", field="account")
    await session.execute(
        update(AccountRow)
        .where(AccountRow.id == account.id, AccountRow.workspace_id == workspace_id)
        .values(ends_at=access_ends_at(tokens), renews=tokens.refresh is not None)
    )
    return version


async def load_connected(
    session: AsyncSession, vault: Vault, account_ids: Collection[AccountId]
) -> dict[AccountId, tuple[Connected, int]]:
    """Accounts with their tokens and version, in one query; those without tokens we can open are left out.

    Machinery: the rows of a queue name accounts of many workspaces, and one bad row must not hold up the others.
    """
    loaded: dict[AccountId, tuple[Connected, int]] = {}
    for row in await session.execute(_CONNECTED, {"ids": sorted(account_ids)}):
        account = account_of(row)
        sealed = Sealed(data=row.sealed, key_id=row.key_id)
        try:
            tokens = vault.open_tokens(sealed, identity=identity_of(account))
        except CannotOpen as error:
            _log.error("credential cannot be opened", extra={"account_id": account.id, "cause": str(error)})
            continue
        loaded[account.id] = (Connected(account=account, tokens=tokens), row.credential_version)
    return loaded


async def shut_away(session: AsyncSession, vault: Vault, account_ids: Collection[AccountId]) -> set[AccountId]:
    """Those of the accounts whose tokens are sealed with a key that this process does not have. Machinery."""
    query = select(CredentialRow.account_id, CredentialRow.key_id).where(
        CredentialRow.account_id.in_(sorted(account_ids))
    )
    return {AccountId(row.account_id) for row in await session.execute(query) if not vault.has(row.key_id)}


_ACCOUNTS = cast("Table", AccountRow.__table__)
_CONNECTED = (
    select(*_ACCOUNTS.c, CredentialRow.sealed, CredentialRow.key_id, CredentialRow.version.label("credential_version"))
    .join(CredentialRow, CredentialRow.account_id == _ACCOUNTS.c.id)
    .where(_ACCOUNTS.c.id.in_(bindparam("ids", expanding=True)), _ACCOUNTS.c.disconnected_at.is_(None))
)


async def claim_refresh(session: AsyncSession, account_id: AccountId, version: int, until: datetime) -> bool:
    """Become the one who renews the tokens of this version. False: somebody else does, or has done it already.

    Machinery. The claim ends by itself at `until`, and is known by it.
    """
    now = database_now(session)
    claimed = await session.execute(
        update(CredentialRow)
        .where(
            CredentialRow.account_id == account_id,
            CredentialRow.version == version,
            or_(CredentialRow.refresh_claimed_until.is_(None), CredentialRow.refresh_claimed_until <= now),
        )
        .values(refresh_claimed_until=until)
        .returning(CredentialRow.account_id)
        .execution_options(synchronize_session=False)
    )
    return claimed.first() is not None


async def release_refresh(session: AsyncSession, account_id: AccountId, version: int, until: datetime) -> bool:
    """Give up the claim made `until` then, without new tokens. False: it is somebody else's now. Machinery."""
    released = await session.execute(
        update(CredentialRow)
        .where(
            CredentialRow.account_id == account_id,
            CredentialRow.version == version,
            CredentialRow.refresh_claimed_until == until,
        )
        .values(refresh_claimed_until=None)
        .returning(CredentialRow.account_id)
        .execution_options(synchronize_session=False)
    )
    return released.first() is not None


async def accounts_to_refresh(session: AsyncSession, *, before: datetime, limit: int) -> list[AccountId]:
    """Connected accounts that renew themselves and whose access ends before then, the first to end first. Machinery."""
    query = (
        select(AccountRow.id)
        .where(
            AccountRow.renews,
            AccountRow.ends_at < before,
            AccountRow.disconnected_at.is_(None),
            AccountRow.health.not_in((Health.REVOKED.value, Health.EXPIRED.value)),
        )
        .order_by(AccountRow.ends_at)
        .limit(limit)
    )
    return [AccountId(account_id) for account_id in await session.scalars(query)]


async def count_accounts(session: AsyncSession, platform: str) -> int:
    """How many accounts of a platform are connected, in all workspaces. Machinery: some revocations reach them all."""
    query = select(func.count(AccountRow.id)).where(
        AccountRow.platform == platform, AccountRow.disconnected_at.is_(None)
    )
    return (await session.execute(query)).scalar_one()


async def neighbours(session: AsyncSession, account: Account) -> list[Account]:
    """Other connected accounts that may live by the same tokens.

    Those of its platform in its workspace, and in every workspace those that are the same on the network. Machinery.
    """
    same = and_(
        AccountRow.service_url == account.service_url, AccountRow.platform_account_id == account.platform_account_id
    )
    query = select(AccountRow).where(
        AccountRow.platform == account.platform,
        AccountRow.disconnected_at.is_(None),
        AccountRow.id != account.id,
        or_(AccountRow.workspace_id == account.workspace_id, same),
    )
    return [account_of(row) for row in await session.scalars(query)]


def _connected(workspace_id: WorkspaceId) -> tuple[ColumnElement[bool], ...]:
    return AccountRow.workspace_id == workspace_id, AccountRow.disconnected_at.is_(None)


def account_of(row: AccountRow | Row[Any]) -> Account:
    """The domain's account."""
    return Account(
        id=AccountId(row.id),
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        platform=row.platform,
        platform_account_id=row.platform_account_id,
        handle=row.handle,
        display_name=row.display_name,
        service_url=row.service_url,
        limits=row.limits,
        health=Health(row.health),
        health_detail=row.health_detail,
        ends_at=row.ends_at,
        renews=row.renews,
    )


def identity_of(account: Account) -> Identity:
    """Whose tokens they are, for the vault."""
    return account_identity(account.workspace_id, account.brand_id, account.id)
