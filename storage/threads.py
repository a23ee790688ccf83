"""The parts of a thread behind one another: what becomes of the later ones. Machinery, shared by all workspaces."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Integer, String, Update, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.items import QueuedItem
from bot.domain.publication import Event, State, move
from storage import causes, journal, post_holds
from storage.conditions import ITEMS, in_state, still
from storage.engine import announce
from storage.given import Given, dialect_of
from storage.tables import BrandRow, UtcDateTime

_c = ITEMS.c


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
    if brands:
        await post_holds.keep_held(session, _c.post_id.in_(sorted({parent.post_id for parent in parents})))


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


async def carry_to_children(
    session: AsyncSession, parents: Sequence[QueuedItem], fate: State, *, now: datetime
) -> None:
    """All parts behind these that wait for them share their fate. One statement, however many."""
    event, error_class, message = _FATE[fate]
    to = move(State.SCHEDULED, event).to
    dialect = dialect_of(session)
    places = [{"post_id": p.post_id, "account_id": p.account_id, "part": p.part} for p in parents]
    fated = {"fate": to.value, "why": error_class, "told": message}
    moved = await session.execute(carrying(dialect), PLACES.values(dialect, places) | fated)
    text = message or "The part before it was cancelled, so this one is too."
    rows = moved.all()
    await journal.note(session, rows, event, text, now=now)
    await causes.owe(session, causes.of_items(rows, to, now=now))


@cache
def carrying(dialect: str) -> ReturningUpdate[str, str, str, str]:
    """Give the scheduled items behind `PLACES` the state `fate`, locked in the order of their ids."""
    places = PLACES.rows(dialect)
    behind = (_c.post_id == places.c.post_id, _c.account_id == places.c.account_id, _c.part > places.c.part)
    waiting = select(_c.id).join_from(places, ITEMS, and_(*behind)).where(still(in_state(State.SCHEDULED)))
    ids = waiting.order_by(_c.id).with_for_update(of=ITEMS)
    changed = update(ITEMS).where(_c.id.in_(ids), still(in_state(State.SCHEDULED)))
    fated = changed.values(state=bindparam("fate"), error_class=bindparam("why"), error_message=bindparam("told"))
    return fated.returning(_c.id, _c.workspace_id, _c.post_id, _c.account_id)
