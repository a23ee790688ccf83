"""Whose numbers are asked for next: a row for each connected account and each published item. Machinery.

Whoever moves an account's `claimed_until` asks for it, and for all of its items. What a claimant finds it keeps as a
snapshot of the day, of which there is one: a second is dropped, whoever brings it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.accounts import Account, Health
from bot.domain.gates import Gate
from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from bot.domain.numbers import NAMES, Numbers
from bot.domain.record import record
from storage.engine import Database
from storage.gates import not_behind
from storage.statements import upsert
from storage.tables import (
    AccountPollRow,
    AccountRow,
    AccountSnapshotRow,
    ItemPollRow,
    ItemSnapshotRow,
    PostItemRow,
)

_POLLS = cast("Table", AccountPollRow.__table__)
_ITEM_POLLS = cast("Table", ItemPollRow.__table__)
_p, _i = _POLLS.c, _ITEM_POLLS.c
_BROKEN = (Health.EXPIRED.value, Health.REVOKED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An account that is ours to ask about until `claimed_until`."""

    account_id: AccountId
    workspace_id: WorkspaceId
    claimed_until: datetime
    own_due_at: datetime
    enrolled_until: datetime | None
    tries: int
    history_from: str | None
    history: Mapping[str, Any] | None
    history_asked: str | None


@record
class DueItem:
    """A published item whose numbers are due."""

    item_id: ItemId
    post_id: PostId
    brand_id: BrandId
    part: int
    platform_post_id: str
    published_at: datetime
    until: datetime
    tries: int


@record
class Found:
    """An item's numbers as they came in."""

    item: DueItem
    at: datetime
    numbers: Numbers
    raw: Mapping[str, object]


# --- Accounts --------------------------------------------------------------------------------------------------------


async def begin(session: AsyncSession, account: Account, *, now: datetime) -> None:
    """Ask about an account from now on; of one that is asked about already, at once."""
    anew = {"due_at": now, "own_due_at": now, "claimed_until": None, "tries": 0, "last_error": None}
    statement = upsert(session, AccountPollRow).values(
        account_id=account.id, workspace_id=account.workspace_id, enrolled_until=None, history=None, **anew
    )
    await session.execute(statement.on_conflict_do_update(index_elements=["account_id"], set_=anew))


async def end(session: AsyncSession, account_ids: Collection[AccountId]) -> None:
    """Ask no more about these accounts and their items. What was found stays."""
    for table in (_ITEM_POLLS, _POLLS):
        await session.execute(delete(table).where(table.c.account_id.in_(account_ids)))


async def any_due(database: Database, *, now: datetime) -> bool:
    """Whether any account is to be asked about. One cheap question."""
    return await database.glance(_ANY_DUE, {"now": now}) is not None


_ANY_DUE = select(_p.account_id).where(_p.due_at <= bindparam("now", type_=_p.due_at.type)).limit(1)


async def claim(
    session: AsyncSession, *, now: datetime, until: datetime, limit: int, shut: Collection[Gate]
) -> list[Turn]:
    """Take accounts that are due, those that wait longest: connected, let in, and behind no closed gate."""
    free = or_(_p.claimed_until.is_(None), _p.claimed_until <= now)
    due = (
        select(_p.account_id)
        .join(AccountRow, AccountRow.id == _p.account_id)
        .where(_p.due_at <= now, free, AccountRow.disconnected_at.is_(None), AccountRow.health.not_in(_BROKEN))
        .where(*not_behind(shut, account=AccountRow.id, platform=AccountRow.platform))
        .order_by(_p.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=_POLLS)
    )
    taken = await session.execute(
        update(_POLLS).where(_p.account_id.in_(due), free).values(claimed_until=until).returning(*_TURN)
    )
    return [_turn(row) for row in taken]


_TURN = (
    _p.account_id,
    _p.workspace_id,
    _p.claimed_until,
    _p.own_due_at,
    _p.enrolled_until,
    _p.tries,
    _p.history_from,
    _p.history,
    _p.history_asked,
)


