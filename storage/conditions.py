"""Conditions on the rows of the queue, in the words its indexes understand. Machinery, shared by all workspaces."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, and_, case, false, func, literal_column, or_, select, true

from bot.domain.ids import ItemId
from bot.domain.publication import State
from storage.tables import BrandRow, PostItemRow, WorkspaceRow

ITEMS = cast("Table", PostItemRow.__table__)
_c = ITEMS.c


def in_state(*states: State) -> ColumnElement[bool]:
    """The item is in one of these states. Written into the SQL itself: a bound value would hide the partial indexes."""
    words: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in sorted(states)]
    return _c.state == words[0] if len(words) == 1 else _c.state.in_(words)


def variant(item: Any) -> ColumnElement[str]:  # noqa: ANN401  # a table's columns, a class of rows, a subquery's columns
    """Whose text, files and settings an item has: as `ItemView.variant` says it."""
    return func.coalesce(func.nullif(item.kind, ""), item.platform)


def still(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Conditions to be checked on rows that are found by their ids, and never to find rows by.

    Statistics are older than a burst: they say that hardly a row is in this state or in this worker's hands, and
    PostgreSQL 18 then reads all of those for each id it was given (200 ms for 300 items where 4 are enough, measured).
    Of a CASE it knows nothing but that the half may pass, which leaves the ids. SQLite has no statistics: it reads a
    whole workspace, by an index that begins with it, rather than three rows by their ids.
    """
    return case((and_(*conditions), true()), else_=false())


def in_hand(state: State) -> ColumnElement[bool]:
    """The item is in this one of the states that have an owner, said so that SQLite sees that the index has it."""
    return and_(in_state(State.CLAIMED, State.SENDING), in_state(state))


def may_be_armed(worker: ColumnElement[str], at: ColumnElement[datetime]) -> ColumnElement[bool]:
    """The worker holds it still, it is not too late, and not on hold. For rows that are found by their ids."""
    mine = (in_state(State.CLAIMED), _c.worker_id == worker, _c.missed_after > at, _c.brand_id.not_in(held_brands()))
    return still(*mine)


def due_until(at: datetime) -> ColumnElement[bool]:
    """The item's second is not later than that."""
    return _c.due_at <= at


def this_one(item_id: ItemId) -> ColumnElement[bool]:
    """The condition that it is this item."""
    return _c.id == item_id


def armed_before(at: datetime) -> ColumnElement[bool]:
    """The condition that it was armed earlier than that."""
    return _c.armed_at < at


def one_of(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """The condition that any of these is true; of none, none is."""
    return or_(false(), *conditions)


def held_brands() -> Select[str]:
    """Brands on hold, by themselves or with their whole workspace."""
    held_workspaces = select(WorkspaceRow.id).where(WorkspaceRow.held_since.is_not(None))
    return select(BrandRow.id).where(or_(BrandRow.held_since.is_not(None), BrandRow.workspace_id.in_(held_workspaces)))


def locked(ids: Select[tuple[Any]]) -> Select[tuple[Any]]:
    """Skip rows another worker is just taking. PostgreSQL alone knows this; on SQLite the clause is left out."""
    return ids.with_for_update(skip_locked=True)
