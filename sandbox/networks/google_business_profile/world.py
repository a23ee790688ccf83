"""What the stand-in remembers: people's accounts, their places, and the posts on them."""

import asyncio
import re
import secrets
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp

from sandbox.networks.google import Google
from sandbox.networks.network import StandIn
from sandbox.networks.pages import Look

NAME = "google_business_profile"
LOOK = Look(title="Google Business Profile", band="#1a5fb4")
SCOPE = "https://www.googleapis.com/auth/business.manage"
EDITS_WINDOW_S = 60.0
MOST_PICTURE_BYTES = 5_242_880
_FETCH_S = 10.0
_PHONE = re.compile(r"\+?\d[\d ()/-]{7,}\d")


@dataclass(slots=True, kw_only=True)
class Settings:
    """How it is set up. A limit of 0 means none."""

    people: tuple[str, ...] = ("junipercoffee", "rowan")
    places: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Titles of places, by person; without any it is one with the person's name."""
    city: str = "Berlin"
    closed: frozenset[str] = frozenset()
    """Titles of places that may have no posts."""
    approved: bool = True
    """Off: Google has not approved the project, so every call meets a quota of none."""
    edits_a_minute: int = 10
    processing_s: float = 1.0
    becomes: str = "LIVE"
    auto_approve: bool = False
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Location:
    """A place."""

    id: str
    account: str
    person: str
    title: str
    edits: deque[datetime] = field(default_factory=deque[datetime])

    @property
    def parent(self) -> str:
        """What its posts are addressed by."""
        return f"accounts/{self.account}/locations/{self.id}"


@dataclass(slots=True, kw_only=True)
class LocalPost:
    """A post on a place's profile."""

    name: str
    location: Location
    body: dict[str, object]
    taken_at: datetime
    ready_at: datetime
    becomes: str
    fetching: bool = False
    picture: bytes = b""
    picture_type: str = "image/jpeg"

    @property
    def summary(self) -> str:
        """Its text."""
        return str(self.body.get("summary", ""))


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.google = Google.of(LOOK, settings.people, auto_approve=settings.auto_approve)
        self.accounts = {person: _number() for person in settings.people}
        self.locations = [
            Location(id=_number(), account=self.accounts[person], person=person, title=title)
            for person in settings.people
            for title in settings.places.get(person, (person.capitalize(),))
        ]
        self.posts: dict[str, LocalPost] = {}
        self.calls: dict[str, int] = defaultdict(int)
        self.fetches: set[asyncio.Task[None]] = set()
        self.network = StandIn(name=NAME, title=LOOK.title, handle=settings.people[0], slow_s=settings.slow_s)

    @staticmethod
    def now() -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC)

    def issue_token(self, person: str) -> tuple[str, str]:
        """Access and refresh token, as if the person had agreed."""
        return self.google.issue_token(person, (SCOPE,))

    def of_person(self, person: str) -> list[Location]:
        """The places a person manages."""
        return [one for one in self.locations if one.person == person]

    def location(self, parent: str) -> Location | None:
        """A place by what its posts are addressed by."""
        return next((one for one in self.locations if one.parent == parent), None)

    def spend_edit(self, location: Location) -> bool:
        """Take one of the place's edits of this minute, if there is one."""
        now, edits = self.now(), location.edits
        while edits and edits[0] < now - timedelta(seconds=EDITS_WINDOW_S):
            edits.popleft()
        if 0 < self.settings.edits_a_minute <= len(edits):
            return False
        edits.append(now)
        return True

    def add_post(self, location: Location, body: dict[str, object], picture_url: str | None) -> LocalPost:
        """A new post; its picture is fetched meanwhile."""
        now = self.now()
        rejected = bool(_PHONE.search(str(body.get("summary", ""))))
        post = LocalPost(
            name=f"{location.parent}/localPosts/{_number()}",
            location=location,
            body=body,
            taken_at=now,
            ready_at=now + timedelta(seconds=self.settings.processing_s),
            becomes="REJECTED" if rejected else self.settings.becomes,
            fetching=picture_url is not None,
        )
        self.posts[post.name] = post
        if picture_url is not None:
            task = asyncio.create_task(self._fetch(post, picture_url))
            self.fetches.add(task)
            task.add_done_callback(self.fetches.discard)
        self.network.published()
        return post

    @staticmethod
    async def _fetch(post: LocalPost, url: str) -> None:
        """Google follows no redirects here, and rejects a post whose picture it cannot have."""
        timeout = aiohttp.ClientTimeout(total=_FETCH_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                data = await answer.content.read(MOST_PICTURE_BYTES + 1)
                fine = answer.ok and answer.content_type in {"image/jpeg", "image/png"}
                post.picture_type = answer.content_type
        except (aiohttp.ClientError, TimeoutError):
            data, fine = b"", False
        if fine and 0 < len(data) <= MOST_PICTURE_BYTES:
            post.picture = data
        else:
            post.becomes = "REJECTED"
        post.fetching = False

    def state(self, post: LocalPost) -> str:
        """How far it is."""
        return "PROCESSING" if post.fetching or post.ready_at > self.now() else post.becomes

    def on(self, location: Location) -> list[LocalPost]:
        """A place's posts, newest first."""
        return [post for post in reversed(self.posts.values()) if post.location is location]

    def numbers(self, location: Location) -> int:
        """How often its profile was seen on a day."""
        minutes = [(self.now() - post.taken_at).total_seconds() / 60 for post in self.on(location)]
        return 40 + 3 * len(minutes) + (int(sum(minutes)) if self.settings.grow_numbers else 0)


def _number() -> str:
    return str(secrets.randbelow(9 * 10**18) + 10**18)
