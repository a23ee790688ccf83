"""The queue: post items handed to workers and taken back. Machinery, shared by all workspaces; rows carry theirs.

Every change of state is one compare-and-set statement that names the states it expects; who comes second meets no row
and changes nothing. States and moves are those of bot/domain/publication.py. Functions take the Session and never
commit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Table,
    Update,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.ids import ItemId, WorkerId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Effect, Event, State, move, states_allowing
from storage import item_records, lines
from storage.engine import announce, database_now
from storage.given import Given, dialect_of
from storage.tables import AttemptRow, BrandRow, PostItemRow, UtcDateTime, WorkerRow

ITEMS = cast("Table", PostItemRow.__table__)
ATTEMPTS = cast("Table", AttemptRow.__table__)
_c = ITEMS.c


def in_state(*states: State) -> ColumnElement[bool]:
    """The item is in one of these states. Written into the SQL itself: a bound value would hide the partial indexes."""
    words: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in sorted(states)]
    return _c.state == words[0] if len(words) == 1 else _c.state.in_(words)


async def claim_due(session: AsyncSession, worker_id: WorkerId, *, now: datetime, limit: int) -> list[ItemId]:
    """Take items whose preparing may begin, earliest first, held brands left out. One statement on both engines."""
    move(State.SCHEDULED, Event.CLAIM)
    claimed = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(due_items(now, limit))), in_state(State.SCHEDULED))
        .values(state=State.CLAIMED.value, worker_id=worker_id, claimed_at=now)
        .returning(_c.id)
    )
    return [ItemId(item_id) for item_id in claimed.scalars()]


def due_items(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items whose preparing may begin, earliest first; those of held brands wait."""
    return (
        select(_c.id)
        .where(in_state(State.SCHEDULED), _c.claim_at <= now, _c.missed_after > now, _c.brand_id.not_in(_held_brands()))
        .order_by(_c.claim_at, _c.id)
        .limit(limit)
    )


def _held_brands() -> Select[str]:
    return select(BrandRow.id).where(BrandRow.held_since.is_not(None))


