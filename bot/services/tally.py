"""What this process did since it began, counted for `/metrics`. A few additions each; nothing is looked up or awaited.

Labels are words of ours, never ids, so that their number stays small.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot import clock
from bot.domain.ids import ItemId
from bot.domain.items import Outcome
from bot.domain.publication import Event

LATENESS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0)
DURATIONS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ENDS = {
    Event.CREATED: "published",
    Event.FOUND: "published",
    Event.CONFIRMED_BY_HAND: "published",
    Event.REFUSED: "failed",
}


@dataclass(slots=True)
class Spread:
    """How often values were as large as that: one count for each limit, and one for what is beyond all of them."""

    limits: Sequence[float] = DURATIONS_S
    counts: list[int] = field(default_factory=list[int])
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.limits) + 1)

    def add(self, value: float) -> None:
        """Count one value in."""
        self.counts[bisect_left(self.limits, value)] += 1
        self.total += value


@dataclass(slots=True)
class Tally:
    """The counts of one process."""

    items: Counter[str] = field(default_factory=Counter[str])
    """Post items by how they ended: published, failed, missed."""
    lateness: Spread = field(default_factory=lambda: Spread(LATENESS_S))
    """Seconds after the planned second, of what was published."""
    steps: defaultdict[str, Spread] = field(default_factory=lambda: defaultdict[str, Spread](Spread))
    """Seconds that the queue's transactions took, by step: arm, settle."""
    calls: defaultdict[tuple[str, str, int], Spread] = field(
        default_factory=lambda: defaultdict[tuple[str, str, int], Spread](Spread)
    )
    """Seconds that answers over HTTP took, by method, route and status."""
    deliveries: Counter[str] = field(default_factory=Counter[str])
    """Tries to tell a webhook, by how they went: taken, failed."""

    @contextmanager
    def step(self, name: str) -> Generator[None]:
        """Count how long the block takes, unless it breaks."""
        begun_s = clock.uptime_s()
        yield
        self.steps[name].add(clock.uptime_s() - begun_s)

    def ended(self, outcomes: Sequence[Outcome], counted: Collection[ItemId]) -> None:
        """Count the outcomes that counted."""
        for outcome in outcomes:
            end = _ENDS.get(outcome.event)
            if end is None or outcome.item.id not in counted:
                continue
            self.items[end] += 1
            planned = outcome.item.scheduled_at
            if end == "published" and planned is not None and not outcome.item.part:
                self.lateness.add(max((outcome.at - planned).total_seconds(), 0.0))
