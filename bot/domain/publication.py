"""The life of a post item: which state it may go to, on what event, and what must happen with it.

This file is the whole truth about it. `TABLE` has one line per (state, event); a pair that is not there cannot happen,
and `move` raises. Storage writes states only through moves found here, docs/architecture.md draws this table, and a
test compares the two.

The one thing everything here protects: **the creating call of an item is never made twice** unless it is known that
the first one created nothing (`Proof`), or a human asked for it. A worker that is about to make that call first commits
`ARM`. Therefore an item in SENDING may be live on the network, and there is no way from SENDING back to SCHEDULED that
does not name its proof.

    draft ─► awaiting_approval ─► scheduled ─► claimed ─► sending ─► published
                                      ▲           │          ├─► confirming ─► published, failed, unconfirmed
                                      └───────────┘          ├─► unconfirmed ─► published, scheduled (absent), cancelled
                                        nothing sent         └─► failed, scheduled (surely not sent)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an item stands. The words are the ones shown by the command line and the API."""

    DRAFT = "draft"
    """Written, and nobody asked for it to go out."""
    AWAITING_APPROVAL = "awaiting_approval"
    """Somebody else has to agree first."""
    SCHEDULED = "scheduled"
    """Waits for its second; nothing of it is on the network."""
    CLAIMED = "claimed"
    """A worker holds it and makes everything ready; no byte of the creating call has been sent."""
    SENDING = "sending"
    """Armed: from here on it may be live. Committed before the creating call."""
    CONFIRMING = "confirming"
    """The network has it and works on it; we ask how far it is."""
    UNCONFIRMED = "unconfirmed"
    """The call was made, perhaps, and no answer says how it ended; we look for it."""
    PUBLISHED = "published"
    """Live, with the network's own id."""
    FAILED = "failed"
    """The network said no, or the account cannot publish. Nothing is live."""
    MISSED = "missed"
    """Its time passed by more than the grace before it could be sent. Nothing is live; a human is asked."""
    CANCELLED = "cancelled"
    """Somebody took it back."""


class Event(StrEnum):
    """What can happen to an item."""

    SCHEDULE = "schedule"
    """Its author wants it out at a time."""
    ASK_APPROVAL = "ask_approval"
    """Its author wants it out, and the brand's rule wants a second person."""
    APPROVE = "approve"
    """That person agreed."""
    SEND_BACK = "send_back"
    """That person wants changes, or an edit made the approval void."""
    CANCEL = "cancel"
    """Somebody takes it back."""
    EDIT = "edit"
    """Its content or time changed before anything was sent."""
    TAKE_BACK = "take_back"
    """It is no longer wanted out, and is kept as a draft; what a network kept for its second, it has given back."""
    CLAIM = "claim"
    """A worker takes it, shortly before its second."""
    RELEASE = "release"
    """The worker gives it back unsent, or the worker's lease ran out: shutdown, a hold, a crash."""
    ARM = "arm"
    """The worker's next act is the creating call."""
    CREATED = "created"
    """The network said yes and named the post."""
    ACCEPTED = "accepted"
    """The network took it and has not finished."""
    NOT_SENT = "not_sent"
    """Surely nothing was created: no byte was written, the network documents it, or the worker fenced itself."""
    REFUSED = "refused"
    """A definite no, about the content or the account."""
    ANSWER_LOST = "answer_lost"
    """The call was made and no usable answer came."""
    LEASE_EXPIRED = "lease_expired"
    """The worker vanished between arming and settling."""
    FOUND = "found"
    """We looked, and it is there."""
    STILL_UNKNOWN = "still_unknown"
    """We looked and cannot tell yet."""
    PROVED_ABSENT = "proved_absent"
    """We looked as the platform's rules demand, and it is not there."""
    CONFIRMED_BY_HAND = "confirmed_by_hand"
    """A human says it is live, and where."""
    SEND_AGAIN = "send_again"
    """A human, warned of the double post, says it is not live."""
    MISS = "miss"
    """Later than the grace allows."""
    RETRY = "retry"
    """A human wants another try."""
    PARENT_FAILED = "parent_failed"
    """The part of the thread before it failed."""
    PARENT_MISSED = "parent_missed"
    """The part of the thread before it was missed."""


class Proof(StrEnum):
    """Why another creating call is harmless."""

    NEVER_ARMED = "never_armed"
    """The creating call of this try was never allowed."""
    NOTHING_CREATED = "nothing_created"
    """The call is known to have created nothing."""
    LOOKED = "looked"
    """The platform was asked, and its rules make the answer a proof."""
    HUMAN = "human"
    """Somebody looked, or takes the risk."""


