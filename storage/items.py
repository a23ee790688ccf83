"""The queue: post items handed to workers and taken back. Machinery, shared by all workspaces; rows carry theirs.

Every change of state is one compare-and-set statement that names the states it expects; who comes second meets no row
and changes nothing. States and moves are those of bot/domain/publication.py. Functions take the Session and never
commit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.ids import ItemId, WorkerId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Effect, Event, State, move, states_allowing
from storage import causes, item_records, journal, lines, post_holds
from storage.arming import arm_at_once
from storage.causes import Cause
from storage.conditions import ITEMS, held_brands, in_hand, in_state, locked, may_be_armed, still
from storage.engine import Database, announce, database_now
from storage.given import Given, dialect_of
from storage.settling import Settled, is_plain_yes, settle_yes
from storage.tables import AttemptRow, UtcDateTime, WorkerRow
from storage.threads import carry_to_children, release_children

ATTEMPTS = cast("Table", AttemptRow.__table__)
_c = ITEMS.c
_NAMES = (_c.id, _c.workspace_id, _c.post_id, _c.account_id)
"""What the journal wants of an item."""


def late_items(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items later than their grace. What is on hold is asked about when it is released."""
    late = select(_c.id).where(in_state(State.SCHEDULED), _c.missed_after <= now, _c.brand_id.not_in(held_brands()))
    return late.order_by(_c.missed_after).limit(limit)


def orphans(state: State, limit: int) -> Select[tuple[str]]:
    """Items in this state whose worker has vanished."""
    return select(_c.id).where(in_hand(state), ~exists().where(WorkerRow.id == _c.worker_id)).limit(limit)


