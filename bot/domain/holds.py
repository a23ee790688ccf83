"""A hold: somebody stopped everything of a brand, or of a whole workspace. Nothing of it is sent until it ends."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold that lasts. Instants are aware UTC."""

    since: datetime
    until: datetime | None = None
    """When it ends by itself; None: when somebody releases it."""
    by: str | None = None
    """The actor who began it."""
    reason: str | None = None
    everything: bool = False
    """The whole workspace is on hold, not this brand alone."""
