"""A worker's lease as the worker itself sees it: until when it may act.

Measured on the boot clock from the moment *before* the database was asked, so it ends here no later than there. A
process that was stopped (SIGSTOP, a suspended machine) and woken finds it over.
"""

from bot.clock import uptime_s
from bot.domain.ids import WorkerId
from bot.services.working import LEASE_S, MARGIN_S

_NEVER = float("-inf")


class Lease:
    """One worker id's permission to act. A lost one gives way to a new object: what was sent under it stays fenced."""

    def __init__(self, worker_id: WorkerId, *, asked_at_s: float) -> None:
        self.worker_id = worker_id
        self._ends_at_s = asked_at_s + LEASE_S - MARGIN_S

    def extend(self, *, asked_at_s: float) -> None:
        """The database renewed it; `asked_at_s` is the boot clock just before it was asked."""
        self._ends_at_s = asked_at_s + LEASE_S - MARGIN_S

    def lose(self) -> None:
        """It is over for good: nothing is sent under it any more."""
        self._ends_at_s = _NEVER

    def is_lost(self) -> bool:
        """Whether it is over for good: what was claimed under it is no longer ours."""
        return self._ends_at_s == _NEVER

    def holds(self) -> bool:
        """Whether the worker may act right now: the fence, asked before the first byte of every creating call."""
        return uptime_s() < self._ends_at_s
