"""Connecting by consent: sending a person to a network, taking what they come back with, letting them pick.

No transaction is open while a platform is asked.
"""

import hmac
import logging
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import clock
from bot.domain.accounts import Account, Connected, Secret, Tokens
from bot.domain.errors import Conflict, NotAllowed, NotFound, UserError, invalid
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.services import apps
from bot.services.connecting import connector_called
from bot.services.deps import Deps
from bot.services.keeping import Kept, Used, is_of, keep_all, new_account, wrong_account
from platforms import oauth
from platforms.base import AppRegistration, Choice, Connector, JsonObject, Wire
from platforms.consent import Question, Return
from platforms.errors import PlatformError
from storage import accounts, brands, choices, connect_links, consents
from storage.brands import Brand, get_brand
from storage.choices import Offer
from storage.connect_links import hash_of
from storage.consents import Consent

_log = logging.getLogger(__name__)

CONSENT_FOR = timedelta(minutes=10)
"""How long a consent link is good, and after it what may be picked."""
_SAID_NO = "access_denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A consent under way: where to send the person, and the `state` to wait for."""

    url: str
    state: str
    workspace_id: WorkspaceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One page, channel or place a person may pick. Holds no token."""

    id: str
    """The platform's own name for it."""
    handle: str
    display_name: str
    kind: str
    picture_url: str | None
    taken_by: str | None
    """The other brand that has it; then it cannot be picked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """A consent that is good for several accounts: what to pick from, until `CONSENT_FOR` is over."""

    state: str
    title: str
    """The platform's name as people write it."""
    brand: Brand
    from_link: bool
    """Whether it began at a connect link; else the command line asks."""
    offered: tuple[Offered, ...]


async def ask_consent(  # noqa: PLR0913  # each is needed, and named at every call
    deps: Deps,
    brand: Brand,
    platform: str,
    server: str,
    *,
    redirect_uri: str,
    asked_by: str,
    link_hash: str | None = None,
) -> Asked:
    """Register at the server if need be, and make the address that asks for consent.

    `link_hash` names the connect link it begins from, which is used up when the person agrees. Raises AppMissing and
    other UserErrors, and PlatformError.
    """
    connector = connector_called(deps, platform)
    _refuse_without_page(connector, redirect_uri)
    base_url = connector.server(server) if connector.server is not None else deps.endpoints[connector.spec.name].api
    app = await apps.app_to_ask_with(deps, connector, base_url, redirect_uri)
    state = secrets.token_urlsafe(32)
    url, verifier = await _question(deps, connector, app, base_url, server, state)
    consent = Consent(
        workspace_id=brand.workspace_id,
        brand_id=brand.id,
        asked_by=asked_by,
        platform=connector.spec.name,
        service_url=base_url,
        redirect_uri=redirect_uri,
        verifier=verifier,
        expires_at=clock.now() + CONSENT_FOR,
        link_hash=link_hash,
    )
    async with deps.database.transaction() as session:
        await consents.open_consent(session, brand.workspace_id, deps.vault, state, consent)
    return Asked(url=url, state=state, workspace_id=brand.workspace_id)


def _refuse_without_page(connector: Connector, redirect_uri: str) -> None:
    if connector.consent is not None:
        trouble = connector.consent.trouble(redirect_uri)
        if trouble is not None:
            raise Conflict(trouble, field="platform")
    elif connector.spec.oauth is None:
        title = connector.spec.title
        raise Conflict(f"{title} has no consent page. Connect with a password or token.", field="platform")


async def _question(  # noqa: PLR0913, PLR0917  # all that a consent's address is made of
    deps: Deps, connector: Connector, app: AppRegistration, base_url: str, typed: str, state: str
) -> tuple[str, Secret]:
    """Where to send the person, and what has to be kept until they are back."""
    if connector.consent is not None:
        wire, endpoints = deps.sender.wire(connector.spec), deps.endpoints[connector.spec.name]
        sent = await connector.consent.ask(wire, endpoints, Question(typed=typed, state=state, app=app))
        return sent.url, sent.kept
    verifier = oauth.new_verifier()
    client = apps.client_at(deps, connector, base_url, app)
    return oauth.authorization_url(client, oauth.Consent(state=state, verifier=verifier)), verifier


async def client_document(deps: Deps, platform: str, redirect_uri: str) -> JsonObject:
    """What Herald says of itself to a network whose authorization servers read it. Raises NotFound."""
    connector = connector_called(deps, platform)
    if connector.consent is None or connector.consent.trouble(redirect_uri) is not None:
        raise NotFound(f"Herald has no such document for {connector.spec.title}.")
    return connector.consent.document(await apps.app_at(deps, connector, "", redirect_uri))