def _turn(row: Any) -> Turn:  # noqa: ANN401  # a row of the statement above
    return Turn(
        account_id=AccountId(row.account_id),
        workspace_id=WorkspaceId(row.workspace_id),
        claimed_until=row.claimed_until,
        own_due_at=row.own_due_at,
        enrolled_until=row.enrolled_until,
        tries=row.tries,
        history_from=row.history_from,
        history=row.history,
        history_asked=row.history_asked,
    )


async def release(session: AsyncSession, turn: Turn, due_at: datetime, values: Mapping[str, object]) -> bool:
    """Give the account back with these columns, due at once if somebody asked for days of it meanwhile.

    False: it is not ours any more, and nothing was changed.
    """
    asked_meanwhile = _p.history_asked.is_distinct_from(turn.history_asked)
    due = case((asked_meanwhile, _p.due_at), else_=literal(due_at, _p.due_at.type))
    kept = await session.execute(
        update(_POLLS)
        .where(_p.account_id == turn.account_id, _p.claimed_until == turn.claimed_until)
        .values(claimed_until=None, due_at=due, **values)
        .returning(_p.account_id)
    )
    return kept.first() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How far an account's history was filled back, and how far somebody asked for it."""

    history: Mapping[str, Any] | None
    asked: str | None


async def pasts(
    session: AsyncSession, workspace_id: WorkspaceId, account_ids: Collection[AccountId]
) -> dict[AccountId, Past]:
    """Of each of these accounts that is asked about."""
    query = select(_p.account_id, _p.history, _p.history_asked).where(
        _p.account_id.in_(account_ids), _p.workspace_id == workspace_id
    )
    rows = await session.execute(query)
    return {AccountId(account_id): Past(history=history, asked=asked) for account_id, history, asked in rows}


async def ask_for_days(
    session: AsyncSession, workspace_id: WorkspaceId, account_id: AccountId, since: date, *, now: datetime
) -> None:
    """Have an account's own days from `since` on asked for, at once, unless earlier ones are asked for already."""
    earlier = or_(_p.history_asked.is_(None), _p.history_asked > since.isoformat())
    sooner = case((_p.due_at > now, literal(now, _p.due_at.type)), else_=_p.due_at)
    await session.execute(
        update(_POLLS)
        .where(_p.account_id == account_id, _p.workspace_id == workspace_id, earlier)
        .values(history_asked=since.isoformat(), due_at=sooner)
    )


# --- Items -----------------------------------------------------------------------------------------------------------


async def unknown_items(
    session: AsyncSession, account_id: AccountId, *, since: datetime, limit: int
) -> list[tuple[ItemId, datetime]]:
    """Items published since then that are not asked about yet, with their instants, the first ones."""
    rows = await session.execute(published_since(account_id, since, limit))
    return [(ItemId(row.id), row.published_at) for row in rows if row.published_at is not None]


def published_since(account_id: AccountId, since: datetime, limit: int) -> Select[str, datetime | None]:
    """The query of `unknown_items`."""
    known = exists().where(_i.item_id == PostItemRow.id)
    return (
        select(PostItemRow.id, PostItemRow.published_at)
        .where(
            PostItemRow.account_id == account_id,
            PostItemRow.published_at >= since,
            PostItemRow.published_at.is_not(None),
            PostItemRow.platform_post_id.is_not(None),
            ~known,
        )
        .order_by(PostItemRow.published_at)
        .limit(limit)
    )


async def asked_on(session: AsyncSession, item_ids: Collection[ItemId], day: str) -> set[ItemId]:
    """Those of these items that have a snapshot of this day."""
    query = select(ItemSnapshotRow.item_id).where(ItemSnapshotRow.item_id.in_(item_ids), ItemSnapshotRow.day == day)
    return {ItemId(item_id) for item_id in await session.scalars(query)}


async def enrol(session: AsyncSession, turn: Turn, items: Sequence[tuple[ItemId, datetime, datetime]]) -> None:
    """Ask about these items of the account, from an instant on and until another. One that is known stays as it is."""
    whose = {"workspace_id": turn.workspace_id, "account_id": turn.account_id, "tries": 0}
    rows = [{"item_id": item_id, "due_at": due_at, "until": until, **whose} for item_id, due_at, until in items]
    statement = upsert(session, ItemPollRow).on_conflict_do_nothing(index_elements=["item_id"])
    await (await session.connection()).execute(statement, rows)


