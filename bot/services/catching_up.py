"""After a time without any worker: what came due meanwhile goes out one after another on each account.

What came due while a worker lived is no backlog, however late it gets and however often workers were killed: many posts
at one second, a slow network and a gate that opens have paces of their own.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.ids import AccountId, ItemId, WorkerId
from bot.domain.items import Outcome, QueuedItem
from bot.domain.pacing import GAP, free_at, paced
from bot.domain.publication import Event
from storage import backlogs, items, workers
from storage.engine import Session

_log = logging.getLogger(__name__)

AWAY = timedelta(seconds=60)
"""What came due so long after one worker ended and before the next began came due while Herald was away; less is a
restart."""
_LEAD = timedelta(seconds=5)


async def spread(
    session: Session, worker_id: WorkerId, claimed: Sequence[QueuedItem], *, now: datetime, gap: timedelta = GAP
) -> set[ItemId]:
    """Give those of a backlog that are not to go out right now back to the queue, for later; returns them.

    Asks nothing while everything claimed is in time.
    """
    if not any(item.due_at < now - AWAY for item in claimed):
        return set()
    lives = await workers.lives(session, since=min(item.due_at for item in claimed) - AWAY)
    left = [item for item in claimed if not any(began - AWAY <= item.due_at <= ended + AWAY for began, ended in lives)]
    if not left:
        return set()
    await backlogs.plan_alone(session)
    by_account: dict[AccountId, list[QueuedItem]] = {}
    for item in left:
        by_account.setdefault(item.account_id, []).append(item)
    busy = await backlogs.busy_until(session, by_account, but=[item.id for item in left], now=now)
    later: list[Outcome] = []
    for account_id, of_account in by_account.items():
        first = free_at(busy.get(account_id), now=now, gap=gap)
        times = paced([item.due_at for item in of_account], now=first, gap=gap)
        later += [_later(item, at, now) for item, at in zip(of_account, times, strict=True) if at > now]
    back = await items.give_back(session, worker_id, later)
    _log.info("spread what came due while nobody worked", extra={"items": len(left), "later": len(back)})
    return back


def _later(item: QueuedItem, at: datetime, now: datetime) -> Outcome:
    then = at.isoformat("T", "milliseconds")
    return Outcome(
        item=item,
        attempt=item.attempt,
        event=Event.RELEASE,
        at=now,
        due_at=at,
        claim_at=at - _LEAD,
        evidence=f"It came due while Herald was not running; its account's posts go one by one, this one at {then}.",
    )
