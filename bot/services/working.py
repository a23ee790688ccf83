"""Being a worker: joining, keeping the lease, leaving. One short transaction each."""

import logging
import os
import socket
from collections.abc import Collection

from bot import clock
from bot.domain.ids import ItemId, WorkerId
from bot.services.deps import Deps
from storage import items, workers
from storage.ids import new_id

_log = logging.getLogger(__name__)

LEASE_S = workers.LEASE_S
RENEW_EVERY_S = 1.0
RENEW_IDLE_EVERY_S = 2.0
"""While a worker holds nothing: nobody waits for what it might leave behind."""
MARGIN_S = 1.0
"""A worker stops acting this long before its lease ends, so that a slow moment cannot carry it past the end."""

SEND_WITHIN_S = 10.0
"""An armed item whose first byte has not left by then is not sent any more, but armed anew.

So the last instant at which an armed attempt can still arrive is known to whoever looks for it.
"""


async def join(deps: Deps) -> WorkerId:
    """Begin a lease under a new id. Before all that waits for the writer: a lease counts from when it was asked for."""
    worker_id = WorkerId(new_id("wkr"))
    with deps.database.hurried():
        await _join(deps, worker_id)
    return worker_id


async def _join(deps: Deps, worker_id: WorkerId) -> None:
    async with deps.database.transaction() as session:
        await workers.register(session, worker_id, host=socket.gethostname(), pid=os.getpid())


async def stay(deps: Deps, worker_id: WorkerId) -> bool:
    """Renew the lease; False when it is over and everything held is lost."""
    with deps.database.hurried():
        return await workers.renew(deps.database, worker_id)


def doubt_connections(deps: Deps) -> None:
    """The database said nothing for longer than it ever takes: what is asked next goes another way."""
    deps.database.doubt_connections()


async def held(deps: Deps, worker_id: WorkerId) -> list[ItemId]:
    """What is this worker's in the database: claimed or armed."""
    if not await items.holds_any(deps.database, worker_id):  # as when it is idle, and then a session would be dear
        return []
    async with deps.database.reading() as session:
        return await items.held_by(session, worker_id)


async def let_go(deps: Deps, worker_id: WorkerId, item_ids: Collection[ItemId]) -> None:
    """Give up items as if this worker had vanished: `reconciling.recover` takes them over."""
    _log.warning("items let go that nobody here knows", extra={"items": len(item_ids)})
    async with deps.database.transaction() as session:
        await items.let_go(session, worker_id, item_ids)


async def hand_over(deps: Deps, worker_id: WorkerId) -> None:
    """Give what is still claimed back to the queue, for others to send at its second. The lease goes on."""
    async with deps.database.transaction() as session:
        await items.release_all(session, worker_id, now=clock.now())


async def leave(deps: Deps, worker_id: WorkerId) -> None:
    """End the lease on purpose. What is still claimed goes back to the queue at once."""
    async with deps.database.transaction() as session:
        await items.release_all(session, worker_id, now=clock.now())
        await workers.leave(session, worker_id)
