"""How much a worker does at once."""

from dataclasses import dataclass

_ARM_AHEAD = 64
"""Armed and not written down, beyond the senders, less where these are few: what a crash leaves in doubt at most."""
_FEWEST_AHEAD, _SENDERS_FOR_ONE_AHEAD = 8, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`senders` bounds the requests in flight, `drain_s` a shutdown's wait for their answers."""

    senders: int = 512
    drain_s: float = 35.0

    @property
    def most_armed(self) -> int:
        """How many items may be armed, under way or not written down yet."""
        return self.senders + min(_ARM_AHEAD, max(_FEWEST_AHEAD, self.senders // _SENDERS_FOR_ONE_AHEAD))