async def finish_consent(  # noqa: PLR0913  # what a callback's address holds
    deps: Deps,
    state: str,
    code: Secret | None,
    *,
    refusal: str = _SAID_NO,
    issuer: str | None = None,
    link_token: str | None = None,
) -> Kept | Choosing:
    """The person came back, with a code or with the platform's word for why not. Raises UserError.

    The `state` is used up. `issuer` is who says so, where the address names somebody (RFC 9207). Words for why not:
    https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1, 2026-11-21.

    `link_token` is the connect link this browser holds: a consent begun from a link is finished only where it was
    begun, so that nobody can have somebody else agree for them.
    """
    async with deps.database.transaction() as session:
        consent = await consents.take_consent(session, deps.vault, state)
    try:
        _refuse_other_browser(consent, link_token)
        offers = await _redeem(deps, consent, _code(deps, consent, code, refusal), issuer)
        chosen = await _without_asking(deps, consent, offers)
        if chosen is None:
            return await _offer(deps, consent, state, offers)
        kept = await _keep(deps, consent, chosen)
    except UserError as error:
        await _end(deps, consent, state, outcome=error.message)
        raise
    except PlatformError as error:
        _log.warning("consent failed", extra={"platform": error.platform, "operation": error.operation})
        await _end(deps, consent, state, outcome=error.safe)
        raise UserError(error.safe) from error
    await _end(deps, consent, state, outcome="connected", account_id=kept.account.id)
    return kept


async def link_among(deps: Deps, state: str, link_tokens: Collection[str]) -> str | None:
    """Which of these connect links a consent was begun from; None when it was none of them."""
    async with deps.database.reading() as session:
        begun_from = await consents.link_hash_of(session, state) or ""
    return next((token for token in link_tokens if hmac.compare_digest(hash_of(token), begun_from)), None)


def _refuse_other_browser(consent: Consent, link_token: str | None) -> None:
    if consent.link_hash is None:
        return
    if link_token is None or not hmac.compare_digest(hash_of(link_token), consent.link_hash):
        raise NotAllowed("This was begun in another browser, so nothing changed. Open the link from Slack again here.")


async def _end(deps: Deps, consent: Consent, state: str, *, outcome: str, account_id: AccountId | None = None) -> None:
    async with deps.database.transaction() as session:
        await consents.note_consent(session, consent.workspace_id, state, outcome=outcome, account_id=account_id)


def _code(deps: Deps, consent: Consent, code: Secret | None, refusal: str) -> Secret:
    """The code that came. Raises Conflict with the reason why none did."""
    title = connector_called(deps, consent.platform).spec.title
    if code is None and refusal != _SAID_NO:
        raise Conflict(f"{title} did not ask you, so nothing changed. Try again later.", field="code")
    if code is None:
        raise Conflict(f"You said no on {title}, so nothing changed.", field="code")
    return code


async def _redeem(deps: Deps, consent: Consent, code: Secret, issuer: str | None) -> tuple[Offer, ...]:
    """What the code is good for."""
    connector = connector_called(deps, consent.platform)
    app = await apps.app_at(deps, connector, consent.service_url, consent.redirect_uri)
    if connector.consent is not None:
        back = Return(kept=consent.verifier, code=code, issuer=issuer, app=app)
        wire, endpoints = deps.sender.wire(connector.spec), deps.endpoints[connector.spec.name]
        made = await connector.consent.redeem(wire, endpoints, back)
        return (_to_offer(connector, Choice(identity=made.identity, kind=""), made.tokens),)
    wire, client = deps.sender.wire(connector.spec), apps.client_at(deps, connector, consent.service_url, app)
    tokens = await oauth.redeem(wire, client, code=code, verifier=consent.verifier, now=clock.now())
    if connector.register is not None:
        extra = {**tokens.extra, "client_id": Secret(app.client_id), "client_secret": app.client_secret}
        tokens = replace(tokens, extra=extra)
    found = await _found(deps, wire, connector, Connected(account=_provisional(consent), tokens=tokens))
    if not found:
        hint = client.rules.nothing_found
        words = f"{connector.spec.title} shows nothing that Herald could publish to, so nothing changed."
        raise Conflict(f"{words} {hint}".strip(), field="code")
    return tuple(_to_offer(connector, choice, tokens) for choice in found)


async def _found(deps: Deps, wire: Wire, connector: Connector, connected: Connected) -> Sequence[Choice]:
    if connector.choices is not None:
        return await connector.choices(wire, deps.endpoints[connector.spec.name], connected)
    return [Choice(identity=await connector.identify(wire, connected), kind="")]


def _to_offer(connector: Connector, choice: Choice, tokens: Tokens) -> Offer:
    return Offer(
        account=new_account(connector, choice.identity),
        kind=choice.kind,
        picture_url=choice.picture_url,
        tokens=choice.tokens or tokens,
    )


def _provisional(consent: Consent) -> Account:
    """An account of which nothing is known but its server: enough to ask who it is."""
    return Account(
        id=AccountId(""),
        workspace_id=consent.workspace_id,
        brand_id=consent.brand_id,
        platform=consent.platform,
        platform_account_id="",
        handle="",
        display_name="",
        service_url=consent.service_url,
    )


# --- Picking -------------------------------------------------------------------------------------------------------


