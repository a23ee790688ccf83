"""Gates: what closes the way to an account, an app or a host, shared by all workers. Machinery.

The rules are bot/domain/gates.py's. Rows are locked in the order of their keys, and before any row of the queue, so
that no two wait for each other. Where nothing is closed and no budget is known, each step of the queue asks one cheap
question.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Select, String, Table, and_, bindparam, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot import clock
from bot.domain.gates import (
    PROBE_LASTS,
    Budget,
    Circuit,
    Closed,
    Gate,
    Learned,
    Ledger,
    Ledgers,
    Reason,
    Scope,
    after,
    free,
    free_beside,
    hear,
    key_of_account,
    key_of_app,
    move,
    opens_at,
    spend,
)
from bot.domain.ids import AccountId, ItemId, WorkerId
from bot.domain.items import Outcome
from bot.domain.publication import State
from bot.domain.record import record
from storage.conditions import ITEMS as _ITEMS
from storage.conditions import due_until, in_state, may_be_armed, still
from storage.given import Given, dialect_of
from storage.ledgers import as_stored, ledgers_from
from storage.statements import upsert
from storage.tables import AccountRow, GateRow, UtcDateTime

_GATES = cast("Table", GateRow.__table__)


_AT = bindparam("now", type_=UtcDateTime())
_IS_CLOSED = and_(
    _GATES.c.closed_until.is_not(None), or_(_GATES.c.closed_until > _AT, _GATES.c.reason == Reason.DOWN.value)
)
ANY_CLOSED = exists().where(_IS_CLOSED)
"""Whether any gate is closed at `now`, for statements that ask something else beside it."""
_LATER = timedelta(seconds=1)
_WHILE_TRIED = timedelta(seconds=0.5)
"""How soon what waits for another one's probe asks again."""
_probing = _ITEMS.c.id == _GATES.c.probe_item_id
_nobody_looks = or_(_ITEMS.c.check_at.is_(None), _ITEMS.c.check_at <= _AT)
_PROBE_IS_OVER = exists().where(
    _probing,
    still(
        ~in_state(State.CLAIMED, State.SENDING),
        or_(~in_state(State.CONFIRMING, State.UNCONFIRMED), _nobody_looks),
    ),
)
"""The probe was taken back, given back or ended, or its worker vanished after arming it or while it looked; nothing was
learned of it. With `now` for its parameter."""


@record
class Ask:
    """An item that wants to be sent now."""

    item_id: ItemId
    account_id: AccountId
    platform: str
    service_url: str
    version: int = 0
    """What was prepared; another one is not ours to send."""
    budgets: tuple[Budget, ...] = ()
    due_at: datetime | None = None
    """Until then it is armed and not under way."""


@record
class Taking:
    """Which items may not go yet, and until when; and from when on a budget counts those that may."""

    held: Mapping[ItemId, datetime] = field(default_factory=dict[ItemId, datetime])
    paid: Mapping[ItemId, datetime] = field(default_factory=dict[ItemId, datetime])


async def closed(session: AsyncSession, *, now: datetime) -> Closed:
    """The gates that are closed, with those of hosts that are down and due to be tried again."""
    rows = await session.execute(_CLOSED, {"now": now})
    return Closed(gates={row.key: _gate(row) for row in rows})


async def closed_with_ledgers(session: AsyncSession, *, now: datetime) -> tuple[Closed, Ledgers]:
    """The same with what was spent, for people to be told. One query."""
    rows = (await session.execute(closed_gates().add_columns(_GATES.c.ledgers), {"now": now})).all()
    closed = Closed(gates={row.key: _gate(row) for row in rows})
    return closed, {row.key: ledgers_from(row.ledgers) for row in rows}


async def ledgers_of(session: AsyncSession, keys: Collection[str]) -> Ledgers:
    """What was spent at these gates, closed or not."""
    rows = await session.execute(select(_GATES.c.key, _GATES.c.ledgers).where(_GATES.c.key.in_(keys)))
    return {row.key: ledgers_from(row.ledgers) for row in rows}


