"""What the queue reads and writes around an item's row: its content, its journal and its material.

Machinery, like storage/items.py, which decides what happens; this file only puts it down and picks it up.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from sys import intern
from typing import Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    Table,
    Update,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    null,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.content import Media, Reference
from bot.domain.ids import AccountId, BrandId, ItemId, MediaId, PostId, WorkerId, WorkspaceId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Effect, Event, State, move
from storage.conditions import variant
from storage.given import Given, dialect_of
from storage.journal import calls_json, detail_of, note_values
from storage.media.rows import media_of
from storage.tables import (
    AttemptRow,
    AuditEventRow,
    ItemMaterialRow,
    MediaRow,
    PostItemRow,
    PostMediaRow,
    PostPartRow,
    PostRow,
    PostVariantRow,
)
from storage.texts import storable, storable_json

T = TypeVar("T")

_log = logging.getLogger(__name__)

_ITEMS, _POSTS, _PARTS, _VARIANTS, _PLACES = (
    cast("Table", row.__table__) for row in (PostItemRow, PostRow, PostPartRow, PostVariantRow, PostMediaRow)
)
ATTEMPTS = cast("Table", AttemptRow.__table__)
MATERIAL = cast("Table", ItemMaterialRow.__table__)


# --- Reading ---------------------------------------------------------------------------------------------------------


async def load(session: AsyncSession, ids: Sequence[ItemId]) -> list[QueuedItem]:
    """Everything needed to publish these items or to look for them, in the order of their seconds.

    One that cannot be read is left out and must not hold up the others.
    """
    if not ids:
        return []
    dialect = dialect_of(session)
    if dialect == "postgresql":
        await session.execute(_PLANNED_ANEW)
    found = await session.execute(_content(dialect), _WANTED.values(dialect, [{"id": one} for one in ids]))
    names, rows = tuple(found.keys()), found.all()
    post_id, part, with_media = (names.index(name) for name in ("post_id", "part", "with_media"))
    media = await _media_of(session, {row[post_id] for row in rows if row[with_media]})
    references = await _references(session, [dict(zip(names, row, strict=True)) for row in rows if row[part] > 0])
    items: list[QueuedItem] = []
    for row in rows:
        facts = dict(zip(names, row, strict=True))  # a Row looks each name up anew, a dict is quick
        try:
            items.append(_queued(facts, media, references, items[-1] if items else None))
        except (AttributeError, TypeError, ValueError):
            _log.exception("item cannot be read", extra={"item_id": facts["id"]})
    return sorted(items, key=lambda item: (item.due_at, item.id))


_PLANNED_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")
"""A plan kept from when a table was empty reads that table whole for each item: 0.8 s for a thousand of them in the
middle of a burst. For the rest of the transaction each statement is planned for what there is.

Source: https://www.postgresql.org/docs/18/runtime-config-query.html#GUC-PLAN-CACHE-MODE, 2026-11-23.
"""
_WANTED = Given("wanted", id=String())
_Found = dict[str, Any]
"""A row of the query below, by its columns' names."""


_READ = (
    *("id", "workspace_id", "brand_id", "post_id", "account_id", "platform", "post_type", "part", "state", "version"),
    *("kind", "key", "key_at", "scheduled_at", "due_at", "missed_after", "created_at", "claimed_at", "first_armed_at"),
    *("armed_at", "attempt", "tries", "worker_id", "looks", "error_class"),
)
"""The columns of an item that `_queued` takes."""


@cache
def _content(dialect: str) -> Select[*tuple[Any, ...]]:
    wanted, item = _WANTED.rows(dialect), _ITEMS.c
    first = item.part == 0
    of_post = (_VARIANTS.c.post_id == item.post_id, _VARIANTS.c.platform == variant(item))
    return (
        select(
            *(_ITEMS.c[name] for name in _READ),
            _POSTS.c.link,
            _POSTS.c.options,
            _POSTS.c.media_for,
            _PARTS.c.text,
            _VARIANTS.c.text.label("own_text"),
            MATERIAL.c.version.label("material_version"),
            MATERIAL.c.prepared,
            MATERIAL.c.handle,
            and_(first, exists().where(_PLACES.c.post_id == item.post_id)).label("with_media"),
            case((item.attempt == 0, false()), else_=_in_doubt()).label("in_doubt"),
        )
        .join_from(wanted, _ITEMS, item.id == wanted.c.id)
        .join(_POSTS, _POSTS.c.id == item.post_id)
        .join(_PARTS, and_(_PARTS.c.post_id == item.post_id, _PARTS.c.part == item.part))
        .outerjoin(_VARIANTS, and_(*of_post, first))
        .outerjoin(MATERIAL, MATERIAL.c.item_id == item.id)
    )


