"""A worker: the dispatcher and the rhythm of one process, from start to a clean end."""

import asyncio
import logging

from bot.services.deps import Deps
from bot.services.ports import Notifier
from handlers.clock.dispatcher import Dispatcher, Pace
from handlers.clock.rhythm import Rhythm
from handlers.clock.timekeeping import compare_clocks, tell_skew

_log = logging.getLogger(__name__)

__all__ = ["Pace", "work"]


async def work(deps: Deps, notifier: Notifier, stop: asyncio.Event, *, pace: Pace | None = None) -> None:
    """Publish what is due until `stop` is set; then give back what is not sent, and wait for answers."""
    await compare_clocks(deps)
    tell_skew()
    rhythm = Rhythm(deps, notifier)
    rhythm.start()
    try:
        await Dispatcher(deps, pace=pace).run(stop)
    finally:
        await rhythm.stop()
