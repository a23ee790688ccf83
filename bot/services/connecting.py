"""Accounts: connected by what a person types or by consent, checked, disconnected.

No transaction is open while a platform is asked.
"""

import hmac
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot import clock
from bot.domain.accounts import Account, Connected, Health, Secret
from bot.domain.errors import Conflict, NotAllowed, NotFound, UserError
from bot.domain.ids import AccountId, WorkspaceId
from bot.domain.publication import State
from bot.services import credentials
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.keeping import Kept, keep, revoke
from platforms import oauth
from platforms.base import AppRegistration, Connection, Connector, Identity, OAuthRules
from platforms.errors import AccountError, PlatformError, TokenExpired
from storage import accounts, audit, consents, lines, posts
from storage.brands import Brand, get_brand
from storage.connect_links import hash_of
from storage.consents import Consent

_log = logging.getLogger(__name__)

CONSENT_FOR = timedelta(minutes=10)
"""How long a consent link is good."""
_SAID_NO = "access_denied"
_WAITING = frozenset({State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED})
_ON_THE_WAY = frozenset({State.SENDING, State.CONFIRMING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A consent under way: where to send the person, and the `state` to wait for."""

    url: str
    state: str
    workspace_id: WorkspaceId


def connector_called(deps: Deps, platform: str) -> Connector:
    """The connector of this platform. Raises NotFound."""
    connector = deps.connectors.get(platform.casefold())
    if connector is None:
        known = ", ".join(sorted(deps.connectors))
        raise NotFound(f"Herald has no platform {platform[:40]!r}. It has: {known}.", field="platform")
    return connector


async def connect(
    deps: Deps, brand: Brand, platform: str, typed: Mapping[str, str | Secret], *, asked_by: str
) -> Account:
    """Connect with what a person typed. Raises UserError and PlatformError; nothing is kept then."""
    connector = connector_called(deps, platform)
    connection = await log_in(deps, connector, typed)
    return (await keep(deps, brand, connector, connection, asked_by=asked_by)).account


async def log_in(deps: Deps, connector: Connector, typed: Mapping[str, str | Secret]) -> Connection:
    """Who that is, with tokens to keep. Raises UserError and PlatformError."""
    if connector.login is None:
        raise Conflict(f"{connector.spec.title} is connected by consent alone.", field="platform")
    wire = deps.sender.wire(connector.spec)
    return await connector.login(wire, deps.endpoints[connector.spec.name], typed)


# --- Consent -----------------------------------------------------------------------------------------------------


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
    """Register at the server if need be, and make the address that asks for consent. Raises UserError, PlatformError.

    `link_hash` names the connect link it begins from, which is used up when the person agrees.
    """
    connector = connector_called(deps, platform)
    rules = _rules(connector)
    base_url = connector.server(server) if connector.server is not None else deps.endpoints[connector.spec.name].auth
    app = await _app(deps, connector, base_url, redirect_uri)
    state, verifier = secrets.token_urlsafe(32), oauth.new_verifier()
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
    url = oauth.authorization_url(rules, base_url, app, oauth.Consent(state=state, verifier=verifier))
    return Asked(url=url, state=state, workspace_id=brand.workspace_id)


def _rules(connector: Connector) -> OAuthRules:
    if connector.spec.oauth is None:
        title = connector.spec.title
        raise Conflict(f"{title} has no consent page. Connect with a password or token.", field="platform")
    return connector.spec.oauth


async def _app(deps: Deps, connector: Connector, base_url: str, redirect_uri: str) -> AppRegistration:
    async with deps.database.reading() as session:
        known = await consents.get_app_registration(
            session, deps.vault, platform=connector.spec.name, service_url=base_url, redirect_uri=redirect_uri
        )
    if known is not None:
        return AppRegistration(client_id=known.client_id, client_secret=known.client_secret, redirect_uri=redirect_uri)
    if connector.register is None:
        raise Conflict(f"Herald is not registered at {connector.spec.title}.", field="platform")
    app = await connector.register(deps.sender.wire(connector.spec), base_url, redirect_uri)
    registration = consents.AppRegistration(
        platform=connector.spec.name,
        service_url=base_url,
        redirect_uri=redirect_uri,
        client_id=app.client_id,
        client_secret=app.client_secret,
    )
    async with deps.database.transaction() as session:
        await consents.save_app_registration(session, deps.vault, registration)
    return app


async def finish_consent(
    deps: Deps, state: str, code: Secret | None, *, refusal: str = _SAID_NO, link_token: str | None = None
) -> Kept:
    """The person came back, with a code or with the platform's word for why not. Raises UserError.

    The `state` is used up. Words for why not: https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1, 2026-11-21.

    `link_token` is the connect link this browser holds: a consent begun from a link is finished only where it was
    begun, so that nobody can have somebody else agree for them.
    """
    async with deps.database.transaction() as session:
        consent = await consents.take_consent(session, deps.vault, state)
    try:
        _refuse_other_browser(consent, link_token)
        kept = await _redeem(deps, consent, code, refusal)
    except UserError as error:
        await _end(deps, consent, state, outcome=error.message)
        raise
    except PlatformError as error:
        _log.warning("consent failed", extra={"platform": error.platform, "operation": error.operation})
        await _end(deps, consent, state, outcome=error.safe)
        raise UserError(error.safe) from error
    await _end(deps, consent, state, outcome="connected", account_id=kept.account.id)
    return kept


def _refuse_other_browser(consent: Consent, link_token: str | None) -> None:
    if consent.link_hash is None:
        return
    if link_token is None or not hmac.compare_digest(hash_of(link_token), consent.link_hash):
        raise NotAllowed("This was begun in another browser, so nothing changed. Open the link from Slack again here.")


async def _end(deps: Deps, consent: Consent, state: str, *, outcome: str, account_id: AccountId | None = None) -> None:
    async with deps.database.transaction() as session:
        await consents.note_consent(session, consent.workspace_id, state, outcome=outcome, account_id=account_id)


async def _redeem(deps: Deps, consent: Consent, code: Secret | None, refusal: str) -> Kept:
    connector = connector_called(deps, consent.platform)
    if code is None and refusal != _SAID_NO:
        raise Conflict(f"{connector.spec.title} did not ask you, so nothing changed. Try again later.", field="code")
    if code is None:
        raise Conflict(f"You said no on {connector.spec.title}, so nothing changed.", field="code")
    app = await _app(deps, connector, consent.service_url, consent.redirect_uri)
    wire, rules = deps.sender.wire(connector.spec), _rules(connector)
    request = oauth.code_request(rules, consent.service_url, app, code=code, verifier=consent.verifier)
    tokens = await oauth.redeem(wire, request, now=clock.now())
    extra = {**tokens.extra, "client_id": Secret(app.client_id), "client_secret": app.client_secret}
    tokens = replace(tokens, extra=extra)
    identity = await connector.identify(wire, Connected(account=_provisional(consent), tokens=tokens))
    async with deps.database.reading() as session:
        brand = await get_brand(session, consent.workspace_id, consent.brand_id)
    connection = Connection(identity=identity, tokens=tokens)
    return await keep(deps, brand, connector, connection, asked_by=consent.asked_by, link_hash=consent.link_hash)


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


async def consent_outcome(deps: Deps, asked: Asked) -> Account | None:
    """The account once the person has agreed; None while they have not. Raises Conflict when it ended otherwise."""
    async with deps.database.reading() as session:
        result = await consents.consent_result(session, asked.workspace_id, asked.state)
        if result.account_id is not None:
            return await accounts.get_account(session, asked.workspace_id, result.account_id)
    if result.outcome is not None:
        raise Conflict(result.outcome)
    return None


# --- Looking after -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An account and what its platform said just now. `trouble` is a sentence, None when all is well."""

    account: Account
    trouble: str | None


async def find_account(
    deps: Deps, name: str, workspace_ids: list[WorkspaceId], *, brand: Brand | None = None
) -> Account:
    """An account by id or `platform:handle` in these workspaces, or in the brand. Raises NotFound, Conflict."""
    fits: list[Account] = []
    brand_id = brand.id if brand is not None else None
    async with deps.database.reading() as session:
        for workspace_id in workspace_ids:
            try:
                fits.append(await accounts.get_account(session, workspace_id, name, brand_id=brand_id))
            except NotFound:
                continue
    if not fits:
        raise NotFound(f"There is no connected account {name[:60]!r} here.", field="account")
    if len(fits) > 1:
        raise Conflict(f"Several workspaces have an account {name}. Give its id.", field="account")
    return fits[0]


async def list_accounts(deps: Deps, workspace_ids: list[WorkspaceId], *, brand: Brand | None = None) -> list[Account]:
    """The connected accounts of these workspaces, or of the brand."""
    brand_id = brand.id if brand is not None else None
    async with deps.database.reading() as session:
        return [
            account
            for workspace_id in workspace_ids
            for account in await accounts.list_accounts(session, workspace_id, brand_id=brand_id)
        ]


async def waiting(deps: Deps, known: Sequence[Account]) -> dict[AccountId, int]:
    """How many planned posts need each of these accounts."""
    async with deps.database.reading() as session:
        return {
            account.id: await posts.count_items(session, account.workspace_id, account.id, among=_WAITING)
            for account in known
        }


async def check(deps: Deps, account: Account) -> Checked:
    """Ask the platform whether it still lets us in, and note the answer. Raises NotFound when it is gone meanwhile."""
    connector = connector_called(deps, account.platform)
    try:
        identity = await _identified(deps, connector, account)
    except PlatformError as error:
        health = Health.REVOKED if isinstance(error, AccountError) else Health.FAILING
        async with deps.database.transaction() as session:
            await accounts.set_health(session, account.workspace_id, account.id, health, detail=error.safe)
        return Checked(account=replace(account, health=health, health_detail=error.safe), trouble=error.safe)
    async with deps.database.transaction() as session:
        await accounts.set_health(session, account.workspace_id, account.id, Health.HEALTHY)
        await accounts.set_limits(session, account.workspace_id, account.id, identity.limits)
    return Checked(account=replace(account, health=Health.HEALTHY, health_detail=None), trouble=None)


async def _identified(deps: Deps, connector: Connector, account: Account) -> Identity:
    async with deps.database.reading() as session:
        found = await accounts.load_connected(session, deps.vault, [account.id])
    if account.id not in found:
        raise NotFound(f"There is no connected account {account.id} here.", field="account")
    connected, version = found[account.id]
    login = Login(connected=connected, version=version)
    wire = deps.sender.wire(connector.spec)
    login = await credentials.good_until(deps, login, clock.now())
    try:
        return await connector.identify(wire, login.connected)
    except TokenExpired:
        login = await credentials.renew(deps, login)
        return await connector.identify(wire, login.connected)


async def disconnect(deps: Deps, account: Account, *, asked_by: str) -> int:
    """Forget an account's tokens and cancel what waits for it; numbers stay. Returns how many items were cancelled.

    Raises Conflict while something of it is being sent. Afterwards the platform is told, if it can be reached.
    """
    async with deps.database.transaction() as session:
        found = await accounts.load_connected(session, deps.vault, [account.id])
        cancelled = await posts.change_states(
            session, account.workspace_id, State.CANCELLED, among=_WAITING, account_id=account.id
        )
        if await posts.count_items(session, account.workspace_id, account.id, among=_ON_THE_WAY):
            raise Conflict("A post is being sent with this account. Try again in a minute.", field="account")
        await accounts.disconnect(session, account.workspace_id, account.id)
        for post_id, item_id in cancelled:
            text = {"text": "Cancelled, because its account was disconnected."}
            await audit.add_event(
                session,
                account.workspace_id,
                audit.AuditEvent(
                    at=clock.now(), actor=asked_by, event="cancel", post_id=post_id, item_id=item_id, detail=text
                ),
            )
        await lines.of_disconnection(session, account.workspace_id, cancelled, by=asked_by, now=clock.now())
        event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="account_disconnected", account_id=account.id)
        await audit.add_event(session, account.workspace_id, event)
    if account.id in found:
        await revoke(deps, found[account.id][0])
    return len(cancelled)