def closed_gates() -> Select[*tuple[Any, ...]]:
    """The query of `closed`, with `now` for its parameter."""
    columns = (_GATES.c.key, _GATES.c.closed_until, _GATES.c.reason, _GATES.c.since)
    probe = (_GATES.c.probe_item_id, _GATES.c.probe_until, _PROBE_IS_OVER.label("probe_is_over"))
    return select(*columns, *probe).where(_IS_CLOSED)


_CLOSED = closed_gates()


def _gate(row: Any) -> Gate:  # noqa: ANN401  # a row of the query above
    gate = Gate(key=row.key, until=row.closed_until, reason=Reason(row.reason), since=row.since)
    if row.probe_item_id is None or row.probe_is_over:
        return gate
    return replace(gate, probe=ItemId(row.probe_item_id), probe_until=row.probe_until)


# --- Whose turn it is ------------------------------------------------------------------------------------------------


def not_behind(
    gates: Iterable[Gate],
    *,
    account: ColumnElement[str] | InstrumentedAttribute[str] = _ITEMS.c.account_id,
    platform: ColumnElement[str] | InstrumentedAttribute[str] = _ITEMS.c.platform,
) -> list[ColumnElement[bool]]:
    """Conditions on items, or on whatever else has these columns: those behind none of these gates."""
    conditions: list[ColumnElement[bool]] = []
    names = {scope: [name for gate in gates if (name := _named(gate, scope))] for scope in Scope}
    if names[Scope.ACCOUNT]:
        conditions.append(account.not_in(names[Scope.ACCOUNT]))
    if names[Scope.APP]:
        conditions.append(platform.not_in(names[Scope.APP]))
    if names[Scope.HOST]:
        conditions.append(account.not_in(_accounts_on(names[Scope.HOST])))
    return conditions


def behind(gate: Gate) -> ColumnElement[bool]:
    """The condition on items that they are behind this gate."""
    if account := _named(gate, Scope.ACCOUNT):
        return _ITEMS.c.account_id == account
    if platform := _named(gate, Scope.APP):
        return _ITEMS.c.platform == platform
    return _ITEMS.c.account_id.in_(_accounts_on([_named(gate, Scope.HOST)]))


def _named(gate: Gate, scope: Scope) -> str:
    prefix, _, name = gate.key.partition(":")
    return name if prefix == scope else ""


def _accounts_on(hosts: Sequence[str]) -> Select[str]:
    on = [host.partition(" ") for host in hosts]
    return select(AccountRow.id).where(
        or_(*(and_(AccountRow.platform == platform, AccountRow.service_url == url) for platform, _, url in on))
    )


async def begin_probe(
    session: AsyncSession, gate: Gate, item_id: ItemId, *, now: datetime, is_due: bool = False
) -> bool:
    """Let one item through to a host that was down, or look there. False: somebody else does already.

    What `is_due` does not wait for a probe that is still made ready for a later second.
    """
    row, free = _GATES.c, [_GATES.c.probe_until.is_(None), _GATES.c.probe_until <= now, _PROBE_IS_OVER]
    if is_due:
        free.append(exists().where(_probing, still(in_state(State.CLAIMED), ~due_until(now + _LATER))))
    begun = await session.execute(
        update(_GATES)
        .where(row.key == gate.key, row.reason == Reason.DOWN.value, row.closed_until <= now, or_(*free))
        .values(probe_item_id=item_id, probe_until=now + PROBE_LASTS)
        .returning(row.key),
        {"now": now},
    )
    return begun.first() is not None


# --- Taking ----------------------------------------------------------------------------------------------------------