def late_claimed(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items later than their grace which a worker holds and has not armed."""
    return select(_c.id).where(in_hand(State.CLAIMED), _c.missed_after <= now).limit(limit)


def items_to_check(now: datetime, limit: int, *only: ColumnElement[bool]) -> Select[tuple[str]]:
    """Items that want a look or a poll."""
    waiting = select(_c.id).where(in_state(State.CONFIRMING, State.UNCONFIRMED), _c.check_at <= now, *only)
    return waiting.order_by(_c.check_at).limit(limit)


_READY = Given("ready", id=String(), version=Integer())


async def arm(
    session: AsyncSession,
    worker_id: WorkerId,
    ready: Sequence[tuple[QueuedItem, Mapping[str, object]]],
    *,
    now: datetime,
) -> dict[ItemId, int]:
    """Allow the creating call: CLAIMED becomes SENDING, with the prepared material stored and the journal row opened.

    Only for what this worker still holds, in the version it prepared, not too late nor on hold, and while its lease
    holds. Returns the new attempt number of each item that may now be sent, once; the others are no longer ours.
    """
    move(State.CLAIMED, Event.ARM)
    by_id = {item.id: (item, prepared) for item, prepared in ready}
    dialect = dialect_of(session)
    if dialect == "postgresql":
        return await arm_at_once(session, worker_id, list(by_id.values()), now=now)
    lease_holds = exists().where(WorkerRow.id == worker_id, WorkerRow.lease_until > database_now(session))
    meant = _READY.rows(dialect)
    armed = await session.execute(
        update(ITEMS)
        .where(
            _c.id == meant.c.id,
            _c.version == meant.c.version,
            may_be_armed(literal(worker_id), literal(now, UtcDateTime())),
            lease_holds,
        )
        .values(
            state=State.SENDING.value,
            attempt=_c.attempt + 1,
            armed_at=now,
            first_armed_at=func.coalesce(_c.first_armed_at, literal(now, UtcDateTime())),
        )
        .returning(_c.id, _c.attempt),
        _READY.values(dialect, [{"id": item_id, "version": by_id[item_id][0].version} for item_id in sorted(by_id)]),
    )
    attempts = {ItemId(item_id): attempt for item_id, attempt in armed}
    if attempts:
        await item_records.open_attempts(session, [by_id[item_id][0] for item_id in attempts])
        await item_records.store_prepared(session, [by_id[item_id] for item_id in attempts])
    return attempts


async def settle(session: AsyncSession, outcomes: Iterable[Outcome]) -> set[ItemId]:
    """Write down what became of armed items. Returns those it was still true for; others were decided by someone else.

    A definite answer counts for the item's last attempt while nobody knew better; the table says in which states.
    """
    return await _apply(session, outcomes, among=frozenset(State) - {State.CLAIMED, State.SCHEDULED})


async def give_back(session: AsyncSession, worker_id: WorkerId, outcomes: Iterable[Outcome]) -> set[ItemId]:
    """Write down what became of items this worker claimed and never armed. Of those edited meanwhile nothing counts."""
    return await _apply(session, outcomes, among=frozenset({State.CLAIMED}), held_by=worker_id)


async def _apply(
    session: AsyncSession,
    outcomes: Iterable[Outcome],
    *,
    among: frozenset[State],
    held_by: WorkerId | None = None,
) -> set[ItemId]:
    by_kind: dict[tuple[Event, bool], list[Outcome]] = {}
    for outcome in outcomes:
        by_kind.setdefault((outcome.event, held_by is None and is_plain_yes(outcome)), []).append(outcome)
    changed: set[ItemId] = set()
    told: list[Outcome] = []
    shown = False
    for (event, plain), group in by_kind.items():
        if plain:
            settled = await settle_yes(session, group)
        else:
            settled = await _win(session, group, states_allowing(event) & among, held_by)
        shown = shown or settled.shown
        won = [outcome for outcome in group if outcome.item.id in settled.ids]
        if won and not plain:
            await item_records.write_outcomes(session, won)
            await _pass_on(session, won)
        if waiting := [o.item.id for o in won if move(o.item.state, o.event).to is State.SCHEDULED]:
            await post_holds.keep_held(session, _c.id.in_(waiting))
        if settled.heard:
            await causes.owe(session, [cause for outcome in won if (cause := _cause(outcome))])
        told += won
        changed |= settled.ids
    await lines.of_outcomes(session, told, cards_anywhere=shown)
    return changed


_ENDS = {State.PUBLISHED, State.FAILED, State.CANCELLED}


def _cause(outcome: Outcome) -> Cause | None:
    """What there is to tell to other programs: that the item came to an end."""
    item, to = outcome.item, move(outcome.item.state, outcome.event).to
    if to not in _ENDS:
        return None
    return Cause(workspace_id=item.workspace_id, what=to.value, about=item.post_id, at=outcome.at, items=(item.id,))


async def _win(
    session: AsyncSession, group: Sequence[Outcome], expected: frozenset[State], held_by: WorkerId | None
) -> Settled:
    """Write the outcomes into the rows for which they still count, in the order of their ids, and name those."""
    dialect = dialect_of(session)
    given = item_records.SETTLED.values(dialect, [item_records.item_values(o) for o in sorted(group, key=_id_of)])
    by = {} if held_by is None else {"held_by": held_by}
    rows = (await session.execute(settling(dialect, expected, of_a_worker=held_by is not None), given | by)).all()
    return Settled(ids={ItemId(row.id) for row in rows}, heard=any(row.heard for row in rows))


def _id_of(outcome: Outcome) -> ItemId:
    return outcome.item.id


@cache
def settling(dialect: str, expected: frozenset[State], *, of_a_worker: bool) -> ReturningUpdate[str, bool]:
    """Write outcomes into the items they still count for; named after `SETTLED` and, of a worker, `held_by`."""
    given = item_records.SETTLED.rows(dialect)
    held = (_c.worker_id == bindparam("held_by"),) if of_a_worker else ()
    same = still(_c.attempt == given.c.attempt, _c.version == given.c.version, in_state(*expected), *held)
    written = {name: given.c[name] for name in item_records.WRITTEN}
    heard = causes.somebody_listens().label("heard")
    return update(ITEMS).where(_c.id == given.c.id, same).values(worker_id=None, **written).returning(_c.id, heard)


async def _pass_on(session: AsyncSession, won: Sequence[Outcome]) -> None:
    """Let a thread's next part go, or share the fate of this one."""
    published = [o for o in won if Effect.RELEASE_CHILDREN in move(o.item.state, o.event).effects]
    if published:
        await release_children(session, [o.item for o in published], now=published[0].at)
    for fate in (State.FAILED, State.MISSED, State.CANCELLED):
        if fated := [o for o in won if _carries(o, fate)]:
            await carry_to_children(session, [o.item for o in fated], fate, now=fated[0].at)


def _carries(outcome: Outcome, fate: State) -> bool:
    transition = move(outcome.item.state, outcome.event)
    return Effect.CARRY_TO_CHILDREN in transition.effects and transition.to is fate


async def reap(session: AsyncSession, *, now: datetime, limit: int = 500) -> tuple[list[ItemId], list[ItemId]]:
    """Take what vanished workers held: (claimed ones put back to SCHEDULED, armed ones now UNCONFIRMED).

    A vanished worker is one without a row in `workers`; lapsed ones are deleted just before, by `remove_lapsed`.
    """
    back = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(orphans(State.CLAIMED, limit))))
        .where(still(in_state(State.CLAIMED)))
        .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
        .returning(*_NAMES)
    )
    free = back.all()
    doubtful = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(orphans(State.SENDING, limit))))
        .where(still(in_state(State.SENDING)))
        .values(
            state=move(State.SENDING, Event.LEASE_EXPIRED).to.value,
            worker_id=None,
            check_at=now,
            looks=0,
            error_class="no_answer",
            error_message="Herald stopped in the middle of sending it. It looks whether the post is there.",
        )
        .returning(*_NAMES)
    )
    lost = doubtful.all()
    await journal.note(session, free, Event.RELEASE, _FREED, now=now)
    await journal.note(session, lost, Event.LEASE_EXPIRED, _LOST, now=now)
    released, unconfirmed = [ItemId(row.id) for row in free], [ItemId(row.id) for row in lost]
    if unconfirmed:
        await item_records.close_lost_attempts(session, unconfirmed, now=now)
        await lines.of_lost(session, await item_records.load(session, unconfirmed), now=now)
    return released, unconfirmed


