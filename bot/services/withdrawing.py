"""Posts that were handed over ahead of their second, to a platform that publishes them by itself, taken back there."""

import logging

from bot import clock
from bot.domain.ids import AccountId, PostId, WorkspaceId
from bot.domain.items import Outcome
from bot.domain.publication import Event, State
from bot.services import credentials
from bot.services.deps import Deps
from bot.services.publishing import Job, paired
from platforms.errors import PlatformError
from storage import accounts, item_records, items, posts

_log = logging.getLogger(__name__)


async def withdraw(
    deps: Deps, workspace_id: WorkspaceId, *, post_id: PostId | None = None, account_id: AccountId | None = None
) -> int:
    """Take back what of a post, or of an account, a platform keeps and has not published; returns how many items.

    What cannot be taken back stays as it is: it is published, or its platform does not answer.
    """
    among = frozenset({State.CONFIRMING})
    async with deps.database.reading() as session:
        ids = await posts.item_ids(session, workspace_id, among=among, post_id=post_id, account_id=account_id)
        queued = await item_records.load(session, ids)
        logins = await accounts.load_connected(session, deps.vault, sorted({item.account_id for item in queued}))
    jobs, _ = paired(deps, queued, logins)
    taken = [job for job in jobs if await _taken_back(deps, job)]
    for job in taken:
        evidence = f"{job.connector.spec.title} no longer has it"
        outcome = Outcome(
            item=job.item, attempt=job.item.attempt, event=Event.CANCEL, at=clock.now(), evidence=evidence
        )
        async with deps.database.transaction() as session:
            await items.settle(session, [outcome])
    return len(taken)


async def _taken_back(deps: Deps, job: Job) -> bool:
    """Whether its platform gave it back. A refusal, or no answer, means that it may still go out."""
    take_back = job.connector.withdraw
    if take_back is None or job.item.handle is None:
        return False
    wire = deps.sender.wire(job.connector.spec)
    try:
        login = await credentials.good_until(deps, job.login, clock.now())
        return await take_back(wire, login.connected, job.item.handle)
    except PlatformError as error:
        _log.info("not withdrawn", extra={"item_id": job.item.id, "status": error.status, "code": error.code})
        return False