async def take(session: AsyncSession, worker_id: WorkerId, asks: Sequence[Ask], *, now: datetime) -> Taking:
    """Spend what sending these items costs, in their order.

    In the transaction that arms them: what is spent and what is armed are committed together. Of what cannot be armed,
    being no longer ours, nothing is held and nothing spent. One of those behind a host that was down goes to try it:
    all that waits there may be in workers' hands already, with nothing to claim.
    """
    shut = await closed(session, now=now)
    found = [(ask, shut.of(ask.platform, ask.account_id, ask.service_url)) for ask in asks]
    if any(ask.budgets or (gate is not None and gate.is_half_open(now)) for ask, gate in found):
        ours = await _still_ours(session, worker_id, asks, now=now)
        found = [(ask, gate) for ask, gate in found if ask.item_id in ours]
    held: dict[ItemId, datetime] = {}
    costly: list[Ask] = []
    probing: dict[str, tuple[Gate, Ask]] = {}
    for ask, gate in found:
        if gate is not None and gate.probe != ask.item_id:
            if gate.key in probing or not gate.is_half_open(now):
                held[ask.item_id] = max(gate.until, now + _WHILE_TRIED)
                continue
            probing[gate.key] = (gate, ask)
        if ask.budgets:
            costly.append(ask)
    paying = await _pay(session, costly, now=now) if costly else Taking()
    held |= paying.held
    for key in sorted(probing):  # after the budgets: rows are locked in the order of their keys
        gate, ask = probing[key]
        if ask.item_id not in held and not await begin_probe(session, gate, ask.item_id, now=now, is_due=True):
            held[ask.item_id] = now + _WHILE_TRIED
    return Taking(held=held, paid=paying.paid)


_ASKED = Given("asked", id=String(), version=Integer())


async def _still_ours(session: AsyncSession, worker_id: WorkerId, asks: Sequence[Ask], *, now: datetime) -> set[ItemId]:
    rows = [{"id": ask.item_id, "version": ask.version} for ask in asks]
    dialect = dialect_of(session)
    given = {**_ASKED.values(dialect, rows), "worker": worker_id, "now": now}
    return {ItemId(item_id) for item_id in await session.scalars(_armable(dialect), given)}


@cache
def _armable(dialect: str) -> Select[str]:
    asked = _ASKED.rows(dialect)
    same = (_ITEMS.c.id == asked.c.id, _ITEMS.c.version == asked.c.version)
    return select(_ITEMS.c.id).where(*same, may_be_armed(bindparam("worker", type_=String()), _AT))


async def _pay(session: AsyncSession, asks: Sequence[Ask], *, now: datetime) -> Taking:
    """`now` counts from when the rows are ours: waiting for them may have taken a while.

    What is due later is spent when it is due. A budget without room then has none now, so its gate may close at once.
    """
    rows = await _lock(session, {_key(ask, budget) for ask in asks for budget in ask.budgets}, now=now)
    now = max(now, clock.now())
    ledgers = {key: ledgers_from(row.ledgers) for key, row in rows.items()}
    paid: dict[ItemId, datetime] = {}
    held: dict[ItemId, datetime] = {}
    for ask in asks:
        at = now if ask.due_at is None else max(now, ask.due_at)
        purses = [(budget, _key(ask, budget)) for budget in ask.budgets]
        empty = [(b, key) for b, key in purses if free(b, ledgers[key].get(b.name, Ledger()), at) == 0]
        for budget, key in empty:
            until = opens_at(budget, ledgers[key][budget.name], at)
            held[ask.item_id] = max(until, held.get(ask.item_id, until))
            _shut(rows[key], until, Reason.BUDGET, now)
        for budget, key in () if empty else purses:
            ledgers[key][budget.name] = spend(budget, ledgers[key].get(budget.name, Ledger()), 1, now, at)
            paid[ask.item_id] = at
    for key, row in rows.items():
        _keep(row, ledgers[key], now)
    await session.flush()
    return Taking(held=held, paid=paid)


