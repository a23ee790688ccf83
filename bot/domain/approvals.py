"""Agreeing to posts: who has to, to what exactly, and when what was agreed to is still the same.

What people agree to is a post's content and, account by account, its time. Once that time is over the content alone
counts: a post that came too late is sent late without being read again.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from bot.domain.people import user_of
from bot.domain.posts import ItemView, Place, PostView
from bot.domain.publication import State

PATIENCE = timedelta(hours=24)
"""How long a post that is to go out at once waits for a decision."""
REMINDED_AHEAD = timedelta(hours=2)
"""So long before its time those are reminded who have not decided."""
ALOUD_AHEAD = timedelta(hours=1)
"""So long before its time it should be decided; the channel hears of it then."""


class Rule(StrEnum):
    """Whose word a brand's posts need before they go out."""

    NONE = "none"
    """Nobody's."""
    ONE = "one"
    """That of one of the brand's approvers."""
    ALL = "all"
    """That of each of them."""


class Asking(StrEnum):
    """How a request stands."""

    WAITING = "waiting"
    """Nobody has decided, or not everybody who has to."""
    APPROVED = "approved"
    """It may go out as it is."""
    CHANGES = "changes"
    """Somebody wants it changed; it is a draft again."""
    REJECTED = "rejected"
    """Somebody does not want it at all."""
    LATE = "late"
    """Its time came before the word."""
    OVER = "over"
    """Nobody has to decide any more: it was taken back."""


OPEN = frozenset({Asking.WAITING, Asking.LATE})
"""What can still be approved."""
QUEUED = frozenset({State.AWAITING_APPROVAL, State.SCHEDULED, State.CLAIMED})
"""What goes out by itself, or would if somebody agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The content that was agreed to last, in which version, by whom, and for when at which place."""

    version: int
    by: tuple[str, ...]
    at: datetime
    content: Mapping[str, Any]
    goes: Mapping[Place, datetime]


def content_of(post: PostView) -> dict[str, Any]:
    """What of a post people agree to, as small JSON: all that networks get of it."""
    return {
        "text": post.text,
        "parts": list(post.parts),
        "variants": dict(post.variants),
        "files": [[file.media_id, file.file_name, file.alt_text] for file in post.files],
        "link": post.link,
        "options": {platform: dict(chosen) for platform, chosen in post.options.items() if chosen},
        "media_for": {platform: list(chosen) for platform, chosen in post.media_for.items()},
    }


def digest_of(content: Mapping[str, Any]) -> str:
    """A hash of the content."""
    said = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def goes_of(items: Iterable[ItemView]) -> dict[Place, datetime]:
    """When it goes out at which place, as far as it waits for that."""
    return {
        item.place: item.scheduled_at
        for item in items
        if item.status in QUEUED | {State.MISSED} and item.part == 0 and item.scheduled_at is not None
    }


def is_covered(item: ItemView, content: Mapping[str, Any], agreed: Agreed | None, now: datetime) -> bool:
    """Whether what was agreed to is what would go out now: the same content there, and no other time ahead of it."""
    if agreed is None or digest_of(content) != digest_of(agreed.content):
        return False
    planned = agreed.goes.get(item.place)
    return planned is not None and (planned == item.scheduled_at or planned <= now)


def is_at_once(item: ItemView, asked_at: datetime) -> bool:
    """Whether it is to go out as soon as somebody agrees, for its time was over when they were asked."""
    return item.scheduled_at is None or item.scheduled_at <= asked_at


def ends_at(item: ItemView, asked_at: datetime) -> datetime:
    """Until when somebody has to agree to it."""
    if item.scheduled_at is None or is_at_once(item, asked_at):
        return asked_at + PATIENCE
    return item.scheduled_at


def who_decides(approvers: Collection[str], *authors: str | None) -> tuple[str, ...]:
    """The user ids of those who may agree: nobody agrees to what they wrote. `authors` are actors."""
    own = {user_of(author) for author in authors if author is not None}
    return tuple(user for user in sorted(set(approvers)) if user not in own)


def who_is_asked(rule: Rule, may: Collection[str], approver: str | None) -> tuple[str, ...]:
    """Whom to ask of those who may agree: where one is enough, the one its author named. The others still may."""
    return (approver,) if rule is Rule.ONE and approver is not None and approver in may else tuple(may)


def is_enough(rule: Rule, may: Collection[str], agreed: Collection[str]) -> bool:
    """Whether those who agreed are all who have to."""
    given = set(may) & set(agreed)
    return rule is Rule.NONE or (bool(given) and (rule is Rule.ONE or given == set(may)))
