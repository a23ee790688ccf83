"""The queue: post items handed to workers and taken back. Machinery, shared by all workspaces; rows carry theirs.

Every change of state is one compare-and-set statement that names the states it expects; who comes second meets no row
and changes nothing. States and moves are those of bot/domain/publication.py. Functions take the Session and never
commit.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import ItemId, WorkerId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Effect, Event, State, move, states_allowing
from storage import item_records, journal, lines
from storage.engine import announce, database_now
from storage.tables import AttemptRow, BrandRow, PostItemRow, UtcDateTime, WorkerRow, WorkspaceRow

ITEMS = cast("Table", PostItemRow.__table__)
ATTEMPTS = cast("Table", AttemptRow.__table__)
_c = ITEMS.c
_NAMES = (_c.id, _c.workspace_id, _c.post_id, _c.account_id)
"""What the journal wants of an item."""


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


def held_brands() -> Select[str]:
    """Brands on hold, by themselves or with their whole workspace."""
    held_workspaces = select(WorkspaceRow.id).where(WorkspaceRow.held_since.is_not(None))
    return select(BrandRow.id).where(or_(BrandRow.held_since.is_not(None), BrandRow.workspace_id.in_(held_workspaces)))


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
    lease_holds = exists().where(WorkerRow.id == worker_id, WorkerRow.lease_until > database_now(session))
    armed = await session.execute(
        update(ITEMS)
        .where(
            _c.id.in_([item.id for item, _ in ready]),
            tuple_(_c.id, _c.version).in_([(item.id, item.version) for item, _ in ready]),
            in_state(State.CLAIMED),
            _c.worker_id == worker_id,
            _c.missed_after > now,
            _c.brand_id.not_in(held_brands()),
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
            await carry_to_children(session, outcome.item, transition.to, now=outcome.at)


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


async def carry_to_children(session: AsyncSession, parent: QueuedItem, fate: State, *, now: datetime) -> None:
    """All parts behind this one that wait for it share its fate."""
    event, error_class, message = _FATE[fate]
    to = move(State.SCHEDULED, event).to
    moved = await session.execute(
        update(ITEMS)
        .where(
            _c.post_id == parent.post_id,
            _c.account_id == parent.account_id,
            _c.part > parent.part,
            in_state(State.SCHEDULED),
        )
        .values(state=to.value, error_class=error_class, error_message=message)
        .returning(*_NAMES)
    )
    text = message or "The part before it was cancelled, so this one is too."
    await journal.note(session, moved.all(), event, text, now=now)


async def reap(session: AsyncSession, *, now: datetime, limit: int = 500) -> tuple[list[ItemId], list[ItemId]]:
    """Take what vanished workers held: (claimed ones put back to SCHEDULED, armed ones now UNCONFIRMED).

    A vanished worker is one without a row in `workers`; lapsed ones are deleted just before, by `remove_lapsed`.
    """
    back = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(orphans(State.CLAIMED, limit))))
        .where(in_state(State.CLAIMED))
        .values(state=move(State.CLAIMED, Event.RELEASE).to.value, worker_id=None, claim_at=now)
        .returning(*_NAMES)
    )
    free = back.all()
    doubtful = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(orphans(State.SENDING, limit))))
        .where(in_state(State.SENDING))
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
    ended = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(sorted(item_ids)), _c.worker_id == worker_id, in_state(State.CLAIMED))
        .values(
            state=move(State.CLAIMED, Event.REFUSED).to.value,
            worker_id=None,
            error_class=ErrorClass.INTERNAL.value,
            error_message=_UNREADABLE,
        )
        .returning(*_NAMES)
    )
    await journal.note(session, ended.all(), Event.REFUSED, _UNREADABLE, now=now)
    await lines.of_unreadable(session, item_ids, message=_UNREADABLE, now=now)


def this_one(item_id: ItemId) -> ColumnElement[bool]:
    """The condition that it is this item."""
    return _c.id == item_id


async def claim_checks(
    session: AsyncSession,
    *,
    now: datetime,
    hold_s: float,
    limit: int = 200,
    only: Sequence[ColumnElement[bool]] = (),
) -> list[ItemId]:
    """Take items that want a look or a poll. Nobody else gets them for `hold_s` seconds, whatever becomes of us."""
    waiting = in_state(State.CONFIRMING, State.UNCONFIRMED)
    taken = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(items_to_check(now, limit, *only))), waiting, _c.check_at <= now)
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
    for item in missed:
        await carry_to_children(session, item, State.MISSED, now=now)
    if missed:
        await lines.of_missed(session, missed, now=now)
        await journal.note(session, missed, Event.MISS, _MISSED, now=now)
    return missed


def _too_late() -> ColumnElement[str]:
    return case(
        (_c.error_class == ErrorClass.LATE.value, HELD_TOO_LONG),
        (_c.error_class.is_not(None), _NETWORK_TOO_LATE),
        else_=_AWAY,
    )


async def _miss(session: AsyncSession, state: State, late: Select[tuple[str]]) -> list[ItemId]:
    rows = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(locked(late)), in_state(state))
        .values(state=move(state, Event.MISS).to.value, worker_id=None, error_class="late", error_message=_too_late())
        .returning(_c.id)
    )
    return [ItemId(item_id) for item_id in rows.scalars()]


async def next_claim_at(session: AsyncSession, *only: ColumnElement[bool]) -> datetime | None:
    """When the next item may be claimed, for planning the next look; those of held brands wait without it."""
    earliest = (
        select(_c.claim_at)
        .where(in_state(State.SCHEDULED), _c.claim_at.is_not(None), _c.brand_id.not_in(held_brands()))
        .where(*only)
        .order_by(_c.claim_at)
    )
    return await session.scalar(earliest.limit(1))


def locked(ids: Select[tuple[Any]]) -> Select[tuple[Any]]:
    """Skip rows another worker is just taking. PostgreSQL alone knows this; on SQLite the clause is left out."""
    return ids.with_for_update(skip_locked=True)
