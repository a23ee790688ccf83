"""What a platform's error means for the item it happened to. Pure: no clock, no storage, no network.

While an item is CLAIMED nothing was sent, so an error either waits (RELEASE) or ends it (REFUSED). While it is SENDING
the error's class decides: surely nothing created (NOT_SENT), a definite no (REFUSED), or nobody knows (ANSWER_LOST).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.items import ErrorClass, Outcome, QueuedItem, Trouble
from bot.domain.publication import Event, State
from bot.domain.retry import DEFAULT_RATE_LIMIT_WAIT_S, next_try
from platforms.errors import (
    AccountError,
    ContentRefused,
    DuplicateRefused,
    Fenced,
    MaterialGone,
    MediaRefused,
    NotSent,
    PlatformError,
    RateLimited,
    Refused,
    ScopeMissing,
    TokenExpired,
)

_KINDS: tuple[tuple[type[PlatformError], ErrorClass], ...] = (
    (RateLimited, ErrorClass.RATE_LIMITED),
    (MaterialGone, ErrorClass.MEDIA),
    (NotSent, ErrorClass.UNAVAILABLE),
    (MediaRefused, ErrorClass.MEDIA),
    (DuplicateRefused, ErrorClass.DUPLICATE),
    (ContentRefused, ErrorClass.CONTENT),
    (Refused, ErrorClass.CONTENT),
    (TokenExpired, ErrorClass.TOKEN),
    (ScopeMissing, ErrorClass.PERMISSION),
    (AccountError, ErrorClass.ACCOUNT),
    (PlatformError, ErrorClass.NO_ANSWER),
)


def trouble(error: PlatformError) -> Trouble:
    """The error in the words of the queue."""
    kind = next(kind for of, kind in _KINDS if isinstance(error, of))
    cause = type(error).__name__ + (f" {error.code}" if error.code else "")
    return Trouble(kind=kind, message=error.safe, cause=cause, http_status=error.status, request_id=error.request_id)


def verdict(item: QueuedItem, error: PlatformError, *, attempt: int, now: datetime, chance: float) -> Outcome:
    """What becomes of the item. `chance` is a random number from 0 to 1, for the wait before the next try."""
    why = trouble(error)
    if isinstance(error, NotSent):
        return _wait(item, error, attempt=attempt, now=now, chance=chance)
    if isinstance(error, DuplicateRefused) and item.state is State.SENDING:
        return Outcome(item=item, attempt=attempt, event=Event.ANSWER_LOST, at=now, trouble=why, check_at=now)
    if isinstance(error, Refused | AccountError):
        return Outcome(item=item, attempt=attempt, event=Event.REFUSED, at=now, trouble=why)
    if item.state is State.SENDING:
        return Outcome(item=item, attempt=attempt, event=Event.ANSWER_LOST, at=now, trouble=why, check_at=now)
    return _wait(item, error, attempt=attempt, now=now, chance=chance)


def _wait(item: QueuedItem, error: PlatformError, *, attempt: int, now: datetime, chance: float) -> Outcome:
    why = trouble(error)
    event = Event.NOT_SENT if item.state is State.SENDING else Event.RELEASE
    again = Outcome(item=item, attempt=attempt, event=event, at=now, trouble=why)
    if isinstance(error, Fenced):
        return again
    if isinstance(error, RateLimited):
        at = max(error.until or now + timedelta(seconds=DEFAULT_RATE_LIMIT_WAIT_S), now)
    else:
        at = next_try(item.tries, now, chance, before=item.missed_after)
        again = replace(again, counts_as_try=True)
    if event is Event.RELEASE:
        return replace(again, claim_at=at)
    return replace(again, due_at=max(at, item.due_at))
