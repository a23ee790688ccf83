"""What a connector's functions give back, and what they are given again later: plain values, stored by Herald."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.domain.accounts import Tokens
from bot.domain.record import record

JsonObject = Mapping[str, object]
"""A decoded JSON object. Nobody takes a value out of it without checking its type."""


@record
class Key:
    """The item's idempotency material, made with its row and the same for its whole life (an edit makes a new one).

    `value` is 32 hex digits; `at` the planned second when the key was made.
    """

    value: str
    at: datetime


@record
class Prepared:
    """What `prepare` made, as small JSON we store before anything is sent. Frozen: `publish` adds nothing to it.

    `wait_s` is set while the platform still processes something: `prepare` is called again after that many seconds,
    with this value as `earlier`.
    """

    data: JsonObject
    wait_s: float | None = None


@record
class Published:
    """It is live. `extra` is what a reply to it needs besides the id (Bluesky: the cid).

    `note` is a sentence for the journal when it is not quite as it was asked for.
    """

    platform_post_id: str
    permalink: str | None
    extra: JsonObject = field(default_factory=dict[str, object])
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The platform has it and works on it. `handle` is small JSON we store; `poll` is asked after `check_after_s`."""

    handle: JsonObject
    check_after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Looked, and it is not there. Whether one look is a proof says the spec's `FindRules`."""

    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """Looked, and still do not know. `reason` is for the journal."""

    reason: str
    final: bool = False
    """Whether no later look can tell more: a human is asked at once (an account whose posts the app may not see)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the credential belongs to, from the platform itself."""

    platform_account_id: str
    handle: str
    display_name: str
    service_url: str
    limits: JsonObject = field(default_factory=dict[str, object])
    """What the server says of its own limits; stored with the account and read by `adapt`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The result of connecting: who it is, and the tokens to keep."""

    identity: Identity
    tokens: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of the pages, channels or places that a consent lets Herald publish to."""

    identity: Identity
    kind: str
    """What it is, in the network's word, for people: `Page`, `Channel`, `Your profile`."""
    picture_url: str | None = None
    tokens: Tokens | None = None
    """Its own tokens (a Facebook Page's); None: the consent's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNumbers:
    """One post's numbers as the platform gave them. None is unknown, never 0."""

    platform_post_id: str
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    views: int | None = None
    quotes: int | None = None
    clicks: int | None = None
    video_views: int | None = None
    reach: int | None = None
    raw: JsonObject = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountNumbers:
    """An account's numbers as the platform gave them. None is unknown, never 0."""

    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    views: int | None = None
    raw: JsonObject = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDay:
    """What an account's own history says of one day, by the network's calendar. None is unknown, never 0.

    `followers` are those at its end; all else is what that day added.
    """

    day: date
    followers: int | None = None
    views: int | None = None
    reach: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    saves: int | None = None
    clicks: int | None = None
    video_views: int | None = None
    raw: JsonObject = field(default_factory=dict[str, object])
