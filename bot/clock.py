"""The house's only clock. Nothing else asks the machine what time it is.

It is read from the machine once and runs on the boot clock from then on, so that a step of the machine's clock does not
move it. Machines that share a database go by the database's time: `correct` takes the difference, which the rhythm
measures; on SQLite it is the machine's own time that is followed so.
"""

import random
import time
from datetime import UTC, datetime, timedelta

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_JUMP = timedelta(seconds=1)
"""Corrections below that are drift; above, the clock was wrong or has been set."""


def uptime_s() -> float:
    """Seconds since boot, counted through suspension and untouched by clock steps: what leases are measured on."""
    return time.clock_gettime(_BOOT_CLOCK)


_beat_s = random.random()  # noqa: S311  # that the processes of one machine do not all go to their database at once
_HARDLY = 0.1


def until_beat_s(every_s: float = 1.0) -> float:
    """Seconds until this process's next beat, at most a tenth more than `every_s`.

    What comes round and has no second of its own waits for it: waking up costs an idle process more than what it does
    then, so it wakes once for all.
    """
    left_s = every_s - (uptime_s() - _beat_s) % every_s
    return left_s if left_s > _HARDLY * every_s else left_s + every_s


def machine() -> datetime:
    """What the machine's own clock says, for whoever has to go by it."""
    return datetime.now(UTC)


_zero_s = machine().timestamp() - uptime_s()
"""When the boot clock began, in seconds since 1970 by the time that counts."""
_jumped_at_s = float("-inf")
_instant_of = datetime.fromtimestamp


def now() -> datetime:
    """The present as an aware UTC instant, by the database's time once `correct` was told of it."""
    return _instant_of(epoch_s(), UTC)


def epoch_s() -> float:
    """The same in seconds since 1970."""
    return _zero_s + uptime_s()


def correct(difference: timedelta) -> None:
    """Add a newly measured difference (database less `now`) to what is corrected already."""
    global _zero_s, _jumped_at_s  # noqa: PLW0603  # one process, one clock
    _zero_s += difference.total_seconds()
    if abs(difference) >= _JUMP:
        _jumped_at_s = uptime_s()


def steady_s() -> float:
    """Seconds since a correction made this clock jump; for so long two of its instants tell what passed between."""
    return uptime_s() - _jumped_at_s
