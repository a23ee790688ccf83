"""Going by the database's time: measured at the start, and again while a process runs."""

import asyncio
import logging
from datetime import timedelta

from bot import clock
from bot.services.deps import Deps

_log = logging.getLogger(__name__)

_WORRYING = timedelta(milliseconds=250)
_ALARMING = timedelta(seconds=30)
_EVERY_S = {"postgresql": 60, "sqlite": 1}
"""How often clocks are compared: with a server that is asked, or with this machine's own, which may be set."""
_STEP_S = 1.0
"""Less is drift."""


def compared_every_s(deps: Deps) -> int:
    """Seconds between two comparisons."""
    return _EVERY_S[deps.database.dialect]


async def compare_clocks(deps: Deps) -> None:
    """Go by the database's time from now on, and say so when it turns out far from what was thought."""
    offset = await deps.database.clock_offset()
    clock.correct(offset)
    if abs(offset) > _WORRYING:
        tell_skew()


def tell_skew() -> None:
    """Say how far this machine's clock is from the database's, if that is worth a word."""
    skew = clock.now() - clock.machine()
    extra = {"offset_s": skew.total_seconds()}
    if abs(skew) > _ALARMING:
        _log.error("this machine's clock is wrong: set it. Posts go out by the database's time", extra=extra)
    elif abs(skew) > _WORRYING:
        _log.warning("this clock differs from the database's, whose time counts", extra=extra)


async def keep_time(deps: Deps) -> None:
    """Compare again and again, for a process without a rhythm. Runs until cancelled."""
    while True:
        await asyncio.sleep(compared_every_s(deps))
        try:
            await compare_clocks(deps)
        except Exception:  # noqa: BLE001  # the database is away; the clock runs on meanwhile
            _log.warning("clocks not compared: the database does not answer")


class Steps:
    """Notices when this machine's own clock is set: then it and the boot clock tell different stories."""

    def __init__(self) -> None:
        self._boot_s, self._machine = clock.uptime_s(), clock.machine()

    def seen(self) -> bool:
        """Whether it was set since this was asked last."""
        boot_s, machine = clock.uptime_s(), clock.machine()
        by_s = (machine - self._machine).total_seconds() - (boot_s - self._boot_s)
        self._boot_s, self._machine = boot_s, machine
        if abs(by_s) <= _STEP_S:
            return False
        _log.warning("this machine's clock was set", extra={"by_s": round(by_s)})
        return True
