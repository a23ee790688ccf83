"""The house's only clock. Nothing else asks the machine what time it is.

Machines that share a database go by the database's time: `correct` keeps the difference, which the rhythm measures.
"""

import time
from datetime import UTC, datetime, timedelta

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_correction = timedelta(0)


def now() -> datetime:
    """The present as an aware UTC instant, by the database's time once `correct` was told of it."""
    return datetime.now(UTC) + _correction


def correct(difference: timedelta) -> None:
    """Add a newly measured difference (database less `now`) to what is corrected already."""
    global _correction  # noqa: PLW0603  # one process, one clock
    _correction += difference


def uptime_s() -> float:
    """Seconds since boot, counted through suspension and untouched by clock steps: what leases are measured on."""
    return time.clock_gettime(_BOOT_CLOCK)
