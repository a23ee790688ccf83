"""What the stand-in remembers: people, what they are publishing, and who asked how often.

Sources: https://developers.tiktok.com/doc/content-posting-api-reference-direct-post, …-photo-post, …-upload-video,
…-get-video-status and https://developers.tiktok.com/doc/content-sharing-guidelines, read 2026-11-21.
"""

import secrets
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from sandbox.networks.network import StandIn

EVERYONE, FRIENDS, FOLLOWERS, SELF = (
    "PUBLIC_TO_EVERYONE",
    "MUTUAL_FOLLOW_FRIENDS",
    "FOLLOWER_OF_CREATOR",
    "SELF_ONLY",
)
_DAY_S = 86_400.0
_FAST_STEPS = 60


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this TikTok is set up. Sizes in bytes; a limit of 0 means none."""

    audited: bool = True
    """Off: the app may only post for the creator alone, to private accounts."""
    private_accounts: bool = False
    access_s: float = 7200.0
    refresh_s: float = 15_552_000.0
    processing_s: float = 0.5
    """From the last byte to the post."""
    moderation_s: float = 0.5
    """From the post to its number."""
    upload_s: float = 3600.0
    """How long an address to upload to is good."""
    several_pieces: bool = True
    """Off: films in several pieces are refused."""
    max_duration_s: int = 600
    inits_per_min: int = 6
    statuses_per_min: int = 30
    infos_per_min: int = 20
    posts_per_day: int = 15
    pending_per_day: int = 5
    url_prefixes: tuple[str, ...] = ()
    """Where photos may be fetched from; empty: anywhere."""
    grow_numbers: bool = False
    """On: views, likes and the like of a post grow with its age."""
    people: tuple[tuple[str, str], ...] = (("junipercoffee", "Juniper Coffee"), ("rowan", "Rowan"))
    """(name, name to show); the first one is the demo's."""
    client_key: str = "stand-in-key"
    client_secret: str = "stand-in-secret"  # noqa: S105  # of a made-up world
    slow_s: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A creator."""

    open_id: str
    username: str
    name: str
    private: bool

    @property
    def privacy(self) -> tuple[str, ...]:
        """Who may see a post of theirs."""
        return (FOLLOWERS, FRIENDS, SELF) if self.private else (EVERYONE, FRIENDS, SELF)


@dataclass(slots=True, kw_only=True)
class Publish:
    """What a publish_id stands for: a post from its announcement on."""

    id: str
    person: Person
    kind: Literal["video", "photo"]
    inbox: bool
    title: str
    description: str
    privacy: str
    info: dict[str, object]
    began_at: datetime
    size: int = 0
    piece: int = 0
    pieces: int = 0
    taken: int = 0
    """Bytes that have come."""
    token: str = ""
    head: bytes = b""
    mime_type: str = ""
    pictures: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """Type and content of each photo."""
    whole_at: datetime | None = None
    """When everything was there."""
    reason: str | None = None
    """Why it failed."""
    post_id: str = ""

    @property
    def text(self) -> str:
        """What a person wrote."""
        return "\n".join(filter(None, (self.title, self.description)))


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.publishes: dict[str, Publish] = {}
        self.calls: dict[str, int] = defaultdict(int)
        self.asked: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self.ended_at: datetime | None = None
        self._last_id = 0
        self.people = {
            username: Person(open_id=f"-000{username}", username=username, name=name, private=settings.private_accounts)
            for username, name in settings.people
        }
        first = next(iter(self.people.values()))
        self.network = StandIn(name="tiktok", title="TikTok", handle=first.username, slow_s=settings.slow_s)

    def now(self) -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC)

    def next_id(self) -> str:
        """A new number that sorts by time and fills 64 bits, as TikTok's do."""
        self._last_id = max(int(time.time()) << 32, self._last_id + 1)
        return str(self._last_id)

    def begin(self, publish: Publish) -> Publish:
        """Remember what was announced."""
        self.publishes[publish.id] = publish
        return publish

    def new_publish_id(self, kind: str) -> str:
        """`v_pub_file~v2-1.…`, in TikTok's manner."""
        return f"{kind}~v2-1.{self.next_id()}{secrets.randbelow(1000):03}"

    def complete(self, publish: Publish) -> None:
        """Everything is there: from now on it is a post, unless it fails."""
        publish.whole_at, publish.post_id = self.now(), self.next_id()
        self.network.published()

    def state(self, publish: Publish) -> str:
        """How far it is."""
        working = "PROCESSING_UPLOAD" if publish.kind == "video" else "PROCESSING_DOWNLOAD"
        if publish.reason is not None:
            return "FAILED"
        if publish.whole_at is None or self.now() < publish.whole_at + timedelta(seconds=self.settings.processing_s):
            return working
        return "SEND_TO_USER_INBOX" if publish.inbox else "PUBLISH_COMPLETE"

    def numbered(self, publish: Publish) -> bool:
        """Whether the world sees it, with its number."""
        if publish.privacy != EVERYONE or publish.whole_at is None or self.state(publish) != "PUBLISH_COMPLETE":
            return False
        waits_s = self.settings.processing_s + self.settings.moderation_s
        return self.now() >= publish.whole_at + timedelta(seconds=waits_s)

    def posts_of(self, person: Person) -> list[Publish]:
        """What a person has, drafts too, newest first."""
        mine = [one for one in self.publishes.values() if one.person is person and one.whole_at and not one.reason]
        return sorted(mine, key=lambda one: int(one.post_id), reverse=True)

    def begun_today(self, person: Person, *, inbox: bool) -> int:
        """How much a person posted, or has waiting, in the last day."""
        since = self.now() - timedelta(seconds=_DAY_S)
        return sum(one.inbox is inbox and (one.whole_at or since) > since for one in self.posts_of(person))

    def is_over(self, name: str, what: str, limit: int) -> bool:
        """Count one call of a person; True when it is one too many in the sliding minute."""
        calls, now_s = self.asked[name, what], time.monotonic()
        while calls and calls[0] <= now_s - 60:
            calls.popleft()
        if limit and len(calls) >= limit:
            return True
        calls.append(now_s)
        return False

    def numbers(self, publish: Publish) -> dict[str, int]:
        """A post's counts."""
        age = self.now() - (publish.whole_at or self.now())
        steps = age // timedelta(seconds=20) if self.settings.grow_numbers else 0
        grown = min(steps, _FAST_STEPS) + max(0, steps - _FAST_STEPS) // 200
        return {
            "view_count": grown * 37,
            "like_count": grown * 3,
            "comment_count": grown // 2,
            "share_count": grown // 4,
        }
