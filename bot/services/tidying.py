"""Dropping what was only of use for a while: links and consents that ended, requests seen, files nobody needs."""

from datetime import timedelta

from bot import clock
from bot.services import purging, repeating
from bot.services.deps import Deps
from storage import compositions, connect_links, consents, idempotency, outages, seen, ticks, webhooks, windows

_EVERY = timedelta(minutes=55)
"""A little less than the rhythm's hour, or every second turn would come too early."""
_KEEP_ENDED = timedelta(days=1)
"""So that somebody who comes late is told why it does not work any more."""
_KEEP_COMPOSER = timedelta(days=2)
"""How long a composer that nobody touches is remembered."""
_KEEP_OUTAGES = timedelta(days=7)
_KEEP_DELIVERIES = timedelta(days=30)
_KEEP_WINDOWS = timedelta(days=1)
_KEEP_SEEN = timedelta(days=1)
"""Longer than Slack repeats anything."""


async def tidy_in_turn(deps: Deps) -> int:
    """Tidy unless another process has done so within the hour; returns how many rows and files went."""
    async with deps.database.transaction() as session:
        ours = await ticks.claim_tick(session, "tidy", now=clock.now(), every=_EVERY)
    return await tidy(deps) + await purging.purge_media(deps) if ours else 0


async def tidy(deps: Deps) -> int:
    """Drop what is old; returns how many rows went. Any number of machines may do it at once."""
    now = clock.now()
    async with deps.database.transaction() as session:
        gone = await connect_links.forget_old_links(session, before=now - _KEEP_ENDED)
        gone += await consents.forget_old_consents(session, before=now - _KEEP_ENDED)
        gone += await compositions.forget_old_compositions(session, before=now - _KEEP_COMPOSER)
        gone += await seen.purge(session, before=now - _KEEP_SEEN)
        gone += await windows.forget_windows(session, before_s=int((now - _KEEP_WINDOWS).timestamp()))
        gone += await idempotency.purge(session, before=now - repeating.KEPT)
        gone += await outages.forget_over(session, before=now - _KEEP_OUTAGES)
        gone += await webhooks.forget_deliveries(session, before=now - _KEEP_DELIVERIES)
    return gone
