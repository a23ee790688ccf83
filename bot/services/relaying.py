"""Telling webhooks: making deliveries of what happened, and bringing them there.

Any number of processes may do it. Each webhook has one deliverer at a time, by a lease on its row; several webhooks are
told at once and take turns, and who waits for a slow receiver takes nobody's place, so that one holds up no other. A
delivery whose taker vanished is sent again with the same id. Of one that is given up people hear in Slack, once until
the receiver takes something again.
"""

import asyncio
import logging
from collections.abc import Collection, Coroutine
from datetime import datetime, timedelta

from bot import clock
from bot.domain.accounts import Secret
from bot.domain.webhooks import TEST, next_try, signed_headers
from bot.services.deps import Deps
from bot.services.events import events_of
from platforms.web import CannotFetch
from storage import causes, ticks, webhooks
from storage.vault import CannotOpen
from storage.webhooks import Delivery, Webhook

_log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
"""Longer than one try may take."""
_EVERY = timedelta(seconds=50)
"""A little less than the rhythm's minute."""
_LONGEST_PAUSE = timedelta(days=7)
"""What passed longer ago while no worker ran is not told any more."""
_AT_ONCE = 8
"""Webhooks that are told at once, beside those whose receivers let us wait."""
_MOST_AT_ONCE = 64
"""With those."""
_TURN_S = 1.0
"""After so long it is another webhook's turn. Who takes longer than this waits for its receiver."""
_REST = timedelta(seconds=5)
"""For a receiver that does not answer, or says that it has too much to do: what else it is owed would fare no better.
As long as the first repetition waits."""
_CAUSES_AT_ONCE = 100
_LOOK_EVERY_S = 0.5
_TAKEN = range(200, 300)
_GONE = 410
_TOO_MUCH = frozenset({429, 502, 503, 504})


async def spread(deps: Deps) -> int:
    """Make deliveries of what happened, in the transaction that forgets it; returns of how much."""
    async with deps.database.transaction() as session:
        found = await causes.take(session, limit=_CAUSES_AT_ONCE)
        hooks = await webhooks.listening(session, {cause.workspace_id for cause in found})
        for cause in found:
            if cause.workspace_id not in hooks:
                continue
            for event in await events_of(deps, session, cause):
                for hook in hooks[cause.workspace_id]:
                    if hook.wants(event.name) and (event.since is None or hook.created_at <= event.since):
                        await webhooks.owe(
                            session,
                            cause.workspace_id,
                            hook.id,
                            event=event.name,
                            about=event.about,
                            body=event.body,
                            now=clock.now(),
                        )
    return len(found)


async def tell_of_passed_in_turn(deps: Deps) -> int:
    """Tell of missions that began or ended by themselves, unless another process did so in this minute."""
    now = clock.now()
    async with deps.database.transaction() as session:
        if not await ticks.claim_tick(session, "missions", now=now, every=_EVERY):
            return 0
        return await causes.owe_passed(session, since=now - _LONGEST_PAUSE, now=now)


class Relay:
    """Brings deliveries to their webhooks, whenever it has its turn."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._ending = False

    def stop(self) -> None:
        """End the running turn after what is on its way right now; there is no other."""
        self._ending = True

    async def turn(self) -> int:
        """Deliver all that is due, also what comes meanwhile; returns how many tries were made. Many transactions."""
        running: dict[asyncio.Task[int], float] = {}
        tries = 0
        try:
            while not self._ending:
                while await spread(self._deps):
                    pass
                for one in await self._claimed(_room(running.values())):
                    running[asyncio.create_task(one)] = clock.uptime_s()
                if not running:
                    break
                done, _ = await asyncio.wait(running, timeout=_LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    del running[task]
                tries += sum(task.result() for task in done)
        finally:
            tries += sum(one for one in await asyncio.gather(*running, return_exceptions=True) if isinstance(one, int))
        return tries

    async def _claimed(self, limit: int) -> list[Coroutine[None, None, int]]:
        if limit <= 0:
            return []
        now = clock.now()
        async with self._deps.database.transaction() as session:
            found = await webhooks.claim_webhooks(session, now=now, lease=LEASE, limit=limit)
        return [self._serve(hook, data, key_id, now + LEASE) for hook, data, key_id in found]

    async def _serve(self, hook: Webhook, data: bytes, key_id: str, until: datetime) -> int:
        """Bring one webhook what is due while it is its turn. Returns how many tries were made."""
        secret = self._secret(hook, data, key_id)
        end_s = clock.uptime_s() + _TURN_S
        tries, takes = 0, True
        while True:
            goes_on = takes and not self._ending and (not tries or clock.uptime_s() < end_s)
            async with self._deps.database.transaction() as session:
                now = clock.now()
                delivery = await webhooks.next_delivery(session, hook, now=now) if goes_on else None
                free_at = now if takes else now + _REST
                renewed = now + LEASE if delivery is not None else free_at
                ours = await webhooks.keep_webhook(session, hook, until=until, renewed=renewed)
            if delivery is None or not ours:
                return tries
            until = renewed
            takes = await self._try(hook, secret, delivery)
            tries += 1

    def _secret(self, hook: Webhook, data: bytes, key_id: str) -> Secret | None:
        try:
            return webhooks.opened_secret(self._deps.vault, hook, data, key_id)
        except CannotOpen:
            _log.error("a webhook's secret cannot be opened", extra={"webhook_id": hook.id})
            return None

    async def _try(self, hook: Webhook, secret: Secret | None, delivery: Delivery) -> bool:
        """Make one try. False: the receiver takes nothing just now, whatever it would be."""
        error, status = await self._sent(hook, secret, delivery)
        gone = status == _GONE
        self._deps.tally.deliveries["taken" if error is None else "failed"] += 1
        now = clock.now()
        again_at = next_try(delivery.tries + 1, now) if error is not None else None
        async with self._deps.database.transaction() as session:
            ours = await webhooks.settle_delivery(session, delivery, now=now, error=error, again_at=again_at, gone=gone)
            given_up = error is not None and (gone or (again_at is None and delivery.event != TEST))
            if ours and given_up:
                await webhooks.owe_word_of_failure(
                    session, hook.workspace_id, hook, delivery, why=error or "", gone=gone, now=now
                )
        _log.info(
            "webhook told" if error is None else "webhook not told",
            extra={"webhook_id": hook.id, "delivery_id": delivery.id, "tries": delivery.tries + 1, "reason": error},
        )
        return status is not None and status not in _TOO_MUCH

    async def _sent(self, hook: Webhook, secret: Secret | None, delivery: Delivery) -> tuple[str | None, int | None]:
        """Make one try: what went wrong, if anything, and the status that was answered."""
        if secret is None or self._deps.web is None:
            return "Herald cannot open the webhook's secret.", None
        body = delivery.body.encode()
        headers = signed_headers(secret.reveal(), delivery.id, clock.now(), body)
        try:
            status = await self._deps.web.deliver(hook.url, headers, body)
        except CannotFetch as refusal:
            return f"The address {refusal}.", None
        return None if status in _TAKEN else f"The receiver answered with status {status}.", status


def _room(begun_s: Collection[float]) -> int:
    """How many more webhooks may be told now, while those are whose turns began then."""
    quick = sum(clock.uptime_s() - began < _TURN_S for began in begun_s)
    return min(_AT_ONCE - quick, _MOST_AT_ONCE - len(begun_s))