def _in_doubt() -> ColumnElement[bool]:
    """Whether any try of an item did not surely end without a post."""
    tried = ATTEMPTS.c
    made_nothing = tried.outcome.in_([Event.NOT_SENT.value, Event.REFUSED.value])
    known = and_(made_nothing, func.coalesce(tried.error_class, "") != ErrorClass.DUPLICATE.value)
    return exists().where(tried.item_id == _ITEMS.c.id, or_(tried.outcome.is_(None), ~known))


def _queued(
    item: _Found,
    media: Mapping[str, tuple[tuple[Media, str], ...]],
    references: Mapping[tuple[str, str, int], Reference],
    before: QueuedItem | None,
) -> QueuedItem:
    """The item. What it has in common with others is held once: words, and the instants it shares with `before`."""
    current = item["material_version"] == item["version"]
    platform, account_id = intern(item["platform"]), AccountId(intern(item["account_id"]))
    own = item["kind"] or platform
    options: Mapping[str, Any] = item["options"].get(own, _NOTHING)
    first = item["part"] == 0
    due_at, missed_after = (item[name] or item["created_at"] for name in ("due_at", "missed_after"))
    claimed_at = item["claimed_at"]
    if before is not None:
        due_at, claimed_at = _same(due_at, before.due_at), _same(claimed_at, before.claimed_at)
        missed_after = _same(missed_after, before.missed_after)
    return QueuedItem(
        id=ItemId(item["id"]),
        workspace_id=WorkspaceId(intern(item["workspace_id"])),
        brand_id=BrandId(intern(item["brand_id"])),
        post_id=PostId(item["post_id"]),
        account_id=account_id,
        platform=platform,
        post_type=intern(item["post_type"]),
        part=item["part"],
        state=State(item["state"]),
        version=item["version"],
        key=item["key"],
        key_at=_same(item["key_at"], due_at),
        due_at=due_at,
        missed_after=missed_after,
        attempt=item["attempt"],
        tries=item["tries"],
        text=item["text"] if item["own_text"] is None else item["own_text"],
        link=item["link"] if first else None,
        options={name: str(value) for name, value in options.items()} if options else _NOTHING,
        media=_chosen(media.get(item["post_id"], ()), item["media_for"], own) if first else (),
        parent=references.get((item["post_id"], account_id, item["part"] - 1)) if references else None,
        root=references.get((item["post_id"], account_id, 0)) if references else None,
        prepared=item["prepared"] if current else None,
        handle=item["handle"] if current else None,
        error_class=item["error_class"],
        first_armed_at=item["first_armed_at"],
        armed_at=item["armed_at"],
        worker_id=WorkerId(intern(item["worker_id"])) if item["worker_id"] is not None else None,
        claimed_at=claimed_at,
        looks=item["looks"],
        scheduled_at=_same(item["scheduled_at"], due_at),
        may_be_there=item["in_doubt"],
    )


_NOTHING: Mapping[str, Any] = {}


def _same(one: T, known: T) -> T:
    return known if one == known else one


def _chosen(
    files: tuple[tuple[Media, str], ...], media_for: Mapping[str, Sequence[str]] | None, platform: str
) -> tuple[tuple[Media, str], ...]:
    """The files of a post that go to this platform, or in this kind of post there, in its order."""
    if media_for is None or platform not in media_for:
        return files
    by_id = {media.id: (media, alt) for media, alt in files}
    return tuple(by_id[MediaId(one)] for one in media_for[platform] if one in by_id)


async def _media_of(session: AsyncSession, post_ids: set[str]) -> dict[str, tuple[tuple[Media, str], ...]]:
    if not post_ids:
        return {}
    rows = await session.execute(
        select(PostMediaRow, MediaRow)
        .join(MediaRow, MediaRow.id == PostMediaRow.media_id)
        .where(PostMediaRow.post_id.in_(post_ids))
        .order_by(PostMediaRow.post_id, PostMediaRow.position)
    )
    found: dict[str, tuple[tuple[Media, str], ...]] = {}
    for place, file in rows:
        found[place.post_id] = (*found.get(place.post_id, ()), (media_of(file), place.alt_text))
    return found


