"""OAuth consents under way, and the apps Herald has registered as at each server."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from storage.brands import get_brand
from storage.engine import database_now
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import AppRegistrationRow, OAuthStateRow
from storage.vault import Sealed, Vault, consent_identity, registration_identity

_WORDS = "This consent link was used already or is too old: ask for a new one."


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRegistration:
    """Herald as an OAuth client at one server."""

    platform: str
    service_url: str
    redirect_uri: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent somebody was asked for: who asked, for which brand, and what the callback needs."""

    workspace_id: WorkspaceId
    brand_id: BrandId
    asked_by: str
    platform: str
    service_url: str
    redirect_uri: str
    verifier: Secret
    """The PKCE code verifier, or all that a network's own way of asking has to remember."""
    expires_at: datetime
    link_hash: str | None = None
    """The connect link it was begun from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentResult:
    """How a consent stands: neither field while it is open."""

    account_id: AccountId | None
    outcome: str | None
    """`connected`, or a sentence saying what went wrong."""
    choosing: bool = False
    """Whether the person agreed and has to pick among what the consent is good for."""


async def get_app_registration(
    session: AsyncSession, vault: Vault, *, platform: str, service_url: str, redirect_uri: str
) -> AppRegistration | None:
    """The app registered at this server for this callback address, if there is one. Machinery. Raises CannotOpen."""
    row = await session.scalar(
        select(AppRegistrationRow).where(
            AppRegistrationRow.platform == platform,
            AppRegistrationRow.service_url == service_url,
            AppRegistrationRow.redirect_uri == redirect_uri,
        )
    )
    if row is None:
        return None
    sealed = Sealed(data=row.sealed_secret, key_id=row.key_id)
    secret = vault.open(sealed, identity=registration_identity(platform, service_url))
    return AppRegistration(
        platform=row.platform,
        service_url=row.service_url,
        redirect_uri=row.redirect_uri,
        client_id=row.client_id,
        client_secret=Secret(secret.decode()),
    )


async def save_app_registration(session: AsyncSession, vault: Vault, registration: AppRegistration) -> None:
    """Keep an app's registration, in place of an earlier one for the same server and callback. Machinery."""
    identity = registration_identity(registration.platform, registration.service_url)
    sealed = vault.seal(registration.client_secret.reveal().encode(), identity=identity)
    fresh = {
        "client_id": registration.client_id,
        "sealed_secret": sealed.data,
        "key_id": sealed.key_id,
        "created_at": clock.now(),
    }
    statement = upsert(session, AppRegistrationRow).values(
        id=new_id("app"),
        platform=registration.platform,
        service_url=registration.service_url,
        redirect_uri=registration.redirect_uri,
        **fresh,
    )
    await session.execute(
        statement.on_conflict_do_update(index_elements=["platform", "service_url", "redirect_uri"], set_=fresh)
    )


async def open_consent(
    session: AsyncSession, workspace_id: WorkspaceId, vault: Vault, state: str, consent: Consent
) -> None:
    """Remember that somebody was sent to a platform with this `state`. Raises NotFound for the brand."""
    await get_brand(session, workspace_id, consent.brand_id)
    hashed = state_hash_of(state)
    sealed = vault.seal(
        consent.verifier.reveal().encode(), identity=consent_identity(workspace_id, consent.brand_id, hashed)
    )
    session.add(
        OAuthStateRow(
            state_hash=hashed,
            workspace_id=workspace_id,
            brand_id=consent.brand_id,
            asked_by=consent.asked_by,
            platform=consent.platform,
            service_url=consent.service_url,
            redirect_uri=consent.redirect_uri,
            sealed_verifier=sealed.data,
            key_id=sealed.key_id,
            created_at=clock.now(),
            expires_at=consent.expires_at,
            link_hash=consent.link_hash,
        )
    )
    await session.flush()


async def take_consent(session: AsyncSession, vault: Vault, state: str) -> Consent:
    """The consent a callback's `state` belongs to, for this once. Machinery: the state itself says whose it is.

    Raises NotFound for an unknown one, Conflict for one used or expired.
    """
    now = database_now(session)
    taken = await session.scalars(
        update(OAuthStateRow)
        .where(
            OAuthStateRow.state_hash == state_hash_of(state),
            OAuthStateRow.used_at.is_(None),
            OAuthStateRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(OAuthStateRow)
        .execution_options(synchronize_session=False)
    )
    row = taken.one_or_none()
    if row is None:
        known = await session.scalar(
            select(OAuthStateRow.state_hash).where(OAuthStateRow.state_hash == state_hash_of(state))
        )
        if known is None:
            raise NotFound("This consent link is unknown: ask for a new one.", field="state")
        raise Conflict(_WORDS, field="state")
    return consent_of(row, vault)


async def link_hash_of(session: AsyncSession, state: str) -> str | None:
    """The connect link a consent was begun from, if it was. Machinery: the state itself says whose it is."""
    return await session.scalar(select(OAuthStateRow.link_hash).where(OAuthStateRow.state_hash == state_hash_of(state)))


async def note_consent(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    state: str,
    *,
    outcome: str,
    account_id: AccountId | None = None,
) -> None:
    """Write down how a consent ended, for whoever waits for it. Raises NotFound."""
    noted = await session.execute(
        update(OAuthStateRow)
        .where(OAuthStateRow.state_hash == state_hash_of(state), OAuthStateRow.workspace_id == workspace_id)
        .values(outcome=outcome, account_id=account_id)
        .returning(OAuthStateRow.state_hash)
    )
    if noted.first() is None:
        raise NotFound("This consent link is unknown.", field="state")


async def consent_result(session: AsyncSession, workspace_id: WorkspaceId, state: str) -> ConsentResult:
    """How a consent stands. Raises NotFound."""
    query = select(OAuthStateRow.account_id, OAuthStateRow.outcome, OAuthStateRow.sealed_choices).where(
        OAuthStateRow.state_hash == state_hash_of(state), OAuthStateRow.workspace_id == workspace_id
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("This consent link is unknown.", field="state")
    return ConsentResult(
        account_id=AccountId(row.account_id) if row.account_id is not None else None,
        outcome=row.outcome,
        choosing=row.sealed_choices is not None,
    )


async def forget_old_consents(session: AsyncSession, *, before: datetime) -> int:
    """Delete consents that expired before then; returns how many. Tokens nobody picked go as they expire. Machinery."""
    await session.execute(
        update(OAuthStateRow)
        .where(OAuthStateRow.sealed_choices.is_not(None), OAuthStateRow.expires_at < database_now(session))
        .values(sealed_choices=None, choices_key_id=None)
        .execution_options(synchronize_session=False)
    )
    gone = await session.execute(
        delete(OAuthStateRow)
        .where(OAuthStateRow.expires_at < before)
        .returning(OAuthStateRow.state_hash)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


def state_hash_of(state: str) -> str:
    """What is kept of a `state`."""
    return hashlib.sha256(state.encode()).hexdigest()


def consent_of(row: OAuthStateRow, vault: Vault) -> Consent:
    """The consent of a row. Raises CannotOpen."""
    identity = consent_identity(row.workspace_id, row.brand_id, row.state_hash)
    verifier = vault.open(Sealed(data=row.sealed_verifier, key_id=row.key_id), identity=identity)
    return Consent(
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        asked_by=row.asked_by,
        platform=row.platform,
        service_url=row.service_url,
        redirect_uri=row.redirect_uri,
        verifier=Secret(verifier.decode()),
        expires_at=row.expires_at,
        link_hash=row.link_hash,
    )
