"""What the stand-in remembers: people, files, posts, and how much was asked of it."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.networks.network import StandIn

WINDOW_S = 15 * 60
MEDIA_S = 24 * 3600
"""How long an uploaded file can be posted."""
DUPLICATE_S = 24 * 3600
_EPOCH_MS = 1_288_834_974_657
_ID_SHIFT = 22


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this X is set up. Times in seconds; a limit of 0 means none."""

    people: tuple[str, ...] = ("junipercoffee", "rowan")
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Names to show; without one it is the user name with a capital."""
    subscriptions: dict[str, str] = field(default_factory=dict[str, str])
    """`Basic`, `Premium` or `PremiumPlus`, by user name; without one: None."""
    fields_names: frozenset[str] = frozenset({"post.fields", "tweet.fields"})
    """What requests may call the fields of posts."""
    posts_per_15_min: int = 100
    credits_left: int = 1_000_000
    """Calls until the developer account has to pay."""
    processing_s: float = 1.0
    """How long GIFs and videos stay in processing."""
    lag_s: float = 0.0
    """How long a new post is missing in lists."""
    access_s: float = 7200.0
    auto_approve: bool = False
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody with an account."""

    id: str
    username: str
    name: str
    subscription: str


@dataclass(slots=True, kw_only=True)
class File:
    """An uploaded file, or one on its way; `segments` are the sizes that came."""

    id: str
    owner: Person
    category: str
    mime_type: str
    total_bytes: int
    expires_at: datetime
    segments: dict[int, bytes] = field(default_factory=dict[int, bytes])
    content: bytes = b""
    ready_at: datetime | None = None
    """When its processing ends; None while it is still on its way."""
    failed: str | None = None
    alt_text: str = ""

    @property
    def key(self) -> str:
        """Its media key: a number for its kind, and its id."""
        return f"{ {'tweet_image': 3, 'tweet_gif': 16}.get(self.category, 7) }_{self.id}"


@dataclass(slots=True, kw_only=True)
class Post:
    """A published post."""

    id: str
    person: Person
    text: str
    files: tuple[File, ...]
    poll: tuple[str, ...]
    parent: str | None
    conversation: str
    reply_settings: str
    community: str | None
    body: dict[str, object]
    """As it was asked for."""
    created_at: datetime
    likes: int = 0
    reposts: int = 0
    views: int = 0


class World:
    """Everything this X knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.files: dict[str, File] = {}
        self.posts: dict[str, Post] = {}
        self.windows: dict[tuple[str, str], tuple[int, int]] = {}
        self.calls: dict[str, int] = defaultdict(int)
        self._last_id = 0
        self.people = {name: self._person(name) for name in settings.people}
        first = next(iter(self.people))
        self.network = StandIn(name="x", title="X", handle=first, slow_s=settings.slow_s)

    def _person(self, username: str) -> Person:
        return Person(
            id=self.next_id(),
            username=username,
            name=self.settings.names.get(username, username.capitalize()),
            subscription=self.settings.subscriptions.get(username, "None"),
        )

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def next_id(self) -> str:
        """A new id that sorts by time: milliseconds since X began, and a sequence."""
        fresh = (int(time.time() * 1000) - _EPOCH_MS) << _ID_SHIFT
        self._last_id = max(fresh, self._last_id + 1)
        return str(self._last_id)

    def new_file(self, owner: Person, category: str, mime_type: str, total_bytes: int) -> File:
        """A file that is to be uploaded."""
        file = File(
            id=self.next_id(),
            owner=owner,
            category=category,
            mime_type=mime_type,
            total_bytes=total_bytes,
            expires_at=self.now() + timedelta(seconds=MEDIA_S),
        )
        self.files[file.id] = file
        return file

    def mine(self, person: Person) -> list[Post]:
        """A person's posts, newest first."""
        return sorted(
            (one for one in self.posts.values() if one.person is person), key=lambda p: int(p.id), reverse=True
        )

    def spend(self, person: str, window: str, limit: int) -> tuple[int, int]:
        """Count one call; (remaining, -1 when it is over; reset in epoch seconds)."""
        now_s = self.now().timestamp()
        number = int(now_s // WINDOW_S)
        before, used = self.windows.get((window, person), (number, 0))
        used = used + 1 if before == number else 1
        self.windows[window, person] = (number, used)
        return max(limit - used, -1), (number + 1) * WINDOW_S


_FAST_MINUTES = 20.0
"""After that numbers grow far slower."""


def grown(post: Post, world: World) -> tuple[int, int, int]:
    """Likes, reposts and views of a post."""
    minutes = (world.now() - post.created_at).total_seconds() / 60 if world.settings.grow_numbers else 0
    size = min(minutes, _FAST_MINUTES) + max(0.0, minutes - _FAST_MINUTES) / 200
    return post.likes + int(size * 3), post.reposts + int(size), post.views + int(size * 90)


def numbers_of(post: Post, world: World, reposts_name: str = "repost_count") -> dict[str, int]:
    """Its public metrics, reposts under this name."""
    likes, reposts, views = grown(post, world)
    replies = sum(1 for other in world.posts.values() if other.parent == post.id)
    return {
        reposts_name: reposts,
        "reply_count": replies,
        "like_count": likes,
        "quote_count": 0,
        "bookmark_count": 0,
        "impression_count": views,
    }
