"""The works of the race."""

from dataclasses import replace

from benchmarks.contenders import APSCHEDULER, BARE, CELERY, ON_POSTGRESQL, ON_SQLITE, PEERS, PROCRASTINATE, TWO_WORKERS
from benchmarks.figures import Work

SLOW = "slow network"
INSTANT = "instant network"
MANY = "many posts at once"
HELD_BACK = "256 in flight at 200 ms"
PER_WORKER = "64 in flight a worker at 200 ms"
KILLED = "killed in mid-drain"

_SLOW_PEERS = 1_280
"""Posts of a peer at a network that holds it to 64 / 0.2 s: four seconds tell its rate."""
_WORKS = (
    Work(name=SLOW, posts=1_000, latency_s=0.3, who=(BARE, ON_SQLITE, ON_POSTGRESQL)),
    Work(name=INSTANT, posts=2_000, latency_s=0.0),
    Work(
        name=MANY,
        posts=20_000,
        latency_s=0.0,
        fewer=((CELERY, 10_000), (APSCHEDULER, 5_000), (PROCRASTINATE, 3_000)),
    ),
    Work(
        name=HELD_BACK,
        posts=5_120,
        latency_s=0.2,
        in_flight=256,
        who=(BARE, ON_SQLITE, ON_POSTGRESQL, *PEERS),
        fewer=tuple((name, _SLOW_PEERS) for name in PEERS),
    ),
    Work(name=PER_WORKER, posts=2_560, latency_s=0.2, in_flight=64, who=(BARE, ON_POSTGRESQL, TWO_WORKERS)),
)
_KILLED_POSTS = 500


def works(scale: float = 1.0, *, full: bool = False) -> tuple[Work, ...]:
    """The works, with `scale` times the posts; `full` spares nobody, however slow."""

    def scaled(posts: int) -> int:
        return max(1, round(posts * scale))

    return tuple(
        replace(
            work,
            posts=scaled(work.posts),
            fewer=() if full else tuple((name, scaled(posts)) for name, posts in work.fewer),
        )
        for work in _WORKS
    )


def killed_posts(scale: float) -> int:
    """How many posts are drained when a worker is killed."""
    return max(300, round(_KILLED_POSTS * min(1.0, scale)))
