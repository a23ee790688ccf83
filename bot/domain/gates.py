"""Gates: when an account, an app or a host takes no posts, and when it does again. Pure arithmetic, `now` is given.

Three things close a gate: a network that asks us to slow down, a budget that is spent, and a host that is down. Posts
behind a closed gate wait as they are; nothing of them is tried. What is spent is counted in slots of a sixtieth of the
budget's window, so that a ledger stays small however much is spent.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from bot.domain.ids import AccountId, ItemId
from bot.domain.record import record

SLOTS = 60
_COUNTED = SLOTS + 2
"""Slots that count: the window's own, the one that is running, and one for a request that arrives later than it was
allowed. So no window of that length ever sees more than the amount, and 60 of 62 parts of it can be used."""
_IN_TIME = 1.5
"""What leaves this many slots after the beginning of its own has half a slot to arrive in, at least."""

REMEMBERED = 20
FAILURES_IN_A_ROW, FAILURES_OF_THE_REMEMBERED = 5, 8
"""A host is down that answers nobody, or hardly more than every second call: where looks are answered and posts are
not, failures never come in a row. One that fails a call in twenty is not: in 25,000 calls this is seen once in fifty
times, but five of twenty each time, and more than once."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=10)
PROBE_LASTS = timedelta(seconds=60)
"""When a probe has not come back by then, another may go: longer than a creating call and its arming can take."""
_DOUBLINGS = 10


class Scope(StrEnum):
    """Whom a gate stops."""

    ACCOUNT = "account"
    """One account."""
    APP = "app"
    """Everybody who publishes through our registration at the platform."""
    HOST = "host"
    """Every account on one server."""


class Reason(StrEnum):
    """Why a gate is closed."""

    RATE_LIMITED = "rate_limited"
    """The network asked us to slow down."""
    BUDGET = "budget"
    """What the network allows in its window is used up."""
    DOWN = "down"
    """The host does not answer, or is out of order."""


def key_of_account(account_id: str) -> str:
    """The name of an account's gate."""
    return f"{Scope.ACCOUNT}:{account_id}"


def key_of_app(platform: str) -> str:
    """The name of the gate of our registration at a platform."""
    return f"{Scope.APP}:{platform}"


def key_of_host(platform: str, service_url: str) -> str:
    """The name of a server's gate."""
    return f"{Scope.HOST}:{platform} {service_url}"


# --- Budgets ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a platform allows: `amount` in any `per_s` seconds, of which one creating call takes `cost`.

    `scope` is ACCOUNT or APP. `post_types` are the kinds of post that take of it; empty for all.
    """

    name: str
    scope: Scope
    amount: int
    per_s: float
    cost: int = 1
    post_types: frozenset[str] = frozenset()
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a platform's headers say of one of its budgets: of `limit` there are `remaining` until `resets_at`."""

    budget: str
    limit: int
    remaining: int
    resets_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What was spent of a budget: by us in each slot, and by others who use the same account."""

    spent: Mapping[int, int] = field(default_factory=dict[int, int])
    """By slot; a slot is its start in epoch seconds, divided by its length."""
    amount: int | None = None
    """The server's own limit, where it differs from the platform's."""
    foreign: int = 0
    """Spent until `foreign_until` and not by our creating calls: other programs, uploads, looks."""
    foreign_until: datetime | None = None


def free(budget: Budget, ledger: Ledger, at: datetime) -> int:
    """How many creating calls the budget allows to go out at that instant, beside all that is spent already."""
    return max(0, _left(budget, ledger, at)) // budget.cost


def free_beside(budget: Budget, ledger: Ledger, keep: float, now: datetime) -> int:
    """The same for whatever has to leave that share of the budget's amount to others."""
    kept = math.ceil((budget.amount if ledger.amount is None else ledger.amount) * keep)
    return max(0, _left(budget, ledger, now) - kept) // budget.cost


def spend(budget: Budget, ledger: Ledger, calls: int, now: datetime, at: datetime | None = None) -> Ledger:
    """The ledger after that many creating calls, which go out `at` if that is later; what no longer counts is dropped.

    What is armed ahead of its second is spent in the slot of that second: a network counts what arrives.
    """
    spent = _counting(ledger, _slot(budget, now))
    slot = _slot(budget, now if at is None else max(now, at))
    spent[slot] = spent.get(slot, 0) + calls * budget.cost
    return replace(ledger, spent=spent)


def is_late(budget: Budget, paid_at: datetime, left_at: datetime) -> bool:
    """Whether a call left so long after it was paid for that it may arrive when that no longer counts."""
    return left_at.timestamp() >= (_slot(budget, paid_at) + _IN_TIME) * _slot_s(budget)


def is_too_late(budget: Budget, paid_at: datetime, at: datetime) -> bool:
    """Whether what was paid for then may no longer be sent: what others pay for might arrive together with it."""
    return (at - paid_at).total_seconds() >= budget.per_s / 2


def move(ledger: Ledger, late: "Late", now: datetime) -> Ledger:
    """The ledger when a late call counts from the instant at which it left."""
    budget = late.budget
    spent = _counting(ledger, _slot(budget, now))
    paid, left = _slot(budget, late.paid_at), _slot(budget, late.left_at)
    spent[paid] = max(0, spent.get(paid, 0) - budget.cost)
    spent[left] = spent.get(left, 0) + budget.cost
    return replace(ledger, spent={slot: amount for slot, amount in spent.items() if amount})


