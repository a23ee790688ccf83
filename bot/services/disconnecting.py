"""Disconnecting a service that leads to several networks, for a whole workspace or one brand of it.

What waits for it is cancelled and its active missions may not publish any more, in one transaction, by which no worker
can send any of it: what one had claimed is no longer in the state that arming asks for. Then what was handed over early
is taken back, and last, in one transaction, the rest is cancelled again and the tokens are erased. Numbers stay. If the
process dies in between, nothing of what was cancelled goes out, and the same can be asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import clock
from bot.domain.ids import AccountId, BrandId, MissionId, WorkspaceId
from bot.domain.publication import State
from bot.services import calling_back, connecting, keeping
from bot.services.deps import Deps
from bot.services.integrating import NotLinked, Unreachable
from bot.services.withdrawing import Withdrawn
from storage import accounts, audit, cards, holds, integrations, lines, missions, taking_back
from storage.engine import Session, announce
from storage.taking_back import Taken

_CANCELLED = "Cancelled, because its account was disconnected."


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """What disconnecting did. A thread counts as one post."""

    at: datetime
    cancelled_posts: int
    disabled_missions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """Whose posts end, and who says so."""

    workspace_id: WorkspaceId
    platform: str
    brand_id: BrandId | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stopped:
    """What was stopped in one transaction."""

    accounts: tuple[AccountId, ...]
    cancelled: tuple[Taken, ...]
    missions: tuple[MissionId, ...]

    def and_(self, later: "_Stopped") -> "_Stopped":
        """With what was stopped afterwards."""
        return _Stopped(
            accounts=later.accounts,
            cancelled=(*self.cancelled, *later.cancelled),
            missions=tuple(dict.fromkeys((*self.missions, *later.missions))),
        )


async def disconnect(
    deps: Deps, workspace_id: WorkspaceId, platform: str, *, brand_id: BrandId | None = None, asked_by: str
) -> Disconnected:
    """Cancel, disable, preserve, erase. Several transactions; see above for what each of them makes sure of.

    Raises NotLinked, and Unreachable while something that was handed over cannot be taken back before its second
    because the service does not answer: then the rest is cancelled, and the tokens are kept for another try.
    """
    wish = _Wish(workspace_id=workspace_id, platform=platform, brand_id=brand_id, by=asked_by)
    title = connecting.connector_called(deps, platform).spec.title
    async with deps.database.transaction() as session:
        stopped = await _stop(session, wish, title)
    withdrawn = Withdrawn(taken=(), silent=())
    at: datetime | None = None
    for patient in (True, True, False):
        more = await calling_back.handed_over(deps, workspace_id, account_ids=stopped.accounts)
        withdrawn = calling_back.both(withdrawn, more)
        _refuse_left(withdrawn, title)
        at, stopped = await _finish(deps, wish, stopped, withdrawn, title, patient=patient)
        if at is not None:
            break
    if stopped.missions:
        await calling_back.handed_over(deps, workspace_id, mission_ids=stopped.missions)
    return Disconnected(
        at=at or clock.now(),
        cancelled_posts=len(calling_back.contents(stopped.cancelled, withdrawn)),
        disabled_missions=len(stopped.missions),
    )


async def _finish(  # noqa: PLR0913  # what is known so far
    deps: Deps, wish: _Wish, before: _Stopped, withdrawn: Withdrawn, title: str, *, patient: bool
) -> tuple[datetime | None, _Stopped]:
    """Erase the tokens. None instead of when: something was handed over meanwhile, and there is time to ask for it."""
    async with deps.database.transaction() as session:
        last = await _stop(session, wish, title)
        stopped = before.and_(last)
        there = await taking_back.on_their_way(
            session, wish.workspace_id, [State.CONFIRMING], account_ids=last.accounts
        )
        if patient and not withdrawn.asked.issuperset(there):
            return None, stopped
        tokens = await accounts.load_connected(session, deps.vault, last.accounts)
        at = clock.now()
        await _forget(session, wish, last.accounts, at=at)
    for connected, _ in tokens.values():
        await keeping.revoke(deps, connected)
    return at, stopped


async def _stop(session: Session, wish: _Wish, title: str) -> _Stopped:
    """Cancel what waits, and keep the active missions from publishing. Raises NotLinked."""
    workspace_id, now = wish.workspace_id, clock.now()
    await holds.lock(session, workspace_id)
    there = await integrations.linked_accounts(session, workspace_id, platform=wish.platform, brand_id=wish.brand_id)
    if not there:
        raise NotLinked(title)
    account_ids = tuple(one.account.id for one in there)
    disabled = await missions.disable_active(session, workspace_id, brand_id=wish.brand_id, now=now)
    cancelled = await taking_back.cancel(session, workspace_id, account_ids)
    await taking_back.no_second_try(session, workspace_id, account_ids=account_ids, now=now)
    await calling_back.shelve(session, workspace_id, disabled, by=wish.by)
    await calling_back.note(session, workspace_id, cancelled, "cancel", _CANCELLED, by=wish.by)
    with_card = await cards.want(session, workspace_id, {one.post_id for one in cancelled}, now=now)
    gone = [(one.post_id, one.item_id) for one in cancelled if one.post_id in with_card]
    await lines.of_disconnection(session, workspace_id, gone, by=wish.by, now=now)
    return _Stopped(accounts=account_ids, cancelled=tuple(cancelled), missions=tuple(disabled))


def _refuse_left(withdrawn: Withdrawn, title: str) -> None:
    """What its platform still has, and cannot be asked for, goes out at its second: that has to be said."""
    now = clock.now()
    left = [item for item in withdrawn.silent if (item.scheduled_at or item.due_at) > now]
    if left:
        many = "1 post that it publishes" if len(left) == 1 else f"{len(left)} posts that it publishes"
        raise Unreachable(f"{title} does not answer, and has {many} soon. The rest is cancelled. Try again.")


async def _forget(session: Session, wish: _Wish, account_ids: Sequence[AccountId], *, at: datetime) -> None:
    for account_id in account_ids:
        await accounts.disconnect(session, wish.workspace_id, account_id)
    events = [
        audit.AuditEvent(at=at, actor=wish.by, event="account_disconnected", account_id=account_id)
        for account_id in account_ids
    ]
    await audit.add_events(session, wish.workspace_id, events)
    await announce(session)
