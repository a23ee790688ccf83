"""Disconnecting a service that leads to several networks, for a whole workspace or one brand of it.

What waits for it is cancelled and its active missions may not publish any more, in one transaction, by which no worker
can send any of it: what one had claimed is no longer in the state that arming asks for. Then what was handed over early
is taken back, and last, in one transaction, the rest is cancelled again and the tokens are erased. Numbers stay. If the
process dies in between, nothing of what was cancelled goes out, and the same can be asked again.
"""

from dataclasses import dataclass
from datetime import datetime

from bot import clock
from bot.domain.ids import AccountId, BrandId, PostId, WorkspaceId
from bot.domain.items import QueuedItem
from bot.services import calling_back
from bot.services.deps import Deps
from bot.services.integrating import NotLinked, Unreachable, need
from storage import accounts, audit, holds, integrations, lines, missions, taking_back
from storage.engine import Session, announce
from storage.taking_back import Taken

_GONE = "Cancelled, because its account was disconnected."


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """What disconnecting did. A thread counts as one post."""

    at: datetime
    cancelled_posts: int
    disabled_missions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stop:
    """Whose posts end, and who says so."""

    workspace_id: WorkspaceId
    platform: str
    brand_id: BrandId | None
    by: str


async def disconnect(
    deps: Deps, workspace_id: WorkspaceId, platform: str, *, brand_id: BrandId | None = None, asked_by: str
) -> Disconnected:
    """Cancel, disable, preserve, erase. Several transactions; see above for what each of them makes sure of.

    Raises NotLinked, and Unreachable while something that was handed over cannot be taken back before its second
    because the service does not answer: then the rest is cancelled, and the tokens are kept for another try.
    """
    title = connecting_title(deps, platform)
    await need(deps, workspace_id, platform, brand_id=brand_id)
    stop = _Stop(workspace_id=workspace_id, platform=platform, brand_id=brand_id, by=asked_by)
    async with deps.database.transaction() as session:
        first, disabled = await _stop(session, stop)
    withdrawn = await calling_back.handed_over(deps, workspace_id, account_ids={account for account, _ in first[1]})
    if left := [item for item in withdrawn.silent if _still_to_come(item)]:
        many = "1 post" if len(left) == 1 else f"{len(left)} posts"
        raise Unreachable(f"{title} does not answer, and has {many} to publish soon. Everything else is cancelled. Try again.")
    async with deps.database.transaction() as session:
        last, again = await _stop(session, stop)
        if not last[1]:
            raise NotLinked(title)
        at = clock.now()
        await _forget(session, stop, [account for account, _ in last[1]], at=at)
    cancelled = calling_back.contents([*first[0], *last[0]], withdrawn)
    return Disconnected(at=at, cancelled_posts=len(cancelled), disabled_missions=len({*disabled, *again}))