class Effect(StrEnum):
    """What must happen in the same transaction as the move."""

    NEW_ATTEMPT = "new_attempt"
    """Count an attempt and open its journal row."""
    SETTLE_ATTEMPT = "settle_attempt"
    """Close the journal row of the running attempt."""
    LOOK_FOR_IT = "look_for_it"
    """Plan a look on the network."""
    RELEASE_CHILDREN = "release_children"
    """The next part of the thread may go out now."""
    CARRY_TO_CHILDREN = "carry_to_children"
    """The scheduled parts of the thread behind it share its fate: PARENT_FAILED, PARENT_MISSED, or CANCEL."""
    BRING_BACK_CHILDREN = "bring_back_children"
    """The parts that shared its fate wait for it again."""
    FORGET_PREPARED = "forget_prepared"
    """What was prepared belongs to the old content."""
    TELL = "tell"
    """Put a notice into the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """Where an event leads, what goes with it, and, on every way to SCHEDULED, why sending is harmless."""

    to: State
    effects: frozenset[Effect] = frozenset()
    proof: Proof | None = None


class ImpossibleMove(Exception):
    """The event cannot happen in this state: a bug, or somebody else was faster and the caller did not check."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event} cannot happen to an item that is {state}")
        self.state = state
        self.event = event


def _to(state: State, *effects: Effect, proof: Proof | None = None) -> Transition:
    return Transition(to=state, effects=frozenset(effects), proof=proof)


_ATTEMPT_OVER = Effect.SETTLE_ATTEMPT
_CARRY = (Effect.CARRY_TO_CHILDREN, Effect.TELL)
_LIVE = (Effect.RELEASE_CHILDREN, Effect.TELL)

