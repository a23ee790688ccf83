"""One request as the journal remembers it: when, what, how it ended, and the number the vendor gave it."""

from datetime import datetime

from bot.domain.record import record

MOST_CALLS = 20
"""So many calls of one step are remembered, the last ones."""


@record
class Call:
    """A request Herald made for an item. Holds no address, no body and no token."""

    at: datetime
    """When it began; aware UTC."""
    verb: str
    """`read`, `prepare` or `create`: whether the world could see the result."""
    operation: str
    """What it was for, in the vendor's words."""
    status: int | None
    """None when there was no whole answer."""
    request_id: str | None = None
    """The vendor's own number for it, for their support."""
    duration_ms: int
    written: bool
    """Whether a byte of the request may have left us."""
    fault: str | None = None
    """How it broke, when there was no whole answer."""
