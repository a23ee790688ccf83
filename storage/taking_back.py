"""Items taken out of the queue many at a time: cancelled with their account, or laid aside with their mission.

Rows are locked in the order of their ids, as arming and settling lock them. Whoever is about to arm one meets another
state, and sends nothing; what was armed before is left as it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Table, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import AccountId, ItemId, MissionId, PostId, WorkspaceId
from bot.domain.publication import Event, State, move
from storage.conditions import ITEMS, in_state, still
from storage.tables import AccountRow, BrandRow, ItemMaterialRow, PostRow

_MATERIAL = cast("Table", ItemMaterialRow.__table__)
_c = ITEMS.c
_WAITING = (State.SCHEDULED, State.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An item that no longer goes out."""

    post_id: PostId
    item_id: ItemId
    account_id: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """An item that was laid aside and could still go out at its second."""

    post_id: PostId
    item_id: ItemId
    account_id: AccountId
    platform: str
    post_type: str
    kind: str
    part: int
    version: int
    attempt: int
    scheduled_at: datetime
    lead_s: float
    grace: timedelta


async def cancel(session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId]) -> list[Taken]:
    """Cancel what waits for these accounts, thread and all."""
    return await _take(session, Event.CANCEL, _of_accounts(workspace_id, account_ids), {})


async def shelve(session: AsyncSession, workspace_id: WorkspaceId, mission_ids: Collection[MissionId]) -> list[Taken]:
    """Lay aside what waits of these missions: drafts that keep their second, so that it can be taken up again."""
    aside = {"due_at": None, "claim_at": None, "missed_after": None, "tries": 0, "looks": 0}
    whose = _of_missions(workspace_id, mission_ids)
    taken = await _take(session, Event.TAKE_BACK, whose, {**aside, "error_class": None, "error_message": None})
    await forget_prepared(session, workspace_id, [one.item_id for one in taken])
    return taken


async def forget_prepared(session: AsyncSession, workspace_id: WorkspaceId, item_ids: Sequence[ItemId]) -> None:
    """Drop what was made ready for these items."""
    if item_ids:
        await session.execute(
            delete(_MATERIAL).where(_MATERIAL.c.workspace_id == workspace_id, _MATERIAL.c.item_id.in_(item_ids))
        )


async def _take(
    session: AsyncSession, event: Event, whose: Sequence[ColumnElement[bool]], more: dict[str, object]
) -> list[Taken]:
    (to,) = {move(state, event).to for state in _WAITING}
    waiting = select(_c.id).where(*whose, in_state(*_WAITING)).order_by(_c.id).with_for_update()
    taken = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(waiting), still(in_state(*_WAITING)))
        .values(state=to.value, version=_c.version + 1, worker_id=None, claimed_at=None, **more)
        .returning(_c.post_id, _c.id, _c.account_id)
    )
    return [
        Taken(post_id=PostId(row.post_id), item_id=ItemId(row.id), account_id=AccountId(row.account_id))
        for row in taken
    ]


async def on_their_way(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    among: Iterable[State],
    *,
    account_ids: Collection[AccountId] = (),
    mission_ids: Collection[MissionId] = (),
) -> list[ItemId]:
    """The items of these accounts, or else of these missions, that are in one of these states."""
    whose = _of_missions(workspace_id, mission_ids) if mission_ids else _of_accounts(workspace_id, account_ids)
    found = await session.scalars(select(_c.id).where(*whose, in_state(*among)).order_by(_c.id))
    return [ItemId(item_id) for item_id in found]


async def shelved(
    session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId, *, after: datetime
) -> list[Shelved]:
    """What of a mission was laid aside, is planned for later than that, and has its account still. Locked."""
    rows = await session.execute(
        select(ITEMS, BrandRow.grace_s)
        .join(AccountRow, AccountRow.id == _c.account_id)
        .join(BrandRow, BrandRow.id == _c.brand_id)
        .where(*_of_missions(workspace_id, [mission_id]), in_state(State.DRAFT), _c.scheduled_at > after)
        .where(AccountRow.disconnected_at.is_(None))
        .order_by(_c.id)
        .with_for_update(of=ITEMS)
    )
    return [
        Shelved(
            post_id=PostId(row.post_id),
            item_id=ItemId(row.id),
            account_id=AccountId(row.account_id),
            platform=row.platform,
            post_type=row.post_type,
            kind=row.kind,
            part=row.part,
            version=row.version,
            attempt=row.attempt,
            scheduled_at=row.scheduled_at,
            lead_s=row.lead_s,
            grace=timedelta(seconds=row.grace_s),
        )
        for row in rows
    ]


def _of_accounts(workspace_id: WorkspaceId, account_ids: Collection[AccountId]) -> list[ColumnElement[bool]]:
    return [_c.workspace_id == workspace_id, _c.account_id.in_(sorted(account_ids))]


def _of_missions(workspace_id: WorkspaceId, mission_ids: Collection[MissionId]) -> list[ColumnElement[bool]]:
    ours = (PostRow.workspace_id == workspace_id, PostRow.mission_id.is_not(None))
    theirs = select(PostRow.id).where(*ours, PostRow.mission_id.in_(sorted(mission_ids)))
    return [_c.workspace_id == workspace_id, _c.post_id.in_(theirs)]


async def no_second_try(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    account_ids: Collection[AccountId] = (),
    mission_ids: Collection[MissionId] = (),
    now: datetime,
) -> None:
    """Let what is being sent end, and nothing of it begin again: if it comes back unsent, it is late by then."""
    whose = _of_missions(workspace_id, mission_ids) if mission_ids else _of_accounts(workspace_id, account_ids)
    underway = (State.SENDING, State.CONFIRMING, State.UNCONFIRMED)
    rows = select(_c.id).where(*whose, in_state(*underway)).order_by(_c.id).with_for_update()
    await session.execute(update(ITEMS).where(_c.id.in_(rows), still(in_state(*underway))).values(missed_after=now))
