"""A hold: somebody stopped a post, a brand or a whole workspace. Nothing of it is sent until it ends."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.errors import invalid
from bot.domain.slots import HORIZON

LONGEST_REASON = 200


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
    """The whole workspace is on hold, not this brand or post alone."""

    @property
    def in_words(self) -> str:
        """For the journal; the instant in ISO 8601."""
        until = f" until {self.until.isoformat(timespec='seconds')}" if self.until is not None else ""
        return f"On hold{until}{f': {self.reason}' if self.reason else ''}."


def lasting(hold: Hold | None, at: datetime) -> Hold | None:
    """The hold, unless its time is over then; nobody may have ended it yet."""
    return None if hold is None or (hold.until is not None and hold.until <= at) else hold


def begun(new: Hold, before: Hold | None) -> Hold:
    """The hold there is from now on: where there was one already, an end or a reason that is given replaces its own.

    Raises InvalidContent for `until` and `reason`.
    """
    if new.until is not None and not new.since < new.until < new.since + HORIZON:
        raise invalid("until", "Choose an end that is still to come, within the next year.")
    why = " ".join((new.reason or "").split()) or None
    if why is not None and len(why) > LONGEST_REASON:
        raise invalid("reason", f"The reason is {len(why)} of {LONGEST_REASON} characters. Shorten it.")
    if before is None:
        return replace(new, reason=why)
    return replace(before, until=new.until or before.until, reason=why or before.reason)
