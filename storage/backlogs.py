"""What piled up while no worker ran: how far each account is busy already, so that no two go out close together.

Machinery, shared by all workspaces. The pace is bot/domain/pacing.py's.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, ItemId
from bot.domain.publication import State
from storage.conditions import ITEMS, in_state
from storage.given import dialect_of

_c = ITEMS.c
_ONE_AT_A_TIME = 0x4865726E
"""Any number, as long as nothing else of Herald takes it."""
_AHEAD = timedelta(hours=1)
"""No pace reaches further: graces are shorter, or what is later than this is spread all the same."""


async def plan_alone(session: AsyncSession) -> None:
    """Until the transaction ends no other worker plans a backlog: it would not see what this one plans."""
    if dialect_of(session) == "postgresql":
        await session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_AT_A_TIME})


async def busy_until(
    session: AsyncSession, account_ids: Collection[AccountId], *, but: Collection[ItemId], now: datetime
) -> dict[AccountId, datetime]:
    """The instant of the last post that these accounts are sending or were given another time for, all `but` these.

    One that failed and is tried again later keeps nobody waiting: it may be minutes away, and others have their grace.
    """
    others = (_c.account_id.in_(sorted(account_ids)), _c.id.not_in(sorted(but)))
    later = (_c.due_at > func.coalesce(_c.scheduled_at, now), _c.tries == 0)
    moved = (in_state(State.SCHEDULED), _c.claim_at <= now + _AHEAD, *later)
    in_hand = (in_state(State.CLAIMED, State.SENDING),)
    found: dict[AccountId, datetime] = {}
    for which, least in ((moved, None), (in_hand, now)):
        last = select(_c.account_id, func.max(_c.due_at).label("at")).where(*others, *which).group_by(_c.account_id)
        for row in await session.execute(last):
            known = filter(None, (row.at, least, found.get(row.account_id)))
            found[AccountId(row.account_id)] = max(known)
    return found
