"""What the stand-in remembers: channels, upload sessions, videos, comments, and what was spent of the quotas."""

import hashlib
import secrets
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sandbox.networks.google import Google
from sandbox.networks.network import StandIn
from sandbox.networks.pages import Look

LOOK = Look(title="YouTube", band="#b3001b")
ALL_SCOPES = (
    "https://www.googleapis.com/auth/youtube.force-ssl",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VIDEO_ID, _CHANNEL_ID = 11, 22


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this YouTube is set up. A quota of 0 means none."""

    people: tuple[str, ...] = ("junipercoffee", "rowan")
    names: dict[str, str] = field(default_factory=dict[str, str])
    """Titles of their channels, by person; without one it is the name with a capital."""
    without_channel: frozenset[str] = frozenset()
    audited: bool = True
    """Off: a project that has not passed YouTube's audit, whose videos become private."""
    long_uploads: str = "allowed"
    may_set_thumbnails: bool = True
    processing_s: float = 1.0
    becomes: str = "processed"
    """What processing ends in: `processed`, `failed:codec`, `rejected:copyright`, …"""
    list_lag_s: float = 0.0
    """How long the list of uploads does not show a new one."""
    session_s: float = 7 * 86_400.0
    uploads_a_day: int = 100
    units_a_day: int = 10_000
    uploads_of_a_channel: int = 0
    auto_approve: bool = False
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Channel:
    """One person's channel."""

    id: str
    person: str
    title: str

    @property
    def uploads(self) -> str:
        """Its list of uploads."""
        return "UU" + self.id[2:]


class Digest(Protocol):
    """A hash under way."""

    def update(self, data: bytes, /) -> None:
        """Take these bytes in."""
        ...

    def hexdigest(self) -> str:
        """The hash of all so far."""
        ...


@dataclass(slots=True, kw_only=True)
class Session:
    """An upload under way. `has` counts the bytes that are there."""

    id: str
    channel: Channel
    body: dict[str, object]
    parts: tuple[str, ...]
    size: int | None
    expires_at: datetime
    has: int = 0
    video_id: str | None = None
    digest: Digest = field(default_factory=hashlib.sha256)


@dataclass(slots=True, kw_only=True)
class Video:
    """An uploaded video."""

    id: str
    channel: Channel
    snippet: dict[str, object]
    status: dict[str, object]
    size: int
    sha256: str
    taken_at: datetime
    ready_at: datetime
    becomes: str
    thumbnail: bytes = b""
    thumbnail_type: str = "image/png"
    views: int = 0
    likes: int = 0

    @property
    def title(self) -> str:
        """What stands above it."""
        return str(self.snippet.get("title", ""))


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment below a video."""

    id: str
    video_id: str
    channel: Channel
    text: str
    taken_at: datetime


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.google = Google.of(LOOK, settings.people, auto_approve=settings.auto_approve)
        self.channels = {
            name: Channel(
                id="UC" + _random(_CHANNEL_ID), person=name, title=settings.names.get(name, name.capitalize())
            )
            for name in settings.people
            if name not in settings.without_channel
        }
        self.sessions: dict[str, Session] = {}
        self.videos: dict[str, Video] = {}
        self.comments: dict[str, Comment] = {}
        self.spent: dict[str, int] = defaultdict(int)
        """Units and uploads of today."""
        self.calls: dict[str, int] = defaultdict(int)
        first = settings.people[0]
        self.network = StandIn(name="youtube", title="YouTube", handle=first, slow_s=settings.slow_s)

    @staticmethod
    def now() -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC)

    def issue_token(self, person: str) -> tuple[str, str]:
        """Access and refresh token, as if the person had agreed to everything."""
        return self.google.issue_token(person, ALL_SCOPES)

    def open_session(self, channel: Channel, body: dict[str, object], parts: tuple[str, ...], size: int | None) -> str:
        """A new session's id."""
        made = Session(
            id=secrets.token_urlsafe(48),
            channel=channel,
            body=body,
            parts=parts,
            size=size,
            expires_at=self.now() + timedelta(seconds=self.settings.session_s),
        )
        self.sessions[made.id] = made
        return made.id

    def complete(self, session: Session, snippet: dict[str, object], status: dict[str, object]) -> Video:
        """The video of a session whose last byte came."""
        now = self.now()
        video = Video(
            id=_random(_VIDEO_ID),
            channel=session.channel,
            snippet=snippet,
            status=status,
            size=session.has,
            sha256=session.digest.hexdigest(),
            taken_at=now,
            ready_at=now + timedelta(seconds=self.settings.processing_s),
            becomes=self.settings.becomes,
        )
        self.videos[video.id], session.video_id = video, video.id
        self.network.published()
        return video

    def add_comment(self, video: Video, channel: Channel, text: str) -> Comment:
        """A comment below a video."""
        made = Comment(
            id="Ug" + secrets.token_urlsafe(18), video_id=video.id, channel=channel, text=text, taken_at=self.now()
        )
        self.comments[made.id] = made
        self.network.published()
        return made

    def of_channel(self, channel: Channel) -> list[Video]:
        """Its videos, newest first."""
        return sorted((v for v in self.videos.values() if v.channel is channel), key=lambda v: v.taken_at, reverse=True)

    def below(self, video_id: str) -> list[Comment]:
        """A video's comments, newest first."""
        return [one for one in reversed(self.comments.values()) if one.video_id == video_id]

    def numbers(self, video: Video) -> dict[str, int]:
        """Views, likes and comments by now."""
        minutes = (self.now() - video.taken_at).total_seconds() / 60 if self.settings.grow_numbers else 0
        return {
            "views": video.views + int(minutes * 9),
            "likes": video.likes + int(minutes),
            "comments": len(self.below(video.id)),
        }


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
