"""Sealing everything again with the newest key. Machinery: for the operator, over all workspaces."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import WorkspaceId
from storage.accounts import account_of, identity_of
from storage.tables import (
    AccountRow,
    AppRegistrationRow,
    CredentialRow,
    OAuthStateRow,
    SlackInstallationRow,
    WebhookRow,
)
from storage.vault import (
    CannotOpen,
    Identity,
    Sealed,
    Vault,
    consent_identity,
    installation_identity,
    registration_identity,
    webhook_identity,
)


async def rotate_keys(session: AsyncSession, vault: Vault, *, limit: int = 100, damaged: set[str] | None = None) -> int:
    """Seal up to `limit` tokens and secrets of older keys with the newest one; repeat until it returns 0.

    Machinery. Versions stay: the tokens are the same ones. What is sealed with a key that is gone is left as it is:
    `count_shut_away`. So is what was changed where it lies: its id joins `damaged`, and is not looked at again.
    """
    broken = set[str]() if damaged is None else damaged
    query = (
        select(AccountRow, CredentialRow)
        .join(CredentialRow, CredentialRow.account_id == AccountRow.id)
        .where(CredentialRow.key_id.in_(vault.older), CredentialRow.account_id.not_in(broken))
        .limit(limit)
        .with_for_update(of=CredentialRow)
    )
    rotated = 0
    for row, credential in await session.execute(query):
        sealed = _sealed_anew(vault, credential.sealed, credential.key_id, identity_of(account_of(row)))
        if sealed is None:
            broken.add(credential.account_id)
            continue
        credential.sealed, credential.key_id = sealed.data, sealed.key_id
        rotated += 1
    registrations = select(AppRegistrationRow).where(
        AppRegistrationRow.key_id.in_(vault.older), AppRegistrationRow.id.not_in(broken)
    )
    for registration in await session.scalars(registrations.limit(limit).with_for_update()):
        identity = registration_identity(registration.platform, registration.service_url)
        sealed = _sealed_anew(vault, registration.sealed_secret, registration.key_id, identity)
        if sealed is None:
            broken.add(registration.id)
            continue
        registration.sealed_secret, registration.key_id = sealed.data, sealed.key_id
        rotated += 1
    installations = select(SlackInstallationRow).where(
        SlackInstallationRow.key_id.in_(vault.older), SlackInstallationRow.workspace_id.not_in(broken)
    )
    for installation in await session.scalars(installations.limit(limit).with_for_update()):
        identity = installation_identity(WorkspaceId(installation.workspace_id), installation.team_id)
        sealed = _sealed_anew(vault, installation.sealed, installation.key_id, identity)
        if sealed is None:
            broken.add(installation.workspace_id)
            continue
        installation.sealed, installation.key_id = sealed.data, sealed.key_id
        rotated += 1
    rotated += await _rotate_choices(session, vault, limit, broken)
    rotated += await _rotate_webhooks(session, vault, limit, broken)
    await session.flush()
    return rotated


async def count_shut_away(session: AsyncSession, vault: Vault) -> int:
    """How many tokens and secrets are sealed with a key that is not in the ring. Machinery."""
    known = (vault.key_id, *vault.older)
    counts = [
        select(func.count()).select_from(CredentialRow).where(CredentialRow.key_id.not_in(known)),
        select(func.count()).select_from(AppRegistrationRow).where(AppRegistrationRow.key_id.not_in(known)),
        select(func.count()).select_from(SlackInstallationRow).where(SlackInstallationRow.key_id.not_in(known)),
        select(func.count())
        .select_from(WebhookRow)
        .where(WebhookRow.deleted_at.is_(None), WebhookRow.key_id.not_in(known)),
    ]
    return sum([(await session.execute(count)).scalar_one() for count in counts])


async def _rotate_choices(session: AsyncSession, vault: Vault, limit: int, broken: set[str]) -> int:
    query = select(OAuthStateRow).where(
        OAuthStateRow.sealed_choices.is_not(None),
        OAuthStateRow.choices_key_id.in_(vault.older),
        OAuthStateRow.state_hash.not_in(broken),
    )
    rotated = 0
    for row in await session.scalars(query.limit(limit).with_for_update()):
        identity = consent_identity(row.workspace_id, row.brand_id, row.state_hash)
        sealed = _sealed_anew(vault, row.sealed_choices or b"", row.choices_key_id or "", identity)
        if sealed is None:
            broken.add(row.state_hash)
            continue
        row.sealed_choices, row.choices_key_id = sealed.data, sealed.key_id
        rotated += 1
    return rotated


async def _rotate_webhooks(session: AsyncSession, vault: Vault, limit: int, broken: set[str]) -> int:
    query = select(WebhookRow).where(
        WebhookRow.deleted_at.is_(None), WebhookRow.key_id.in_(vault.older), WebhookRow.id.not_in(broken)
    )
    rotated = 0
    for row in await session.scalars(query.limit(limit).with_for_update()):
        identity = webhook_identity(WorkspaceId(row.workspace_id), row.id)
        sealed = _sealed_anew(vault, row.sealed_secret, row.key_id, identity)
        if sealed is None:
            broken.add(row.id)
            continue
        row.sealed_secret, row.key_id = sealed.data, sealed.key_id
        rotated += 1
    return rotated


def _sealed_anew(vault: Vault, data: bytes, key_id: str, identity: Identity) -> Sealed | None:
    """None: it cannot be opened, so it was changed."""
    try:
        opened = vault.open(Sealed(data=data, key_id=key_id), identity=identity)
    except CannotOpen:
        return None
    return vault.seal(opened, identity=identity)
