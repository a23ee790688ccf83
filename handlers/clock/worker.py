"""A worker: the dispatcher and the rhythm of one process, from start to a clean end."""

import asyncio
import gc
import logging

from bot.services.deps import Deps
from bot.services.ports import Notifier
from handlers.clock.dispatcher import Dispatcher
from handlers.clock.pace import Pace
from handlers.clock.rhythm import Rhythm
from handlers.clock.timekeeping import compare_clocks, tell_skew

_log = logging.getLogger(__name__)

__all__ = ["Pace", "work"]

_COLLECT_EVERY = (20_000, 20, 50)
"""Allocations, and young and middle collections, between two collections of the next kind."""


async def work(deps: Deps, notifier: Notifier, stop: asyncio.Event, *, pace: Pace | None = None) -> None:
    """Publish what is due until `stop` is set; then give back what is not sent, and wait for answers."""
    await compare_clocks(deps)
    tell_skew()
    rhythm = Rhythm(deps, notifier)
    rhythm.start()
    _spare_the_collector()
    try:
        await Dispatcher(deps, pace=pace).run(stop)
    finally:
        await rhythm.stop()


def _spare_the_collector() -> None:
    """What was loaded at start stays for good: looking through it again and again would stop the clock for it.

    A thousand sends make more objects than that is worth; nearly all of them go by counting references.
    """
    gc.freeze()
    gc.set_threshold(*_COLLECT_EVERY)
