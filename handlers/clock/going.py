"""An armed item on its way to be sent, and until when it may be."""

from typing import TYPE_CHECKING

from bot import clock
from bot.domain.record import record

if TYPE_CHECKING:
    from bot.services.publishing import Armed
    from handlers.clock.lease import Lease


@record
class Going:
    """Sent once, by whoever took it off the queue."""

    armed: "Armed"
    lease: "Lease"
    host: str
    send_before_s: float
    """On the boot clock."""

    def may_be_sent(self) -> bool:
        """Whether the lease under which it was armed still holds, and what was armed is not too old."""
        return self.lease.holds() and clock.uptime_s() < self.send_before_s