async def due_items(session: AsyncSession, account_id: AccountId, *, now: datetime, limit: int) -> list[DueItem]:
    """The account's items that are due, those that wait longest."""
    return [
        DueItem(
            item_id=ItemId(row.item_id),
            post_id=PostId(row.post_id),
            brand_id=BrandId(row.brand_id),
            part=row.part,
            platform_post_id=row.platform_post_id,
            published_at=row.published_at,
            until=row.until,
            tries=row.tries,
        )
        for row in await session.execute(due_query(account_id, now, limit))
    ]


def due_query(account_id: AccountId, now: datetime, limit: int) -> Select[*tuple[Any, ...]]:
    """The query of `due_items`."""
    item = PostItemRow
    told = (item.post_id, item.brand_id, item.part, item.platform_post_id, item.published_at)
    return (
        select(_i.item_id, *told, _i.until, _i.tries)
        .join(item, item.id == _i.item_id)
        .where(_i.account_id == account_id, _i.due_at <= now)
        .order_by(_i.due_at, _i.item_id)
        .limit(limit)
    )


async def next_item_at(session: AsyncSession, account_id: AccountId) -> datetime | None:
    """When the first of the account's items is due."""
    return await session.scalar(select(func.min(_i.due_at)).where(_i.account_id == account_id))


async def keep(session: AsyncSession, turn: Turn, found: Sequence[Found]) -> None:
    """Keep these numbers, where their day has none yet."""
    if not found:
        return
    rows = [
        {
            "item_id": one.item.item_id,
            "day": one.at.date().isoformat(),
            "workspace_id": turn.workspace_id,
            "brand_id": one.item.brand_id,
            "account_id": turn.account_id,
            "fetched_at": one.at,
            "raw": dict(one.raw),
            **{name: getattr(one.numbers, name) for name in NAMES},
        }
        for one in found
    ]
    statement = upsert(session, ItemSnapshotRow).on_conflict_do_nothing(index_elements=["item_id", "day"])
    await (await session.connection()).execute(statement, rows)


async def put_off(
    session: AsyncSession, items: Sequence[DueItem], *, to: datetime, tries: int, error: str | None = None
) -> None:
    """Ask about these items again from then on; those whose time is over by then never again."""
    over = [item.item_id for item in items if item.until < to]
    stay = [item.item_id for item in items if item.until >= to]
    if over:
        await session.execute(delete(_ITEM_POLLS).where(_i.item_id.in_(over)))
    if stay:
        again = {"due_at": to, "tries": tries, "last_error": error}
        await session.execute(update(_ITEM_POLLS).where(_i.item_id.in_(stay)).values(**again))


async def awaited(
    session: AsyncSession, post_ids: Collection[PostId], *, since: datetime, until: datetime
) -> set[PostId]:
    """Those of these posts of which an item is to be asked about between these instants, for the first time."""
    query = (
        select(PostItemRow.post_id)
        .join(_ITEM_POLLS, _i.item_id == PostItemRow.id)
        .where(PostItemRow.post_id.in_(post_ids), _i.tries == 0, _i.due_at >= since, _i.due_at < until)
    )
    return {PostId(post_id) for post_id in await session.scalars(query)}


# --- An account's own numbers ----------------------------------------------------------------------------------------


async def keep_own(
    session: AsyncSession, turn: Turn, numbers: Mapping[str, int | None], raw: Mapping[str, object], *, at: datetime
) -> None:
    """Keep an account's numbers of this instant."""
    row = {"account_id": turn.account_id, "workspace_id": turn.workspace_id, "fetched_at": at, "raw": dict(raw)}
    statement = upsert(session, AccountSnapshotRow).values(**row, **numbers)
    await session.execute(statement.on_conflict_do_nothing(index_elements=["account_id", "fetched_at"]))
