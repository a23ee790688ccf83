"""What the workspace remembers: people, channels, messages, views, files, tokens. It changes nothing by itself."""

import secrets
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sandbox.slack.settings import Json

LETTERS = string.ascii_uppercase + string.digits
MOST_MESSAGES_SHOWN = 200


def new_id(kind: str) -> str:
    """An id as Slack makes them: a letter for the kind and ten more."""
    return kind + "0" + "".join(secrets.choice(LETTERS) for _ in range(9))


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody in the workspace, or a guest from another one."""

    id: str
    name: str
    real_name: str
    color: str
    tz: str
    role: Literal["admin", "member", "guest", "outsider"]
    team_id: str

    @property
    def initials(self) -> str:
        """The first letters of the names."""
        return "".join(word[0] for word in self.real_name.split())[:2]

    def tz_offset_s(self) -> int:
        """Seconds east of Greenwich now."""
        offset = datetime.now(UTC).astimezone(ZoneInfo(self.tz)).utcoffset()
        return int(offset.total_seconds()) if offset else 0


@dataclass(slots=True, kw_only=True)
class File:
    """An upload; `completed` is the moment it was finished, 0 while it is still arriving."""

    id: str
    name: str
    title: str
    mimetype: str
    content: bytes
    user: str
    alt: str = ""
    completed: float = 0.0
    expected_bytes: int = 0
    shares: dict[str, str] = field(default_factory=dict[str, str])
    """The ts of its message in each channel."""
    size: tuple[int, int] | None = None


@dataclass(slots=True, kw_only=True)
class Message:
    """A message; `ephemeral_to` is set when one person alone sees it."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] | None = None
    bot_id: str | None = None
    thread_ts: str | None = None
    broadcast: bool = False
    edited: str | None = None
    ephemeral_to: str | None = None
    metadata: Json | None = None
    attachments: list[Json] | None = None
    files: list[str] = field(default_factory=list[str])


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, or the conversation of the app with one person (`with_user`)."""

    id: str
    name: str
    topic: str
    kind: Literal["channel", "im"] = "channel"
    private: bool = False
    shared: bool = False
    archived: bool = False
    with_user: str | None = None
    members: set[str] = field(default_factory=set[str])
    messages: list[Message] = field(default_factory=list[Message])
    read: dict[str, str] = field(default_factory=dict[str, str])
    """The newest ts each person has seen."""

    def message(self, ts: str) -> Message | None:
        """The message with this ts."""
        return next((one for one in reversed(self.messages) if one.ts == ts), None)


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a Home; `payload` is what the app sent, with ids filled in."""

    id: str
    hash: str
    user: str
    payload: Json
    root: str
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    errors: dict[str, str] = field(default_factory=dict[str, str])
    banner: str | None = None
    busy: bool = False

    @property
    def external_id(self) -> str:
        """The app's own name for it, or nothing."""
        return str(self.payload.get("external_id") or "")


@dataclass(slots=True, kw_only=True)
class Token:
    """A credential of the app; `dead` is the error it earns once it is worthless."""

    value: str
    kind: Literal["bot", "app"]
    scopes: tuple[str, ...]
    dead: str | None = None


@dataclass(slots=True, kw_only=True)
class Trigger:
    """Permission to open a view, for a moment and once."""

    user: str
    until: float
    view: str | None = None
    used: bool = False


@dataclass(slots=True, kw_only=True)
class Hook:
    """A response_url: what it answers to and how often it may still be used."""

    user: str
    channel: str
    until: float
    message: str | None = None
    thread_ts: str | None = None
    left: int = 5


@dataclass(slots=True, kw_only=True)
class Grant:
    """An OAuth code: single use, ten minutes."""

    user: str
    scopes: tuple[str, ...]
    redirect_uri: str
    until: float


@dataclass(slots=True, kw_only=True)
class Toast:
    """A line below the composer, for one person."""

    id: str
    user: str
    channel: str | None
    text: str


@dataclass(slots=True, kw_only=True)
class Shown:
    """A refusal, shown where the message would have stood."""

    id: str
    channel: str | None
    at: float
    method: str
    error: str
    pointer: str
    text: str
    wire: int


@dataclass(slots=True, kw_only=True)
class Call:
    """One line of the wire log, with both bodies."""

    n: int
    at: float
    direction: Literal["to_slack", "to_app"]
    method: str
    ms: float
    ok: bool
    error: str | None
    refused: bool
    request: Any
    response: Any


@dataclass(slots=True, kw_only=True)
class Weather:
    """How Slack itself is today; `left` counts the calls it still holds for, None: until changed."""

    condition: Literal["ok", "down", "slow", "rate_limited", "lose_answers"] = "ok"
    methods: frozenset[str] = frozenset()
    retry_after_s: int = 1
    left: int | None = None

    def strikes(self, method: str) -> bool:
        """Whether this call meets it; counts the call."""
        if self.condition == "ok" or (self.methods and method not in self.methods):
            return False
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0
