"""When to try again. The waits grow and are drawn at random ("full jitter").

Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, read 2026-11-21.
"""

from datetime import datetime, timedelta

FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 300.0
DEFAULT_RATE_LIMIT_WAIT_S = 60.0
"""When a platform says "too many" and not until when."""


LAST_CHANCE = timedelta(seconds=5)
"""The last try is begun so long before it would be too late."""


def next_try(tries: int, now: datetime, chance: float, *, before: datetime | None = None) -> datetime:
    """The instant of the next try after `tries` failed ones in a row; `chance` is a random number from 0 to 1.

    The wait is drawn from the whole span up to `FIRST_WAIT_S` doubled with each try, so that the items of one outage
    do not come back together; never more than `LONGEST_WAIT_S`. Where that would be too late for an item that must be
    sent `before` some instant, there is one last try a moment before it.
    """
    at = now + timedelta(seconds=longest_wait_s(tries) * chance)
    if before is not None and at >= before and before - LAST_CHANCE > now:
        return before - LAST_CHANCE
    return at


def longest_wait_s(tries: int) -> float:
    """What the wait after `tries` failed tries is drawn from, at most."""
    return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(tries, 20))
