"""Holds of brands and of whole workspaces, and what they do to the queue. The claim's side is storage/items.py.

What the queue is asked under a hold can be asked of a single post too; its hold is storage/post_holds.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Table, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.domain.holds import Hold
from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from bot.domain.items import ErrorClass
from bot.domain.publication import Event, State, move
from storage.conditions import ITEMS, in_state, still
from storage.items import HELD_TOO_LONG
from storage.tables import AccountRow, BrandRow, CardRow, ItemMaterialRow, PostItemRow, WorkspaceRow

_MATERIAL = cast("Table", ItemMaterialRow.__table__)
_c = ITEMS.c

POST_HELD_TOO_LONG = "The post was on hold. It was not sent."
WAITING = frozenset({State.SCHEDULED, State.CLAIMED})
_MOST_CARDS = 100
_CARDS_AHEAD = timedelta(days=2)
_PACED_AHEAD = timedelta(hours=1)
"""No pace reaches further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """An item whose second passed while it was on hold, within its grace."""

    item_id: ItemId
    post_id: PostId
    account_id: AccountId
    due_at: datetime
    missed_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """When one of a backlog goes out, and until when it may."""

    item_id: ItemId
    due_at: datetime
    missed_after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """An item that was on its way already when the hold began: the hold does not call it back."""

    item_id: ItemId
    platform: str
    due_at: datetime
    """When it goes out, or went."""


# --- The holds themselves ------------------------------------------------------------------------------------------


async def holds_of(session: AsyncSession, workspace_id: WorkspaceId) -> dict[BrandId | None, Hold]:
    """The holds that last: by brand, and under None the one of the whole workspace."""
    found: dict[BrandId | None, Hold] = {}
    workspace = await session.execute(
        select(WorkspaceRow.held_since, WorkspaceRow.held_until, WorkspaceRow.held_by, WorkspaceRow.hold_reason).where(
            WorkspaceRow.id == workspace_id, WorkspaceRow.held_since.is_not(None)
        )
    )
    for since, until, by, reason in workspace:
        if since is not None:
            found[None] = Hold(since=since, until=until, by=by, reason=reason, everything=True)
    brands = await session.execute(
        select(BrandRow.id, BrandRow.held_since, BrandRow.held_until, BrandRow.held_by, BrandRow.hold_reason).where(
            BrandRow.workspace_id == workspace_id, BrandRow.held_since.is_not(None)
        )
    )
    for brand_id, since, until, by, reason in brands:
        if since is not None:
            found[BrandId(brand_id)] = Hold(since=since, until=until, by=by, reason=reason)
    return found


async def hold_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> Hold | None:
    """What keeps this brand from sending: its workspace's hold before its own."""
    found = await holds_of(session, workspace_id)
    return found.get(None) or found.get(brand_id)


async def set_hold(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId | None, hold: Hold | None
) -> None:
    """Put a brand, or the whole workspace (None), on hold, or end its hold. Raises NotFound."""
    values = {
        "held_since": hold.since if hold is not None else None,
        "held_until": hold.until if hold is not None else None,
        "held_by": hold.by if hold is not None else None,
        "hold_reason": hold.reason if hold is not None else None,
    }
    statement = (
        update(WorkspaceRow).where(WorkspaceRow.id == workspace_id)
        if brand_id is None
        else update(BrandRow).where(BrandRow.workspace_id == workspace_id, BrandRow.id == brand_id)
    )
    changed = await session.execute(
        statement.values(**values).returning(WorkspaceRow.id if brand_id is None else BrandRow.id)
    )
    if changed.first() is None:
        raise NotFound("There is no such brand in this workspace.", field="brand")


async def lock(session: AsyncSession, workspace_id: WorkspaceId) -> None:
    """Until the transaction ends nobody else holds or releases anything of this workspace."""
    await session.execute(
        select(WorkspaceRow.id).where(WorkspaceRow.id == workspace_id).with_for_update(key_share=True)
    )


