"""The outbox: notices owed to people, kept until delivered. Written in the transaction of what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from storage.cards import Place, channel_of_card
from storage.ids import new_id
from storage.statements import upsert
from storage.tables import BrandRow, CardRow, NoticeRow

_S = TypeVar("_S", bound=Select[*tuple[Any, ...]])

_NOTICES = cast("Table", NoticeRow.__table__)
_c = _NOTICES.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message owed. What it says is made from `kind` and `payload`, which hold facts and ids alone."""

    id: str
    workspace_id: WorkspaceId
    brand_id: BrandId | None
    item_id: ItemId | None
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    due_at: datetime
    tries: int
    """Tries that failed."""
    post_id: PostId | None = None
    place: Place | None = None
    """Where it stands already, to be changed there; for kind "mended" where the broadcast it mends stands."""
    card: Place | None = None
    """Where the card of its post stands: its thread."""
    card_posted_at: datetime | None = None
    card_owed: bool = False
    """Whether the card shows an old state, or none yet."""


async def add(  # noqa: PLR0913  # the columns of one row, by name
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    kind: str,
    dedupe_key: str,
    payload: Mapping[str, object],
    now: datetime,
    brand_id: BrandId | None = None,
    post_id: PostId | None = None,
    item_id: ItemId | None = None,
    deliver_at: datetime | None = None,
    place: Place | None = None,
) -> bool:
    """Owe a notice, from `deliver_at` on (None: at once), to be put where an earlier one stands if `place` names that.

    False: one with this `dedupe_key` was owed before.
    """
    statement = upsert(session, NoticeRow).values(
        id=new_id("ntc"),
        workspace_id=workspace_id,
        brand_id=brand_id,
        post_id=post_id,
        item_id=item_id,
        kind=kind,
        dedupe_key=dedupe_key,
        payload=dict(payload),
        created_at=now,
        deliver_at=deliver_at or now,
        tries=0,
        place={"channel": place.channel, "ts": place.ts} if place is not None else None,
    )
    added = await session.execute(
        statement.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(NoticeRow.id)
    )
    return added.first() is not None


async def take_back(session: AsyncSession, workspace_id: WorkspaceId, dedupe_key: str) -> None:
    """Forget a notice that is not delivered yet."""
    named = (_c.dedupe_key == dedupe_key, _c.workspace_id == workspace_id)
    await session.execute(delete(_NOTICES).where(*named, _c.delivered_at.is_(None)))


async def was_owed(session: AsyncSession, workspace_id: WorkspaceId, dedupe_key: str) -> bool:
    """Whether there was a notice of this name, delivered or not."""
    found = await session.scalar(select(_c.id).where(_c.dedupe_key == dedupe_key, _c.workspace_id == workspace_id))
    return found is not None


def where_owed(statement: _S, now: datetime) -> _S:
    """The statement over notices that are due, with the cards and brands they belong to."""
    return (
        statement.select_from(NoticeRow)
        .outerjoin(CardRow, CardRow.post_id == NoticeRow.post_id)
        .outerjoin(BrandRow, BrandRow.id == func.coalesce(NoticeRow.brand_id, CardRow.brand_id))
        .where(NoticeRow.delivered_at.is_(None), NoticeRow.deliver_at <= now)
    )


def channel_of_notice() -> ColumnElement[str]:
    """Where a notice goes: to its card's channel, or its brand's; "" for everything that goes to people directly."""
    return case(
        (CardRow.post_id.is_not(None), channel_of_card()),
        (NoticeRow.post_id.is_(None), func.coalesce(BrandRow.channel, "")),
        else_="",
    )


async def due(
    session: AsyncSession, workspace_id: WorkspaceId, channel: str, *, now: datetime, limit: int
) -> list[Notice]:
    """The notices that are due in a channel, oldest first."""
    rows = await session.execute(
        where_owed(select(NoticeRow, CardRow), now)
        .where(NoticeRow.workspace_id == workspace_id, channel_of_notice() == channel)
        .order_by(NoticeRow.deliver_at, NoticeRow.created_at, NoticeRow.id)
        .limit(limit)
    )
    return [_notice(notice, card) for notice, card in rows]


