"""What was written down about a post, for `posts why`: what people and Herald did, each try, and each try's requests.

Records go in as facts and come out as the records of bot/domain/story.py, which makes the sentences.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.calls import Call
from bot.domain.ids import ItemId, PostId, WorkerId, WorkspaceId
from bot.domain.items import Outcome
from bot.domain.publication import State
from bot.domain.story import Hold, Note, Records, Try
from storage.conditions import still
from storage.ids import new_id
from storage.tables import AttemptRow, AuditEventRow, PostItemRow, WorkerLogRow

_HELD = (State.CLAIMED.value, State.SENDING.value)
_LONGEST_OPERATION = 120


# --- Reading -------------------------------------------------------------------------------------------------------


async def notes_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> list[Note]:
    """What people and Herald did to a post, in order."""
    rows = await session.scalars(
        select(AuditEventRow)
        .where(AuditEventRow.post_id == post_id, still(AuditEventRow.workspace_id == workspace_id))
        .order_by(AuditEventRow.at, AuditEventRow.id)
    )
    return [_note(row) for row in rows]


async def records_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> Records:
    """Everything written down about a post and its items."""
    its = (PostItemRow.workspace_id == workspace_id, PostItemRow.post_id == post_id)
    of_its_items = AttemptRow.item_id.in_(select(PostItemRow.id).where(*its))
    attempts = await session.scalars(
        select(AttemptRow).where(of_its_items).order_by(AttemptRow.item_id, AttemptRow.attempt)
    )
    tries = tuple(_try(row) for row in attempts)
    held = await session.scalars(select(PostItemRow).where(*its, PostItemRow.state.in_(_HELD)))
    holds = tuple(
        Hold(item_id=ItemId(row.id), at=row.claimed_at, worker_id=WorkerId(row.worker_id))
        for row in held
        if row.claimed_at is not None and row.worker_id is not None
    )
    notes = tuple(await notes_of(session, workspace_id, post_id))
    known = {one.worker_id for one in (*tries, *holds)} | {note.worker_id for note in notes if note.worker_id}
    logged = await session.scalars(select(WorkerLogRow).where(WorkerLogRow.id.in_(sorted(known))))
    hosts = {WorkerId(row.id): row.host for row in logged}
    return Records(notes=notes, tries=tries, holds=holds, hosts=hosts)


def _note(row: AuditEventRow) -> Note:
    detail = row.detail
    worker, claimed_at = detail.get("worker"), detail.get("claimed_at")
    return Note(
        at=row.at,
        event=row.event,
        text=str(detail.get("text", "")),
        actor=row.actor,
        item_id=ItemId(row.item_id) if row.item_id is not None else None,
        worker_id=WorkerId(worker) if isinstance(worker, str) else None,
        claimed_at=datetime.fromisoformat(claimed_at) if isinstance(claimed_at, str) else None,
        calls=_calls(detail.get("calls")),
    )


def _try(row: AttemptRow) -> Try:
    return Try(
        item_id=ItemId(row.item_id),
        attempt=row.attempt,
        worker_id=WorkerId(row.worker_id),
        claimed_at=row.claimed_at,
        armed_at=row.armed_at,
        settled_at=row.settled_at,
        outcome=row.outcome,
        http_status=row.http_status,
        request_id=row.request_id,
        text=row.detail or "",
        calls=_calls(row.calls),
    )


# --- Writing -------------------------------------------------------------------------------------------------------


def calls_json(calls: Sequence[Call]) -> list[dict[str, object]] | None:
    """Requests as they are stored: what is as usual is left out. None for none."""
    return [_call_json(call) for call in calls] or None


def _call_json(call: Call) -> dict[str, object]:
    kept: dict[str, object] = {
        "at": call.at.isoformat(timespec="milliseconds"),
        "verb": call.verb,
        "op": call.operation[:_LONGEST_OPERATION],
        "ms": call.duration_ms,
    }
    if call.status is not None:
        kept["status"] = call.status
    if call.request_id is not None:
        kept["request"] = call.request_id
    if call.fault is not None:
        kept |= {"fault": call.fault, "written": call.written}
    return kept


def _calls(stored: object) -> tuple[Call, ...]:
    """The requests as they were; what cannot be read, of a version to come, is left out."""
    found: list[Call] = []
    for one in cast("list[Any]", stored) if isinstance(stored, list) else []:
        try:
            found.append(_call(one))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def _call(one: Mapping[str, Any]) -> Call:
    return Call(
        at=datetime.fromisoformat(one["at"]),
        verb=str(one["verb"]),
        operation=str(one["op"]),
        status=one.get("status"),
        request_id=one.get("request"),
        duration_ms=int(one["ms"]),
        written=bool(one.get("written", True)),
        fault=one.get("fault"),
    )


def detail_of(outcome: Outcome) -> str:
    """What is kept in words of an outcome: what happened, and what Herald does about it."""
    trouble, seen = outcome.trouble, outcome.evidence
    if trouble is None and not outcome.decision:
        return seen
    if trouble is not None and not seen:
        seen = trouble.message + (f" [{trouble.cause}]" if trouble.cause else "")
    return "; ".join(part for part in (seen, outcome.decision) if part)


def note_values(outcome: Outcome) -> dict[str, object]:
    """The row of an outcome that closes no try."""
    item = outcome.item
    detail: dict[str, object] = {"text": detail_of(outcome)}
    if outcome.item.state is State.CLAIMED and item.claimed_at is not None:
        detail |= {"worker": item.worker_id, "claimed_at": item.claimed_at.isoformat()}
    if calls := calls_json(outcome.calls):
        detail["calls"] = calls
    event = "ask" if outcome.ask_human else outcome.event.value
    return _row(item, outcome.at, event, detail)


async def note(session: AsyncSession, rows: Sequence[Any], event: str, text: str, *, now: datetime) -> None:
    """Write the same of many items, given rows with `id`, `workspace_id`, `post_id` and `account_id`. Machinery."""
    if not rows:
        return
    values = [_row(row, now, event, {"text": text}) for row in rows]
    await (await session.connection()).execute(insert(AuditEventRow), values)


def _row(item: Any, at: datetime, event: str, detail: Mapping[str, object]) -> dict[str, object]:  # noqa: ANN401  # an item, or a row of some of its columns
    return {
        "id": new_id("evt"),
        "workspace_id": item.workspace_id,
        "at": at,
        "actor": "herald",
        "event": event,
        "post_id": item.post_id,
        "item_id": item.id,
        "account_id": item.account_id,
        "detail": dict(detail),
    }
