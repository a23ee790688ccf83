"""Notices: what people are owed. Written in the transaction of what happened, delivered later from the outbox.

Failing to deliver one never changes what happened.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import clock
from bot.domain.items import QueuedItem
from bot.services.deps import Deps
from bot.services.ports import Notifier
from storage import outbox
from storage.engine import Session

_log = logging.getLogger(__name__)

_HOLD = timedelta(seconds=60)
_AT_ONCE = 50


async def tell_missed(session: Session, missed: Sequence[QueuedItem], *, now: datetime) -> None:
    """One notice per brand for everything that was found late together."""
    for brand_id in sorted({item.brand_id for item in missed}):
        late = [item for item in missed if item.brand_id == brand_id]
        await outbox.add(
            session,
            late[0].workspace_id,
            brand_id=brand_id,
            item_id=None,
            kind="missed",
            dedupe_key=f"missed:{brand_id}:{late[0].id}:{now.isoformat()}",
            payload={"items": [item.id for item in late]},
            now=now,
        )


async def deliver(deps: Deps, notifier: Notifier) -> int:
    """Deliver what is due. Returns how many notices got through. Not one transaction: a claim, then one per notice."""
    now = clock.now()
    async with deps.database.transaction() as session:
        due = await outbox.claim_due(session, now=now, hold_until=now + _HOLD, limit=_AT_ONCE)
    delivered = 0
    for notice in due:
        try:
            await notifier.deliver(notice)
        except Exception:
            _log.exception("notice not delivered", extra={"notice_id": notice.id})
            async with deps.database.transaction() as session:
                await outbox.failed(session, notice, now=clock.now(), error="not delivered")
        else:
            async with deps.database.transaction() as session:
                await outbox.delivered(session, notice, now=clock.now())
            delivered += 1
    return delivered
