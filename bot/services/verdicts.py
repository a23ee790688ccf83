"""What a platform's error means for the item it happened to. Pure: no clock, no storage, no network.

While an item is CLAIMED nothing was sent, so an error either waits (RELEASE) or ends it (REFUSED). While it is SENDING
the error's class decides: surely nothing created (NOT_SENT), a definite no (REFUSED), or nobody knows (ANSWER_LOST).
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.items import ErrorClass, Outcome, QueuedItem, Trouble
from bot.domain.publication import Event, State
from bot.domain.retry import DEFAULT_RATE_LIMIT_WAIT_S, longest_wait_s, next_try
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

_LEAD = timedelta(seconds=5)
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
    armed = item.state is State.SENDING
    if isinstance(error, NotSent) or (not armed and not isinstance(error, Refused | AccountError)):
        return _wait(item, error, attempt=attempt, now=now, chance=chance)
    outcome = Outcome(item=item, attempt=attempt, event=Event.REFUSED, at=now, trouble=trouble(error))
    if isinstance(error, Refused | AccountError) and not (armed and isinstance(error, DuplicateRefused)):
        return replace(outcome, decision=_END[isinstance(error, AccountError)])
    looked_for = "it may be live: Herald looks for it before anything else"
    return replace(outcome, event=Event.ANSWER_LOST, check_at=now, decision=looked_for)


_END = {
    True: "no more tries until the account is connected again",
    False: "no more tries, for the same content would get the same answer",
}


def claimable_at(item: QueuedItem, now: datetime) -> datetime:
    """When an item may be taken again that waits behind a gate: at once, which the gate forbids, in its due order."""
    return min(now, item.due_at - _LEAD)


def limited_until(error: RateLimited, now: datetime) -> datetime:
    """Until when a network that asks us to slow down is left alone."""
    return max(error.until or now + timedelta(seconds=DEFAULT_RATE_LIMIT_WAIT_S), now)


def _wait(item: QueuedItem, error: PlatformError, *, attempt: int, now: datetime, chance: float) -> Outcome:
    event = Event.NOT_SENT if item.state is State.SENDING else Event.RELEASE
    again = Outcome(item=item, attempt=attempt, event=event, at=now, trouble=trouble(error))
    if isinstance(error, Fenced):
        return replace(again, decision="it goes out by whoever holds a lease")
    if isinstance(error, RateLimited):
        named = "the network named no time" if error.until is None else "the network asked to wait until then"
        on = limited_until(error, now).isoformat("T", "milliseconds")
        decision = f"nothing was sent; it tries again from {on} on ({named})"
        return replace(again, claim_at=claimable_at(item, now), decision=decision)
    asked = f"try {item.tries + 1} in a row, a random wait of up to {longest_wait_s(item.tries):g} s"
    at = next_try(item.tries, now, chance, before=item.missed_after)
    decision = f"nothing was sent; it tries again at {at.isoformat('T', 'milliseconds')} ({asked})"
    again = replace(again, counts_as_try=True, decision=decision)
    if event is Event.RELEASE:
        return replace(again, claim_at=at)
    return replace(again, due_at=max(at, item.due_at))
