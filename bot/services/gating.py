"""Gates in the life of an item: which items may be claimed, what sending one takes, what a step showed of the way."""

from collections.abc import Collection
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from bot.domain.gates import Gate, Learned, Reason, Scope, key_of_host
from bot.domain.ids import BrandId, ItemId, WorkerId
from bot.domain.retry import DEFAULT_RATE_LIMIT_WAIT_S
from platforms.base import Wire
from platforms.errors import Fenced, LimitScope, OutcomeUnknown, PlatformError, RateLimited, Unavailable
from storage import gates, items
from storage.engine import Session
from storage.gates import Ask

if TYPE_CHECKING:
    from bot.services.publishing import Job

OURS = frozenset({"internal", "processing"})
"""Codes of an `Unavailable` that is no sign of a host in trouble."""


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
    open_ones = gates.not_behind(shut.gates.values())
    claimed: list[ItemId] = []
    for brands in (crowded, full) if set(crowded) != set(full) else (full,):
        if len(claimed) < limit:
            only = [*open_ones, *items.not_of(brands)]
            claimed += await items.claim_due(session, worker_id, now=now, limit=limit - len(claimed), only=only)
    for gate in shut.gates.values():
        if is_half_open(gate, now):
            others = [other for other in shut.gates.values() if other is not gate]
            conditions = [gates.behind(gate), *gates.not_behind(others), *items.not_of(full)]
            first = await items.first_of(session, items.due_items(now, 1, *conditions))
            if first is not None and await gates.begin_probe(session, gate, first, now=now):
                only = [*conditions, items.only_item(first)]
                claimed += await items.claim_due(session, worker_id, now=now, limit=1, only=only)
    return claimed


async def next_claim_at(session: Session, *, now: datetime, full: Collection[BrandId]) -> datetime | None:
    """When the next item behind no gate may be claimed, or the next gate opens."""
    shut = await gates.closed(session, now=now)
    only = [*gates.not_behind(shut.gates.values()), *items.not_of(full)]
    at = await items.next_claim_at(session, *only)
    return min(filter(None, (at, *(gate.until for gate in shut.gates.values() if gate.until > now))), default=None)


async def claim_checks(session: Session, *, now: datetime, hold_s: float) -> list[ItemId]:
    """Take items that want a look, one alone where a host is to be tried again."""
    shut = await gates.closed(session, now=now)
    silent = [gate for gate in shut.gates.values() if gate.reason is not Reason.BUDGET]
    taken = await items.claim_checks(session, now=now, hold_s=hold_s, only=gates.not_behind(silent))
    for gate in silent:
        if is_half_open(gate, now):
            first = await items.first_of(session, items.items_to_check(now, 1, gates.behind(gate)))
            if first is not None and await gates.begin_probe(session, gate, first, now=now):
                only = [items.only_item(first)]
                taken += await items.claim_checks(session, now=now, hold_s=hold_s, limit=1, only=only)
    return taken


def is_half_open(gate: Gate, now: datetime) -> bool:
    """Whether a host that was down is to be tried again."""
    return gate.reason is Reason.DOWN and gate.until <= now


def ask(job: "Job") -> Ask:
    """What sending the item takes."""
    account = job.login.connected.account
    return Ask(
        item_id=job.item.id,
        account_id=job.item.account_id,
        platform=job.item.platform,
        service_url=account.service_url,
        budgets=job.connector.spec.budgets,
    )


def lesson(job: "Job", wire: Wire | None, error: PlatformError | None, *, now: datetime) -> Learned:
    """What a step that ended well, or in this error, showed."""
    item, spec = job.item, job.connector.spec
    host = key_of_host(item.platform, job.login.connected.account.service_url)
    answered = _answered(error)
    if wire is None or not spec.budgets:
        allowances = ()
    else:
        allowances = tuple((budget, said) for budget in spec.budgets if (said := wire.allowances.get(budget.name)))
    if not isinstance(error, RateLimited):
        return Learned(host=host, answered=answered, allowances=allowances)
    until = max(error.until or now + timedelta(seconds=DEFAULT_RATE_LIMIT_WAIT_S), now)
    scope = Scope.APP if error.scope is LimitScope.APP else Scope.ACCOUNT
    return Learned(host=host, answered=True, until=until, scope=scope, allowances=allowances)


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
