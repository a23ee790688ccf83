"""Tokens that are good when they are needed: one refresh at a time per account, over all machines.

The new pair is stored before it is used. A platform's refusal marks an account broken only after the stored token was
read again: somebody else may have renewed it meanwhile.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot import clock
from bot.domain.accounts import Connected, Health, Tokens, needs_refresh
from bot.domain.errors import Conflict, NotFound
from bot.services import apps
from bot.services.deps import Deps
from platforms import oauth
from platforms.base import Connector
from platforms.errors import AccountError, AppRefused, NotSent, PlatformError, Reconnect, TokenExpired
from storage import accounts

_log = logging.getLogger(__name__)

_REFRESH_HOLD_S = 120.0
"""Longer than the wire's time-outs of a renewal and of the sign-in that may follow it. While it lasts a process that is
only stopped may hold the one answer there is."""
_HARMLESS_HOLD_S = 6.0
"""Where asking twice takes nothing from anybody: as long as a worker's lease, and a moment. For a process that died in
the middle posts do not wait longer."""
_WAIT_FOR_OTHER_S = 0.25
_STORE_WITHIN_S = 600.0
"""How long new tokens are kept for a database that is away."""
_STORE_AGAIN_S = 0.5
_GOODBYE_S = 35.0
"""How long somebody who is told to stop waits for a renewal under way: a little longer than the wire does."""


_NO_ACCESS = "Herald has no usable access to this account any more. Reconnect it. Not posted."
_KEY_MISSING = (
    "Herald does not have the key that the access to this account is kept under. Whoever runs Herald has to put it"
    " back into the key ring; the account is not at fault."
)


class Renewed(NotSent):
    """The account has a newer access now: the same may be tried once more with it. Nothing was created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An account with its opened tokens, and which stored pair they are."""

    connected: Connected
    version: int


async def good_until(deps: Deps, login: Login, needed_until: datetime) -> Login:
    """The same login if its token lives that long, else a renewed one. Raises PlatformError when that cannot be had."""
    connector = deps.connectors[login.connected.account.platform]
    due = needs_refresh(login.connected.tokens, needed_until=needed_until)
    return await renew(deps, login) if due and _renewable(connector, login.connected.tokens) else login


def _renewable(connector: Connector, tokens: Tokens) -> bool:
    """Whether there is a way to renew these tokens without anybody."""
    rules = connector.spec.oauth
    return connector.refresh is not None or (
        rules is not None and rules.refresh is not None and tokens.refresh is not None
    )


async def renew(deps: Deps, login: Login) -> Login:
    """A newer pair than the given one, renewed by us or by whoever was faster.

    Raises Reconnect (the account is then marked so) when only a human helps, NotSent when it is worth trying later.
    Several short transactions, none while the platform is asked.
    """
    account = login.connected.account
    connector = deps.connectors[account.platform]
    if not _renewable(connector, login.connected.tokens):
        await _mark(deps, login, Health.EXPIRED, "The access ended and cannot be renewed.")
        raise Reconnect(f"{connector.spec.title} no longer lets Herald in for {account.handle}. Reconnect the account.")
    while True:
        newer = await _stored(deps, login)
        if newer.version > login.version:
            return newer
        until = clock.now() + timedelta(seconds=_hold_s(connector, newer.connected.tokens))
        async with deps.database.transaction() as session:
            ours = await accounts.claim_refresh(session, account.id, login.version, until)
        if ours:
            break
        await asyncio.sleep(_WAIT_FOR_OTHER_S)
    return await _to_its_end(_renew_as_owner(deps, newer, until))


def _hold_s(connector: Connector, tokens: Tokens) -> float:
    """How long nobody else renews these tokens, unless whoever does says that it is over."""
    rules = connector.spec.oauth
    if connector.refresh is not None:
        once = connector.renews_once is None or connector.renews_once(tokens)
    else:
        once = rules is None or rules.rotates
    return _REFRESH_HOLD_S if once else _HARMLESS_HOLD_S


async def _to_its_end(renewing: Coroutine[Any, Any, Login]) -> Login:
    """Renew even if whoever waits for it is broken off: a worker that ends, or has lost its lease.

    Many refresh tokens serve once: without the answer the account would be dead.
    """
    task = asyncio.create_task(renewing)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_GOODBYE_S)
        if task.done() and not task.cancelled():
            task.exception()  # heard, though nobody is left to act on it
        raise


async def _renew_as_owner(deps: Deps, login: Login, until: datetime) -> Login:
    """`until` is the claim's: a process that was stopped for longer finds somebody else at it, and waits for theirs."""
    account = login.connected.account
    try:
        tokens = await _renewed(deps, login.connected)
    except (Reconnect, TokenExpired) as error:
        newer = await _stored(deps, login)
        if newer.version > login.version:
            return newer
        async with deps.database.transaction() as session:
            ours = await accounts.release_refresh(session, account.id, login.version, until)
        if not ours:
            return await renew(deps, login)
        await _mark(deps, login, Health.REVOKED, error.safe)
        raise Reconnect(error.safe, platform=error.platform, status=error.status, code=error.code) from error
    except BaseException as error:
        async with deps.database.transaction() as session:
            await accounts.release_refresh(session, account.id, login.version, until)
        if isinstance(error, AppRefused):
            await _mark(deps, login, Health.FAILING, error.safe)
        raise
    try:
        version = await _store(deps, login, tokens)
    except (Conflict, NotFound):
        return await _stored(deps, login)
    _log.info("credential renewed", extra={"account_id": account.id, "platform": account.platform})
    return Login(connected=replace(login.connected, tokens=tokens), version=version)


