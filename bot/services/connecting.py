"""Accounts: connected by what a person types (by consent: bot/services/consenting.py), checked, disconnected.

No transaction is open while a platform is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot import clock
from bot.domain.accounts import Account, Health, Secret
from bot.domain.errors import Conflict, NotFound
from bot.domain.ids import AccountId, WorkspaceId
from bot.domain.publication import State
from bot.services import credentials, mending, withdrawing
from bot.services.credentials import Login
from bot.services.deps import Deps
from bot.services.guides import guide_for
from bot.services.keeping import keep, revoke
from platforms.base import Connection, Connector, Identity
from platforms.errors import AccountError, PlatformError, TokenExpired
from storage import accounts, audit, lines, polls, posts
from storage.brands import Brand

_WAITING = frozenset({State.DRAFT, State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED})
_ON_THE_WAY = frozenset({State.SENDING, State.CONFIRMING})


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


# --- Looking after -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """An account and what its platform said just now. `trouble` is a sentence, None when all is well."""

    account: Account
    trouble: str | None
    guide: str | None = None
    """Where to read how it is reconnected, if it has to be."""


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
    """How many planned posts need each of these accounts of one workspace; those none needs are left out."""
    if not known:
        return {}
    async with deps.database.reading() as session:
        its = [account.id for account in known]
        return await posts.count_items(session, known[0].workspace_id, its, among=_WAITING)


async def check(deps: Deps, account: Account) -> Checked:
    """Ask the platform whether it still lets us in, and note the answer. Raises NotFound when it is gone meanwhile.

    A refusal says nothing of an account that somebody connected anew while it was asked about. Where only the key
    to its access is missing here, nobody is asked and nothing noted.
    """
    connector, asked_at = connector_called(deps, account.platform), clock.now()
    async with deps.database.reading() as session:
        if await accounts.shut_away(session, deps.vault, [account.id]):
            return Checked(account=account, trouble=credentials.no_access(is_shut=True).safe)
    try:
        identity = await _identified(deps, connector, account)
    except PlatformError as error:
        health = _refused(account) if isinstance(error, AccountError) else Health.FAILING
        async with deps.database.transaction() as session:
            noted = await accounts.note_trouble(
                session, account.workspace_id, account.id, health, detail=error.safe, asked_at=asked_at
            )
            if not noted:
                newer = await accounts.get_account(session, account.workspace_id, account.id)
                return Checked(account=newer, trouble=None)
        told = replace(account, health=health, health_detail=error.safe)
        return Checked(account=told, trouble=error.safe, guide=guide_for(deps, told))
    async with deps.database.transaction() as session:
        await accounts.set_health(session, account.workspace_id, account.id, Health.HEALTHY)
        await accounts.set_limits(session, account.workspace_id, account.id, identity.limits)
        account = await accounts.get_account(session, account.workspace_id, account.id)
    return Checked(account=account, trouble=None)


def _refused(account: Account) -> Health:
    """What a refused access has become: one that was to end by now has ended."""
    return Health.EXPIRED if account.ends_at is not None and account.ends_at <= clock.now() else Health.REVOKED


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

    What a platform keeps until its second is taken back there first. Raises Conflict while something of the account is
    being sent. Afterwards the platform is told, if it can be reached.
    """
    withdrawn = await withdrawing.withdraw(deps, account.workspace_id, account_id=account.id)
    async with deps.database.transaction() as session:
        found = await accounts.load_connected(session, deps.vault, [account.id])
        cancelled = await posts.change_states(
            session, account.workspace_id, State.CANCELLED, among=_WAITING, account_id=account.id
        )
        if await posts.count_items(session, account.workspace_id, [account.id], among=_ON_THE_WAY):
            raise Conflict("A post is being sent with this account. Try again in a minute.", field="account")
        await accounts.disconnect(session, account.workspace_id, account.id)
        await polls.end(session, [account.id])
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
        await mending.mended(session, account, by=asked_by, now=clock.now(), gone=True)
        event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="account_disconnected", account_id=account.id)
        await audit.add_event(session, account.workspace_id, event)
    if account.id in found:
        await revoke(deps, found[account.id][0])
    return len(cancelled) + withdrawn