_FREED = "The worker that held it vanished before sending it; it is in the queue again."
_LOST = "The worker vanished between arming and settling; it may be live: Herald looks for it before anything else."


async def release_all(session: AsyncSession, worker_id: WorkerId, *, now: datetime) -> None:
    """Give back everything this worker claimed and did not arm."""
    back = await session.execute(
        update(ITEMS)
        .where(_c.worker_id == worker_id, in_hand(State.CLAIMED))
        .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
        .returning(*_NAMES)
    )
    text = f"Worker {worker_id} stopped before its second and gave it back."
    await journal.note(session, back.all(), Event.RELEASE, text, now=now)
    await announce(session)


_HELD = select(_c.id).where(_c.worker_id == bindparam("worker_id"), in_state(State.CLAIMED, State.SENDING))


async def holds_any(database: Database, worker_id: WorkerId) -> bool:
    """Whether this worker has claimed or armed anything."""
    return await database.glance(_HELD.limit(1), {"worker_id": worker_id}) is not None


async def held_by(session: AsyncSession, worker_id: WorkerId) -> list[ItemId]:
    """What this worker has claimed or armed."""
    return [ItemId(item_id) for item_id in await session.scalars(_HELD, {"worker_id": worker_id})]


async def let_go(session: AsyncSession, worker_id: WorkerId, item_ids: Collection[ItemId]) -> None:
    """Make items ownerless, so that `reap` takes them over as those of a vanished worker."""
    await session.execute(
        update(ITEMS)
        .where(_c.id.in_(sorted(item_ids)), still(_c.worker_id == worker_id, in_state(State.CLAIMED, State.SENDING)))
        .values(worker_id=None)
    )


_UNREADABLE = "Herald cannot read what it stored of this post, and stopped before sending."


