"""What waits, called back many at a time: laid aside with a mission, and taken back where it was handed over.

A send that is under way may end; if it ends unsent, it is not begun again.
"""

import asyncio
from collections.abc import Collection, Sequence

from bot import clock
from bot.domain.ids import AccountId, ItemId, MissionId, PostId, WorkspaceId
from bot.domain.publication import Event, State
from bot.services.deps import Deps
from bot.services.withdrawing import Withdrawn, withdraw_items
from storage import audit, cards, taking_back
from storage.engine import Session
from storage.taking_back import Taken

_PATIENCE_S = 10.0
_LOOK_EVERY_S = 0.1
_LAID_ASIDE = "Laid aside: its mission may not publish."


async def shelve(
    session: Session, workspace_id: WorkspaceId, mission_ids: Sequence[MissionId], *, by: str
) -> list[Taken]:
    """Lay aside what waits of these missions, in the caller's transaction."""
    if not mission_ids:
        return []
    now = clock.now()
    taken = await taking_back.shelve(session, workspace_id, mission_ids)
    await taking_back.no_second_try(session, workspace_id, mission_ids=mission_ids, now=now)
    await note(session, workspace_id, taken, "take_back", _LAID_ASIDE, by=by)
    await cards.want(session, workspace_id, {one.post_id for one in taken}, now=now)
    return taken


async def note(  # noqa: PLR0913  # lines of the journal
    session: Session, workspace_id: WorkspaceId, taken: Sequence[Taken], event: str, text: str, *, by: str
) -> None:
    """Write down of each item what became of it."""
    at = clock.now()
    events = [
        audit.AuditEvent(at=at, actor=by, event=event, post_id=one.post_id, item_id=one.item_id, detail={"text": text})
        for one in taken
    ]
    await audit.add_events(session, workspace_id, events)


async def handed_over(
    deps: Deps,
    workspace_id: WorkspaceId,
    *,
    account_ids: Collection[AccountId] = (),
    mission_ids: Collection[MissionId] = (),
) -> Withdrawn:
    """Take back what a platform keeps until its second, of accounts (cancelled then) or of missions (drafts then).

    What is being handed over at this moment is waited for, ten seconds at most.
    """
    event = Event.TAKE_BACK if mission_ids else Event.CANCEL

    async def among(*states: State) -> list[ItemId]:
        async with deps.database.reading() as session:
            return await taking_back.on_their_way(
                session, workspace_id, states, account_ids=account_ids, mission_ids=mission_ids
            )

    first = await withdraw_items(deps, await among(State.CONFIRMING), event=event)
    until = clock.uptime_s() + _PATIENCE_S
    if not await among(State.SENDING):
        return first
    while await among(State.SENDING) and clock.uptime_s() < until:  # noqa: ASYNC110  # another process may send it
        await asyncio.sleep(_LOOK_EVERY_S)
    second = await withdraw_items(deps, await among(State.CONFIRMING), event=event)
    return both(first, second)


def both(first: Withdrawn, second: Withdrawn) -> Withdrawn:
    """What became of posts that were asked for one time after another."""
    late = [item for item in first.silent if item.id not in second.asked]
    return Withdrawn(
        taken=(*first.taken, *second.taken), silent=(*late, *second.silent), asked=first.asked | second.asked
    )


def contents(taken: Sequence[Taken], withdrawn: Withdrawn) -> set[tuple[PostId, AccountId]]:
    """How many of them there are as people count them: a thread is one."""
    back = {(item.post_id, item.account_id) for item in withdrawn.taken}
    return back | {(one.post_id, one.account_id) for one in taken}
