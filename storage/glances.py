"""What the ticks of each second ask first: whether there is anything for them. One row, read through indexes.

Machinery, for all workspaces. A glance claims nothing and promises nothing; whoever acts on it claims its work in the
database as ever.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, bindparam, case, exists, false, func, or_, select, true

from bot.domain.publication import State
from storage import gates
from storage.conditions import ITEMS, held_brands, in_hand, in_state
from storage.engine import Database
from storage.tables import (
    AccountRow,
    BrandRow,
    CardRow,
    NoticeRow,
    OutageRow,
    PostRow,
    UtcDateTime,
    WebhookCauseRow,
    WebhookDeliveryRow,
    WorkerRow,
    WorkspaceRow,
)

_c = ITEMS.c
_NOW = bindparam("now", type_=UtcDateTime())


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What there is to do."""

    recover: bool
    """A worker's lease lapsed, something is held by nobody, or something is past its grace, in whoever's hands."""
    look: bool
    """An item wants a look or a poll."""
    say: bool
    """A card or a notice is owed."""
    release: bool
    """A hold is over."""
    watch: bool
    """A gate is closed, or brands were told that one is."""
    deliver: bool
    """A webhook is to be told something."""


def glance_query() -> Select[bool, bool, bool, bool, bool, bool]:
    """The query, for `now` by the database's time."""
    orphaned = ~exists().where(WorkerRow.id == _c.worker_id)
    forlorn = [exists().where(in_hand(state), orphaned) for state in (State.CLAIMED, State.SENDING)]
    waiting = exists().where(in_state(State.CONFIRMING, State.UNCONFIRMED), _c.check_at <= _NOW)
    card = exists().where(CardRow.shown < CardRow.wanted)
    notice = exists().where(NoticeRow.delivered_at.is_(None), NoticeRow.deliver_at <= _NOW)
    lapsed = exists().where(WorkerRow.lease_until <= _NOW)
    hold_over = [exists().where(row.held_until <= _NOW) for row in (BrandRow, WorkspaceRow, PostRow)]
    told = exists().where(OutageRow.over_at.is_(None))
    delivery = exists().where(WebhookDeliveryRow.ended_at.is_(None), WebhookDeliveryRow.next_at <= _NOW)
    return select(
        or_(lapsed, *forlorn, _late_in_hand(), _late()).label("recover"),
        waiting.label("look"),
        or_(card, notice).label("say"),
        or_(*hold_over).label("release"),
        or_(gates.ANY_CLOSED, told).label("watch"),
        or_(exists().where(WebhookCauseRow.id.is_not(None)), delivery).label("deliver"),
    )


def _late_in_hand() -> ColumnElement[bool]:
    """Whether a worker has held something beyond its grace without arming it: an upload that lasts, a spent budget.

    Asked of all that is held, which is not much: for the first that is late PostgreSQL may read the whole table.
    """
    earliest = select(func.min(_c.missed_after)).where(in_hand(State.CLAIMED)).scalar_subquery()
    return func.coalesce(earliest <= _NOW, false())


def _late() -> ColumnElement[bool]:
    """Whether something is past its grace and not on hold.

    What is on hold waits for its release however late it is, and may be very much. So while there is a hold the others
    are asked account by account for the first that waits. One that is late behind it is found when that has gone out or
    is late itself, which is soon. Asked in the order of an index: where very much is late, EXISTS reads the whole table
    for the first of it.
    """
    earliest = select(_c.missed_after).where(in_state(State.SCHEDULED), _c.missed_after.is_not(None))
    late = earliest.order_by(_c.missed_after).limit(1).scalar_subquery() <= _NOW
    held = or_(*(exists().where(row.held_since.is_not(None)) for row in (BrandRow, WorkspaceRow)))
    waiting = (_c.account_id == AccountRow.id, in_state(State.SCHEDULED), _c.claim_at.is_not(None))
    first = select(_c.missed_after).where(*waiting).order_by(_c.claim_at).limit(1).correlate(AccountRow)
    free = exists().where(AccountRow.brand_id.not_in(held_brands()), first.scalar_subquery() <= _NOW)
    return case((~func.coalesce(late, false()), false()), (~held, true()), else_=free)


_QUERY = glance_query()


async def glance(database: Database, *, now: datetime) -> Glance:
    """Look once."""
    row = await database.glance(_QUERY, {"now": now})
    if row is None:
        raise RuntimeError("a query of one row gave none")
    recover, look, say, release, watch, deliver = (bool(value) for value in row)
    return Glance(recover=recover, look=look, say=say, release=release, watch=watch, deliver=deliver)
