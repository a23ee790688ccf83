"""Gates in the life of an item: which items may be claimed, what sending one takes, what a step showed of the way."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot import clock
from bot.domain.gates import Budget, Gate, Late, Learned, Reason, Scope, is_late, is_too_late, key_of_host
from bot.domain.ids import BrandId, ItemId, WorkerId
from bot.domain.items import Outcome, QueuedItem
from bot.domain.record import changed
from bot.services.verdicts import limited_until
from platforms.base import Wire
from platforms.errors import Fenced, LimitScope, OutcomeUnknown, PlatformError, RateLimited, Unavailable
from storage import conditions, gates, items, turns
from storage.arming import arm_at_open_gates
from storage.engine import Database, Session
from storage.gates import Ask, Taking
from storage.turns import Barred

if TYPE_CHECKING:
    from bot.services.publishing import Job

OURS = frozenset({"internal", "media_store", "processing"})
"""Codes of an `Unavailable` that is no sign of a host in trouble."""
_SOON = timedelta(seconds=5)


async def claim(  # noqa: PLR0913  # what to claim, and what not
    session: Session,
    worker_id: WorkerId,
    *,
    now: datetime,
    limit: int,
    crowded: Collection[BrandId],
    full: Collection[BrandId],
) -> list[ItemId]:
    """Claim what is due and behind no gate, and one item for each host that is to be tried again."""
    shut = await gates.closed(session, now=now)
    behind = tuple(shut.gates.values())
    claimed: list[ItemId] = []
    for brands in (crowded, full) if set(crowded) != set(full) else (full,):
        if len(claimed) < limit:
            barred = Barred(brands=brands, gates=behind)
            claimed += await turns.claim_due(session, worker_id, now=now, limit=limit - len(claimed), barred=barred)
    for gate in sorted(behind, key=lambda gate: gate.key):
        if gate.is_half_open(now):
            barred = Barred(brands=full, gates=[other for other in behind if other is not gate])
            first = await _first_behind(session, gate, barred, now=now)
            if first is not None and await gates.begin_probe(session, gate, first, now=now):
                claimed += await turns.claim_one(session, worker_id, first, now=now, barred=barred)
    return claimed


async def next_claim_at(database: Database, *, now: datetime, full: Collection[BrandId]) -> datetime | None:
    """When the next item behind no gate may be claimed, or the next gate opens."""
    if not full:
        open_, at = await turns.next_claim_at_open_gates(database, now=now)
        if open_:
            return at
    async with database.reading() as session:
        shut = await gates.closed(session, now=now)
        behind = tuple(shut.gates.values())
        probes = [await _next_probe_at(session, gate, behind, now=now, full=full) for gate in behind]
    at = await turns.next_claim_at(database, Barred(brands=full, gates=behind))
    return min(filter(None, (at, *probes, *(gate.until for gate in behind if gate.until > now))), default=None)


async def _next_probe_at(
    session: Session, gate: Gate, behind: Collection[Gate], *, now: datetime, full: Collection[BrandId]
) -> datetime | None:
    """When something that is due may find out whether a host is back."""
    if not gate.is_half_open(now):
        return None
    barred = Barred(brands=full, gates=[other for other in behind if other is not gate])
    if await _first_behind(session, gate, barred, now=now) is None:
        return None
    return max(now, gate.probe_until or now)


async def _first_behind(session: Session, gate: Gate, barred: Barred, *, now: datetime) -> ItemId | None:
    """What may find out whether a host is back: something due, or else what is to be made ready for later."""
    behind = (gates.behind(gate), *barred.items())
    due = turns.due_items(now, 1, conditions.due_until(now + _SOON), *behind)
    return await turns.first_of(session, due) or await turns.first_of(session, turns.due_items(now, 1, *behind))


async def claim_checks(
    session: Session, *, now: datetime, hold_s: float, armed_before: datetime
) -> tuple[list[ItemId], list[ItemId]]:
    """Take items that want a look, one alone where a host is to be tried again.

    And apart from them those `armed_before` that are behind a closed gate: no call may be made for them.
    """
    shut = await gates.closed(session, now=now)
    silent = [gate for gate in shut.gates.values() if gate.reason is not Reason.BUDGET]
    taken = await items.claim_checks(session, now=now, hold_s=hold_s, only=gates.not_behind(silent))
    for gate in silent:
        if gate.is_half_open(now):
            first = await turns.first_of(session, items.items_to_check(now, 1, gates.behind(gate)))
            if first is not None and await gates.begin_probe(session, gate, first, now=now):
                only = [conditions.this_one(first)]
                taken += await items.claim_checks(session, now=now, hold_s=hold_s, limit=1, only=only)
    mute = [gates.behind(gate) for gate in silent if not gate.is_half_open(now)]
    if not mute:
        return taken, []
    old = [conditions.one_of(mute), conditions.armed_before(armed_before)]
    return taken, await items.claim_checks(session, now=now, hold_s=hold_s, only=old)


def ask(job: "Job") -> Ask:
    """What sending the item takes."""
    account = job.login.connected.account
    return Ask(
        item_id=job.item.id,
        account_id=job.item.account_id,
        platform=job.item.platform,
        service_url=account.service_url,
        version=job.item.version,
        budgets=tuple(one for one in job.connector.spec.budgets if _takes(one, job.item.post_type)),
        due_at=job.item.due_at,
    )


async def arm(
    database: Database,
    worker_id: WorkerId,
    ready: Sequence[tuple[Ask, QueuedItem, Mapping[str, object]]],
    *,
    now: datetime,
) -> tuple[Mapping[ItemId, int], Taking]:
    """Arm what no closed gate and no spent budget holds: the attempt of each, what it took, and what is held.

    One transaction, and while every gate is open and nothing has to be paid one statement.
    """
    if not any(ask.budgets for ask, _, _ in ready):
        going = [(item, prepared) for _, item, prepared in ready]
        if attempts := await arm_at_open_gates(database, worker_id, going, now=now):
            return attempts, Taking()
    async with database.transaction() as session:
        taking = await gates.take(session, worker_id, [ask for ask, _, _ in ready], now=clock.now())
        going = [(item, prepared) for ask, item, prepared in ready if ask.item_id not in taking.held]
        return await items.arm(session, worker_id, going, now=clock.now()) if going else {}, taking


class Departure:
    """The fence of what its budgets count from `paid_at` on. It notes when the first byte leaves."""

    def __init__(self, job: "Job", paid_at: datetime, fence: Callable[[], bool]) -> None:
        self._budgets, self._paid_at, self._fence = ask(job).budgets, paid_at, fence
        self._left_at = paid_at

    def __call__(self) -> bool:
        """Whether it may leave. What was paid for long ago may not, but is paid for anew."""
        now = clock.now()
        if not self._fence() or any(is_too_late(one, self._paid_at, now) for one in self._budgets):
            return False
        self._left_at = now
        return True

    def told(self, outcome: Outcome) -> Outcome:
        """The outcome with the budgets that have to count it from later on."""
        paid_at, left_at = self._paid_at, self._left_at
        late = [Late(budget=b, paid_at=paid_at, left_at=left_at) for b in self._budgets if is_late(b, paid_at, left_at)]
        if not late or outcome.learned is None:
            return outcome
        return changed(outcome, learned=changed(outcome.learned, late=tuple(late)))


def _takes(budget: Budget, post_type: str) -> bool:
    return not budget.post_types or post_type in budget.post_types


def lesson(job: "Job", wire: Wire | None, error: PlatformError | None, *, now: datetime) -> Learned:
    """What a step that ended well, or in this error, showed."""
    item, spec = job.item, job.connector.spec
    host = key_of_host(item.platform, job.login.connected.account.service_url)
    asked_nothing = error is None and wire is not None and not wire.calls
    answered = None if asked_nothing else _answered(error)
    if wire is None or not spec.budgets:
        allowances = ()
    else:
        allowances = tuple((budget, said) for budget in spec.budgets if (said := wire.allowances.get(budget.name)))
    if not isinstance(error, RateLimited):
        return Learned(host=host, answered=answered, allowances=allowances)
    until = limited_until(error, now)
    scope = Scope.APP if error.scope is LimitScope.APP else Scope.ACCOUNT
    return Learned(host=host, answered=True, until=until, scope=scope, allowances=allowances)


def told_after_a_pause(outcome: Outcome) -> Outcome:
    """The outcome of a call during which this process was stopped: a host it did not hear may have answered."""
    learned = outcome.learned
    if learned is None or learned.answered is not False:
        return outcome
    return changed(outcome, learned=changed(learned, answered=None))


def _answered(error: PlatformError | None) -> bool | None:
    match error:
        case None:
            return True
        case Fenced():
            return None
        case Unavailable():
            return None if error.code in OURS else False
        case OutcomeUnknown():
            status = error.status
            silent = status is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            return not silent and status != HTTPStatus.REQUEST_TIMEOUT
        case _:
            return True if error.status is not None else None