async def _without_asking(deps: Deps, consent: Consent, offers: Sequence[Offer]) -> tuple[Offer, ...] | None:
    """The one that is reconnected, or the only one; None when a person has to pick. Raises Used and WrongAccount."""
    if consent.link_hash is not None:
        async with deps.database.reading() as session:
            link = await connect_links.get_link(session, consent.workspace_id, consent.link_hash)
            if link is None or link.used_at is not None:
                raise Used
            if link.account_id is not None:
                wanted = await accounts.get_account(session, consent.workspace_id, link.account_id)
                brand = await get_brand(session, consent.workspace_id, consent.brand_id)
                same = tuple(offer for offer in offers if is_of(wanted, offer.account))
                if not same:
                    raise wrong_account(brand, wanted, [offer.account for offer in offers])
                return same[:1]
    return tuple(offers) if len(offers) == 1 else None


async def _offer(deps: Deps, consent: Consent, state: str, offers: Sequence[Offer]) -> Choosing:
    """Keep what there is to pick from, sealed, until the person has."""
    until = clock.now() + CONSENT_FOR
    async with deps.database.transaction() as session:
        await choices.keep_offers(session, consent.workspace_id, deps.vault, state, offers, until=until)
    return await _choosing(deps, consent, state, offers)


async def _choosing(deps: Deps, consent: Consent, state: str, offers: Sequence[Offer]) -> Choosing:
    async with deps.database.reading() as session:
        brand = await get_brand(session, consent.workspace_id, consent.brand_id)
        known = await accounts.list_accounts(session, consent.workspace_id)
        names = {one.id: one.name for one in await brands.list_brands(session, consent.workspace_id)}
    return Choosing(
        state=state,
        title=connector_called(deps, consent.platform).spec.title,
        brand=brand,
        from_link=consent.link_hash is not None,
        offered=tuple(_offered(offer, known, names, brand.id) for offer in offers),
    )


def _offered(offer: Offer, known: Sequence[Account], names: dict[BrandId, str], brand_id: BrandId) -> Offered:
    new = offer.account
    takers = [one.brand_id for one in known if one.platform == new.platform and is_of(one, new)]
    others = [] if brand_id in takers else takers
    return Offered(
        id=new.platform_account_id,
        handle=new.handle,
        display_name=new.display_name,
        kind=offer.kind,
        picture_url=offer.picture_url,
        taken_by=names.get(others[0], "another brand") if others else None,
    )


async def see_choices(deps: Deps, state: str, *, link_token: str | None = None) -> Choosing:
    """What there is to pick from. Raises Conflict when that is over, NotAllowed in another browser."""
    async with deps.database.reading() as session:
        consent, offers = await choices.see_offers(session, deps.vault, state)
    _refuse_other_browser(consent, link_token)
    return await _choosing(deps, consent, state, offers)


async def pick(deps: Deps, state: str, ids: Collection[str], *, link_token: str | None = None) -> Kept:
    """Connect those of the choices with these ids; works once.

    Raises InvalidContent, which leaves the choice open, and other UserErrors.
    """
    async with deps.database.reading() as session:
        consent, offers = await choices.see_offers(session, deps.vault, state)
    _refuse_other_browser(consent, link_token)
    shown = await _choosing(deps, consent, state, offers)
    taken = {offered.id: offered.taken_by for offered in shown.offered if offered.taken_by is not None}
    chosen = tuple(offer for offer in offers if offer.account.platform_account_id in ids)
    if not chosen or len(chosen) != len(set(ids)):
        raise invalid("choice", "Choose at least one." if not ids else "Choose among those that are shown.")
    for offer in chosen:
        if offer.account.platform_account_id in taken:
            brand = taken[offer.account.platform_account_id]
            raise invalid("choice", f"{offer.account.display_name} is already in {brand}.")
    async with deps.database.transaction() as session:
        await choices.drop_offers(session, consent.workspace_id, state)
    try:
        kept = await _keep(deps, consent, chosen)
    except UserError as error:
        await _end(deps, consent, state, outcome=error.message)
        raise
    await _end(deps, consent, state, outcome="connected", account_id=kept.account.id)
    return kept


async def _keep(deps: Deps, consent: Consent, chosen: Sequence[Offer]) -> Kept:
    async with deps.database.reading() as session:
        brand = await get_brand(session, consent.workspace_id, consent.brand_id)
    news = [(offer.account, offer.tokens) for offer in chosen]
    return await keep_all(deps, brand, news, asked_by=consent.asked_by, link_hash=consent.link_hash)


async def consent_outcome(deps: Deps, asked: Asked) -> Account | Choosing | None:
    """The account once the person has agreed, or what they have to pick from; None while they have not agreed.

    Raises Conflict when it ended otherwise.
    """
    async with deps.database.reading() as session:
        result = await consents.consent_result(session, asked.workspace_id, asked.state)
        if result.account_id is not None:
            return await accounts.get_account(session, asked.workspace_id, result.account_id)
    if result.outcome is not None:
        raise Conflict(result.outcome)
    return await see_choices(deps, asked.state) if result.choosing else None
