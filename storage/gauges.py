"""How much waits where, for `/metrics`. Machinery, for all workspaces."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Table, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.publication import State
from storage.conditions import ITEMS, in_hand, in_state
from storage.tables import Base, CardRow, NoticeRow, WebhookCauseRow, WebhookDeliveryRow

_c = ITEMS.c
MOST_COUNTED = 10_000
"""Nothing is counted further: a scrape must not read a million rows."""


async def depths(session: AsyncSession, *, now: datetime) -> dict[str, int]:
    """How many wait, by what they are, at most `MOST_COUNTED` of each. One query, through the queue's own indexes."""
    row = (await session.execute(depths_query(now))).mappings().one()
    return {str(name): int(count) for name, count in row.items()}


def depths_query(now: datetime) -> Select[*tuple[Any, ...]]:
    """The query."""
    due = (in_state(State.SCHEDULED), _c.claim_at <= now)
    waiting = in_state(State.CONFIRMING, State.UNCONFIRMED)
    counted = {
        "scheduled": _some(ITEMS, in_state(State.SCHEDULED)),
        "due": _some(ITEMS, *due),
        "claimed": _some(ITEMS, in_hand(State.CLAIMED)),
        "sending": _some(ITEMS, in_hand(State.SENDING)),
        "confirming": _some(ITEMS, waiting, _c.state == State.CONFIRMING.value),
        "unconfirmed": _some(ITEMS, waiting, _c.state == State.UNCONFIRMED.value),
        "cards": _some(CardRow, CardRow.shown < CardRow.wanted),
        "notices": _some(NoticeRow, NoticeRow.delivered_at.is_(None), NoticeRow.deliver_at <= now),
        "webhook_causes": _some(WebhookCauseRow),
        "webhook_deliveries": _some(WebhookDeliveryRow, WebhookDeliveryRow.ended_at.is_(None)),
    }
    return select(*(count.label(name) for name, count in counted.items()))


def _some(table: Table | type[Base], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    few = select(literal(1)).select_from(table).where(*which)
    return select(func.count()).select_from(few.limit(MOST_COUNTED).subquery()).scalar_subquery()
