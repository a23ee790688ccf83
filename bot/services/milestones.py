"""What is told of a post's numbers below its card: the first ones, and those after a day, a week and thirty days.

What is usual on the account stands beside them: the median of its last posts at the same age, which no single lucky
post moves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from bot.domain.ids import ItemId, WorkspaceId
from bot.domain.numbers import SPOKEN
from bot.domain.record import record
from storage import cards, line_rows, numbers
from storage.numbers import ItemSnapshot, OfItem
from storage.polls import Found, Turn

if TYPE_CHECKING:
    from storage.engine import Session

_MARKS = (timedelta(0), timedelta(days=1), timedelta(days=7), timedelta(days=30))
_COMPARED = 50
"""So many of the account's last posts."""
_ENOUGH = 5
"""Of fewer posts there is no usual."""
_TOO_LATE = timedelta(days=2)
"""Numbers that came so long after the mark were held up, and are compared with nothing."""


@record
class _Passed:
    """Numbers that are the first to pass a mark, and the first of them that the network tells."""

    found: Found
    mark: timedelta
    name: str


async def known(session: "Session", workspace_id: WorkspaceId, found: Sequence[Found]) -> Mapping[ItemId, ItemSnapshot]:
    """The last snapshot of each of these items; asked for before what was found is kept."""
    return await numbers.latest_of_items(session, workspace_id, [one.item.item_id for one in found]) if found else {}


async def tell(
    session: "Session", turn: Turn, found: Sequence[Found], before: Mapping[ItemId, ItemSnapshot], *, now: datetime
) -> None:
    """Owe the lines of what passed a mark since the snapshots `before`, once for each, where a card stands."""
    passed = (_passed(one, before.get(one.item.item_id)) for one in found)
    due = [one for one in passed if one is not None]
    if due:
        standing = await cards.standing(session, turn.workspace_id, {one.found.item.post_id for one in due})
        due = [one for one in due if one.found.item.post_id in standing]
    if not due:
        return
    newest = max(one.found.item.published_at for one in due)
    others = await numbers.lately(session, turn.workspace_id, turn.account_id, before=newest, limit=_COMPARED)
    await line_rows.write(session, [_line(turn, one, others, now) for one in due])


def _passed(one: Found, before: ItemSnapshot | None) -> _Passed | None:
    """None: there is nothing to tell."""
    name = next((name for name in SPOKEN if getattr(one.numbers, name) is not None), None)
    if name is None or one.item.part or (before is not None and before.day >= one.at.date()):
        return None
    published_at = one.item.published_at
    since = published_at - timedelta(microseconds=1) if before is None else before.fetched_at
    mark = max((mark for mark in _MARKS if since < published_at + mark <= one.at), default=None)
    return None if mark is None else _Passed(found=one, mark=mark, name=name)


def _line(turn: Turn, one: _Passed, others: Mapping[ItemId, OfItem], now: datetime) -> dict[str, Any]:
    item, told = one.found.item, one.found.numbers
    facts: dict[str, object] = {
        "item": item.item_id,
        "account": turn.account_id,
        "part": 0,
        "numbers": {name: value for name in SPOKEN if (value := getattr(told, name)) is not None},
        "age_s": round((one.found.at - item.published_at).total_seconds()),
    }
    compared = [_at_mark(other, one) for item_id, other in others.items() if item_id != item.item_id]
    values = [value for value in compared if value is not None]
    if len(values) >= _ENOUGH:
        facts |= {"median": round(median(values)), "of": one.name}
    return {
        **line_rows.common("thread", "numbers", now, facts),
        "workspace_id": turn.workspace_id,
        "brand_id": item.brand_id,
        "post_id": item.post_id,
        "item_id": item.item_id,
    }


def _at_mark(other: OfItem, one: _Passed) -> int | None:
    """What the other post had when it passed the same mark."""
    passed_at = other.published_at + one.mark
    first = next((snapshot for snapshot in other.snapshots if snapshot.fetched_at >= passed_at), None)
    return getattr(first.numbers, one.name) if first is not None and first.fetched_at < passed_at + _TOO_LATE else None
