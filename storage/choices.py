"""What a person may pick from after a consent: kept sealed with the consent for ten minutes, and taken once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import Tokens
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import WorkspaceId
from storage.accounts import NewAccount
from storage.consents import Consent, consent_of, state_hash_of
from storage.engine import database_now
from storage.tables import OAuthStateRow
from storage.vault import Sealed, Vault, consent_identity, tokens_from_json, tokens_to_json

_OVER = "What you could choose from is used up or older than 10 minutes. Connect again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing to pick, with the tokens to keep for it."""

    account: NewAccount
    kind: str
    picture_url: str | None
    tokens: Tokens


async def keep_offers(  # noqa: PLR0913  # whose, sealed by what, which, until when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    vault: Vault,
    state: str,
    offers: Sequence[Offer],
    *,
    until: datetime,
) -> None:
    """Keep what a consent offers until `until`. Raises NotFound."""
    hashed = state_hash_of(state)
    query = select(OAuthStateRow.brand_id).where(
        OAuthStateRow.state_hash == hashed, OAuthStateRow.workspace_id == workspace_id
    )
    brand_id = await session.scalar(query)
    if brand_id is None:
        raise NotFound("This consent link is unknown.", field="state")
    plain = json.dumps([_to_json(offer) for offer in offers]).encode()
    sealed = vault.seal(plain, identity=consent_identity(workspace_id, brand_id, hashed))
    await session.execute(
        update(OAuthStateRow)
        .where(OAuthStateRow.state_hash == hashed)
        .values(sealed_choices=sealed.data, choices_key_id=sealed.key_id, expires_at=until)
    )


async def see_offers(session: AsyncSession, vault: Vault, state: str) -> tuple[Consent, tuple[Offer, ...]]:
    """The consent with this `state` and what it offers. Machinery: the state itself says whose it is.

    Raises Conflict when they were taken or are too old.
    """
    row = await session.scalar(
        select(OAuthStateRow).where(
            OAuthStateRow.state_hash == state_hash_of(state),
            OAuthStateRow.sealed_choices.is_not(None),
            OAuthStateRow.expires_at > database_now(session),
        )
    )
    if row is None:
        raise Conflict(_OVER, field="state")
    return consent_of(row, vault), _offers(row, vault)


async def drop_offers(session: AsyncSession, workspace_id: WorkspaceId, state: str) -> None:
    """Take what a consent offers, for this once: afterwards its tokens are kept nowhere else. Raises Conflict."""
    gone = await session.execute(
        update(OAuthStateRow)
        .where(
            OAuthStateRow.state_hash == state_hash_of(state),
            OAuthStateRow.workspace_id == workspace_id,
            OAuthStateRow.sealed_choices.is_not(None),
            OAuthStateRow.expires_at > database_now(session),
        )
        .values(sealed_choices=None, choices_key_id=None)
        .returning(OAuthStateRow.state_hash)
        .execution_options(synchronize_session=False)
    )
    if gone.first() is None:
        raise Conflict(_OVER, field="state")


def _offers(row: OAuthStateRow, vault: Vault) -> tuple[Offer, ...]:
    sealed = Sealed(data=row.sealed_choices or b"", key_id=row.choices_key_id or "")
    plain = vault.open(sealed, identity=consent_identity(row.workspace_id, row.brand_id, row.state_hash))
    return tuple(
        Offer(
            account=NewAccount(**stored["account"]),
            kind=stored["kind"],
            picture_url=stored["picture_url"],
            tokens=tokens_from_json(stored["tokens"]),
        )
        for stored in json.loads(plain)
    )


def _to_json(offer: Offer) -> dict[str, object]:
    new = offer.account
    account = {
        "platform": new.platform,
        "platform_account_id": new.platform_account_id,
        "handle": new.handle,
        "display_name": new.display_name,
        "service_url": new.service_url,
        "limits": dict(new.limits),
    }
    return {
        "account": account,
        "kind": offer.kind,
        "picture_url": offer.picture_url,
        "tokens": tokens_to_json(offer.tokens),
    }