def opens_at(budget: Budget, ledger: Ledger, now: datetime) -> datetime:
    """When the budget allows another creating call, if nobody else spends of it; `now` if it does already."""
    ends = {(old + _COUNTED) * _slot_s(budget) for old in _counting(ledger, _slot(budget, now))}
    if _foreign(ledger, now) and ledger.foreign_until is not None:
        ends.add(ledger.foreign_until.timestamp())
    at = now
    for end_s in sorted(ends):
        if free(budget, ledger, at) > 0:
            return at
        at = max(now, datetime.fromtimestamp(end_s, UTC) + timedelta(milliseconds=1))
    return at


def hear(budget: Budget, ledger: Ledger, said: Allowance, now: datetime) -> Ledger:
    """The ledger after the server told how much is left of its own count."""
    amount = said.limit if said.limit != budget.amount else None
    ours = _spent_until(ledger, _slot(budget, now))
    foreign = max(0, said.limit - said.remaining - ours)
    if ledger.foreign_until is not None and said.resets_at <= ledger.foreign_until:
        foreign = max(foreign, ledger.foreign)
    until = max(filter(None, (said.resets_at, ledger.foreign_until))) if foreign else None
    longest = now + timedelta(seconds=budget.per_s)
    return replace(ledger, amount=amount, foreign=foreign, foreign_until=min(until, longest) if until else None)


def _left(budget: Budget, ledger: Ledger, at: datetime) -> int:
    """What the fullest of all windows that hold that instant has room for.

    Some of them end with what is spent already and goes out later, or was written down by a clock that is ahead.
    """
    amount, slot = budget.amount if ledger.amount is None else ledger.amount, _slot(budget, at)
    later = [end for end in ledger.spent if slot < end <= slot + SLOTS]
    return amount - max(_spent_until(ledger, end) for end in (slot, *later)) - _foreign(ledger, at)


def _spent_until(ledger: Ledger, end: int) -> int:
    return sum(spent for slot, spent in ledger.spent.items() if end - _COUNTED < slot <= end)


def _foreign(ledger: Ledger, now: datetime) -> int:
    return ledger.foreign if ledger.foreign_until is not None and ledger.foreign_until > now else 0


def _slot_s(budget: Budget) -> float:
    return budget.per_s / SLOTS


def _slot(budget: Budget, at: datetime) -> int:
    return int(at.timestamp() / _slot_s(budget))


def _counting(ledger: Ledger, running: int) -> dict[int, int]:
    """What counts in the running slot or in a later one; what lies far ahead was written by a clock that was wrong."""
    return {slot: spent for slot, spent in ledger.spent.items() if running - _COUNTED < slot <= running + SLOTS}


# --- Circuits --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What is known of a host. It is down from `since` on; from `closed_until` on one probe may find out."""

    recent: str = ""
    """The latest calls, oldest first: "x" was not answered, "." was. Empty while none of them went wrong."""
    since: datetime | None = None
    closed_until: datetime | None = None
    openings: int = 0
    """Pauses of this outage so far."""


def after(circuit: Circuit, answers: Iterable[bool], now: datetime) -> Circuit:
    """The circuit after these calls, in order; True was answered."""
    for answered in answers:
        circuit = _after_one(circuit, answered=answered, now=now)
    return circuit


def _after_one(circuit: Circuit, *, answered: bool, now: datetime) -> Circuit:
    if circuit.since is not None:
        if circuit.closed_until is not None and circuit.closed_until > now:
            return circuit  # sent before it was closed: tells nothing new
        return Circuit() if answered else _pause(circuit, circuit.since, now)
    recent = (circuit.recent + (".x"[not answered]))[-REMEMBERED:]
    if "x" not in recent:
        return Circuit()
    if recent.endswith("x" * FAILURES_IN_A_ROW) or recent.count("x") >= FAILURES_OF_THE_REMEMBERED:
        return _pause(circuit, now, now)
    return replace(circuit, recent=recent)


def _pause(circuit: Circuit, since: datetime, now: datetime) -> Circuit:
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(circuit.openings, _DOUBLINGS))
    return Circuit(since=since, closed_until=now + pause, openings=circuit.openings + 1)


# --- What is closed, and what is learned -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A closed gate. For a host that is down `until` is when it is tried again, which may be now."""

    key: str
    until: datetime
    reason: Reason
    since: datetime | None = None
    probe: ItemId | None = None
    """The one item that may go through, to see whether the host is back."""
    probe_until: datetime | None = None
    """When it is given up, and another may go."""

    def is_half_open(self, now: datetime) -> bool:
        """Whether it is a host that was down and is to be tried again."""
        return self.reason is Reason.DOWN and self.until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """All gates that are closed, by their names. Mostly there are none."""

    gates: Mapping[str, Gate] = field(default_factory=dict[str, Gate])

    def of(self, platform: str, account_id: AccountId, service_url: str) -> Gate | None:
        """The gate that keeps this account's posts longest."""
        if not self.gates:
            return None
        keys = (key_of_account(account_id), key_of_app(platform), key_of_host(platform, service_url))
        found = [self.gates[key] for key in keys if key in self.gates]
        return max(found, key=lambda gate: gate.until, default=None)


Ledgers = Mapping[str, Mapping[str, Ledger]]
"""By the name of their gate, and of their budget."""


@record
class Late:
    """A creating call that left later than it was paid for: the budget counts it from then."""

    budget: Budget
    paid_at: datetime
    left_at: datetime


@record
class Learned:
    """What one step of an item showed of the way to its network."""

    host: str
    """The name of its host's gate."""
    answered: bool | None = None
    """Whether the host answered; None: that says nothing of it."""
    until: datetime | None = None
    """The network asked us to wait until then."""
    scope: Scope = Scope.ACCOUNT
    """Whom it asked to wait."""
    allowances: tuple[tuple[Budget, Allowance], ...] = ()
    late: tuple[Late, ...] = ()
