"""Lists of family B: a page, whether there is more, and how many there are."""

from typing import Annotated, Any, Generic, TypeVar

from msgspec import Meta, Struct

from bot.domain.errors import invalid
from bot.services.missions import Page, Paged

T = TypeVar("T")
_LIMIT = 20
Id = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
"""The id of something."""


class PageQuery(Struct, kw_only=True):
    """Which page."""

    limit: Annotated[int, Meta(ge=1, le=100)] = _LIMIT
    starting_after: Id | None = None
    ending_before: Id | None = None


class Listed(Struct, Generic[T], kw_only=True):
    """A page of a list."""

    data: list[T]
    has_more: bool
    total: int


def page_of(query: PageQuery) -> Page:
    """The page meant. Raises InvalidContent where two are."""
    if query.starting_after is not None and query.ending_before is not None:
        raise invalid("ending_before", "Send starting_after or ending_before, not both.")
    return Page(limit=query.limit, starting_after=query.starting_after, ending_before=query.ending_before)


def listed(page: Paged[Any], data: list[T]) -> Listed[T]:
    """The page as it is told."""
    return Listed(data=data, has_more=page.has_more, total=page.total)
