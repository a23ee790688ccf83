"""What the stand-in remembers: members, pages, files, posts, comments, and how it is set up."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import cast

from sandbox.networks.network import StandIn

SELF_SERVE = ("openid", "profile", "email", "w_member_social")
COMMUNITY = (
    "r_basicprofile",
    "w_member_social",
    "w_organization_social",
    "r_organization_social",
    "rw_organization_admin",
)
VERSIONS = frozenset({"202512", *(f"2026{month:02d}" for month in range(1, 10))})
"""The months that are answered; others are sunset or never were."""
PERSON, ORGANIZATION = "urn:li:person:", "urn:li:organization:"


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this LinkedIn is set up. Sizes in bytes; a rate limit of 0 means none."""

    scopes: tuple[str, ...] = COMMUNITY
    """What the app may ask for: its products."""
    partner: bool = False
    """On: access comes with a refresh token, as for approved partners."""
    people: tuple[str, ...] = ("juniper", "rowan")
    pages: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"juniper": ("paperboat", "harbor-cafe")})
    """By person: the pages they are the administrator of."""
    part_bytes: int = 4 * 1024 * 1024
    processing_s: float = 1.0
    """How long a video stays in processing; other files a fifth of it."""
    comment_after_s: float = 0.0
    """How old a post must be before it takes comments."""
    duplicates: bool = True
    requests_per_day: int = 150
    """Creating calls of one member."""
    auto_approve: bool = False
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Author:
    """A member or a page."""

    urn: str
    name: str
    """In addresses: `juniper`, `paperboat`."""
    title: str
    admins: tuple[str, ...] = ()
    """Of a page: who may post for it."""

    @property
    def is_page(self) -> bool:
        """Whether it is a page."""
        return self.urn.startswith(ORGANIZATION)


@dataclass(slots=True, kw_only=True)
class Asset:
    """A file on its way to a post."""

    urn: str
    kind: str
    """`image`, `video` or `document`."""
    owner: str
    parts: list[bytes | None]
    """As they came, in order."""
    sizes: tuple[int, ...] = ()
    """Of a video: how long each part has to be."""
    token: str = ""
    ready_at: datetime | None = None
    """None until all of it is there."""
    failed: bool = False

    @property
    def content(self) -> bytes:
        """All of it."""
        return b"".join(part or b"" for part in self.parts)


@dataclass(slots=True, kw_only=True)
class Comment:
    """Below a post."""

    id: str
    urn: str
    author: Author
    text: str
    made_at: datetime


@dataclass(slots=True, kw_only=True)
class Post:
    """A published post."""

    urn: str
    author: Author
    commentary: str
    text: str
    """What people see of it."""
    body: dict[str, object]
    made_at: datetime
    changed_at: datetime
    comments: list[Comment] = field(default_factory=list[Comment])

    @property
    def content(self) -> Mapping[str, object]:
        """What stands beside the text."""
        found = self.body.get("content")
        return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


class World:
    """Everything this LinkedIn knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.authors: dict[str, Author] = {}
        self.assets: dict[str, Asset] = {}
        self.posts: dict[str, Post] = {}
        self.seen: dict[str, str] = {}
        """Content that was posted, and as what; deleting does not forget it."""
        self.spent: Counter[str] = Counter()
        self.days: dict[date, Mapping[str, int] | None] = {}
        """What pages' posts came to on a day, where it is not the usual; None: LinkedIn does not tell."""
        self._last = 0
        for name in settings.people:
            self._add(f"{PERSON}{name}Zx9", name, name.capitalize(), ())
        pages = sorted({page for some in settings.pages.values() for page in some})
        for number, page in enumerate(pages, 2_414_183):
            admins = tuple(name for name, theirs in settings.pages.items() if page in theirs)
            self._add(f"{ORGANIZATION}{number}", page, page.replace("-", " ").title(), admins)
        handle = pages[0] if pages else settings.people[0]
        self.network = StandIn(name="linkedin", title="LinkedIn", handle=handle, slow_s=settings.slow_s)

    def _add(self, urn: str, name: str, title: str, admins: tuple[str, ...]) -> None:
        self.authors[urn] = Author(urn=urn, name=name, title=title, admins=admins)

    def now(self) -> datetime:
        """The time here."""
        return datetime.now(UTC)

    def next_id(self) -> str:
        """A number that grows with time, as LinkedIn's ids do."""
        self._last = max(int(time.time() * 1000) << 22, self._last + 1)
        return str(self._last)

    def called(self, name: str) -> Author | None:
        """The author with this name in addresses."""
        return next((author for author in self.authors.values() if author.name == name), None)

    def posts_of(self, author: Author) -> list[Post]:
        """An author's posts, newest first."""
        return sorted((post for post in self.posts.values() if post.author is author), key=_newest, reverse=True)

    def numbers_on(self, day: date) -> Mapping[str, int] | None:
        """What a page's posts came to on a day."""
        seen = day.toordinal() % 7 + 3
        usual = {
            "impressionCount": seen * 10,
            "uniqueImpressionsCount": seen * 8,
            "clickCount": seen,
            "likeCount": seen // 2,
            "commentCount": seen // 4,
            "shareCount": seen // 5,
        }
        return self.days.get(day, usual)

    def numbers_of(self, post: Post) -> dict[str, int]:
        """What people did with a post."""
        minutes = (self.now() - post.made_at) / timedelta(minutes=1) if self.settings.grow_numbers else 0.0
        grown = min(minutes, 20.0) + max(0.0, minutes - 20.0) / 200
        return {
            "impressionCount": int(grown * 40),
            "uniqueImpressionsCount": int(grown * 31),
            "clickCount": int(grown * 2),
            "likeCount": int(grown * 3),
            "commentCount": len(post.comments),
            "shareCount": int(grown),
        }


def _newest(post: Post) -> datetime:
    return post.made_at
