"""Cards: which posts have one in their brand's channel, which of them show an old state, and where they stand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    String,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from bot.domain.ids import AccountId, BrandId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.given import Given, dialect_of
from storage.tables import BrandRow, CardRow, PostItemRow, PostRow, SlackInstallationRow, UtcDateTime

_MOST_AT_ONCE = 200
_UNSEEN = [State.DRAFT.value, State.CANCELLED.value]

_CARDS = cast("Table", CardRow.__table__)
_c = _CARDS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message stands."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardOwed:
    """A card that shows an old state, or none yet."""

    post_id: PostId
    workspace_id: WorkspaceId
    brand_id: BrandId
    channel: str | None
    """Where it stands, or else its brand's channel."""
    ts: str | None
    """None: it was never posted."""
    wanted: int
    """What is shown once this is delivered; a change meanwhile makes it grow, and the card is owed again."""
    tries: int
    """Tries that failed since it was last shown."""
    since: datetime
    posted_at: datetime | None
    home: str | None = None
    """Its brand's channel now."""

    @property
    def place(self) -> Place | None:
        """Where it stands."""
        return Place(channel=self.channel, ts=self.ts) if self.channel is not None and self.ts is not None else None


# --- Owing ---------------------------------------------------------------------------------------------------------


async def want(
    session: AsyncSession, workspace_id: WorkspaceId, post_ids: Collection[PostId], *, now: datetime
) -> set[PostId]:
    """Owe the cards of these posts anew; returns the posts that have one.

    A post has one if its brand has a channel, or had one when it was posted, and its workspace an installation; a
    draft has none before it is scheduled. One statement, to be called last in the transaction of what changed: rows are
    locked in the order of their ids.
    """
    known = exists().where(CardRow.post_id == PostRow.id)
    planned = exists().where(PostItemRow.post_id == PostRow.id, PostItemRow.state.not_in(_UNSEEN))
    among = and_(PostRow.workspace_id == workspace_id, or_(known, planned))
    return await _want(session, post_ids, wanting(dialect_of(session), among), now)


def somebody_has_one() -> ScalarSelect[bool]:
    """Whether any post can have a card at all: asked once by whichever statement it stands in."""
    return select(exists().where(SlackInstallationRow.workspace_id.is_not(None))).scalar_subquery()


async def want_all(session: AsyncSession, post_ids: Collection[PostId], *, now: datetime) -> set[PostId]:
    """The same for posts of any workspace. Machinery."""
    return await _want(session, post_ids, _wanting_all(dialect_of(session)), now)


async def _want(
    session: AsyncSession, post_ids: Collection[PostId], statement: ReturningInsert[str], now: datetime
) -> set[PostId]:
    if not post_ids:
        return set()
    given = _POSTS.values(dialect_of(session), [{"id": post_id} for post_id in sorted(set(post_ids))])
    wanted = await session.execute(statement, given | {"at": now})
    return {PostId(post_id) for post_id in wanted.scalars()}


_POSTS = Given("changed", id=String())


@cache
def _wanting_all(dialect: str) -> ReturningInsert[str]:
    return wanting(dialect, true())


def wanting(dialect: str, among: ColumnElement[bool]) -> ReturningInsert[str]:
    """Owe cards, `at` an instant, to those of `_POSTS` that have one and are `among` these."""
    changed = _POSTS.rows(dialect)
    posts = (
        select(
            PostRow.id,
            PostRow.workspace_id,
            PostRow.brand_id,
            literal(1),
            literal(0),
            bindparam("at", type_=UtcDateTime()),
            literal(0),
        )
        .join(changed, changed.c.id == PostRow.id)
        .join(BrandRow, BrandRow.id == PostRow.brand_id)
        .join(SlackInstallationRow, SlackInstallationRow.workspace_id == PostRow.workspace_id)
        .where(or_(BrandRow.channel.is_not(None), _STANDS), among)
        .order_by(PostRow.id)
    )
    columns = ["post_id", "workspace_id", "brand_id", "wanted", "shown", "due_at", "tries"]
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(_CARDS).from_select(columns, posts)
    owed_before = _c.shown < _c.wanted
    again = statement.on_conflict_do_update(
        index_elements=["post_id"],
        set_={
            "wanted": _c.wanted + 1,
            "due_at": case((owed_before, _c.due_at), else_=statement.excluded.due_at),
            "tries": case((owed_before, _c.tries), else_=0),
        },
    )
    return again.returning(_c.post_id)


