"""What the stand-in remembers: people, containers, posts, and how much of their quotas is spent."""

import asyncio
import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sandbox.networks.grants import Grant
from sandbox.networks.network import StandIn
from sandbox.networks.oauth import Style
from sandbox.networks.threads.consent import Consent

DAY = timedelta(days=1)
CLIENT_ID, CLIENT_SECRET = "990602627938098", "sandbox-threads-secret"  # the stand-in's own
_FIRST_ID = 17_900_000_000_000_001
_SHORT = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(slots=True, kw_only=True)
class Settings:
    """How it is set up. Times in seconds."""

    people: tuple[str, ...] = ("juniper", "rowan")
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names to show, by user name; without one it is the user name with a capital."""
    text_ready_s: float = 0.0
    """How long a container of text alone is in progress."""
    media_ready_s: float = 0.5
    lists_after_s: float = 0.0
    """How much later than it is out a post is listed."""
    fetches: bool = True
    """Off: files are believed to be there, whatever their address."""
    posts_a_day: int = 250
    replies_a_day: int = 1000
    deletes_a_day: int = 100
    auto_approve: bool = False
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An account."""

    id: str
    username: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What a container shows."""

    kind: str
    """`IMAGE` or `VIDEO`."""
    url: str
    alt_text: str
    content: bytes = b""
    """Kept of pictures alone."""


@dataclass(slots=True, kw_only=True)
class Container:
    """A post in the making, which nobody sees."""

    id: str
    person: Person
    media_type: str
    values: Mapping[str, str]
    """The parameters it came with, without the token."""
    made_at: datetime
    ready_at: datetime
    files: tuple[File, ...] = ()
    carousel_item: bool = False
    failure: str | None = None
    fetching: asyncio.Task[None] | None = None
    published_as: str | None = None


@dataclass(slots=True, kw_only=True)
class Post:
    """A published post."""

    id: str
    shortcode: str
    person: Person
    media_type: str
    text: str
    values: Mapping[str, str]
    files: tuple[File, ...]
    made_at: datetime
    parent: str | None
    likes: int = 0
    reposts: int = 0
    quotes: int = 0
    shares: int = 0


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._ids = itertools.count(_FIRST_ID)
        self.people = {
            name: Person(id=self.next_id(), username=name, name=settings.names.get(name, name.capitalize()))
            for name in settings.people
        }
        self.containers: dict[str, Container] = {}
        self.posts: dict[str, Post] = {}
        self.deleted: dict[str, list[datetime]] = {}
        """When a person took posts down."""
        self.visits: dict[date, int | None] = {}
        """How often profiles were seen on a day, where it is not the usual; None: nobody counted."""
        self.tasks: set[asyncio.Task[None]] = set()
        self.ended: frozenset[str] = frozenset()
        """Tokens that were given before access ended."""
        self.ended_at: datetime | None = None
        self.network = StandIn(name="threads", title="Threads", handle=settings.people[0], slow_s=settings.slow_s)
        self.oauth = Consent(self._style(), people=settings.people, auto_approve=settings.auto_approve)
        self.oauth.add_app(CLIENT_ID, CLIENT_SECRET)

    def _style(self) -> Style:
        def further(grant: Grant) -> Mapping[str, object]:
            return {"user_id": int(self.people[grant.person].id)}

        return Style(
            authorize_path="/oauth/authorize",
            token_path="/oauth/access_token",  # noqa: S106  # a path
            further_paths=("/access_token", "/refresh_access_token"),
            pkce="unknown",
            scope_separator=",",
            gives_refresh=False,
            exchange=("th_exchange_token", "access_token"),
            renewal=("th_refresh_token", "access_token"),
            further=further,
        )

    def next_id(self) -> str:
        """A number for anything."""
        return str(next(self._ids))

    def issue_token(self, username: str, scopes: tuple[str, ...]) -> str:
        """A long-lived token for a person, as if they had agreed."""
        grant = Grant(app=self.oauth.grants.apps[CLIENT_ID], person=username, scopes=scopes)
        return self.oauth.grants.new_access(grant, self.oauth.style.long_s).value

    def shortcode_of(self, number: str) -> str:
        """The short name of a post in its address."""
        value, letters = int(number), ""
        while value:
            value, digit = divmod(value, len(_SHORT))
            letters = _SHORT[digit] + letters
        return letters

    def visits_on(self, day: date) -> int | None:
        """How often a profile was seen on a day."""
        return self.visits.get(day, day.toordinal() % 7 + 3)

    def spent(self, person: Person, *, replies: bool) -> int:
        """How many posts (or replies) this person made in the last 24 hours."""
        since = self.now() - DAY
        mine = (post for post in self.posts.values() if post.person is person and post.made_at > since)
        return sum((post.parent is not None) is replies for post in mine)
