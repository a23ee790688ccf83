"""Renewing what nobody uses: an access that would end for want of a post is renewed weeks before."""

import logging
from datetime import timedelta

from bot import clock
from bot.services import credentials
from bot.services.credentials import Login
from bot.services.deps import Deps
from platforms.errors import PlatformError
from storage import accounts, ticks

_log = logging.getLogger(__name__)

AHEAD = timedelta(days=21)
"""Before anybody is reminded of an end that need not come."""
_EVERY = timedelta(hours=23)
"""A little less than a day, or a tick that comes a second early would wait for the next one."""
_MOST = 500


async def renew_in_turn(deps: Deps) -> int:
    """Renew unless another process has done so today; returns how many accounts were renewed."""
    async with deps.database.transaction() as session:
        ours = await ticks.claim_tick(session, "renew", now=clock.now(), every=_EVERY)
    return await renew_ahead(deps) if ours else 0


async def renew_ahead(deps: Deps) -> int:
    """Renew every access that renews itself and ends within `AHEAD`; returns how many were."""
    async with deps.database.reading() as session:
        due = await accounts.accounts_to_refresh(session, before=clock.now() + AHEAD, limit=_MOST)
        found = await accounts.load_connected(session, deps.vault, due)
    renewed = 0
    for connected, version in found.values():
        if connected.account.platform not in deps.connectors:
            continue
        try:
            await credentials.renew(deps, Login(connected=connected, version=version))
        except PlatformError as error:
            facts = {"account_id": connected.account.id, "platform": error.platform, "status": error.status}
            _log.warning("access not renewed ahead", extra={**facts, "error": type(error).__name__})
        except Exception:  # noqa: BLE001  # whatever it is about, it is about this one: the others are renewed
            _log.exception("access not renewed ahead", extra={"account_id": connected.account.id})
        else:
            renewed += 1
    return renewed