async def _store(deps: Deps, login: Login, tokens: Tokens) -> int:
    """Store new tokens, also if the database is away for a while: nobody gives them to us a second time.

    Returns their version. Raises Conflict when others were stored meanwhile, and NotFound.
    """
    account, give_up_s = login.connected.account, clock.uptime_s() + _STORE_WITHIN_S
    told = False
    while True:
        try:
            async with deps.database.transaction() as session:
                version = await accounts.store_tokens(
                    session, account.workspace_id, deps.vault, account, tokens, replacing=login.version
                )
                await accounts.set_health(session, account.workspace_id, account.id, Health.HEALTHY)
        except (Conflict, NotFound):
            raise
        except Exception:
            if clock.uptime_s() > give_up_s:
                raise
            if not told:
                _log.exception("new tokens not stored yet, kept", extra={"account_id": account.id})
            told = True
            await asyncio.sleep(_STORE_AGAIN_S)
        else:
            return version


async def _renewed(deps: Deps, connected: Connected) -> Tokens:
    """Ask the platform, in its own way or as its rules say. Raises PlatformError."""
    connector = deps.connectors[connected.account.platform]
    wire = deps.sender.wire(connector.spec)
    if connector.refresh is not None:
        return await connector.refresh(wire, deps.endpoints[connector.spec.name], connected)
    return await oauth.refresh(wire, apps.client_of(deps, connector, connected), connected.tokens, now=clock.now())


async def refused(deps: Deps, login: Login, error: AccountError) -> NotSent | AccountError:
    """What an auth error really means: a renewed token may exist, or be had; else the account is marked broken.

    Returns Renewed when the same may be tried again with a newer token, another NotSent when renewing has to wait, and
    otherwise the error that ends it.
    """
    newer = await _stored(deps, login)
    if newer.version > login.version:
        return Renewed("The access was renewed meanwhile; Herald tries again.", status=error.status, code=error.code)
    if isinstance(error, TokenExpired):
        try:
            await renew(deps, login)
        except AccountError as broken:
            return broken
        except NotSent as waiting:
            return waiting
        safe = "The access had run out and was renewed; Herald tries again."
        return Renewed(safe, status=error.status, code=error.code)
    await _mark(deps, login, Health.REVOKED, error.safe)
    return error


async def refused_again(deps: Deps, login: Login, error: TokenExpired) -> None:
    """A token that was renewed just now is refused as well: only a human helps, unless a newer one is stored already.

    Raises Reconnect when the account is gone, AppRefused when its access cannot be opened any more.
    """
    if (await _stored(deps, login)).version == login.version:
        await _mark(deps, login, Health.EXPIRED, error.safe)


async def _stored(deps: Deps, login: Login) -> Login:
    account_id = login.connected.account.id
    async with deps.database.reading() as session:
        found = await accounts.load_connected(session, deps.vault, [account_id])
        if account_id not in found and await accounts.shut_away(session, deps.vault, [account_id]):
            raise no_access(is_shut=True)
    if account_id not in found:
        raise Reconnect("The account was disconnected.")
    connected, version = found[account_id]
    return Login(connected=connected, version=version)


def no_access(*, is_shut: bool) -> PlatformError:
    """Why nothing can be sent with an account that has no tokens here.

    Where only the key is missing (`is_shut`), another process may have it already: keys are changed one after another.
    """
    return AppRefused(_KEY_MISSING) if is_shut else Reconnect(_NO_ACCESS)


async def _mark(deps: Deps, login: Login, health: Health, detail: str) -> None:
    account = login.connected.account
    async with deps.database.transaction() as session:
        await accounts.set_health(session, account.workspace_id, account.id, health, detail=detail)
    _log.warning("credential broken", extra={"account_id": account.id, "platform": account.platform})
