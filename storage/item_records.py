"""What the queue reads and writes around an item's row: its content, its journal and its material.

Machinery, like storage/items.py, which decides what happens; this file only puts it down and picks it up.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.content import Media, MediaKind, Reference
from bot.domain.ids import AccountId, BrandId, ItemId, MediaId, PostId, WorkerId, WorkspaceId
from bot.domain.items import Outcome, QueuedItem
from bot.domain.publication import Effect, Event, State, move
from storage.journal import calls_json, detail_of, note_values
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

_log = logging.getLogger(__name__)

_ITEMS = cast("Table", PostItemRow.__table__)
_ATTEMPTS = cast("Table", AttemptRow.__table__)
_MATERIAL = cast("Table", ItemMaterialRow.__table__)


# --- Reading ---------------------------------------------------------------------------------------------------------


async def load(session: AsyncSession, ids: Sequence[ItemId]) -> list[QueuedItem]:
    """Everything needed to publish these items or to look for them, in the order of their seconds.

    One that cannot be read is left out and must not hold up the others.
    """
    if not ids:
        return []
    rows = (await session.execute(_CONTENT.where(PostItemRow.id.in_(ids)))).all()
    media = await _media_of(session, {row.PostItemRow.post_id for row in rows if row.PostItemRow.part == 0})
    references = await _references(session, [row.PostItemRow for row in rows if row.PostItemRow.part > 0])
    items: list[QueuedItem] = []
    for row in rows:
        try:
            items.append(_queued(row, media, references))
        except (AttributeError, TypeError, ValueError):
            _log.exception("item cannot be read", extra={"item_id": row.PostItemRow.id})
    return sorted(items, key=lambda item: (item.due_at, item.id))


_CONTENT = (
    select(
        PostItemRow,
        PostRow.link,
        PostRow.options,
        PostPartRow.text,
        PostVariantRow.text.label("own_text"),
        ItemMaterialRow.version.label("material_version"),
        ItemMaterialRow.prepared,
        ItemMaterialRow.handle,
    )
    .join(PostRow, PostRow.id == PostItemRow.post_id)
    .join(PostPartRow, (PostPartRow.post_id == PostItemRow.post_id) & (PostPartRow.part == PostItemRow.part))
    .outerjoin(
        PostVariantRow,
        (PostVariantRow.post_id == PostItemRow.post_id)
        & (PostVariantRow.platform == PostItemRow.platform)
        & (PostItemRow.part == 0),
    )
    .outerjoin(ItemMaterialRow, ItemMaterialRow.item_id == PostItemRow.id)
)


def _queued(
    row: Row[*tuple[Any, ...]],
    media: Mapping[str, tuple[tuple[Media, str], ...]],
    references: Mapping[tuple[str, str, int], Reference],
) -> QueuedItem:
    item: PostItemRow = row.PostItemRow
    current = row.material_version == item.version
    options: Mapping[str, Any] = row.options.get(item.platform, {})
    first = item.part == 0
    return QueuedItem(
        id=ItemId(item.id),
        workspace_id=WorkspaceId(item.workspace_id),
        brand_id=BrandId(item.brand_id),
        post_id=PostId(item.post_id),
        account_id=AccountId(item.account_id),
        platform=item.platform,
        post_type=item.post_type,
        part=item.part,
        state=State(item.state),
        version=item.version,
        key=item.key,
        key_at=item.key_at,
        due_at=item.due_at or item.created_at,
        missed_after=item.missed_after or item.created_at,
        attempt=item.attempt,
        tries=item.tries,
        text=row.text if row.own_text is None else row.own_text,
        link=row.link if first else None,
        options={name: str(value) for name, value in options.items()},
        media=media.get(item.post_id, ()) if first else (),
        parent=references.get((item.post_id, item.account_id, item.part - 1)),
        root=references.get((item.post_id, item.account_id, 0)),
        prepared=row.prepared if current else None,
        handle=row.handle if current else None,
        error_class=item.error_class,
        first_armed_at=item.first_armed_at,
        armed_at=item.armed_at,
        worker_id=WorkerId(item.worker_id) if item.worker_id is not None else None,
        claimed_at=item.claimed_at,
        looks=item.looks,
        scheduled_at=item.scheduled_at,
    )


async def _media_of(session: AsyncSession, post_ids: set[str]) -> dict[str, tuple[tuple[Media, str], ...]]:
    rows = await session.execute(
        select(PostMediaRow, MediaRow)
        .join(MediaRow, MediaRow.id == PostMediaRow.media_id)
        .where(PostMediaRow.post_id.in_(post_ids))
        .order_by(PostMediaRow.post_id, PostMediaRow.position)
    )
    found: dict[str, tuple[tuple[Media, str], ...]] = {}
    for place, file in rows:
        found[place.post_id] = (*found.get(place.post_id, ()), (_media(file), place.alt_text))
    return found


def _media(row: MediaRow) -> Media:
    return Media(
        id=MediaId(row.id),
        kind=MediaKind(row.kind),
        mime_type=row.mime_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        file_name=row.file_name,
        width_px=row.width_px,
        height_px=row.height_px,
        duration_s=row.duration_s,
    )


async def _references(session: AsyncSession, children: Sequence[PostItemRow]) -> dict[tuple[str, str, int], Reference]:
    """The published parts that these later parts answer to: the one before, and the first."""
    if not children:
        return {}
    places = {(c.post_id, c.account_id, part) for c in children for part in (0, c.part - 1)}
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


async def open_attempts(
    session: AsyncSession, worker_id: WorkerId, armed: Sequence[tuple[QueuedItem, int]], *, now: datetime
) -> None:
    """The journal rows of the tries that may begin now."""
    connection = await session.connection()
    await connection.execute(
        insert(_ATTEMPTS),
        [
            {
                "item_id": item.id,
                "attempt": attempt,
                "workspace_id": item.workspace_id,
                "worker_id": worker_id,
                "claimed_at": item.claimed_at,
                "armed_at": now,
                "calls": calls_json(item.calls),
            }
            for item, attempt in armed
        ],
    )


async def store_prepared(session: AsyncSession, prepared: Sequence[tuple[QueuedItem, Mapping[str, object]]]) -> None:
    """Keep what `prepare` made; what is stored already is not written again."""
    fresh = [(item, data) for item, data in prepared if item.prepared != data]
    if not fresh:
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    statement = dialect.insert(_MATERIAL)
    connection = await session.connection()
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=["item_id"],
            set_={
                "version": statement.excluded.version,
                "prepared": statement.excluded.prepared,
                "handle": statement.excluded.handle,
            },
        ),
        [
            {
                "item_id": item.id,
                "workspace_id": item.workspace_id,
                "version": item.version,
                "prepared": storable_json(data),
                "handle": None,
            }
            for item, data in fresh
        ],
    )


async def close_lost_attempts(session: AsyncSession, item_ids: Sequence[ItemId], *, now: datetime) -> None:
    """The journal rows of tries whose worker vanished."""
    await session.execute(
        update(_ATTEMPTS)
        .where(_ATTEMPTS.c.item_id.in_(item_ids), _ATTEMPTS.c.settled_at.is_(None))
        .values(
            settled_at=now,
            outcome=Event.LEASE_EXPIRED.value,
            error_class="no_answer",
            detail="the worker vanished between arming and settling",
        )
    )


async def write_outcomes(session: AsyncSession, won: Sequence[Outcome]) -> None:
    """Put down outcomes that are known to count: the item, its attempt, its material and the journal."""
    connection = await session.connection()
    await connection.execute(_SETTLE_ITEM, [_item_values(outcome) for outcome in won])
    settled = [o for o in won if Effect.SETTLE_ATTEMPT in _effects(o)]
    if settled:
        await connection.execute(_SETTLE_ATTEMPT, [_attempt_values(outcome) for outcome in settled])
    if kept := [o for o in won if o.handle is not None or (o.live is not None and o.live.extra)]:
        await connection.execute(_KEEP_MATERIAL, [_material_values(outcome) for outcome in kept])
    if noted := [o for o in won if Effect.SETTLE_ATTEMPT not in _effects(o) and (o.trouble or o.evidence or o.calls)]:
        await connection.execute(insert(AuditEventRow), [note_values(outcome) for outcome in noted])


_SETTLE_ITEM = (
    update(_ITEMS)
    .where(_ITEMS.c.id == bindparam("b_id"))
    .values(
        {
            name: bindparam(f"b_{name}", type_=_ITEMS.c[name].type)
            for name in (
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
        }
    )
)
_SETTLE_ATTEMPT = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.item_id == bindparam("b_item_id"), _ATTEMPTS.c.attempt == bindparam("b_attempt"))
    .values(
        {
            name: bindparam(f"b_{name}", type_=_ATTEMPTS.c[name].type)
            for name in ("settled_at", "outcome", "error_class", "http_status", "request_id", "detail", "calls")
        }
    )
)
_KEEP_MATERIAL = (
    update(_MATERIAL)
    .where(_MATERIAL.c.item_id == bindparam("b_item_id"))
    .values(
        handle=bindparam("b_handle", type_=_MATERIAL.c.handle.type),
        extra=bindparam("b_extra", type_=_MATERIAL.c.extra.type),
    )
)


def storable(text: str) -> str:
    """Text from outside as both databases take it: without NUL, and as valid Unicode."""
    return text.replace("\0", "").encode(errors="replace").decode()


def storable_json(value: Mapping[str, object]) -> dict[str, object]:
    """JSON from outside as both databases take it."""
    return {storable(name): _storable_value(inner) for name, inner in value.items()}


def _storable_value(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case Mapping():
            return storable_json(cast("Mapping[str, object]", value))
        case list() | tuple():
            return [_storable_value(inner) for inner in cast("Sequence[object]", value)]
        case _:
            return value


def _effects(outcome: Outcome) -> frozenset[Effect]:
    return move(outcome.item.state, outcome.event).effects


def _item_values(outcome: Outcome) -> dict[str, object]:
    item, live, trouble = outcome.item, outcome.live, outcome.trouble
    return {
        "b_id": item.id,
        "b_state": move(item.state, outcome.event).to.value,
        "b_due_at": outcome.due_at or item.due_at,
        "b_claim_at": outcome.claim_at or outcome.due_at or outcome.at,
        "b_tries": 0 if live is not None else item.tries + outcome.counts_as_try,
        "b_check_at": outcome.check_at,
        "b_looks": outcome.looks,
        "b_asked_at": outcome.at if outcome.ask_human else None,
        "b_published_at": outcome.at if live is not None else None,
        "b_platform_post_id": storable(live.platform_post_id) if live is not None else None,
        "b_permalink": storable(live.permalink) if live is not None and live.permalink is not None else None,
        "b_error_class": trouble.kind.value if trouble is not None else None,
        "b_error_message": trouble.message if trouble is not None else None,
    }


def _attempt_values(outcome: Outcome) -> dict[str, object]:
    trouble = outcome.trouble
    return {
        "b_item_id": outcome.item.id,
        "b_attempt": outcome.attempt,
        "b_settled_at": outcome.at,
        "b_outcome": outcome.event.value,
        "b_error_class": trouble.kind.value if trouble is not None else None,
        "b_http_status": trouble.http_status if trouble is not None else None,
        "b_request_id": trouble.request_id if trouble is not None else None,
        "b_detail": detail_of(outcome) or None,
        "b_calls": calls_json(outcome.calls),
    }


def _material_values(outcome: Outcome) -> dict[str, object]:
    return {
        "b_item_id": outcome.item.id,
        "b_handle": storable_json(outcome.handle) if outcome.handle is not None else None,
        "b_extra": storable_json(outcome.live.extra) if outcome.live is not None else None,
    }