async def _references(session: AsyncSession, children: Sequence[_Found]) -> dict[tuple[str, str, int], Reference]:
    """The published parts that these later parts answer to: the one before, and the first."""
    if not children:
        return {}
    places = {(c["post_id"], c["account_id"], part) for c in children for part in (0, c["part"] - 1)}
    rows = await session.execute(
        select(PostItemRow, ItemMaterialRow.extra)
        .outerjoin(ItemMaterialRow, ItemMaterialRow.item_id == PostItemRow.id)
        .where(PostItemRow.post_id.in_(sorted({post_id for post_id, _, _ in places})))
        .where(tuple_(PostItemRow.post_id, PostItemRow.account_id, PostItemRow.part).in_(sorted(places)))
        .where(PostItemRow.platform_post_id.is_not(None))
    )
    return {
        (row.post_id, row.account_id, row.part): Reference(
            platform_post_id=row.platform_post_id or "", extra=extra or {}
        )
        for row, extra in rows
    }


# --- Writing ---------------------------------------------------------------------------------------------------------


async def open_attempts(session: AsyncSession, armed: Sequence[QueuedItem]) -> None:
    """The journal rows of the tries that may begin now: of items just armed."""
    dialect = dialect_of(session)
    rows = [{"id": item.id, "calls": calls_json(item.calls)} for item in sorted(armed, key=lambda item: item.id)]
    await session.execute(_opening(dialect), _ARMED.values(dialect, rows))


_ARMED = Given("armed", id=String(), calls=ATTEMPTS.c.calls.type)


@cache
def _opening(dialect: str) -> Insert:
    armed, item = _ARMED.rows(dialect), _ITEMS.c
    kept = (item.id, item.attempt, item.workspace_id, item.worker_id, item.claimed_at, item.armed_at, armed.c.calls)
    into = ["item_id", "attempt", "workspace_id", "worker_id", "claimed_at", "armed_at", "calls"]
    return insert(ATTEMPTS).from_select(into, select(*kept).join_from(armed, _ITEMS, item.id == armed.c.id))


async def store_prepared(session: AsyncSession, prepared: Sequence[tuple[QueuedItem, Mapping[str, object]]]) -> None:
    """Keep what `prepare` made; what is stored already is not written again."""
    fresh = [(item, data) for item, data in prepared if item.prepared != data]
    if not fresh:
        return
    dialect = dialect_of(session)
    rows = [
        {
            "item_id": item.id,
            "workspace_id": item.workspace_id,
            "version": item.version,
            "prepared": storable_json(data),
        }
        for item, data in sorted(fresh, key=lambda one: one[0].id)
    ]
    await session.execute(_storing(dialect), _PREPARED.values(dialect, rows))


_PREPARED = Given(
    "fresh", item_id=String(), workspace_id=String(), version=Integer(), prepared=MATERIAL.c.prepared.type
)


@cache
def _storing(dialect: str) -> Insert:
    fresh = _PREPARED.rows(dialect).c
    rows = select(fresh.item_id, fresh.workspace_id, fresh.version, fresh.prepared, null()).where(true())
    into = ["item_id", "workspace_id", "version", "prepared", "handle"]
    statement = (postgresql if dialect == "postgresql" else sqlite).insert(MATERIAL).from_select(into, rows)
    renewed = {name: statement.excluded[name] for name in ("version", "prepared", "handle")}
    return statement.on_conflict_do_update(index_elements=["item_id"], set_=renewed)


async def close_lost_attempts(session: AsyncSession, item_ids: Sequence[ItemId], *, now: datetime) -> None:
    """The journal rows of tries whose worker vanished."""
    await session.execute(
        update(ATTEMPTS)
        .where(ATTEMPTS.c.item_id.in_(item_ids), ATTEMPTS.c.settled_at.is_(None))
        .values(
            settled_at=now,
            outcome=Event.LEASE_EXPIRED.value,
            error_class="no_answer",
            detail="the worker vanished between arming and settling",
        )
    )


