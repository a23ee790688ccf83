"""The last step of every way to connect: account and tokens are stored, and the link that led there is used up."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot import clock
from bot.domain.accounts import Account, Connected, Tokens
from bot.domain.errors import Conflict
from bot.services import apps, mending, onboarding
from bot.services.deps import Deps
from platforms import oauth
from platforms.base import Connection, Connector, Identity
from platforms.errors import PlatformError
from platforms.oauth_rules import Reach
from storage import accounts, audit, cards, connect_links, outbox, polls
from storage.accounts import NewAccount
from storage.brands import Brand
from storage.connect_links import ConnectLink
from storage.engine import Session

_log = logging.getLogger(__name__)

LINK_IS_OVER = "This link is used up or older than 10 minutes."
NEW_LINK = "Type /social accounts in Slack for a new one."
_MOST_NAMED = 3


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
    """Posts that failed because the accounts had lost their access; a human is asked about each."""
    others: tuple[Account, ...] = ()
    """Those picked together with it."""

    @property
    def accounts(self) -> tuple[Account, ...]:
        """All that were connected."""
        return (self.account, *self.others)


def new_account(connector: Connector, identity: Identity) -> NewAccount:
    """The account of an identity, as it is stored."""
    return NewAccount(
        platform=connector.spec.name,
        platform_account_id=identity.platform_account_id,
        handle=identity.handle,
        display_name=identity.display_name,
        service_url=identity.service_url,
        limits=identity.limits,
    )


async def keep(  # noqa: PLR0913  # each is needed, and named at every call
    deps: Deps,
    brand: Brand,
    connector: Connector,
    connection: Connection,
    *,
    asked_by: str,
    link_hash: str | None = None,
) -> Kept:
    """`keep_all` for one account."""
    new = new_account(connector, connection.identity)
    return await keep_all(deps, brand, [(new, connection.tokens)], asked_by=asked_by, link_hash=link_hash)


async def keep_all(
    deps: Deps,
    brand: Brand,
    news: Sequence[tuple[NewAccount, Tokens]],
    *,
    asked_by: str,
    link_hash: str | None = None,
) -> Kept:
    """Store accounts and their tokens; one connected before keeps its id and what waits for it.

    With `link_hash` the link is used up in the same transaction and whoever asked for it is owed word. Raises Used and
    WrongAccount; nothing is kept then.
    """
    async with deps.database.transaction() as session:
        link = None
        if link_hash is not None:
            link = await _use(session, brand, link_hash, [new for new, _ in news])
        kept: list[tuple[Account, int]] = []
        for new, tokens in news:
            waiting = await accounts.count_broken_posts(session, brand.workspace_id, brand.id, new)
            account = await _store(session, deps, brand, new, tokens, asked_by)
            if link is not None:
                key = f"connected:{link_hash}" + (f":{account.id}" if kept else "")
                await _owe_word(session, account, link, key, waiting)
            kept.append((account, waiting))
        await onboarding.tell_with(session, brand.workspace_id)
    first, *others = [account for account, _ in kept]
    return Kept(account=first, brand=brand, waiting=sum(waiting for _, waiting in kept), others=tuple(others))


async def _store(  # noqa: PLR0913, PLR0917  # what is stored, and where
    session: Session, deps: Deps, brand: Brand, new: NewAccount, tokens: Tokens, asked_by: str
) -> Account:
    account = await accounts.save_account(session, brand.workspace_id, brand.id, new)
    await accounts.store_tokens(session, brand.workspace_id, deps.vault, account, tokens)
    event = audit.AuditEvent(at=clock.now(), actor=asked_by, event="account_connected", account_id=account.id)
    await audit.add_event(session, brand.workspace_id, event)
    await mending.mended(session, account, by=asked_by, now=event.at)
    await polls.begin(session, account, now=event.at)
    await cards.want_of_account(session, brand.workspace_id, account.id, now=event.at)
    return await accounts.get_account(session, brand.workspace_id, account.id)


async def _owe_word(session: Session, account: Account, link: ConnectLink, key: str, waiting: int) -> None:
    again = link.account_id is not None
    await outbox.add(
        session,
        account.workspace_id,
        brand_id=account.brand_id,
        kind="connected",
        dedupe_key=key,
        payload={"account_id": account.id, "asked_by": link.asked_by, "waiting": waiting, "again": again},
        now=clock.now(),
    )


async def _use(session: Session, brand: Brand, link_hash: str, news: Sequence[NewAccount]) -> ConnectLink:
    link = await connect_links.use_link(session, brand.workspace_id, link_hash)
    if link is None:
        raise Used
    if link.account_id is not None:
        wanted = await accounts.get_account(session, brand.workspace_id, link.account_id)
        if not any(is_of(wanted, new) for new in news):
            raise wrong_account(brand, wanted, news)
    return link


def is_of(account: Account, new: NewAccount) -> bool:
    """Whether that is this account."""
    return (account.platform_account_id, account.service_url) == (new.platform_account_id, new.service_url)


def wrong_account(brand: Brand, wanted: Account, news: Sequence[NewAccount]) -> WrongAccount:
    """What to tell who came back as somebody else."""
    names = ", ".join(f"@{new.handle}" for new in news[:_MOST_NAMED])
    return WrongAccount(f"You are logged in as {names}; {brand.name}'s is @{wanted.handle}.", field="account")


async def revoke(deps: Deps, connected: Connected) -> None:
    """Tell the platform to forget tokens, if it can and no other account lives by them.

    Failing changes nothing: our copy is gone.
    """
    connector = deps.connectors.get(connected.account.platform)
    if connector is None:
        return
    wire = deps.sender.wire(connector.spec)
    rules = connector.spec.oauth
    try:
        if connector.revoke is not None:
            if not await _needed(deps, connected, Reach.TOKEN):
                await connector.revoke(wire, deps.endpoints[connector.spec.name], connected)
        elif rules is not None and rules.revoke is not None and not await _needed(deps, connected, rules.revoke.reach):
            await oauth.revoke(wire, apps.client_of(deps, connector, connected), connected.tokens)
    except PlatformError as error:
        _log.warning(
            "token not revoked at the platform",
            extra={"account_id": connected.account.id, "platform": error.platform, "operation": error.operation},
        )


async def _needed(deps: Deps, gone: Connected, reach: Reach) -> bool:
    """Whether taking these tokens back would break an account that is still connected.

    Some servers give one token to all who ask for the same person and app: the other may be another workspace's.
    """
    account = gone.account
    async with deps.database.reading() as session:
        if reach is Reach.PERSON:
            return await accounts.count_accounts(session, account.platform) > 0
        near = await accounts.neighbours(session, account)
        if reach is Reach.ACCOUNT:
            return any(one.platform_account_id == account.platform_account_id for one in near)
        others = await accounts.load_connected(session, deps.vault, [one.id for one in near])
    return any(_shared(gone.tokens, other.tokens) for other, _ in others.values())


def _shared(one: Tokens, other: Tokens) -> bool:
    return one.access == other.access or (one.refresh is not None and one.refresh == other.refresh)
