"""The house's only clock. Nothing else asks the machine what time it is."""

import time
from datetime import UTC, datetime

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now() -> datetime:
    """The present as an aware UTC instant."""
    return datetime.now(UTC)


def uptime_s() -> float:
    """Seconds since boot, counted through suspension and untouched by clock steps: what leases are measured on."""
    return time.clock_gettime(_BOOT_CLOCK)
