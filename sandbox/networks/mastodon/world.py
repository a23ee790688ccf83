"""What the stand-in remembers: applications, people, tokens, media, statuses, and the faults a test asked for."""

import secrets
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.networks.network import StandIn

IDEMPOTENCY_S = 3600
"""How long a key is kept. Source: app/services/post_status_service.rb, read 2026-11-21."""
MEDIA_WINDOW_S = 30 * 60
REQUEST_WINDOW_S = 5 * 60


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this server is set up. Sizes in bytes; a rate limit of 0 means none."""

    domain: str = ""
    """The domain of its people's names; empty: the host and port it listens on."""
    version: str = "4.5.2"
    source_url: str = "https://github.com/mastodon/mastodon"
    max_characters: int = 500
    characters_reserved_per_url: int = 23
    max_media_attachments: int = 4
    description_limit: int = 1500
    image_size_limit: int = 16_777_216
    video_size_limit: int = 103_809_024
    poll_max_options: int = 4
    poll_max_characters: int = 50
    poll_min_expiration_s: int = 300
    poll_max_expiration_s: int = 2_629_746
    idempotency: bool = True
    """Off: a server that ignores Idempotency-Key, as some which only speak Mastodon's API do."""
    latency_ms: float = 0.0
    """Spent between the look at the key and the save, so that simultaneous repeats meet old servers' race."""
    processing_s: float = 1.0
    """How long a video, sound or GIF stays in processing."""
    ready_is_202: bool = False
    """On: an upload that is ready is answered with 202 and its address, as Pleroma does."""
    process_images: bool = False
    """On: pictures are processed in the background too."""
    clock_ahead_s: float = 0.0
    requests_per_5_min: int = 300
    uploads_per_30_min: int = 30
    deletes_per_30_min: int = 30
    v2_instance: bool = True
    batch_statuses: bool = True
    lists_replies: bool = True
    """Off: an account's statuses are shown without replies, as Pixelfed does."""
    lists_hidden: bool = True
    """Off: an account's statuses are shown without those that only some people see, to itself too."""
    counts_written: bool = False
    """On: a text counts its code points, links and mentions at full length."""
    keeps_lone_warning: bool = False
    """On: a content warning without a text is not made the text."""
    takes_polls: bool = True
    """Off: a poll is left out without a word."""
    fine_scopes: bool = True
    """Off: who a token belongs to is told for `read` alone, not for `read:accounts`."""
    auto_approve: bool = False
    grow_numbers: bool = False
    """On: likes, boosts and replies of a status grow with its age."""
    people: tuple[str, ...] = ("juniper", "rowan")
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Names to show, by user name; without one it is the user name with a capital."""
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Application:
    """A registered client."""

    id: str
    name: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    website: str | None


@dataclass(slots=True, kw_only=True)
class Person:
    """An account of this server."""

    id: str
    username: str
    display_name: str


@dataclass(slots=True, kw_only=True)
class Grant:
    """An authorization code: single use, ten minutes."""

    application: Application
    person: Person
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Token:
    """An access token; `person` None for an application's own."""

    value: str
    application: Application | None
    person: Person | None
    scopes: tuple[str, ...]
    created_at: datetime
    revoked: bool = False


@dataclass(slots=True, kw_only=True)
class MediaFile:
    """An uploaded file."""

    id: str
    owner_id: str
    kind: Literal["image", "gifv", "video", "audio"]
    size_bytes: int
    description: str | None
    ready_at: datetime
    content: bytes = b""
    """Kept of pictures alone."""
    mime_type: str = "application/octet-stream"
    failed: bool = False
    status_id: str | None = None


@dataclass(slots=True, kw_only=True)
class Status:
    """A published post."""

    id: str
    person: Person
    text: str
    spoiler_text: str
    sensitive: bool
    visibility: str
    language: str | None
    in_reply_to_id: str | None
    media_ids: tuple[str, ...]
    poll: dict[str, object] | None
    created_at: datetime
    application_name: str | None
    key: str | None
    favourites: int = 0
    reblogs: int = 0
    replies: int = 0
    quotes: int = 0


