"""What a run is, and the figures it gives. Standard library only."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The same work for every contender: `posts` due at one instant, at a network that answers after `latency_s`."""

    name: str
    posts: int
    latency_s: float
    lead_s: float = 14.0
    """How long before its second a queue is filled at the latest."""
    punctual: bool = True
    """Whether a run that is ready only after its second is refused; otherwise it begins late."""
    in_flight: int = 256
    """How many requests a worker of Herald and the bare loop have open at once, at most."""
    who: tuple[str, ...] = ()
    """The names of those who race; nobody named, everybody."""
    fewer: tuple[tuple[str, int], ...] = ()
    """Who does at most how many of the posts, being slow. Rates stay comparable, lateness does not."""

    def posts_of(self, contender: str) -> int:
        """How many posts that one does."""
        return min(self.posts, dict(self.fewer).get(contender, self.posts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a process has used so far."""

    cpu_s: float
    peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The raw material of one run. Instants are seconds since 1970 by this machine's clock."""

    due_s: float
    durable_s: float
    """When the last id was durable; for the bare loop, when the last answer was in."""
    arrivals: Mapping[str, Sequence[float]]
    """When each post's request was complete at the sink, by the post's key."""
    expected: int
    usage: Usage
    """Of its worker processes together."""
    in_flight: int = 0
    """Requests it had open at once, at most, all workers together; 0 when nobody counted."""
    servers_cpu_s: float | None = None
    """What the database server, and the broker if there is one, used meanwhile; None where that cannot be seen."""
    recorded: int | None = None
    """How many ids were stored in the end; None when nothing is stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run in figures. Lateness is request complete at the sink less due time, in seconds."""

    first_s: float
    p50_s: float
    p99_s: float
    max_s: float
    posts_per_s: float
    cpu_s_per_1000: float
    peak_mb: float
    duplicates: int
    lost: int
    posts: int = 0
    in_flight: int = 0
    servers_cpu_s_per_1000: float | None = None
    unrecorded: int = 0
    """Posts that arrived and whose id was never stored."""
    late: Sequence[float] = ()
    """The lateness that each percent of the posts did not exceed, 0 to 100, for drawing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One contender's rounds at one work, and their medians."""

    contender: str
    rounds: Sequence[Figures]
    figures: Figures


def figures_of(run: Measured) -> Figures:
    """Reduce a run. Raises ValueError when nothing arrived."""
    lateness = sorted(at - run.due_s for times in run.arrivals.values() for at in times)
    if not lateness:
        raise ValueError("not one request arrived")
    seen = Counter({key: len(times) for key, times in run.arrivals.items()})
    return Figures(
        first_s=lateness[0],
        p50_s=percentile(lateness, 50),
        p99_s=percentile(lateness, 99),
        max_s=lateness[-1],
        posts_per_s=run.expected / (run.durable_s - run.due_s),
        cpu_s_per_1000=run.usage.cpu_s * 1000 / run.expected,
        peak_mb=run.usage.peak_mb,
        duplicates=seen.total() - len(seen),
        lost=run.expected - len(seen),
        posts=run.expected,
        in_flight=run.in_flight,
        servers_cpu_s_per_1000=None if run.servers_cpu_s is None else run.servers_cpu_s * 1000 / run.expected,
        unrecorded=0 if run.recorded is None else max(0, len(seen) - run.recorded),
        late=[percentile(lateness, percent) for percent in range(101)],
    )


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of the sorted values do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def medians(rounds: Sequence[Figures]) -> Figures:
    """The middle of several rounds, figure by figure; what went wrong is summed."""
    servers = [one.servers_cpu_s_per_1000 for one in rounds if one.servers_cpu_s_per_1000 is not None]
    return Figures(
        first_s=median(one.first_s for one in rounds),
        p50_s=median(one.p50_s for one in rounds),
        p99_s=median(one.p99_s for one in rounds),
        max_s=median(one.max_s for one in rounds),
        posts_per_s=median(one.posts_per_s for one in rounds),
        cpu_s_per_1000=median(one.cpu_s_per_1000 for one in rounds),
        peak_mb=median(one.peak_mb for one in rounds),
        duplicates=sum(one.duplicates for one in rounds),
        lost=sum(one.lost for one in rounds),
        posts=rounds[0].posts,
        in_flight=rounds[0].in_flight,
        servers_cpu_s_per_1000=median(servers) if servers else None,
        unrecorded=sum(one.unrecorded for one in rounds),
        late=[median(values) for values in zip(*(one.late for one in rounds), strict=True)],
    )