async def write_outcomes(session: AsyncSession, won: Sequence[Outcome]) -> None:
    """Put down the rest of outcomes that count and stand in the items already: the journal and the material."""
    settled = [o for o in won if Effect.SETTLE_ATTEMPT in _effects(o)]
    if settled:
        dialect = dialect_of(session)
        rows = [_attempt_values(outcome) for outcome in sorted(settled, key=lambda one: one.item.id)]
        await session.execute(_closing(dialect), _CLOSED.values(dialect, rows))
    await keep_material(session, [o for o in won if o.handle is not None or (o.live is not None and o.live.extra)])
    if noted := [o for o in won if Effect.SETTLE_ATTEMPT not in _effects(o) and (o.trouble or o.evidence or o.calls)]:
        connection = await session.connection()
        await connection.execute(insert(AuditEventRow), [note_values(outcome) for outcome in noted])


async def keep_material(session: AsyncSession, won: Sequence[Outcome]) -> None:
    """Put down what polling these, or a reply to them, needs."""
    if won:
        connection = await session.connection()
        await connection.execute(_KEEP_MATERIAL, [_material_values(outcome) for outcome in won])


WRITTEN = (
    "state",
    "due_at",
    "claim_at",
    "tries",
    "check_at",
    "looks",
    "asked_at",
    "published_at",
    "platform_post_id",
    "permalink",
    "error_class",
    "error_message",
)
"""The columns of an item that an outcome settles."""
SETTLED = Given("outcome", **{name: _ITEMS.c[name].type for name in ("id", "attempt", "version", *WRITTEN)})

_JOURNALED = ("settled_at", "outcome", "error_class", "http_status", "request_id", "detail", "calls")
_CLOSED = Given("closed", **{name: ATTEMPTS.c[name].type for name in ("item_id", "attempt", *_JOURNALED)})


@cache
def _closing(dialect: str) -> Update:
    closed, row = _CLOSED.rows(dialect).c, ATTEMPTS.c
    same = (row.item_id == closed.item_id, row.attempt == closed.attempt)
    return update(ATTEMPTS).where(*same).values({name: closed[name] for name in _JOURNALED})


_KEEP_MATERIAL = (
    update(MATERIAL)
    .where(MATERIAL.c.item_id == bindparam("b_item_id"))
    .values(
        handle=bindparam("b_handle", type_=MATERIAL.c.handle.type),
        extra=bindparam("b_extra", type_=MATERIAL.c.extra.type),
    )
)


def _effects(outcome: Outcome) -> frozenset[Effect]:
    return move(outcome.item.state, outcome.event).effects


def item_values(outcome: Outcome) -> dict[str, object]:
    """A row of SETTLED."""
    item, live, trouble = outcome.item, outcome.live, outcome.trouble
    return {
        "id": item.id,
        "attempt": outcome.attempt,
        "version": item.version,
        "state": move(item.state, outcome.event).to.value,
        "due_at": outcome.due_at or item.due_at,
        "claim_at": outcome.claim_at or outcome.due_at or outcome.at,
        "tries": 0 if live is not None else item.tries + outcome.counts_as_try,
        "check_at": outcome.check_at,
        "looks": outcome.looks,
        "asked_at": outcome.at if outcome.ask_human else None,
        "published_at": outcome.at if live is not None else None,
        "platform_post_id": storable(live.platform_post_id) if live is not None else None,
        "permalink": storable(live.permalink) if live is not None and live.permalink is not None else None,
        "error_class": trouble.kind.value if trouble is not None else None,
        "error_message": trouble.message if trouble is not None else None,
    }


def _attempt_values(outcome: Outcome) -> dict[str, object]:
    trouble = outcome.trouble
    return {
        "item_id": outcome.item.id,
        "attempt": outcome.attempt,
        "settled_at": outcome.at,
        "outcome": outcome.event.value,
        "error_class": trouble.kind.value if trouble is not None else None,
        "http_status": trouble.http_status if trouble is not None else None,
        "request_id": trouble.request_id if trouble is not None else None,
        "detail": detail_of(outcome) or None,
        "calls": calls_json(outcome.calls),
    }


def _material_values(outcome: Outcome) -> dict[str, object]:
    return {
        "b_item_id": outcome.item.id,
        "b_handle": storable_json(outcome.handle) if outcome.handle is not None else None,
        "b_extra": storable_json(outcome.live.extra) if outcome.live is not None else None,
    }
