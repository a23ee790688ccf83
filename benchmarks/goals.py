"""What Herald should reach, as ratios inside one run. They describe the machine's run, so they fail nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.contenders import BARE, ON_POSTGRESQL, ON_SQLITE, PGQUEUER, TWO_WORKERS
from benchmarks.drains import PEERS_IN_FLIGHT
from benchmarks.figures import Figures
from benchmarks.kills import Survival
from benchmarks.works import HELD_BACK, INSTANT, MANY, PER_WORKER, SLOW

_AHEAD = 64
"""A crash may leave this many in doubt beyond the requests in flight."""

Raced = Mapping[str, Mapping[str, Figures]]
"""By work, by contender."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A figure, what it has to be, and what it is hoped to be."""

    text: str
    figure: float
    bound: float
    hoped: float | None = None
    at_most: bool = False
    unit: str = ""

    @property
    def verdict(self) -> str:
        """In words."""
        if not self._reaches(self.bound):
            return "not met"
        return "met, and the goal" if self.hoped is not None and self._reaches(self.hoped) else "met"

    def _reaches(self, bound: float) -> bool:
        return self.figure <= bound if self.at_most else self.figure >= bound

    @property
    def wanted(self) -> str:
        """What it has to be, in words."""
        hoped = "" if self.hoped is None else f", goal {self.hoped:g}"
        return f"at {'most' if self.at_most else 'least'} {self.bound:g}{self.unit}{hoped}"


def goals(raced: Raced, killed: Sequence[Survival], bounds: Mapping[str, float]) -> list[Goal]:
    """Those that this run can answer; `bounds` are posts a second that the network allows at each work."""
    return [*_at_one_instant(raced), *_of_networks(raced, bounds), *_of_sizes(raced), *_of_kills(killed)]


def _pair(raced: Raced, work: str, one: str, other: str) -> tuple[Figures, Figures] | None:
    of_work = raced.get(work, {})
    return (of_work[one], of_work[other]) if one in of_work and other in of_work else None


def _at_one_instant(raced: Raced) -> Iterator[Goal]:
    if both := _pair(raced, INSTANT, ON_POSTGRESQL, PGQUEUER):
        ours, theirs = both
        yield Goal(text="posts/s : pgqueuer", figure=ours.posts_per_s / theirs.posts_per_s, bound=2, hoped=3)
        yield Goal(text="p99 : pgqueuer", figure=ours.p99_s / theirs.p99_s, bound=0.5, hoped=0.33, at_most=True)
    if both := _pair(raced, INSTANT, ON_POSTGRESQL, BARE):
        ours, bare = both
        yield Goal(text="posts/s : bare loop", figure=ours.posts_per_s / bare.posts_per_s, bound=0.4, hoped=0.6)
        first_ms = ours.first_s * 1000
        yield Goal(text="first post after its second", figure=first_ms, bound=25, hoped=10, at_most=True, unit=" ms")
        yield Goal(text="CPU s per 1,000 posts", figure=ours.cpu_s_per_1000, bound=0.5, hoped=0.3, at_most=True)
    if both := _pair(raced, INSTANT, ON_SQLITE, ON_POSTGRESQL):
        yield Goal(text="posts/s on SQLite : PostgreSQL", figure=both[0].posts_per_s / both[1].posts_per_s, bound=0.8)
    if both := _pair(raced, MANY, ON_POSTGRESQL, PGQUEUER):
        figure = both[0].posts_per_s / both[1].posts_per_s
        yield Goal(text=f"posts/s : pgqueuer, {both[0].posts:,} posts", figure=figure, bound=2)


def _of_networks(raced: Raced, bounds: Mapping[str, float]) -> Iterator[Goal]:
    if (ours := raced.get(HELD_BACK, {}).get(ON_POSTGRESQL)) is not None:
        share = ours.posts_per_s / bounds[HELD_BACK]
        yield Goal(text=f"share of what {HELD_BACK} allow", figure=share, bound=0.85)
    if both := _pair(raced, PER_WORKER, TWO_WORKERS, ON_POSTGRESQL):
        yield Goal(text="2 workers : 1 worker", figure=both[0].posts_per_s / both[1].posts_per_s, bound=1.8)
    if (ours := raced.get(SLOW, {}).get(ON_SQLITE)) is not None:
        yield Goal(text=f"p99 on SQLite, {SLOW}", figure=ours.p99_s, bound=1, at_most=True, unit=" s")


def _of_sizes(raced: Raced) -> Iterator[Goal]:
    peaks = [
        of_work[name].peak_mb for of_work in raced.values() for name in (ON_SQLITE, ON_POSTGRESQL) if name in of_work
    ]
    if peaks:
        yield Goal(text="peak memory of a worker", figure=max(peaks), bound=150, at_most=True, unit=" MB")


def _of_kills(killed: Sequence[Survival]) -> Iterator[Goal]:
    ours = [one for one in killed if one.contender.startswith("Herald")]
    if ours:
        wrong = sum(one.duplicates + one.lost + one.unrecorded for one in ours)
        yield Goal(text="twice, lost or forgotten after SIGKILL", figure=wrong, bound=0, at_most=True)
        doubt = max(one.in_doubt for one in ours)
        yield Goal(text="in doubt after SIGKILL", figure=doubt, bound=PEERS_IN_FLIGHT + _AHEAD, at_most=True)
