"""Where a post and its items stand, in the words of family A.

An item whose second has come counts as being sent, though a worker may take it up a moment later.
"""

from datetime import datetime
from typing import Literal

from bot.domain.posts import ItemView
from bot.domain.publication import State
from bot.services.submitting import Submission

PostStatus = Literal["draft", "scheduled", "publishing", "published", "failed"]
ItemStatus = Literal["draft", "posting", "posted", "failed"]

_SENDING = frozenset({State.SENDING, State.CONFIRMING, State.UNCONFIRMED})
_WAITING = frozenset({State.SCHEDULED, State.CLAIMED})
_ENDED = frozenset({State.FAILED, State.MISSED})


def item_status(item: ItemView, now: datetime) -> ItemStatus:
    """The status of one item at `now`."""
    if item.status is State.PUBLISHED:
        return "posted"
    if item.status in _ENDED:
        return "failed"
    if item.status in _SENDING or (item.status in _WAITING and is_due(item, now)):
        return "posting"
    return "draft"


def is_due(item: ItemView, now: datetime) -> bool:
    """Whether its second has come."""
    return item.scheduled_at is not None and item.scheduled_at <= now


def post_status(found: Submission, now: datetime) -> PostStatus:
    """The status of the whole post at `now`."""
    states = found.states
    waiting = [item for item in found.post.items if item.status in _WAITING]
    if _SENDING & states or any(is_due(item, now) for item in waiting):
        return "publishing"
    if State.PUBLISHED in states:
        return "publishing" if waiting else "published"
    if waiting:
        return "scheduled"
    return "failed" if _ENDED & states else "draft"
