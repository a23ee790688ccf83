"""The parts of a thread behind one another: what becomes of the later ones. Machinery, shared by all workspaces."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Integer, String, Update, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.items import QueuedItem
from bot.domain.publication import Event, State, move
from storage import causes, journal, post_holds
from storage.conditions import ITEMS, in_state
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
        .returning(_c.id, _c.workspace_id, _c.post_id, _c.account_id)
    )
    text = message or "The part before it was cancelled, so this one is too."
    rows = moved.all()
    await journal.note(session, rows, event, text, now=now)
    await causes.owe(session, causes.of_items(rows, to, now=now))