async def ended(session: AsyncSession, *, now: datetime) -> list[tuple[WorkspaceId, BrandId | None]]:
    """The holds whose time is over, of all workspaces. Machinery."""
    brands = await session.execute(select(BrandRow.workspace_id, BrandRow.id).where(BrandRow.held_until <= now))
    workspaces = await session.scalars(select(WorkspaceRow.id).where(WorkspaceRow.held_until <= now))
    return [
        *((WorkspaceId(row.workspace_id), BrandId(row.id)) for row in brands),
        *((WorkspaceId(workspace_id), None) for workspace_id in workspaces),
    ]


# --- The queue under a hold ----------------------------------------------------------------------------------------


async def take_back(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId | None, post_id: PostId | None = None
) -> int:
    """Take from the workers what they claimed and did not arm. Compare and set. Returns how many items.

    Their versions grow, so that nothing a worker still has in its hands counts any more; what `prepare` stored for
    them stays theirs. A row that is just being armed is passed over: it goes out, or arming refuses it.
    """
    claimed = select(_c.id).where(*_of(workspace_id, brand_id, post_id), in_state(State.CLAIMED))
    taken = await session.execute(
        update(ITEMS)
        .where(_c.id.in_(claimed.with_for_update(skip_locked=True)), still(in_state(State.CLAIMED)))
        .values(
            state=move(State.CLAIMED, Event.RELEASE).to.value,
            version=_c.version + 1,
            worker_id=None,
            claimed_at=None,
        )
        .returning(_c.id, _c.version)
    )
    changed = [{"b_item_id": row.id, "b_version": row.version} for row in taken]
    if changed:
        connection = await session.connection()
        await connection.execute(_KEEP_MATERIAL, sorted(changed, key=lambda one: one["b_item_id"]))
    return len(changed)


_KEEP_MATERIAL = (
    update(_MATERIAL)
    .where(_MATERIAL.c.item_id == bindparam("b_item_id"), _MATERIAL.c.version == bindparam("b_version") - 1)
    .values(version=bindparam("b_version"))
)


async def underway(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId | None, post_id: PostId | None = None
) -> list[Underway]:
    """What was armed already, or is with its network and not published yet, in the order of its seconds.

    What was handed over ahead of its second goes out at that second.
    """
    rows = await session.execute(
        select(_c.id, _c.platform, _c.due_at, _c.scheduled_at, _c.created_at)
        .where(*_of(workspace_id, brand_id, post_id), in_state(State.SENDING, State.CONFIRMING))
        .order_by(_c.due_at, _c.id)
    )
    return [
        Underway(
            item_id=ItemId(row.id),
            platform=row.platform,
            due_at=max(row.due_at or row.created_at, row.scheduled_at or row.created_at),
        )
        for row in rows
    ]


async def count_waiting(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId | None) -> int:
    """How many posts wait in the queue."""
    waiting = select(func.count(_c.post_id.distinct())).where(*_of(workspace_id, brand_id), in_state(*WAITING))
    return (await session.execute(waiting)).scalar_one()


async def backlog(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId | None,
    post_id: PostId | None = None,
    *,
    now: datetime,
) -> list[Backlog]:
    """Items whose second passed and whose grace did not, in the order of their seconds; they stay as they are."""
    overdue = (in_state(State.SCHEDULED), _c.claim_at <= now, _c.due_at <= now, _c.missed_after > now)
    return await _locked(session, [*_of(workspace_id, brand_id, post_id), *overdue])


async def _locked(session: AsyncSession, which: Sequence[ColumnElement[bool]]) -> list[Backlog]:
    """These items, locked in the order of their ids as everywhere, and named in the order of their seconds."""
    rows = await session.execute(
        select(_c.id, _c.post_id, _c.account_id, _c.due_at, _c.missed_after)
        .where(*which)
        .order_by(_c.id)
        .with_for_update()
    )
    return [
        Backlog(
            item_id=ItemId(row.id),
            post_id=PostId(row.post_id),
            account_id=AccountId(row.account_id),
            due_at=row.due_at,
            missed_after=row.missed_after,
        )
        for row in sorted(rows, key=lambda row: (row.due_at, row.id))
    ]


