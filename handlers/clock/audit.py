"""Letting go of rows that are this worker's in the database and in nobody's hands."""

import asyncio
import logging
from collections.abc import Callable

from bot.domain.ids import ItemId, WorkerId
from bot.services import working
from bot.services.deps import Deps
from handlers.clock.hands import Hands
from handlers.clock.outages import Outages

_log = logging.getLogger(__name__)

_EVERY_S = 5.0
_NOT_AUDITED = "audit failed"


class Audit:
    """A COMMIT whose answer was lost may have claimed or armed items this process knows nothing of.

    While its lease lives nobody else would take them. What is a stranger twice in a row is given up: claimed ones are
    free again, armed ones are looked for.
    """

    def __init__(self, deps: Deps, hands: Hands, worker_id: Callable[[], WorkerId]) -> None:
        self._deps = deps
        self._hands = hands
        self._worker_id = worker_id
        self._outages = Outages(_log)

    async def run(self) -> None:
        """Look until cancelled."""
        strangers: set[ItemId] = set()
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                strangers = await self._look(strangers)
            except Exception:  # noqa: BLE001  # the database is away: look again later, say so once
                self._outages.failed(_NOT_AUDITED)
                strangers = set()
            else:
                self._outages.worked(_NOT_AUDITED)

    async def _look(self, before: set[ItemId]) -> set[ItemId]:
        """Give up those of `before` that are strangers still; returns all that are now."""
        worker_id = self._worker_id()
        strangers = self._hands.strangers(await working.held(self._deps, worker_id))
        if stranded := strangers & before:
            await working.let_go(self._deps, worker_id, stranded)
        return strangers