def late_items(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items later than their grace."""
    late = select(_c.id).where(in_state(State.SCHEDULED), _c.missed_after <= now)
    return late.order_by(_c.missed_after).limit(limit)


def items_to_check(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items that want a look or a poll."""
    waiting = select(_c.id).where(in_state(State.CONFIRMING, State.UNCONFIRMED), _c.check_at <= now)
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

    Only for what this worker still holds, in the version it prepared, not too late, and while its lease holds. Returns
    the new attempt number of each item that may now be sent, once; the others are no longer ours.
    """
    move(State.CLAIMED, Event.ARM)
    by_id = {item.id: (item, prepared) for item, prepared in ready}
    lease_holds = exists().where(WorkerRow.id == worker_id, WorkerRow.lease_until > database_now(session))
    dialect = dialect_of(session)
    meant = _READY.rows(dialect)
    armed = await session.execute(
        update(ITEMS)
        .where(
            _c.id == meant.c.id,
            _c.version == meant.c.version,
            in_state(State.CLAIMED),
            _c.worker_id == worker_id,
            _c.missed_after > now,
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
        await item_records.open_attempts(session, attempts)
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
    by_event: dict[Event, list[Outcome]] = {}
    for outcome in outcomes:
        by_event.setdefault(outcome.event, []).append(outcome)
    changed: set[ItemId] = set()
    told: list[Outcome] = []
    for event, group in by_event.items():
        expected = states_allowing(event) & among
        winners = await _win(session, group, expected, held_by)
        won = [outcome for outcome in group if outcome.item.id in winners]
        if won:
            await item_records.write_outcomes(session, won)
            await _pass_on(session, won)
        told += won
        changed |= winners
    await lines.of_outcomes(session, told)
    return changed


async def _win(
    session: AsyncSession, group: Sequence[Outcome], expected: frozenset[State], held_by: WorkerId | None
) -> set[ItemId]:
    """Write the outcomes into the rows for which they still count, in the order of their ids, and name those."""
    dialect = dialect_of(session)
    given = item_records.SETTLED.values(dialect, [item_records.item_values(o) for o in sorted(group, key=_id_of)])
    by = {} if held_by is None else {"held_by": held_by}
    rows = await session.execute(settling(dialect, expected, of_a_worker=held_by is not None), given | by)
    return {ItemId(item_id) for item_id in rows.scalars()}


def _id_of(outcome: Outcome) -> ItemId:
    return outcome.item.id


@cache
def settling(dialect: str, expected: frozenset[State], *, of_a_worker: bool) -> ReturningUpdate[str]:
    """Write outcomes into the items they still count for; named after `SETTLED` and, of a worker, `held_by`."""
    given = item_records.SETTLED.rows(dialect)
    same = (_c.id == given.c.id, _c.attempt == given.c.attempt, _c.version == given.c.version, in_state(*expected))
    held = (_c.worker_id == bindparam("held_by"),) if of_a_worker else ()
    written = {name: given.c[name] for name in item_records.WRITTEN}
    return update(ITEMS).where(*same, *held).values(worker_id=None, **written).returning(_c.id)


async def _pass_on(session: AsyncSession, won: Sequence[Outcome]) -> None:
    """Let a thread's next part go, or share the fate of this one."""
    published = [o for o in won if Effect.RELEASE_CHILDREN in move(o.item.state, o.event).effects]
    if published:
        await release_children(session, [o.item for o in published], now=published[0].at)
    for outcome in won:
        transition = move(outcome.item.state, outcome.event)
        if Effect.CARRY_TO_CHILDREN in transition.effects:
            await carry_to_children(session, outcome.item, transition.to)


async def release_children(session: AsyncSession, parents: Sequence[QueuedItem], *, now: datetime) -> None:
    """The parts behind these published ones may go out; their lateness counts from now."""
    dialect = dialect_of(session)
    places = [{"post_id": p.post_id, "account_id": p.account_id, "part": p.part + 1} for p in parents]
    given = PLACES.values(dialect, sorted(places, key=lambda place: place["post_id"]))
    released = await session.execute(releasing(dialect), given | {"at": now})
    brands = sorted(set(released.scalars()))
    if brands:
        await announce(session)
    for brand_id in brands:
        grace_s = await session.scalar(select(BrandRow.grace_s).where(BrandRow.id == brand_id))
        until = now + timedelta(seconds=grace_s or 0)
        await session.execute(_grace(dialect), given | {"of_brand": brand_id, "until": until})


PLACES = Given("places", post_id=String(), account_id=String(), part=Integer())


@cache
def releasing(dialect: str) -> ReturningUpdate[str]:
    """Let the scheduled items at `PLACES` go out, from `at` on."""
    at = bindparam("at", type_=UtcDateTime())
    return _at_places(dialect).values(due_at=at, claim_at=at, missed_after=at).returning(_c.brand_id)


@cache
def _grace(dialect: str) -> Update:
    later = bindparam("until", type_=UtcDateTime())
    return _at_places(dialect).where(_c.brand_id == bindparam("of_brand")).values(missed_after=later)


def _at_places(dialect: str) -> Update:
    places = PLACES.rows(dialect)
    same = (_c.post_id == places.c.post_id, _c.account_id == places.c.account_id, _c.part == places.c.part)
    return update(ITEMS).where(*same, in_state(State.SCHEDULED))


_FATE = {
    State.FAILED: (Event.PARENT_FAILED, "parent", "The part before it did not go out, so this one waits for it."),
    State.MISSED: (Event.PARENT_MISSED, "parent", "The part before it was missed, so this one waits for it."),
    State.CANCELLED: (Event.CANCEL, None, None),
}


async def carry_to_children(session: AsyncSession, parent: QueuedItem, fate: State) -> None:
    """All parts behind this one that wait for it share its fate."""
    event, error_class, message = _FATE[fate]
    to = move(State.SCHEDULED, event).to
    await session.execute(
        update(ITEMS)
        .where(
            _c.post_id == parent.post_id,
            _c.account_id == parent.account_id,
            _c.part > parent.part,
            in_state(State.SCHEDULED),
        )
        .values(state=to.value, error_class=error_class, error_message=message)
    )


async def reap(session: AsyncSession, *, now: datetime, limit: int = 500) -> tuple[list[ItemId], list[ItemId]]:
    """Take what vanished workers held: (claimed ones put back to SCHEDULED, armed ones now UNCONFIRMED).

    A vanished worker is one without a row in `workers`; lapsed ones are deleted just before, by `remove_lapsed`.
    """
    orphaned = ~exists().where(WorkerRow.id == _c.worker_id)
    back = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(select(_c.id).where(in_state(State.CLAIMED), orphaned).limit(limit))))
        .where(in_state(State.CLAIMED))
        .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
        .returning(_c.id)
    )
    doubtful = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(select(_c.id).where(in_state(State.SENDING), orphaned).limit(limit))))
        .where(in_state(State.SENDING))
        .values(
            state=move(State.SENDING, Event.LEASE_EXPIRED).to.value,
            worker_id=None,
            check_at=now,
            looks=0,
            error_class="no_answer",
            error_message="Herald stopped in the middle of sending it. It looks whether the post is there.",
        )
        .returning(_c.id)
    )
    released = [ItemId(item_id) for item_id in back.scalars()]
    unconfirmed = [ItemId(item_id) for item_id in doubtful.scalars()]
    if unconfirmed:
        await item_records.close_lost_attempts(session, unconfirmed, now=now)
        await lines.of_lost(session, await item_records.load(session, unconfirmed), now=now)
    return released, unconfirmed


