"""Being a worker: joining, keeping the lease, leaving. One short transaction each."""

import os
import socket

from bot import clock
from bot.domain.ids import WorkerId
from bot.services.deps import Deps
from storage import items, workers
from storage.ids import new_id

LEASE_S = workers.LEASE_S
RENEW_EVERY_S = 1.0
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


async def leave(deps: Deps, worker_id: WorkerId) -> None:
    """End the lease on purpose. What is still claimed goes back to the queue at once."""
    async with deps.database.transaction() as session:
        await items.release_all(session, worker_id, now=clock.now())
        await workers.leave(session, worker_id)
