"""What a peer's process is told, and the posts it is given."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from benchmarks.content import json_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a peer's process is told."""

    database_url: str
    sink_url: str
    broker_url: str
    posts: int
    in_flight: int
    due_s: float
    """Seconds since 1970; 0 for at once."""
    quick_recovery: bool = False
    """Whether it should notice a dead worker within seconds rather than by its defaults."""

    def as_json(self) -> str:
        """For the command line."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, content: str) -> "Settings":
        """From the command line."""
        return cls(**json.loads(content))


def bodies(settings: Settings) -> Iterator[tuple[int, str]]:
    """Every post: its number, and its body as JSON."""
    for number in range(settings.posts):
        yield number, json_of(number)


def due_or_now(settings: Settings) -> float:
    """The instant the posts are due, in seconds since 1970."""
    return settings.due_s or time.time()