async def release_all(session: AsyncSession, worker_id: WorkerId, *, now: datetime) -> None:
    """Give back everything this worker claimed and did not arm."""
    await session.execute(
        update(ITEMS)
        .where(_c.worker_id == worker_id, in_state(State.CLAIMED))
        .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
    )
    await announce(session)


async def held_by(session: AsyncSession, worker_id: WorkerId) -> list[ItemId]:
    """What this worker has claimed or armed."""
    held = select(_c.id).where(_c.worker_id == worker_id, in_state(State.CLAIMED, State.SENDING))
    return [ItemId(item_id) for item_id in await session.scalars(held)]


async def let_go(session: AsyncSession, worker_id: WorkerId, item_ids: Collection[ItemId]) -> None:
    """Make items ownerless, so that `reap` takes them over as those of a vanished worker."""
    await session.execute(
        update(ITEMS)
        .where(_c.id.in_(sorted(item_ids)), _c.worker_id == worker_id, in_state(State.CLAIMED, State.SENDING))
        .values(worker_id=None)
    )


_UNREADABLE = "Herald cannot read what it stored of this post, and stopped before sending."


async def fail_unreadable(
    session: AsyncSession, worker_id: WorkerId, item_ids: Collection[ItemId], *, now: datetime
) -> None:
    """End claimed items whose rows say nothing we understand, so that they hold up nobody else."""
    await session.execute(
        update(ITEMS)
        .where(_c.id.in_(sorted(item_ids)), _c.worker_id == worker_id, in_state(State.CLAIMED))
        .values(
            state=move(State.CLAIMED, Event.REFUSED).to.value,
            worker_id=None,
            error_class=ErrorClass.INTERNAL.value,
            error_message=_UNREADABLE,
        )
    )
    await lines.of_unreadable(session, item_ids, message=_UNREADABLE, now=now)


async def claim_checks(session: AsyncSession, *, now: datetime, hold_s: float, limit: int = 200) -> list[ItemId]:
    """Take items that want a look or a poll. Nobody else gets them for `hold_s` seconds, whatever becomes of us."""
    waiting = in_state(State.CONFIRMING, State.UNCONFIRMED)
    taken = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(items_to_check(now, limit))), waiting, _c.check_at <= now)
        .values(check_at=now + timedelta(seconds=hold_s))
        .returning(_c.id)
    )
    return [ItemId(item_id) for item_id in taken.scalars()]


async def keep_checks(session: AsyncSession, item_ids: Sequence[ItemId], *, now: datetime, hold_s: float) -> None:
    """Keep what `claim_checks` gave us for longer: those still looked at. What was decided meanwhile is left alone."""
    waiting = in_state(State.CONFIRMING, State.UNCONFIRMED)
    await session.execute(
        update(ITEMS)
        .where(_c.id.in_(item_ids), waiting, _c.check_at > now)
        .values(check_at=now + timedelta(seconds=hold_s))
    )


async def miss_late(session: AsyncSession, *, now: datetime, limit: int = 500) -> list[QueuedItem]:
    """Turn what is later than its grace to MISSED, children with it; returns the ones that were late themselves."""
    to = move(State.SCHEDULED, Event.MISS).to
    rows = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(late_items(now, limit))), in_state(State.SCHEDULED))
        .values(
            state=to.value,
            error_class="late",
            error_message="Its time passed while Herald was not running, the brand was on hold or the network was away."
            " It was not sent.",
        )
        .returning(_c.id)
    )
    missed = await item_records.load(session, [ItemId(item_id) for item_id in rows.scalars()])
    for item in missed:
        await carry_to_children(session, item, to)
    if missed:
        await lines.of_missed(session, missed, now=now)
    return missed


async def next_claim_at(session: AsyncSession) -> datetime | None:
    """When the next item may be claimed, for planning the next look; those of held brands wait without it."""
    earliest = (
        select(_c.claim_at)
        .where(in_state(State.SCHEDULED), _c.claim_at.is_not(None), _c.brand_id.not_in(_held_brands()))
        .order_by(_c.claim_at)
    )
    return await session.scalar(earliest.limit(1))


def _locked(ids: Select[tuple[Any]]) -> Select[tuple[Any]]:
    """Skip rows another worker is just taking. PostgreSQL alone knows this; on SQLite the clause is left out."""
    return ids.with_for_update(skip_locked=True)
