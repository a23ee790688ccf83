"""What the stand-in remembers: people, subreddits, posts, comments, files, and how often it was asked."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.networks.grants import Grant
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import Style
from sandbox.networks.reddit.consent import Consent

CLIENT_ID, CLIENT_SECRET = "herald-sandbox-id", "sandbox-reddit-secret"  # the stand-in's own
FLAIR = "0f1a2b3c-4d5e-6f70-8192-a3b4c5d6e7f8"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_FIRST = 36**6
Clock = Callable[[], datetime]
KINDS = frozenset({"self", "link", "image", "video", "videogif", "crosspost", "gallery", "poll"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subreddit:
    """A place to post in."""

    name: str
    takes: frozenset[str] = KINDS
    needs_flair: bool = False
    closed: bool = False
    """Whether only its members may post there."""


SUBREDDITS = (
    Subreddit(name="test"),
    Subreddit(name="coffee"),
    Subreddit(name="words", takes=frozenset({"self", "poll"})),
    Subreddit(name="pictures", takes=frozenset({"image", "gallery"})),
    Subreddit(name="flaired", needs_flair=True),
    Subreddit(name="closed", closed=True),
)


@dataclass(slots=True, kw_only=True)
class Settings:
    """How it is set up. Times in seconds; 0 for no limit."""

    people: tuple[str, ...] = ("juniper", "rowan")
    subreddits: tuple[Subreddit, ...] = SUBREDDITS
    media_s: float = 0.5
    """How long after Reddit took a picture or a film its post appears."""
    lists_after_s: float = 0.0
    """How much later than it is out a post is listed."""
    gap_s: float = 0.0
    """How long one person has to wait between two posts."""
    requests_per_10_min: int = 1000
    most_bytes: int = 20_971_520
    auto_approve: bool = False
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account."""

    id: str
    name: str


@dataclass(slots=True, kw_only=True)
class Asset:
    """A place in the file store, and the file once it is there."""

    id: str
    key: str
    person: Person
    mime_type: str
    content: bytes | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Post:
    """A submission."""

    id: str
    person: Person
    subreddit: str
    kind: str
    title: str
    text: str
    url: str
    made_at: datetime
    visible_at: datetime
    assets: tuple[Asset, ...] = ()
    nsfw: bool = False
    spoiler: bool = False
    flair: str | None = None
    crosspost: str | None = None
    choices: tuple[str, ...] = ()
    votes: int = 1

    @property
    def name(self) -> str:
        """Its full name."""
        return f"t3_{self.id}"


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment below a post or another comment."""

    id: str
    person: Person
    text: str
    parent: str
    post: Post
    made_at: datetime
    votes: int = 1

    @property
    def name(self) -> str:
        """Its full name."""
        return f"t1_{self.id}"


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now: Clock = lambda: datetime.now(UTC)
        self._ids = itertools.count(_FIRST)
        self.url = ""
        self.people = {name: Person(id=self.next_id(), name=name) for name in settings.people}
        profiles = (Subreddit(name=f"u_{name}") for name in settings.people)
        self.subreddits: dict[str, Subreddit] = {one.name.casefold(): one for one in (*settings.subreddits, *profiles)}
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.assets: dict[str, Asset] = {}
        self.suspended: set[str] = set()
        self.asked: list[datetime] = []
        """When something was asked of the API, the latest of it."""
        self.ended_at: datetime | None = None
        self.network = StandIn(name="reddit", title="Reddit", handle=settings.people[0], slow_s=settings.slow_s)
        style = Style(
            authorize_path="/api/v1/authorize",
            token_path="/api/v1/access_token",  # noqa: S106  # a path
            revoke_path="/api/v1/revoke_token",
            client="basic",
            pkce="unknown",
            first_s=86_400.0,
        )
        self.oauth = Consent(style, people=settings.people, auto_approve=settings.auto_approve, network=self.network)
        self.oauth.add_app(CLIENT_ID, CLIENT_SECRET)

    def next_id(self) -> str:
        """A short name for anything."""
        value, digits = next(self._ids), ""
        while value:
            value, digit = divmod(value, 36)
            digits = _DIGITS[digit] + digits
        return digits

    def issue_token(self, name: str, scopes: tuple[str, ...]) -> str:
        """An access token for a person, as if they had agreed."""
        grant = Grant(app=self.oauth.grants.apps[CLIENT_ID], person=name, scopes=scopes)
        return self.oauth.grants.new_access(grant, 86_400.0).value

    def ask(self) -> tuple[int, int, int]:
        """Count one request: (used, remaining, seconds until the oldest counts no more); remaining below 0 is over."""
        now = self.now()
        self.asked = [at for at in self.asked if at > now - _WINDOW]
        self.asked.append(now)
        most = self.settings.requests_per_10_min or 10**9
        reset_s = int((self.asked[0] + _WINDOW - now).total_seconds()) + 1
        return len(self.asked), most - len(self.asked), reset_s


_WINDOW = timedelta(minutes=10)
