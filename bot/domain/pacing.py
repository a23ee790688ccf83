"""How a backlog goes out: one after another on each account, never all at once. Pure arithmetic of instants."""

from collections.abc import Sequence
from datetime import datetime, timedelta

GAP = timedelta(seconds=3)
"""Between two posts of a backlog on one account.

Slow enough that readers, and networks that look for floods, see a sequence and not a burst; fast enough that the
default grace of 15 minutes has room for 300 of them.
"""


def paced(due: Sequence[datetime], *, now: datetime, gap: timedelta = GAP) -> list[datetime]:
    """The instants at which one account's posts, in the order of their seconds, go out from `now` on.

    The order stays, none goes before its own second, and two are at least `gap` apart.
    """
    planned: list[datetime] = []
    for at in due:
        earliest = planned[-1] + gap if planned else now
        planned.append(max(at, earliest))
    return planned


def free_at(busy_until: datetime | None, *, now: datetime, gap: timedelta = GAP) -> datetime:
    """From when on an account takes the next one; its last goes, or went, out at `busy_until`, if it has any."""
    return now if busy_until is None else max(now, busy_until + gap)