def _key(ask: Ask, budget: Budget) -> str:
    return key_of_account(ask.account_id) if budget.scope is Scope.ACCOUNT else key_of_app(ask.platform)


# --- Reading beside it -----------------------------------------------------------------------------------------------


async def spare(session: AsyncSession, ask: Ask, requests: int, *, keep: float, now: datetime) -> int:
    """Spend of these budgets for reading: that many requests, or as many as leave the share `keep` of each untouched.

    Returns how many were spent: none while a gate is closed. It closes nothing; what is kept is publishing's.
    """
    gate = (await closed(session, now=now)).of(ask.platform, ask.account_id, ask.service_url)
    if gate is not None and gate.until > now:
        return 0
    if not ask.budgets:
        return requests
    rows = await _lock(session, {_key(ask, budget) for budget in ask.budgets}, now=now)
    ledgers = {key: ledgers_from(row.ledgers) for key, row in rows.items()}
    for budget in ask.budgets:
        ledger = ledgers[_key(ask, budget)].get(budget.name, Ledger())
        requests = min(requests, free_beside(budget, ledger, keep, now))
    for budget in ask.budgets if requests else ():
        of = ledgers[_key(ask, budget)]
        of[budget.name] = spend(budget, of.get(budget.name, Ledger()), requests, now)
    for key, row in rows.items():
        _keep(row, ledgers[key], now)
    await session.flush()
    return requests


async def learn_of_reading(session: AsyncSession, ask: Ask, learned: Learned, *, now: datetime) -> None:
    """Put down what reading showed: a wait that was asked for, and what is left of budgets. Nothing of hosts."""
    shut = key_of_app(ask.platform) if learned.scope is Scope.APP else key_of_account(ask.account_id)
    keys = {_key(ask, budget) for budget, _ in learned.allowances}
    if learned.until is not None:
        keys.add(shut)
    if not keys:
        return
    rows = await _lock(session, keys, now=now)
    if learned.until is not None:
        _shut(rows[shut], learned.until, Reason.RATE_LIMITED, now)
    for budget, said in learned.allowances:
        _count(rows[_key(ask, budget)], budget, partial(hear, budget, said=said, now=now), now)
    await session.flush()


# --- Learning --------------------------------------------------------------------------------------------------------


