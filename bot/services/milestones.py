"""What is told of a post's numbers below its card: the first ones, and those after a day, a week and thirty days.

What is usual on the account stands beside them: the median of its last posts at the same age, which no single lucky
post moves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from bot.domain.ids import AccountId, ItemId, WorkspaceId
from bot.domain.numbers import SPOKEN
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


async def known(session: "Session", workspace_id: WorkspaceId, found: Sequence[Found]) -> Mapping[ItemId, ItemSnapshot]:
    """The last snapshot of each of these items; asked for before what was found is kept."""
    return await numbers.latest_of_items(session, workspace_id, [one.item.item_id for one in found]) if found else {}


async def tell(
    session: "Session", turn: Turn, found: Sequence[Found], before: Mapping[ItemId, ItemSnapshot], *, now: datetime
) -> None:
    """Owe the lines of what passed a mark since the snapshots `before`, once for each, where a card stands."""
    marks = {one.item.item_id: _mark(one, before.get(one.item.item_id)) for one in found}
    due = [one for one in found if marks[one.item.item_id] is not None and _first_known(one) is not None]
    if due:
        standing = await cards.standing(session, turn.workspace_id, {one.item.post_id for one in due})
        due = [one for one in due if one.item.post_id in standing]
    if not due:
        return
    newest = max(one.item.published_at for one in due)
    others = await numbers.lately(session, turn.workspace_id, turn.account_id, before=newest, limit=_COMPARED)
    lines = [
        {
            **line_rows.common("thread", "numbers", now, _facts(one, turn.account_id, marks[one.item.item_id], others)),
            "workspace_id": turn.workspace_id,
            "brand_id": one.item.brand_id,
            "post_id": one.item.post_id,
            "item_id": one.item.item_id,
        }
        for one in due
    ]
    await line_rows.write(session, lines)


def _mark(one: Found, before: ItemSnapshot | None) -> timedelta | None:
    """The last mark that these numbers are the first to pass; None: there is nothing to tell."""
    if one.item.part or (before is not None and before.day >= one.at.date()):
        return None
    published_at = one.item.published_at
    since = published_at - timedelta(microseconds=1) if before is None else before.fetched_at
    return max((mark for mark in _MARKS if since < published_at + mark <= one.at), default=None)


def _first_known(one: Found) -> str | None:
    return next((name for name in SPOKEN if getattr(one.numbers, name) is not None), None)


def _facts(
    one: Found, account_id: AccountId, mark: timedelta | None, others: Mapping[ItemId, OfItem]
) -> dict[str, object]:
    name = _first_known(one) or ""
    told = {spoken: value for spoken in SPOKEN if (value := getattr(one.numbers, spoken)) is not None}
    facts: dict[str, object] = {"item": one.item.item_id, "account": account_id, "part": 0, "numbers": told}
    facts["age_s"] = round((one.at - one.item.published_at).total_seconds())
    values = [
        value
        for item_id, other in others.items()
        if item_id != one.item.item_id and (value := _at_mark(other, mark or timedelta(0), name)) is not None
    ]
    return facts | ({"median": round(median(values)), "of": name} if len(values) >= _ENOUGH else {})


def _at_mark(other: OfItem, mark: timedelta, name: str) -> int | None:
    """What the other post had when it passed the same mark."""
    passed_at = other.published_at + mark
    first = next((one for one in other.snapshots if one.fetched_at >= passed_at), None)
    return getattr(first.numbers, name) if first is not None and first.fetched_at < passed_at + _TOO_LATE else None
