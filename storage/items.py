"""The queue: post items handed to workers and taken back. Machinery, shared by all workspaces; rows carry theirs.

Every change of state is one compare-and-set statement that names the states it expects; who comes second meets no row
and changes nothing. States and moves are those of bot/domain/publication.py. Functions take the Session and never
commit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, Table, and_, exists, func, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import ItemId, WorkerId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Effect, Event, State, move, states_allowing
from storage import item_records, lines
from storage.engine import Database, announce, database_now
from storage.tables import AccountRow, AttemptRow, BrandRow, PostItemRow, UtcDateTime, WorkerRow

ITEMS = cast("Table", PostItemRow.__table__)
ATTEMPTS = cast("Table", AttemptRow.__table__)
_c = ITEMS.c

_LANES_AT_ONCE = 50


def in_state(*states: State) -> ColumnElement[bool]:
    """The item is in one of these states. Written into the SQL itself: a bound value would hide the partial indexes."""
    if len(states) == 1:
        return _c.state == literal(states[0].value, literal_execute=True)
    return _c.state.in_([literal(state.value, literal_execute=True) for state in sorted(states)])


def in_hand(state: State) -> ColumnElement[bool]:
    """The item is in this one of the states that have an owner, said so that SQLite sees that the index has it."""
    return and_(in_state(State.CLAIMED, State.SENDING), in_state(state))


def at_places(places: Collection[tuple[str, str, int]]) -> ColumnElement[bool]:
    """The items of these posts, accounts and parts. SQLite finds no row by a tuple, so the posts are named too."""
    return and_(
        _c.post_id.in_(sorted({post_id for post_id, _, _ in places})),
        tuple_(_c.post_id, _c.account_id, _c.part).in_(sorted(places)),
    )


async def claim_due(session: AsyncSession, worker_id: WorkerId, *, now: datetime, limit: int) -> list[ItemId]:
    """Take items whose preparing may begin, earliest first, held brands left out. One statement on both engines."""
    move(State.SCHEDULED, Event.CLAIM)
    due = due_items(now, limit)
    if (first := (await session.execute(front())).first()) is not None and first.held:
        due = due_in_lanes(now, limit, list(await session.scalars(due_lanes(now))))
    claimed = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(due)), in_state(State.SCHEDULED))
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


# While a held brand's item is the first of all, many of its items may stand before the first that may go. Then the
# queue is not read from its front but account by account.


def front() -> Select[datetime, bool]:
    """The first of all that wait: when it may be claimed, and whether its brand is `held`."""
    waiting = select(_c.claim_at, _c.brand_id.in_(_held_brands()).label("held"))
    waiting = waiting.where(in_state(State.SCHEDULED), _c.claim_at.is_not(None))
    return waiting.order_by(_c.claim_at, _c.id).limit(1)


def due_lanes(now: datetime) -> Select[str]:
    """The accounts of brands not held that have something due, those that wait longest."""
    first = _first_of_account()
    free = AccountRow.brand_id.not_in(_held_brands())
    return select(AccountRow.id).where(free, first <= now).order_by(first).limit(_LANES_AT_ONCE)


def due_in_lanes(now: datetime, limit: int, account_ids: Collection[str]) -> Select[tuple[str]]:
    """What is due of these accounts. The sums keep other indexes out: through those all that is held would be read."""
    nothing = timedelta(0)
    in_time = (_c.claim_at <= now, _c.missed_after + nothing > now, _c.brand_id.not_in(_held_brands()))
    due = select(_c.id).where(in_state(State.SCHEDULED), _c.account_id.in_(sorted(account_ids)), *in_time)
    return due.order_by(_c.claim_at + nothing, _c.id).limit(limit)


def first_free() -> Select[datetime]:
    """When the first item of any account of brands not held may be claimed."""
    return select(func.min(_first_of_account())).where(AccountRow.brand_id.not_in(_held_brands()))


def _first_of_account() -> ScalarSelect[datetime]:
    waiting = select(_c.claim_at).where(
        _c.account_id == AccountRow.id, in_state(State.SCHEDULED), _c.claim_at.is_not(None)
    )
    return waiting.order_by(_c.claim_at).limit(1).correlate(AccountRow).scalar_subquery()


async def next_claim_at(database: Database) -> datetime | None:
    """When the next item may be claimed, for planning the next look; those of held brands wait without it."""
    first = await database.glance(_FRONT)
    if first is not None and first[1]:
        first = await database.glance(_FIRST_FREE)
    return None if first is None else first[0]


def _held_brands() -> Select[str]:
    return select(BrandRow.id).where(BrandRow.held_since.is_not(None))


_FRONT = front()
_FIRST_FREE = first_free()


def late_items(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items later than their grace."""
    late = select(_c.id).where(in_state(State.SCHEDULED), _c.missed_after <= now)
    return late.order_by(_c.missed_after).limit(limit)


