"""What the stand-in remembers: people, their records and files, and who spent how much of each limit."""

import hashlib
import secrets
from base64 import b32encode
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sandbox.networks.bluesky.consents import Consents
from sandbox.networks.network import StandIn

POST = "app.bsky.feed.post"
_FAST_STEPS = 60
_TID_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this server is set up. Sizes in bytes; a limit of 0 means none.

    Source of the limits: https://docs.bsky.app/docs/advanced-guides/rate-limits, read 2026-11-21.
    """

    host_name: str = "127.0.0.1"
    """The name in the addresses it gives out."""
    access_s: float = 2 * 3600
    refresh_s: float = 90 * 86_400
    consent_access_s: float = 3600
    """Of access by consent."""
    grace_s: float = 2 * 3600
    """How long a used refresh token still gives its successor."""
    blob_limit: int = 50 * 1024 * 1024
    logins_per_5_min: int = 30
    logins_per_day: int = 300
    points_per_hour: int = 5000
    points_per_day: int = 35_000
    requests_per_5_min: int = 3000
    grow_numbers: bool = False
    """On: likes and reposts of a post grow with its age."""
    people: tuple[tuple[str, str], ...] = (("junipercoffee.test", "Juniper Coffee"), ("rowan.test", "Rowan"))
    """(handle, name); the first one is the demo's."""
    password: str = "aaaa-bbbb-cccc-dddd"  # noqa: S105  # the app password of everybody in a made-up world
    slow_s: float = 3.0
    film_s: float = 3.0
    """How long it takes to make a film ready."""
    films_per_day: int = 25
    store_films_at: str = ""
    """Another server (a real one) to store films with that this world's service made ready."""


@dataclass(slots=True, kw_only=True)
class Blob:
    """An uploaded file."""

    cid: str
    mime_type: str
    content: bytes


@dataclass(slots=True, kw_only=True)
class Film:
    """A film at the service that makes it ready."""

    job: str
    did: str
    content: bytes
    token: str
    """By which it may be stored."""
    came_at: datetime
    stored: dict[str, object] | None = None
    """The blob, once there is one."""
    error: tuple[str, str] | None = None
    """Its name and words, when it could not be made ready."""


@dataclass(slots=True, kw_only=True)
class Record:
    """Something in a person's repository."""

    uri: str
    cid: str
    rkey: str
    value: dict[str, object]
    taken_at: datetime
    """When this server took it, whatever the record itself says."""
    is_shown: bool = True
    """Off for a post that was stored unchecked: the view of the network leaves out what breaks the schema."""


@dataclass(slots=True, kw_only=True)
class Person:
    """An account of this server."""

    did: str
    handle: str
    name: str
    email: str
    passwords: set[str]
    records: dict[str, dict[str, Record]] = field(default_factory=lambda: defaultdict(dict))
    blobs: dict[str, Blob] = field(default_factory=dict[str, Blob])

    @property
    def posts(self) -> list[Record]:
        """Newest first."""
        shown = [record for record in self.records[POST].values() if record.is_shown]
        return sorted(shown, key=lambda record: (record.taken_at, record.rkey), reverse=True)


@dataclass(slots=True, kw_only=True)
class Refresh:
    """A refresh token by its id. `successor` is set with its first use."""

    did: str
    used_at: datetime | None = None
    successor: str | None = None
    revoked: bool = False


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = ""
        self.signing_key = secrets.token_bytes(32)
        self.people: dict[str, Person] = {}
        self.refreshes: dict[str, Refresh] = {}
        self.spent: dict[tuple[str, str], tuple[int, int]] = {}
        self.films: dict[str, Film] = {}
        self.consents = Consents()
        self.calls: dict[str, int] = defaultdict(int)
        self._last_tid = 0
        for handle, name in settings.people:
            self.join(handle, name=name, email=f"{handle.partition('.')[0]}@mail.example", password=settings.password)
        first = next(iter(self.people.values()))
        self.network = StandIn(name="bluesky", title="Bluesky", handle=first.handle, slow_s=settings.slow_s)

    def join(self, handle: str, *, name: str, email: str, password: str) -> Person:
        """A new account. Its DID is made of its handle, so that it is the same after a restart."""
        letters = b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
        person = Person(did=f"did:plc:{letters[:24]}", handle=handle, name=name, email=email, passwords={password})
        self.people[person.did] = person
        return person

    def now(self) -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC)

    def person(self, who: str) -> Person | None:
        """By DID, handle or e-mail address."""
        if who in self.people:
            return self.people[who]
        who = who.lower()
        return next((one for one in self.people.values() if who in {one.handle, one.email}), None)

    def record(self, uri: str) -> tuple[Person, Record] | None:
        """What the view shows at an at-URI, and whose it is."""
        did, _, rest = uri.removeprefix("at://").partition("/")
        collection, _, rkey = rest.partition("/")
        person = self.person(did)
        found = person.records[collection].get(rkey) if person else None
        return (person, found) if person and found and found.is_shown else None

    def replies(self, uri: str) -> list[tuple[Person, Record]]:
        """The direct replies to a post, oldest first."""
        found = [
            (person, record) for person in self.people.values() for record in person.posts if parent_of(record) == uri
        ]
        return sorted(found, key=lambda pair: (pair[1].taken_at, pair[1].rkey))

    def next_tid(self) -> str:
        """A new record key: the present microsecond, never the same twice."""
        number = max(int(self.now().timestamp() * 1_000_000) << 10, self._last_tid + (1 << 10))
        self._last_tid = number
        return "".join(_TID_LETTERS[number >> 5 * place & 31] for place in reversed(range(13)))

    def spend(self, name: str, window_s: int, limit: int, points: int = 1) -> tuple[int, datetime]:
        """Count against a limit; (remaining, reset), remaining -1 when it is over. Nothing is counted once over."""
        number = int(self.now().timestamp() // window_s)
        before, used = self.spent.get((name, str(window_s)), (number, 0))
        used = (used if before == number else 0) + points
        reset = datetime.fromtimestamp((number + 1) * window_s, UTC)
        if used > limit:
            return -1, reset
        self.spent[name, str(window_s)] = (number, used)
        return limit - used, reset

    def grown(self, record: Record) -> int:
        """How far its numbers have grown: a step each twenty seconds, after twenty minutes far slower. 0 where off."""
        steps = (self.now() - record.taken_at) // timedelta(seconds=20) if self.settings.grow_numbers else 0
        return min(steps, _FAST_STEPS) + max(0, steps - _FAST_STEPS) // 200


def parent_of(record: Record) -> str | None:
    """The at-URI of the post this one replies to."""
    reply = record.value.get("reply")
    parent = reply.get("parent") if isinstance(reply, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # validated JSON
    return str(parent["uri"]) if isinstance(parent, dict) else None  # pyright: ignore[reportUnknownArgumentType]  # validated JSON
