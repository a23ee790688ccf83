"""Lists in pages, newest first: before or after an object one has seen, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import invalid

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How many of a list, and where: behind the object with this id, or before that one."""

    limit: int
    starting_after: str | None = None
    ending_before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Generic[T]):
    """A page. `total` counts the whole list; `has_more` says whether it goes on in the direction asked for."""

    data: Sequence[T]
    has_more: bool
    total: int


async def paged(  # noqa: PLR0913  # what is listed, which of it, which page, whose
    session: AsyncSession,
    ids: ColumnElement[str],
    among: Sequence[ColumnElement[bool]],
    page: Page,
    *,
    within: Sequence[ColumnElement[bool]],
    source: FromClause | None = None,
    by: ColumnElement[Any] | None = None,
) -> Paged[str]:
    """The ids of a page: those that fit `among`, in the order of their making, the newest first; or by a column.

    An id to begin at has to be one of those `within`. Raises InvalidContent. Machinery of lists: what may be seen, and
    whose it is, is said by the conditions.
    """
    total = await session.scalar(_from(select(func.count(ids)), source).where(*among))
    forward = by is not None
    query = _from(select(ids), source).where(*among)
    for field, at in (("starting_after", page.starting_after), ("ending_before", page.ending_before)):
        if at is None:
            continue
        row = (await session.execute(_from(select(ids, *_columns(by)), source).where(*within, ids == at))).first()
        if row is None:
            raise invalid(field, f"There is no {at[:60]!r} to begin at.")
        query = query.where(_beyond(ids, by, row, later=forward is (field == "starting_after")))
    backwards = page.ending_before is not None
    order = [*_columns(by), ids]
    found = list(
        await session.scalars(
            query.order_by(*(one if forward is not backwards else one.desc() for one in order)).limit(page.limit + 1)
        )
    )
    shown = found[: page.limit]
    if backwards:
        shown.reverse()
    return Paged(data=shown, has_more=len(found) > page.limit, total=total or 0)


def _from(query: Any, source: FromClause | None) -> Any:  # noqa: ANN401  # a query of any columns
    return query if source is None else query.select_from(source)


def _columns(by: ColumnElement[Any] | None) -> list[ColumnElement[Any]]:
    return [] if by is None else [by]


def _beyond(
    ids: ColumnElement[str],
    by: ColumnElement[Any] | None,
    row: Any,  # noqa: ANN401  # of the query above
    *,
    later: bool,
) -> ColumnElement[bool]:
    after = ids > row[0] if later else ids < row[0]
    if by is None or row[1] is None:
        return after
    return or_(by > row[1] if later else by < row[1], and_(by == row[1], after))