async def fail_unreadable(
    session: AsyncSession, worker_id: WorkerId, item_ids: Collection[ItemId], *, now: datetime
) -> None:
    """End claimed items whose rows say nothing we understand, so that they hold up nobody else."""
    ended = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(sorted(item_ids)), still(_c.worker_id == worker_id, in_state(State.CLAIMED)))
        .values(
            state=move(State.CLAIMED, Event.REFUSED).to.value,
            worker_id=None,
            error_class=ErrorClass.INTERNAL.value,
            error_message=_UNREADABLE,
        )
        .returning(*_NAMES)
    )
    rows = ended.all()
    await journal.note(session, rows, Event.REFUSED, _UNREADABLE, now=now)
    await causes.owe(session, causes.of_items(rows, State.FAILED, now=now))
    await lines.of_unreadable(session, item_ids, message=_UNREADABLE, now=now)


async def claim_checks(
    session: AsyncSession,
    *,
    now: datetime,
    hold_s: float,
    limit: int = 200,
    only: Sequence[ColumnElement[bool]] = (),
) -> list[ItemId]:
    """Take items that want a look or a poll. Nobody else gets them for `hold_s` seconds, whatever becomes of us."""
    waiting = still(in_state(State.CONFIRMING, State.UNCONFIRMED), _c.check_at <= now)
    taken = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(items_to_check(now, limit, *only))), waiting)
        .values(check_at=now + timedelta(seconds=hold_s))
        .returning(_c.id)
    )
    return [ItemId(item_id) for item_id in taken.scalars()]


async def keep_checks(session: AsyncSession, item_ids: Sequence[ItemId], *, now: datetime, hold_s: float) -> None:
    """Keep what `claim_checks` gave us for longer: those still looked at. What was decided meanwhile is left alone.

    So is what somebody decides this moment: to wait for one of many rows could be to wait for each other.
    """
    free = locked(select(_c.id).where(_c.id.in_(item_ids)))
    waiting = still(in_state(State.CONFIRMING, State.UNCONFIRMED), _c.check_at > now)
    await session.execute(
        update(ITEMS).where(_c.id.in_(free), waiting).values(check_at=now + timedelta(seconds=hold_s))
    )


HELD_TOO_LONG = "The brand was on hold. It was not sent."
_NETWORK_TOO_LATE = "The network did not take it in time. It was not sent."
_MISSED = "Its time and its grace passed. It was not sent."
_AWAY = "Its time passed while Herald was not running or the network was away. It was not sent."


async def miss_late(session: AsyncSession, *, now: datetime, limit: int = 500) -> list[QueuedItem]:
    """Turn what is later than its grace to MISSED, children with it; returns the ones that were late themselves.

    Also what a worker has held all that time without arming it: arming asks for CLAIMED, so that worker is too late.
    """
    late = await _miss(session, State.SCHEDULED, late_items(now, limit))
    late += await _miss(session, State.CLAIMED, late_claimed(now, limit))
    missed = await item_records.load(session, late)
    if unreadable := set(late) - {item.id for item in missed}:
        await lines.of_unreadable(session, unreadable, message=_UNREADABLE, now=now)
    if missed:
        await carry_to_children(session, missed, State.MISSED, now=now)
        await lines.of_missed(session, missed, now=now)
        await causes.owe(session, causes.of_items(missed, State.MISSED, now=now))
        await journal.note(session, missed, Event.MISS, _MISSED, now=now)
    return missed


def _too_late() -> ColumnElement[str]:
    return case(
        (_c.error_class == ErrorClass.LATE.value, func.coalesce(_c.error_message, HELD_TOO_LONG)),
        (_c.error_class.is_not(None), _NETWORK_TOO_LATE),
        else_=_AWAY,
    )


async def _miss(session: AsyncSession, state: State, late: Select[tuple[str]]) -> list[ItemId]:
    rows = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(late)), still(in_state(state)))
        .values(state=move(state, Event.MISS).to.value, worker_id=None, error_class="late", error_message=_too_late())
        .returning(_c.id)
    )
    return [ItemId(item_id) for item_id in rows.scalars()]
