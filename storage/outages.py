"""Outages: gates that keep posts waiting, told to each brand once when they begin and once when over. Machinery.

A notice goes to the brand's channel when a host is down, and is changed in its place when what waited went out:

    kind            facts in its payload
    network_down    platform, host, since (ISO), waiting (posts)
    network_back    platform, host, since and back_at (ISO), sent and missed (posts), notice_id of the one to change

A network that merely asks us to slow down shows on the cards alone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.gates import Gate, Reason
from bot.domain.ids import BrandId, PostId, WorkspaceId
from bot.domain.publication import State
from storage import cards, gates, outbox
from storage.conditions import in_state
from storage.statements import upsert
from storage.tables import NoticeRow, OutageRow, PostItemRow

DOWN, BACK = "network_down", "network_back"
_MOST_CARDS = 200
_LONGEST_BEFORE = timedelta(days=1)
"""What waits was planned at most so long before the outage."""
_TRIED_AGAIN = timedelta(minutes=5)
"""What was tried while the gate closed goes out again at an instant of its own, which may lie behind the opening."""
_ON_ITS_WAY = [State.SCHEDULED.value, State.CLAIMED.value, State.SENDING.value]


async def open_outages(session: AsyncSession) -> list[OutageRow]:
    """Those that are not over."""
    return list(await session.scalars(select(OutageRow).where(OutageRow.over_at.is_(None))))


async def begin(session: AsyncSession, gate: Gate, *, now: datetime) -> None:
    """Tell the brands whose posts wait behind this gate, those that were not told yet."""
    waits = and_(gates.behind(gate), in_state(State.SCHEDULED), PostItemRow.due_at <= max(gate.until, now))
    waiting = await session.execute(
        select(PostItemRow.brand_id, PostItemRow.workspace_id, func.count(PostItemRow.post_id.distinct()))
        .where(waits)
        .group_by(PostItemRow.brand_id, PostItemRow.workspace_id)
        .order_by(PostItemRow.brand_id)
    )
    for brand_id, workspace_id, posts in waiting:
        if gate.since is not None and await _is_news(session, gate, brand_id, workspace_id, gate.since):
            if gate.reason is Reason.DOWN:
                await _tell_down(session, gate, WorkspaceId(workspace_id), BrandId(brand_id), posts, now=now)
            await _show(session, [waits, PostItemRow.brand_id == brand_id], now=now)


async def _is_news(session: AsyncSession, gate: Gate, brand_id: str, workspace_id: str, since: datetime) -> bool:
    added = await session.execute(
        upsert(session, OutageRow)
        .values(gate_key=gate.key, brand_id=brand_id, workspace_id=workspace_id, since=since)
        .on_conflict_do_nothing(index_elements=["gate_key", "brand_id", "since"])
        .returning(OutageRow.brand_id)
    )
    return added.first() is not None


async def _tell_down(  # noqa: PLR0913  # whom of what
    session: AsyncSession, gate: Gate, workspace_id: WorkspaceId, brand_id: BrandId, posts: int, *, now: datetime
) -> None:
    platform, host = _place(gate.key)
    await outbox.add(
        session,
        workspace_id,
        kind=DOWN,
        dedupe_key=_told_as(gate.key, brand_id, gate.since),
        payload={"platform": platform, "host": host, "since": _iso(gate.since), "waiting": posts},
        now=now,
        brand_id=brand_id,
    )


async def _show(session: AsyncSession, waits: Sequence[ColumnElement[bool]], *, now: datetime) -> None:
    """Have the cards of what waits say so."""
    posts = select(PostItemRow.post_id).where(*waits).order_by(PostItemRow.due_at).limit(_MOST_CARDS)
    await cards.want_all(session, {PostId(post_id) for post_id in await session.scalars(posts)}, now=now)


async def end(session: AsyncSession, outage: OutageRow, gate: Gate | None, *, now: datetime) -> None:
    """Follow an outage to its end: the gate opens, what waited goes out or is missed, and that is told."""
    if gate is not None and gate.since == outage.since:
        return
    behind = and_(
        gates.behind(Gate(key=outage.gate_key, until=now, reason=Reason.DOWN)),
        PostItemRow.brand_id == outage.brand_id,
    )
    opened_at = outage.opened_at
    if opened_at is None:
        opened_at = now
        await _set(session, outage, {"opened_at": now}, OutageRow.opened_at.is_(None))
    left = select(PostItemRow.id).where(
        behind,
        PostItemRow.state.in_(_ON_ITS_WAY),
        PostItemRow.scheduled_at <= opened_at,
        PostItemRow.due_at <= opened_at + _TRIED_AGAIN,
    )
    if gate is None and (await session.execute(left.limit(1))).first() is not None:
        return
    if await _set(session, outage, {"over_at": now}, OutageRow.over_at.is_(None)):
        await _tell_back(session, outage, behind, opened_at, now=now)


async def _set(
    session: AsyncSession, outage: OutageRow, values: dict[str, datetime], expected: ColumnElement[bool]
) -> bool:
    """Whether it was us who did."""
    done = await session.execute(
        update(OutageRow)
        .where(
            OutageRow.gate_key == outage.gate_key,
            OutageRow.brand_id == outage.brand_id,
            OutageRow.since == outage.since,
            expected,
        )
        .values(values)
        .execution_options(synchronize_session=False)
    )
    return isinstance(done, CursorResult) and done.rowcount == 1


async def _tell_back(
    session: AsyncSession, outage: OutageRow, behind: ColumnElement[bool], opened_at: datetime, *, now: datetime
) -> None:
    key = _told_as(outage.gate_key, outage.brand_id, outage.since)
    notice_id = await session.scalar(select(NoticeRow.id).where(NoticeRow.dedupe_key == key))
    if notice_id is None:
        return
    ended = func.count(PostItemRow.post_id.distinct())
    of_it = and_(behind, PostItemRow.scheduled_at >= outage.since - _LONGEST_BEFORE)
    sent = await session.scalar(
        select(ended).where(of_it, PostItemRow.published_at >= outage.since, PostItemRow.scheduled_at <= opened_at)
    )
    missed = await session.scalar(
        select(ended).where(
            of_it,
            PostItemRow.state == State.MISSED.value,
            PostItemRow.missed_after.between(outage.since, now),
        )
    )
    platform, host = _place(outage.gate_key)
    facts: dict[str, Any] = {"platform": platform, "host": host}
    facts |= {"since": outage.since.isoformat(), "back_at": opened_at.isoformat()}
    facts |= {"sent": sent or 0, "missed": missed or 0, "notice_id": notice_id}
    await outbox.add(
        session,
        WorkspaceId(outage.workspace_id),
        kind=BACK,
        dedupe_key=f"{key}:back",
        payload=facts,
        now=now,
        brand_id=BrandId(outage.brand_id),
    )


async def forget_over(session: AsyncSession, *, before: datetime) -> int:
    """Drop those that were over before then; returns how many."""
    gone = await session.execute(delete(OutageRow).where(OutageRow.over_at < before))
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def _told_as(gate_key: str, brand_id: str, since: datetime | None) -> str:
    return f"outage:{gate_key}:{brand_id}:{_iso(since)}"


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""


def _place(gate_key: str) -> tuple[str, str]:
    """The platform and the server of a host's gate."""
    platform, _, url = gate_key.partition(":")[2].partition(" ")
    return platform, url.partition("://")[2] or url