_STANDS = exists().where(CardRow.post_id == PostRow.id, CardRow.ts.is_not(None))


async def want_of_account(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, *, now: datetime
) -> None:
    """Owe the cards of the account's newest failed posts: it was connected again, and they say what that means."""
    failed = (
        select(PostItemRow.post_id)
        .where(
            PostItemRow.workspace_id == workspace_id,
            PostItemRow.account_id == account_id,
            PostItemRow.state == State.FAILED.value,
        )
        .order_by(PostItemRow.id.desc())
        .limit(_MOST_AT_ONCE)
    )
    await want(session, workspace_id, [PostId(post_id) for post_id in await session.scalars(failed)], now=now)


async def standing(session: AsyncSession, workspace_id: WorkspaceId, post_ids: Collection[PostId]) -> set[PostId]:
    """Those of these posts whose card stands somewhere."""
    query = select(_c.post_id).where(_c.workspace_id == workspace_id, _c.post_id.in_(post_ids), _c.ts.is_not(None))
    return {PostId(post_id) for post_id in await session.scalars(query)}


# --- Delivering ----------------------------------------------------------------------------------------------------


def channel_of_card() -> ColumnElement[str]:
    """Where a card goes, "" for nowhere; for statements over cards and brands."""
    return func.coalesce(CardRow.channel, BrandRow.channel, "")


async def owed(session: AsyncSession, workspace_id: WorkspaceId, channel: str, *, limit: int) -> list[CardOwed]:
    """The cards owed to a channel, those that wait longest first."""
    rows = await session.execute(
        _OWED.where(CardRow.workspace_id == workspace_id, channel_of_card() == channel)
        .order_by(CardRow.due_at, CardRow.post_id)
        .limit(limit)
    )
    return [_card(row.CardRow, row.home) for row in rows]


async def owed_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> CardOwed | None:
    """The card of a post, if it is owed."""
    rows = await session.execute(_OWED.where(CardRow.workspace_id == workspace_id, CardRow.post_id == post_id))
    row = rows.first()
    return None if row is None else _card(row.CardRow, row.home)


_OWED = (
    select(CardRow, BrandRow.channel.label("home"))
    .join(BrandRow, BrandRow.id == CardRow.brand_id)
    .where(CardRow.shown < CardRow.wanted)
)


async def settle(
    session: AsyncSession, results: Sequence[tuple[CardOwed, Place | None, str | None]], *, now: datetime
) -> None:
    """These are on display there, in the state that was wanted when they were read; or they cannot be, for a reason.

    What was given up is owed again with the next change. Machinery.
    """
    if results:
        values = [_shown_values(card, place, why, now) for card, place, why in results]
        connection = await session.connection()
        await connection.execute(_SHOWN, sorted(values, key=lambda row: row["b_post_id"]))


async def failed(session: AsyncSession, card: CardOwed, *, error: str) -> None:
    """It did not get through and stays owed. Machinery."""
    await session.execute(
        update(_CARDS)
        .where(_c.post_id == card.post_id, _c.workspace_id == card.workspace_id)
        .values(tries=_c.tries + 1, last_error=error)
    )


_SHOWN = (
    update(_CARDS)
    .where(
        _c.post_id == bindparam("b_post_id"),
        _c.workspace_id == bindparam("b_workspace_id"),
        _c.shown < bindparam("b_wanted"),
    )
    .values(
        shown=bindparam("b_wanted"),
        channel=func.coalesce(bindparam("b_channel", type_=_c.channel.type), _c.channel),
        ts=func.coalesce(bindparam("b_ts", type_=_c.ts.type), _c.ts),
        tries=0,
        last_error=bindparam("b_error", type_=_c.last_error.type),
        posted_at=bindparam("b_posted_at", type_=_c.posted_at.type),
    )
)


def _shown_values(card: CardOwed, place: Place | None, error: str | None, now: datetime) -> Mapping[str, Any]:
    return {
        "b_post_id": card.post_id,
        "b_workspace_id": card.workspace_id,
        "b_wanted": card.wanted,
        "b_channel": place.channel if place is not None else None,
        "b_ts": place.ts if place is not None else None,
        "b_error": error,
        "b_posted_at": card.posted_at or (now if place is not None else None),
    }


def _card(row: CardRow, home: str | None) -> CardOwed:
    return CardOwed(
        post_id=PostId(row.post_id),
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id),
        channel=row.channel or home,
        ts=row.ts,
        wanted=row.wanted,
        tries=row.tries,
        since=row.due_at,
        posted_at=row.posted_at,
        home=home,
    )