def orphans(state: State, limit: int) -> Select[tuple[str]]:
    """Items in this state whose worker has vanished."""
    return select(_c.id).where(in_hand(state), ~exists().where(WorkerRow.id == _c.worker_id)).limit(limit)


def items_to_check(now: datetime, limit: int) -> Select[tuple[str]]:
    """Items that want a look or a poll."""
    waiting = select(_c.id).where(in_state(State.CONFIRMING, State.UNCONFIRMED), _c.check_at <= now)
    return waiting.order_by(_c.check_at).limit(limit)


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
    armed = await session.execute(
        update(ITEMS)
        .where(
            _c.id.in_([item.id for item, _ in ready]),
            tuple_(_c.id, _c.version).in_([(item.id, item.version) for item, _ in ready]),
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
        .returning(_c.id, _c.attempt)
    )
    attempts = {ItemId(row.id): int(row.attempt) for row in armed}
    if attempts:
        await item_records.open_attempts(session, worker_id, [(by_id[i][0], n) for i, n in attempts.items()], now=now)
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
    """Lock the rows for which the outcome still counts, and name them."""
    meant = [(o.item.id, o.attempt, o.item.version) for o in group]
    by_id = _c.id.in_([item_id for item_id, _, _ in meant])
    conditions = [by_id, tuple_(_c.id, _c.attempt, _c.version).in_(meant), in_state(*expected)]
    if held_by is not None:
        conditions.append(_c.worker_id == held_by)
    rows = await session.execute(update(ITEMS).where(*conditions).values(worker_id=None).returning(_c.id))
    return {ItemId(item_id) for item_id in rows.scalars()}


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
    places = [(parent.post_id, parent.account_id, parent.part + 1) for parent in parents]
    released = await session.execute(
        update(ITEMS)
        .where(at_places(places), in_state(State.SCHEDULED))
        .values(due_at=now, claim_at=now, missed_after=now)
        .returning(_c.brand_id)
    )
    brands = sorted(set(released.scalars()))
    if brands:
        await announce(session)
    for brand_id in brands:
        grace_s = await session.scalar(select(BrandRow.grace_s).where(BrandRow.id == brand_id))
        await session.execute(
            update(ITEMS)
            .where(at_places(places), _c.brand_id == brand_id)
            .where(in_state(State.SCHEDULED))
            .values(missed_after=now + timedelta(seconds=grace_s or 0))
        )


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
    back = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(orphans(State.CLAIMED, limit))))
        .where(in_state(State.CLAIMED))
        .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
        .returning(_c.id)
    )
    doubtful = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(_locked(orphans(State.SENDING, limit))))
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
        .where(_c.worker_id == worker_id, in_hand(State.CLAIMED))
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


def _locked(ids: Select[tuple[Any]]) -> Select[tuple[Any]]:
    """Skip rows another worker is just taking. PostgreSQL alone knows this; on SQLite the clause is left out."""
    return ids.with_for_update(skip_locked=True)
