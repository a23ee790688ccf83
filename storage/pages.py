"""Lists in pages, newest first: before or after an object one has seen, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How many of a list, and where: behind the object with this id, or before that one."""

    limit: int
    starting_after: str | None = None
    ending_before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged[T]:
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
) -> Paged[str]:
    """The ids of a page: those that fit `among`, in the order of their making, the newest first.

    An id to begin at has to be one of those `within`. Raises InvalidContent. Machinery of lists: what may be seen, and
    whose it is, is said by the conditions.
    """
    begin = select(ids) if source is None else select(ids).select_from(source)
    for field, at in (("starting_after", page.starting_after), ("ending_before", page.ending_before)):
        if at is not None and await session.scalar(begin.where(*within, ids == at)) is None:
            raise invalid(field, f"There is no {at[:60]!r} to begin at.")
    counted: Any = select(func.count(ids))
    total = await session.scalar((counted if source is None else counted.select_from(source)).where(*among))
    query = begin.where(*among)
    if page.starting_after is not None:
        query = query.where(ids < page.starting_after)
    if page.ending_before is not None:
        query = query.where(ids > page.ending_before).order_by(ids)
    else:
        query = query.order_by(ids.desc())
    found = list(await session.scalars(query.limit(page.limit + 1)))
    shown = found[: page.limit]
    if page.ending_before is not None:
        shown.reverse()
    return Paged(data=shown, has_more=len(found) > page.limit, total=total or 0)