TABLE: Mapping[tuple[State, Event], Transition] = {
    # Writing and agreeing
    (State.DRAFT, Event.SCHEDULE): _to(State.SCHEDULED, proof=Proof.NEVER_ARMED),
    (State.DRAFT, Event.ASK_APPROVAL): _to(State.AWAITING_APPROVAL, Effect.TELL),
    (State.DRAFT, Event.EDIT): _to(State.DRAFT, Effect.FORGET_PREPARED),
    (State.DRAFT, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    (State.AWAITING_APPROVAL, Event.APPROVE): _to(State.SCHEDULED, proof=Proof.NEVER_ARMED),
    (State.AWAITING_APPROVAL, Event.SEND_BACK): _to(State.DRAFT, Effect.TELL),
    (State.AWAITING_APPROVAL, Event.EDIT): _to(State.AWAITING_APPROVAL, Effect.FORGET_PREPARED, Effect.TELL),
    (State.AWAITING_APPROVAL, Event.MISS): _to(State.MISSED, *_CARRY),
    (State.AWAITING_APPROVAL, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    # Waiting
    (State.SCHEDULED, Event.CLAIM): _to(State.CLAIMED),
    (State.SCHEDULED, Event.EDIT): _to(State.SCHEDULED, Effect.FORGET_PREPARED, proof=Proof.NEVER_ARMED),
    (State.SCHEDULED, Event.TAKE_BACK): _to(State.DRAFT, Effect.FORGET_PREPARED),
    (State.SCHEDULED, Event.SEND_BACK): _to(State.AWAITING_APPROVAL, Effect.FORGET_PREPARED, Effect.TELL),
    (State.SCHEDULED, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    (State.SCHEDULED, Event.MISS): _to(State.MISSED, *_CARRY),
    (State.SCHEDULED, Event.PARENT_FAILED): _to(State.FAILED),
    (State.SCHEDULED, Event.PARENT_MISSED): _to(State.MISSED),
    # Held by a worker, nothing sent: everything can still be taken back
    (State.CLAIMED, Event.ARM): _to(State.SENDING, Effect.NEW_ATTEMPT),
    (State.CLAIMED, Event.RELEASE): _to(State.SCHEDULED, proof=Proof.NEVER_ARMED),
    (State.CLAIMED, Event.EDIT): _to(State.SCHEDULED, Effect.FORGET_PREPARED, proof=Proof.NEVER_ARMED),
    (State.CLAIMED, Event.TAKE_BACK): _to(State.DRAFT, Effect.FORGET_PREPARED),
    (State.CLAIMED, Event.SEND_BACK): _to(State.AWAITING_APPROVAL, Effect.FORGET_PREPARED, Effect.TELL),
    (State.CLAIMED, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    (State.CLAIMED, Event.REFUSED): _to(State.FAILED, *_CARRY),
    (State.CLAIMED, Event.MISS): _to(State.MISSED, *_CARRY),
    # Armed: the creating call may have been made
    (State.SENDING, Event.CREATED): _to(State.PUBLISHED, _ATTEMPT_OVER, *_LIVE),
    (State.SENDING, Event.ACCEPTED): _to(State.CONFIRMING, _ATTEMPT_OVER, Effect.LOOK_FOR_IT),
    (State.SENDING, Event.NOT_SENT): _to(State.SCHEDULED, _ATTEMPT_OVER, proof=Proof.NOTHING_CREATED),
    (State.SENDING, Event.REFUSED): _to(State.FAILED, _ATTEMPT_OVER, *_CARRY),
    (State.SENDING, Event.ANSWER_LOST): _to(State.UNCONFIRMED, _ATTEMPT_OVER, Effect.LOOK_FOR_IT),
    (State.SENDING, Event.LEASE_EXPIRED): _to(State.UNCONFIRMED, _ATTEMPT_OVER, Effect.LOOK_FOR_IT),
    # The network works on it; what it only keeps until its second can be taken back there
    (State.CONFIRMING, Event.CREATED): _to(State.PUBLISHED, *_LIVE),
    (State.CONFIRMING, Event.ACCEPTED): _to(State.CONFIRMING, Effect.LOOK_FOR_IT),
    (State.CONFIRMING, Event.REFUSED): _to(State.FAILED, *_CARRY),
    (State.CONFIRMING, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    (State.CONFIRMING, Event.TAKE_BACK): _to(State.DRAFT, Effect.FORGET_PREPARED, proof=Proof.NOTHING_CREATED),
    (State.CONFIRMING, Event.ANSWER_LOST): _to(State.UNCONFIRMED, Effect.LOOK_FOR_IT),
    # Nobody knows. A late but definite answer to the last attempt still counts, and replaces its ending in the journal.
    # That a human was asked is no state of its own: the item waits here, and Herald no longer looks.
    (State.UNCONFIRMED, Event.CREATED): _to(State.PUBLISHED, _ATTEMPT_OVER, *_LIVE),
    (State.UNCONFIRMED, Event.ACCEPTED): _to(State.CONFIRMING, _ATTEMPT_OVER, Effect.LOOK_FOR_IT),
    (State.UNCONFIRMED, Event.NOT_SENT): _to(State.SCHEDULED, _ATTEMPT_OVER, proof=Proof.NOTHING_CREATED),
    (State.UNCONFIRMED, Event.REFUSED): _to(State.FAILED, _ATTEMPT_OVER, *_CARRY),
    (State.UNCONFIRMED, Event.FOUND): _to(State.PUBLISHED, *_LIVE),
    (State.UNCONFIRMED, Event.STILL_UNKNOWN): _to(State.UNCONFIRMED, Effect.LOOK_FOR_IT),
    (State.UNCONFIRMED, Event.PROVED_ABSENT): _to(State.SCHEDULED, proof=Proof.LOOKED),
    (State.UNCONFIRMED, Event.CONFIRMED_BY_HAND): _to(State.PUBLISHED, *_LIVE),
    (State.UNCONFIRMED, Event.SEND_AGAIN): _to(State.SCHEDULED, proof=Proof.HUMAN),
    (State.UNCONFIRMED, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    # Over, unless somebody wants another try. FAILED and MISSED mean that nothing was created: they are reached before
    # arming, by the network's definite no, or from a parent that never went out. (The one shade: a network that calls a
    # post a duplicate which nobody can find. Its card says so, and whoever retries has looked.)
    (State.FAILED, Event.RETRY): _to(State.SCHEDULED, Effect.BRING_BACK_CHILDREN, proof=Proof.NOTHING_CREATED),
    (State.FAILED, Event.CONFIRMED_BY_HAND): _to(State.PUBLISHED, *_LIVE),
    (State.FAILED, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
    (State.MISSED, Event.RETRY): _to(State.SCHEDULED, Effect.BRING_BACK_CHILDREN, proof=Proof.NOTHING_CREATED),
    (State.MISSED, Event.CONFIRMED_BY_HAND): _to(State.PUBLISHED, *_LIVE),
    (State.MISSED, Event.CANCEL): _to(State.CANCELLED, Effect.CARRY_TO_CHILDREN),
}


def move(state: State, event: Event) -> Transition:
    """What the event does to an item in this state. Raises ImpossibleMove for a pair that is not in the table."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise ImpossibleMove(state, event) from None


def states_allowing(event: Event) -> frozenset[State]:
    """The states in which the event can happen: what a compare-and-set names as expected."""
    return frozenset(state for state, possible in TABLE if possible is event)


MAY_BE_LIVE = frozenset({State.SENDING, State.CONFIRMING, State.UNCONFIRMED, State.PUBLISHED})
"""States in which something of the item may be on the network: editing and cancelling are refused with a sentence."""

_MOST_URGENT_FIRST = (
    State.FAILED,
    State.MISSED,
    State.UNCONFIRMED,
    State.CONFIRMING,
    State.SENDING,
    State.CLAIMED,
    State.SCHEDULED,
    State.AWAITING_APPROVAL,
    State.DRAFT,
    State.PUBLISHED,
    State.CANCELLED,
)


def summary(states: Iterable[State]) -> State:
    """One state for a post of several items: the one that needs attention most. Raises ValueError for no items."""
    return min(states, key=_MOST_URGENT_FIRST.index)
