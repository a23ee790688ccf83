"""Renewing a lease though the connection that is asked has fallen silent."""

import asyncio

from bot import clock
from bot.domain.ids import WorkerId
from bot.services import working
from bot.services.deps import Deps

_ANSWER_WITHIN_S = 1.0


class Renewals:
    """Tries to renew, several where one is not answered. Stop them at the end."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._tries: set[asyncio.Task[bool]] = set()

    async def renew(self, worker_id: WorkerId) -> float | None:
        """Renew the lease: when that was asked for, on the boot clock; None when it is over and all that is held lost.

        While no try is answered, another one is made each second, and the first answer counts. Raises what a try does.
        """
        asked_at_s: dict[asyncio.Task[bool], float] = {}
        try:
            while True:
                one = asyncio.create_task(working.stay(self._deps, worker_id))
                self._tries.add(one)
                one.add_done_callback(self._over)
                asked_at_s[one] = clock.uptime_s()
                await asyncio.wait(asked_at_s, timeout=_ANSWER_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
                for answered in [one for one in asked_at_s if one.done()]:
                    return asked_at_s[answered] if answered.result() else None
                working.doubt_connections(self._deps)
        finally:
            for unanswered in asked_at_s:
                unanswered.cancel()

    async def stop(self) -> None:
        """Wait until those that nobody waits for any more are over."""
        for unanswered in self._tries:
            unanswered.cancel()
        await asyncio.gather(*self._tries, return_exceptions=True)

    def _over(self, one: asyncio.Task[bool]) -> None:
        self._tries.discard(one)
        if not one.cancelled():
            one.exception()  # where another try was answered, nobody else reads it
