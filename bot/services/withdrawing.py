"""Posts that were handed over ahead of their second, to a platform that publishes them by itself, taken back there."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot import clock
from bot.domain.ids import AccountId, ItemId, PostId, WorkspaceId
from bot.domain.items import Outcome, QueuedItem
from bot.domain.publication import Event, State
from bot.services import credentials
from bot.services.deps import Deps
from bot.services.publishing import Job, paired
from platforms.errors import NotSent, PlatformError
from storage import accounts, item_records, items, posts

_log = logging.getLogger(__name__)

_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What became of posts that were to be taken back."""

    taken: tuple[QueuedItem, ...]
    """Their platform gave them back."""
    silent: tuple[QueuedItem, ...]
    """Their platform could not be asked; it may be worth trying again."""
    asked: frozenset[ItemId] = frozenset()
    """All that were to be."""


async def withdraw(
    deps: Deps, workspace_id: WorkspaceId, *, post_id: PostId | None = None, account_id: AccountId | None = None
) -> int:
    """Take back what of a post, or of an account, a platform keeps and has not published; returns how many items.

    What cannot be taken back stays as it is: it is published, or its platform does not answer.
    """
    among = frozenset({State.CONFIRMING})
    async with deps.database.reading() as session:
        ids = await posts.item_ids(session, workspace_id, among=among, post_id=post_id, account_id=account_id)
    return len((await withdraw_items(deps, ids)).taken)


async def withdraw_items(deps: Deps, item_ids: Sequence[ItemId], *, event: Event = Event.CANCEL) -> Withdrawn:
    """Take back those of these items that a platform keeps; `event` says what they are then: cancelled, or drafts."""
    if not item_ids:
        return Withdrawn(taken=(), silent=())
    async with deps.database.reading() as session:
        queued = [item for item in await item_records.load(session, item_ids) if item.state is State.CONFIRMING]
        logins = await accounts.load_connected(session, deps.vault, sorted({item.account_id for item in queued}))
    jobs, _ = paired(deps, queued, logins)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def ask(job: Job) -> bool | None:
        async with gate:
            given_back = await _given_back(deps, job)
        return await _settle(deps, job, event) if given_back else given_back

    answers = await asyncio.gather(*(ask(job) for job in jobs))
    return Withdrawn(
        asked=frozenset(item_ids),
        taken=tuple(job.item for job, answer in zip(jobs, answers, strict=True) if answer),
        silent=tuple(job.item for job, answer in zip(jobs, answers, strict=True) if answer is None),
    )


async def _settle(deps: Deps, job: Job, event: Event) -> bool:
    evidence = f"{job.connector.spec.title} no longer has it"
    outcome = Outcome(item=job.item, attempt=job.item.attempt, event=event, at=clock.now(), evidence=evidence)
    async with deps.database.transaction() as session:
        return bool(await items.settle(session, [outcome]))


async def _given_back(deps: Deps, job: Job) -> bool | None:
    """Whether its platform gave it back. A refusal means that it may still go out; None, that nobody answered."""
    take_back = job.connector.withdraw
    if take_back is None or job.item.handle is None:
        return False
    wire = deps.sender.wire(job.connector.spec)
    try:
        login = await credentials.good_until(deps, job.login, clock.now())
        return await take_back(wire, login.connected, job.item.handle)
    except PlatformError as error:
        _log.info("not withdrawn", extra={"item_id": job.item.id, "status": error.status, "code": error.code})
        return None if isinstance(error, NotSent) else False