async def learn(session: AsyncSession, outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """Put down what these steps showed: hosts that do not answer, waits that were asked for, budgets that were told."""
    told = [(outcome, outcome.learned) for outcome in outcomes if outcome.learned is not None]
    if not told:
        return
    keys = {learned.host for _, learned in told}
    keys |= {_key_of(outcome, budget.scope, learned) for outcome, learned in told for budget, _ in learned.allowances}
    known = {row.key: row for row in await session.execute(_KNOWN, {"keys": sorted(keys)})}
    troubled = {key for key, row in known.items() if row.recent or row.since is not None}
    news = [one for one in told if one[1].host in troubled or not is_as_usual(one[1])]
    changes = {
        _key_of(outcome, scope, learned)
        for outcome, learned in news
        for scope in _changing(outcome, learned, known, now)
    }
    if not changes:
        return
    rows = await _lock(session, changes, now=now)
    for outcome, learned in sorted(news, key=lambda one: one[0].at):
        _note(outcome, learned, rows, now)
    await session.flush()


def is_as_usual(learned: Learned) -> bool:
    """Whether it shows nothing, unless of a host that is in trouble: nearly always, and looked at of every post."""
    return learned.answered is not False and learned.until is None and not learned.allowances and not learned.late


def troubled() -> Select[str]:
    """The gates of which a plain yes may be news."""
    return select(_GATES.c.key).where(or_(_GATES.c.recent != "", _GATES.c.since.is_not(None)))


_KNOWN = select(_GATES).where(_GATES.c.key.in_(bindparam("keys", expanding=True)))


def _changing(outcome: Outcome, learned: Learned, known: Mapping[str, Any], now: datetime) -> set[Scope]:
    """Whose gates are no longer as they are known."""
    host = known.get(learned.host)
    scopes: set[Scope] = set()
    if learned.answered is False or (host is not None and (host.recent or host.since is not None)):
        scopes.add(Scope.HOST)
    if learned.until is not None:
        scopes.add(learned.scope)
    for budget, said in learned.allowances:
        row = known.get(_key_of(outcome, budget.scope, learned))
        ledger = ledgers_from(row.ledgers if row is not None else {}).get(budget.name, Ledger())
        if hear(budget, ledger, said, now) != ledger:
            scopes.add(budget.scope)
    return scopes | {late.budget.scope for late in learned.late}


def _note(outcome: Outcome, learned: Learned, rows: Mapping[str, GateRow], now: datetime) -> None:
    host = rows.get(learned.host)
    if host is not None:
        _note_host(host, outcome, learned, now)
    if learned.until is not None:
        _shut(rows[_key_of(outcome, learned.scope, learned)], learned.until, Reason.RATE_LIMITED, now)
    for budget, said in learned.allowances:
        if row := rows.get(_key_of(outcome, budget.scope, learned)):
            _count(row, budget, partial(hear, budget, said=said, now=now), now)
    for late in learned.late:
        _count(rows[_key_of(outcome, late.budget.scope, learned)], late.budget, partial(move, late=late, now=now), now)


def _note_host(row: GateRow, outcome: Outcome, learned: Learned, now: datetime) -> None:
    before = Circuit(recent=row.recent, since=row.since, closed_until=row.closed_until, openings=row.openings)
    answers = () if learned.answered is None else (learned.answered,)
    circuit = after(before, answers, now)
    if row.probe_item_id == outcome.item.id or circuit != before:
        row.probe_item_id = row.probe_until = None
    if circuit == before:
        return
    row.recent, row.since, row.openings = circuit.recent, circuit.since, circuit.openings
    row.closed_until = circuit.closed_until
    row.reason = Reason.DOWN.value if circuit.since is not None else None
    row.updated_at = now


def _key_of(outcome: Outcome, scope: Scope, learned: Learned) -> str:
    match scope:
        case Scope.ACCOUNT:
            return key_of_account(outcome.item.account_id)
        case Scope.APP:
            return key_of_app(outcome.item.platform)
        case Scope.HOST:
            return learned.host


# --- Rows ------------------------------------------------------------------------------------------------------------


async def _lock(session: AsyncSession, keys: Collection[str], *, now: datetime) -> dict[str, GateRow]:
    """The rows of these gates, made where there are none, and nobody else's until the transaction ends."""
    names = sorted(keys)
    fresh = upsert(session, GateRow).values(
        [{"key": name, "openings": 0, "recent": "", "ledgers": {}, "updated_at": now} for name in names]
    )
    await session.execute(fresh.on_conflict_do_nothing(index_elements=["key"]))
    rows = await session.scalars(
        select(GateRow)
        .where(GateRow.key.in_(names))
        .order_by(GateRow.key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.key: row for row in rows}


def _shut(row: GateRow, until: datetime, reason: Reason, now: datetime) -> None:
    """Close it until then; what keeps it closed for longer stays."""
    if row.closed_until is None or row.closed_until <= now:
        row.since = now
    if row.closed_until is None or row.closed_until < until:
        row.closed_until, row.reason, row.updated_at = until, reason.value, now


def _count(row: GateRow, budget: Budget, counted: Callable[[Ledger], Ledger], now: datetime) -> None:
    ledgers = ledgers_from(row.ledgers)
    ledgers[budget.name] = counted(ledgers.get(budget.name, Ledger()))
    _keep(row, ledgers, now)


def _keep(row: GateRow, ledgers: Mapping[str, Ledger], now: datetime) -> None:
    row.ledgers, row.updated_at = as_stored(ledgers), now