async def place_of(session: AsyncSession, workspace_id: WorkspaceId, notice_id: str) -> Place | None:
    """Where a delivered notice stands."""
    place = await session.scalar(select(_c.place).where(_c.id == notice_id, _c.workspace_id == workspace_id))
    return None if place is None else Place(channel=place["channel"], ts=place["ts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A notice that was owed before, and where it stands if it was delivered."""

    payload: Mapping[str, Any]
    place: Place | None


async def last(
    session: AsyncSession, workspace_id: WorkspaceId, *, kind: str, post_id: PostId | None = None
) -> Said | None:
    """The newest notice of this kind about this post, or about none."""
    row = (await session.execute(newest(workspace_id, kind, post_id))).first()
    if row is None:
        return None
    place = Place(channel=row.place["channel"], ts=row.place["ts"]) if row.place else None
    return Said(payload=row.payload, place=place)


def newest(workspace_id: WorkspaceId, kind: str, post_id: PostId | None) -> Select[Any, Any]:
    """Its payload and place. Sorted by what no index has: there are few, and in the order of ids all would be read."""
    about = _c.post_id == post_id if post_id is not None else _c.post_id.is_(None)
    query = select(_c.payload, _c.place).where(_c.workspace_id == workspace_id, _c.kind == kind, about)
    return query.order_by(_c.id.concat("").desc()).limit(1)


async def settle(
    session: AsyncSession, results: Sequence[tuple[Notice, Place | None, str | None]], *, now: datetime
) -> None:
    """These got through, and stand there if they can be changed; or they never will, for a reason. Machinery."""
    if results:
        values = [_delivered_values(notice, place, why, now) for notice, place, why in results]
        connection = await session.connection()
        await connection.execute(_DELIVERED, sorted(values, key=lambda row: row["b_id"]))


async def failed(session: AsyncSession, notice: Notice, *, error: str) -> None:
    """It did not get through and stays owed. Machinery."""
    await session.execute(
        update(_NOTICES)
        .where(_c.id == notice.id, _c.workspace_id == notice.workspace_id, _c.delivered_at.is_(None))
        .values(tries=_c.tries + 1, last_error=error)
    )


_DELIVERED = (
    update(_NOTICES)
    .where(
        _c.id == bindparam("b_id"),
        _c.workspace_id == bindparam("b_workspace_id"),
        _c.delivered_at.is_(None),
    )
    .values(
        delivered_at=bindparam("b_at", type_=_c.delivered_at.type),
        place=bindparam("b_place", type_=_c.place.type),
        last_error=bindparam("b_error", type_=_c.last_error.type),
    )
)


def _delivered_values(notice: Notice, place: Place | None, error: str | None, now: datetime) -> Mapping[str, Any]:
    return {
        "b_id": notice.id,
        "b_workspace_id": notice.workspace_id,
        "b_at": now,
        "b_place": {"channel": place.channel, "ts": place.ts} if place is not None else None,
        "b_error": error,
    }


def _notice(row: NoticeRow, card: CardRow | None) -> Notice:
    return Notice(
        id=row.id,
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id) if row.brand_id is not None else None,
        post_id=PostId(row.post_id) if row.post_id is not None else None,
        item_id=ItemId(row.item_id) if row.item_id is not None else None,
        kind=row.kind,
        payload=row.payload,
        created_at=row.created_at,
        due_at=row.deliver_at,
        tries=row.tries,
        place=None if row.place is None else Place(channel=row.place["channel"], ts=row.place["ts"]),
        card=_stands(card),
        card_posted_at=card.posted_at if card is not None else None,
        card_owed=card is not None and card.shown < card.wanted,
    )


def _stands(card: CardRow | None) -> Place | None:
    if card is None or card.channel is None or card.ts is None:
        return None
    return Place(channel=card.channel, ts=card.ts)