async def given_times(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, *, now: datetime
) -> list[Backlog]:
    """Items that were given a later time than planned, as by a release before, in the order of those; they stay so."""
    ahead = (in_state(State.SCHEDULED), _c.claim_at.is_not(None), _c.due_at > now, _c.tries == 0)
    given = (*ahead, _c.due_at > _c.scheduled_at, _c.due_at <= now + _PACED_AHEAD)
    return await _locked(session, [*_of(workspace_id, brand_id), *given])


async def count_late(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId | None,
    post_id: PostId | None = None,
    *,
    now: datetime,
) -> int:
    """How many posts are past their grace."""
    late = select(func.count(_c.post_id.distinct())).where(
        *_of(workspace_id, brand_id, post_id), in_state(State.SCHEDULED), _c.missed_after <= now
    )
    return (await session.execute(late)).scalar_one()


async def mark_late(  # noqa: PLR0913  # whose, and when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    brand_id: BrandId,
    post_id: PostId | None = None,
    *,
    now: datetime,
    over_at: datetime | None,
) -> None:
    """Note at posts past their grace that it was the hold: that they are missed is found out a moment later.

    What came due when the hold's time was `over_at` had another reason: nobody was there to end it.
    """
    said = HELD_TOO_LONG if post_id is None else POST_HELD_TOO_LONG
    late = (in_state(State.SCHEDULED), _c.missed_after <= now, _c.due_at <= (over_at or now))
    await session.execute(
        update(ITEMS)
        .where(*_of(workspace_id, brand_id, post_id), *late)
        .values(error_class=ErrorClass.LATE.value, error_message=said)
    )


async def delay(session: AsyncSession, workspace_id: WorkspaceId, due: Sequence[Paced]) -> None:
    """Give waiting items another instant to go out at, and until when they may. What was planned stays as it is."""
    if due:
        connection = await session.connection()
        whose = {"b_workspace_id": workspace_id}
        rows = [{**whose, "b_id": one.item_id, "b_at": one.due_at, "b_missed_after": one.missed_after} for one in due]
        await connection.execute(_DELAY, rows)


_DELAY = (
    update(ITEMS)
    .where(
        _c.id == bindparam("b_id"), _c.workspace_id == bindparam("b_workspace_id"), _c.state == State.SCHEDULED.value
    )
    .values(
        due_at=bindparam("b_at", type_=_c.due_at.type),
        claim_at=bindparam("b_at", type_=_c.claim_at.type),
        missed_after=bindparam("b_missed_after", type_=_c.missed_after.type),
    )
)


async def posts_to_show(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId | None, *, now: datetime
) -> list[PostId]:
    """The posts with a card whose second passed or comes today or tomorrow: those at whose cards somebody looks now.

    A hundred at most: a channel takes one change a second.
    """
    has_card = exists().where(CardRow.post_id == PostItemRow.post_id)
    rows = await session.execute(
        select(PostItemRow.post_id)
        .where(*_of(workspace_id, brand_id), in_state(*WAITING), PostItemRow.due_at <= now + _CARDS_AHEAD, has_card)
        .group_by(PostItemRow.post_id)
        .order_by(func.min(PostItemRow.due_at), PostItemRow.post_id)
        .limit(_MOST_CARDS)
    )
    return [PostId(post_id) for post_id in rows.scalars()]


def _of(
    workspace_id: WorkspaceId, brand_id: BrandId | None, post_id: PostId | None = None
) -> list[ColumnElement[bool]]:
    """The items of a post, or those of a brand or a workspace, found by their accounts: for those there is an index."""
    if post_id is not None:
        return [_c.workspace_id == workspace_id, _c.post_id == post_id]
    accounts = select(AccountRow.id).where(AccountRow.workspace_id == workspace_id)
    if brand_id is not None:
        accounts = accounts.where(AccountRow.brand_id == brand_id)
    return [_c.workspace_id == workspace_id, _c.account_id.in_(accounts)]
