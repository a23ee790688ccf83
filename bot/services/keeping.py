"""The last step of every way to connect: account and tokens are stored, and the link that led there is used up."""

import logging
from dataclasses import dataclass

from bot import clock
from bot.domain.accounts import Account, Connected
from bot.domain.errors import Conflict
from bot.services import onboarding
from bot.services.deps import Deps
from platforms.base import Connection, Connector
from platforms.errors import PlatformError
from storage import accounts, audit, cards, connect_links, outbox
from storage.accounts import NewAccount
from storage.brands import Brand
from storage.connect_links import ConnectLink
from storage.engine import Session

_log = logging.getLogger(__name__)

LINK_IS_OVER = "This link is used up or older than 10 minutes."
NEW_LINK = "Type /social accounts in Slack for a new one."


class Used(Conflict):
    """The connect link did its work already, or never was one."""

    def __init__(self) -> None:
        super().__init__(f"{LINK_IS_OVER} {NEW_LINK}", field="link")


class Old(Conflict):
    """The connect link's time is over."""

    def __init__(self) -> None:
        super().__init__(f"{LINK_IS_OVER} {NEW_LINK}", field="link")


class WrongAccount(Conflict):
    """Somebody meant to reconnect an account and logged in with another. The link stays good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An account connected just now."""

    account: Account
    brand: Brand
    waiting: int
    """Posts that failed because the account had lost its access; a human is asked about each."""


async def keep(  # noqa: PLR0913  # each is needed, and named at every call
    deps: Deps,
    brand: Brand,
    connector: Connector,
    connection: Connection,
    *,
    asked_by: str,
    link_hash: str | None = None,
) -> Kept:
    """Store account and tokens; one connected before keeps its id and what waits for it.

    With `link_hash` the link is used up in the same transaction and whoever asked for it is owed word. Raises Used and
    WrongAccount; nothing is kept then.
    """
    identity = connection.identity
    new = NewAccount(
        platform=connector.spec.name,
        platform_account_id=identity.platform_account_id,
        handle=identity.handle,
        display_name=identity.display_name,
        service_url=identity.service_url,
        limits=identity.limits,
    )
    async with deps.database.transaction() as session:
        link = await _use(session, brand, link_hash, new) if link_hash is not None else None
        waiting = await accounts.count_broken_posts(session, brand.workspace_id, brand.id, new)
        account = await accounts.save_account(session, brand.workspace_id, brand.id, new)
        await accounts.store_tokens(session, brand.workspace_id, deps.vault, account, connection.tokens)
        event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="account_connected", account_id=account.id)
        await audit.add_event(session, brand.workspace_id, event)
        await cards.want_of_account(session, brand.workspace_id, account.id, now=event.at)
        if link is not None:
            await outbox.add(
                session,
                brand.workspace_id,
                brand_id=brand.id,
                kind="connected",
                dedupe_key=f"connected:{link_hash}",
                payload={
                    "account_id": account.id,
                    "asked_by": link.asked_by,
                    "waiting": waiting,
                    "again": link.account_id is not None,
                },
                now=clock.now(),
            )
        await onboarding.tell_with(session, brand.workspace_id)
    return Kept(account=account, brand=brand, waiting=waiting)


async def _use(session: Session, brand: Brand, link_hash: str, new: NewAccount) -> ConnectLink:
    link = await connect_links.use_link(session, brand.workspace_id, link_hash)
    if link is None:
        raise Used
    if link.account_id is not None:
        wanted = await accounts.get_account(session, brand.workspace_id, link.account_id)
        if (wanted.platform_account_id, wanted.service_url) != (new.platform_account_id, new.service_url):
            raise WrongAccount(
                f"You are logged in as @{new.handle}; {brand.name}'s is @{wanted.handle}.", field="account"
            )
    return link


async def revoke(deps: Deps, connected: Connected) -> None:
    """Tell the platform to forget tokens, if it can. Failing changes nothing: our copy is gone."""
    connector = deps.connectors.get(connected.account.platform)
    if connector is None or connector.revoke is None:
        return
    try:
        wire = deps.sender.wire(connector.spec)
        await connector.revoke(wire, deps.endpoints[connector.spec.name], connected)
    except PlatformError as error:
        _log.warning(
            "token not revoked at the platform",
            extra={"account_id": connected.account.id, "platform": error.platform, "operation": error.operation},
        )
