"""Which board a person means, and which section of it: by its number or by its name.

Sources: https://developers.pinterest.com/docs/api/v5/boards-list/ and /boards-get/, /board_sections-list/, 2026-11-21.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import as_list, identifier, object_of, objects, text
from platforms.base import JsonObject, Request, Wire
from platforms.errors import ContentRefused, Unavailable
from platforms.pinterest.spec import SPEC, V5

PAGE = 250
MOST_PAGES = 8
"""An account has 2,000 boards at most. Source: https://help.pinterest.com/en/article/limits, 2026-11-21."""
_NAMED = 10
"""So many are named to somebody who meant another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A board or a section."""

    id: str
    name: str


async def board_id(wire: Wire, connected: Connected, wanted: str) -> str:
    """The number of the board that a person calls so. Raises ContentRefused when there is none, or more than one."""
    wanted = wanted.strip()
    if _is_number(wanted) and await _is_there(wire, connected, wanted):
        return wanted
    return _chosen(await _all(wire, connected, "/boards", "boards/list"), wanted, "board")


async def section_id(wire: Wire, connected: Connected, board: str, wanted: str) -> str:
    """The number of the section of a board that a person calls so. Raises ContentRefused as well."""
    wanted = wanted.strip()
    sections = await _all(wire, connected, f"/boards/{board}/sections", "board_sections/list")
    by_number = [section.id for section in sections if section.id == wanted]
    return by_number[0] if by_number else _chosen(sections, wanted, "section")


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


async def _is_there(wire: Wire, connected: Connected, number: str) -> bool:
    """Whether that number is a board's; a board may be called `2026`, too."""
    answer = await wire.read(
        Request(
            operation="boards/get",
            method="GET",
            url=f"{connected.account.service_url}{V5}/boards/{number}",
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.NOT_FOUND}),
        )
    )
    if answer.status == HTTPStatus.NOT_FOUND:
        return False
    if identifier(object_of(answer)) != number:
        raise _unreadable("boards/get")
    return True


async def _all(wire: Wire, connected: Connected, path: str, operation: str) -> list[Place]:
    found: list[Place] = []
    bookmark: str | None = None
    for _ in range(MOST_PAGES):
        page = await _page(wire, connected, (path, operation), bookmark)
        found += [Place(id=identifier(one) or "", name=text(one, "name") or "") for one in objects(page.get("items"))]
        bookmark = text(page, "bookmark")
        if bookmark is None:
            break
    return [place for place in found if place.id]


async def _page(wire: Wire, connected: Connected, of: tuple[str, str], bookmark: str | None) -> JsonObject:
    path, operation = of
    answer = await wire.read(
        Request(
            operation=operation,
            method="GET",
            url=f"{connected.account.service_url}{V5}{path}",
            query=(("page_size", str(PAGE)), *((("bookmark", bookmark),) if bookmark else ())),
            bearer=connected.tokens.access,
        )
    )
    page = object_of(answer)
    if as_list(page.get("items")) is None:
        raise _unreadable(operation)
    return page


def _chosen(places: Sequence[Place], wanted: str, kind: str) -> str:
    named = [place for place in places if place.name.strip() == wanted]
    named = named or [place for place in places if place.name.strip().casefold() == wanted.casefold()]
    if len(named) == 1:
        return named[0].id
    if named:
        numbers = ", ".join(place.id for place in named)
        raise _refused(f"more than one {kind} is called “{wanted}”. Give the number of the one you mean: {numbers}.")
    names = sorted((place.name for place in places if place.name), key=str.casefold)
    there = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    raise _refused(f"no {kind} is called “{wanted}”. " + (f"There are: {there}." if names else f"There is no {kind}."))


def _refused(sentence: str) -> ContentRefused:
    return ContentRefused(f"Pinterest: {sentence}", platform=SPEC.name, operation="boards")


def _unreadable(operation: str) -> Unavailable:
    return Unavailable("Pinterest's list of boards cannot be read.", platform=SPEC.name, operation=operation)