@dataclass(slots=True, kw_only=True)
class Fault:
    """Something that goes wrong once at an operation.

    `drop` closes the connection without an answer, `answer` gives `status` and `body`. With `after_work` the work is
    done first: the status exists, and the client does not learn of it.
    """

    operation: str
    """`create_status`, `delete_status`, `upload_media`, `process_media`, `account_statuses`, `verify_credentials` or
    `token`."""
    kind: Literal["drop", "answer"] = "drop"
    after_work: bool = False
    status: int = 503
    body: str = '{"error":"Remote data could not be fetched"}'
    headers: dict[str, str] = field(default_factory=dict[str, str])
    hold_s: float = 0.0


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.applications: dict[str, Application] = {}
        self.grants: dict[str, Grant] = {}
        self.tokens: dict[str, Token] = {}
        self.media: dict[str, MediaFile] = {}
        self.statuses: dict[str, Status] = {}
        self.deleted: set[str] = set()
        self.keys: dict[tuple[str, str], tuple[str, datetime]] = {}
        self.faults: list[Fault] = []
        self.calls: dict[str, int] = defaultdict(int)
        self.windows: dict[tuple[str, str], tuple[int, int]] = {}
        self._last_id = 0
        self.people = {name: self._person(name) for name in settings.people}
        first = next(iter(self.people))
        self.token = self.issue_token(first)
        self.network = StandIn(name="mastodon", title="Mastodon", handle=first, slow_s=settings.slow_s)

    def _person(self, username: str) -> Person:
        name = self.settings.names.get(username, username.capitalize())
        return Person(id=self.next_id(), username=username, display_name=name)

    def now(self) -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC) + timedelta(seconds=self.settings.clock_ahead_s)

    def next_id(self) -> str:
        """A new id that sorts by time: milliseconds and sixteen bits of sequence."""
        fresh = int(time.time() * 1000) << 16
        self._last_id = max(fresh, self._last_id + 1)
        return str(self._last_id)

    def issue_token(self, username: str, scopes: tuple[str, ...] = ("read", "write")) -> str:
        """An access token for a person, as if they had made it by hand in the server's settings."""
        value = secrets.token_urlsafe(32)
        self.tokens[value] = Token(
            value=value, application=None, person=self.people[username], scopes=scopes, created_at=self.now()
        )
        return value

    def take_fault(self, operation: str, *, after_work: bool = False) -> Fault | None:
        """The next fault asked for at this operation; it happens once."""
        for fault in self.faults:
            if fault.operation == operation and fault.after_work is after_work:
                self.faults.remove(fault)
                return fault
        return None

    def remembered(self, person: Person, key: str | None) -> str | None:
        """The id of the status which this person's key made within the last hour."""
        if key is None or not self.settings.idempotency:
            return None
        known = self.keys.get((person.id, key))
        return known[0] if known and known[1] > self.now() else None

    def remember(self, person: Person, key: str | None, status: Status) -> None:
        """Keep the key for an hour; done after the save, as the real server does it."""
        if key is not None and self.settings.idempotency:
            self.keys[person.id, key] = (status.id, self.now() + timedelta(seconds=IDEMPOTENCY_S))

    def spend(self, name: str, window: str) -> tuple[int, int, datetime]:
        """Count one request; (limit, remaining, reset), remaining -1 when it is over."""
        limit, window_s = {
            "media": (self.settings.uploads_per_30_min, MEDIA_WINDOW_S),
            "deletes": (self.settings.deletes_per_30_min, MEDIA_WINDOW_S),
            "requests": (self.settings.requests_per_5_min, REQUEST_WINDOW_S),
        }[window]
        now_s = self.now().timestamp()
        number = int(now_s // window_s)
        before, used = self.windows.get((window, name), (number, 0))
        used = used + 1 if before == number else 1
        self.windows[window, name] = (number, used)
        return limit, max(limit - used, -1), datetime.fromtimestamp((number + 1) * window_s, UTC)
