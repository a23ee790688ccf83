"""What is said about posts: lines in the thread of a card, and broadcasts where silence would hurt.

Called in the transaction of what happened; each call owes the cards as well. A notice holds facts: ids, instants (ISO)
and what the network or Herald said; whoever delivers it makes the words. Its `payload` always has `what` and `at`:

    kind        what         further facts
    thread      schedule · cancel · retry · edit · move · decide · disconnect · hold · release: as in the journal; by,
                version, planned (the instant), wall_time, zone, and whatever the caller adds (decide: decision, link;
                disconnect: items; hold: reason, until; release: going, late, still; cancel: live, the platforms on
                which it is published and stays)
                ask · approve · changes · reject · late: of approvals (approve: enough, unruled; the next two: reason)
                published    item facts, permalink, late_s
                found        the same, after a look or by waiting for a late answer
                looking      item facts, class, message: the answer was lost
                absent       item facts: it is not there and is sent again
                waiting      item facts, class, message, until: said once, when it begins
                missed       items: their ids
                numbers      item, account, part, numbers (views, likes, comments: those known), age_s, and what is
                             usual, if that is known: median, of (which of them)
    broadcast   failed · asking · missed: item facts, class, message
    mended      published · found · cancel: notice_id of the broadcast to change, by (None: Herald itself), permalink
    missed      (of a brand, many of one outage): storage/missed.py

Item facts: item, account, platform, part, attempt. A post without a card has broadcasts alone, and what mends them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, String, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from bot.domain.items import ErrorClass, Outcome, QueuedItem
from bot.domain.publication import Event, State
from storage import cards, causes
from storage import missed as together
from storage.causes import Cause
from storage.given import Given, dialect_of
from storage.line_rows import NOTICES, broadcast_key, common, iso, item_facts, row, write
from storage.tables import AuditEventRow, PostItemRow, PostRow

_WORDS = {
    Event.CREATED: ("thread", "published"),
    Event.FOUND: ("thread", "found"),
    Event.REFUSED: ("broadcast", "failed"),
    Event.STILL_UNKNOWN: ("broadcast", "asking"),
    Event.PROVED_ABSENT: ("thread", "absent"),
    Event.ANSWER_LOST: ("thread", "looking"),
    Event.LEASE_EXPIRED: ("thread", "looking"),
    Event.RELEASE: ("thread", "waiting"),
    Event.NOT_SENT: ("thread", "waiting"),
}
"""What other events mean the card shows; where a person did it, the line is written where that person is known."""
_CAUSES = {
    "ask": "created",
    "schedule": "scheduled",
    "edit": "scheduled",
    "move": "scheduled",
    "cancel": "cancelled",
    "disconnect": "cancelled",
}
"""What webhooks call what a person did."""
_READABLE = timedelta(seconds=20)
_MENDING = {
    Event.CREATED: "published",
    Event.FOUND: "found",
    Event.CONFIRMED_BY_HAND: "published",
    Event.CANCEL: "cancel",
}
_LEAST_LEASE = timedelta(seconds=4)
"""Nobody takes over what was armed less than this before: a lease lasts longer."""


# --- What the queue did --------------------------------------------------------------------------------------------


async def of_outcomes(session: AsyncSession, won: Sequence[Outcome], *, cards_anywhere: bool = True) -> None:
    """Tell of outcomes that count: one statement for all cards, one for all lines. Machinery."""
    told = [outcome for outcome in won if _is_seen(outcome)]
    if not told:
        return
    posts = {outcome.item.post_id for outcome in told} if cards_anywhere else set[PostId]()
    with_card = await cards.want_all(session, posts, now=min(outcome.at for outcome in told))
    heard = [outcome for outcome in told if outcome.item.post_id in with_card or _is_loud(outcome)]
    await write(session, [line for outcome in heard if (line := _line(outcome))])
    ends = [o for o in told if o.event in _MENDING and may_have_been_told_of(o)]
    await _mend(session, {o.item.id: _mending(o) for o in ends})


def _is_seen(outcome: Outcome) -> bool:
    """Whether the card changes by it: not with each look and each try of many."""
    if outcome.event is Event.STILL_UNKNOWN:
        return outcome.ask_human
    if outcome.event is Event.ACCEPTED:
        return outcome.item.state is not State.CONFIRMING
    return not _waits(outcome) or _begins_to_wait(outcome) or _waits_long(outcome)


def _waits_long(outcome: Outcome) -> bool:
    """Long enough for somebody to read on the card when the next try is."""
    again = outcome.due_at or outcome.claim_at
    return again is not None and outcome.trouble is not None and again - outcome.at >= _READABLE


def _begins_to_wait(outcome: Outcome) -> bool:
    trouble = outcome.trouble
    if trouble is None or trouble.cause.startswith("Fenced"):
        return False
    return trouble.kind is ErrorClass.RATE_LIMITED or _is_another_trouble(outcome)


def _line(outcome: Outcome) -> dict[str, Any] | None:
    """What is said about it, if that is news."""
    item, live, trouble = outcome.item, outcome.live, outcome.trouble
    if outcome.event not in _WORDS or (_waits(outcome) and not _is_another_trouble(outcome)):
        return None
    kind, what = _WORDS[outcome.event]
    facts = item_facts(item, attempt=outcome.attempt)
    if trouble is not None:
        facts |= {"class": trouble.kind.value, "message": trouble.message}
    if live is not None:
        facts |= {"permalink": live.permalink, "late_s": _late_s(item, outcome.at)}
        what = "found" if item.state is State.UNCONFIRMED else what
    if _waits(outcome):
        asked = outcome.learned.until if outcome.learned is not None else None
        facts |= {"until": iso(asked or outcome.due_at or outcome.claim_at)}
    return row(item, kind, what, outcome.at, facts)


def _waits(outcome: Outcome) -> bool:
    return outcome.event in (Event.RELEASE, Event.NOT_SENT)


def _is_another_trouble(outcome: Outcome) -> bool:
    return outcome.trouble is not None and outcome.trouble.kind != outcome.item.error_class


def _late_s(item: QueuedItem, at: datetime) -> float | None:
    """How long after its planned second; None for the further parts of a thread, which have none."""
    return None if item.scheduled_at is None or item.part else (at - item.scheduled_at).total_seconds()


def _is_loud(outcome: Outcome) -> bool:
    return outcome.event in _WORDS and _WORDS[outcome.event][0] == "broadcast"


def may_have_been_told_of(outcome: Outcome) -> bool:
    """Whether there may be a broadcast about it: not when it went out as it was first planned, and answered soon.

    An answer that took longer than a lease may have been given up by others meanwhile, and a person asked. Of what was
    never tried before, that can only have happened since it was armed.
    """
    item = outcome.item
    as_planned = item.version == 1 and item.attempt <= 1 and item.due_at == item.scheduled_at
    since = item.due_at if item.attempt or item.armed_at is None else item.armed_at
    return not (as_planned and outcome.at - since < _LEAST_LEASE) or item.state is not State.SENDING


async def of_lost(session: AsyncSession, items: Sequence[QueuedItem], *, now: datetime) -> None:
    """Tell of armed items whose worker vanished: they are looked for. Machinery."""
    with_card = await cards.want_all(session, {item.post_id for item in items}, now=now)
    told = [item for item in items if item.post_id in with_card]
    facts = {"class": ErrorClass.NO_ANSWER.value, "message": None}
    await write(session, [row(i, "thread", "looking", now, item_facts(i, attempt=i.attempt) | facts) for i in told])


async def of_unreadable(session: AsyncSession, item_ids: Collection[ItemId], *, message: str, now: datetime) -> None:
    """Tell of items that ended because nothing could be made of their rows. Machinery."""
    found = (await session.scalars(select(PostItemRow).where(PostItemRow.id.in_(sorted(item_ids))))).all()
    await cards.want_all(session, {PostId(item.post_id) for item in found}, now=now)
    lines: list[dict[str, Any]] = []
    for item in found:
        facts = {"item": item.id, "account": item.account_id, "platform": item.platform, "part": item.part}
        facts |= {"attempt": item.attempt, "class": ErrorClass.INTERNAL.value, "message": message}
        lines.append(
            {
                **common("broadcast", "failed", now, facts),
                "dedupe_key": broadcast_key(item.id),
                "workspace_id": item.workspace_id,
                "brand_id": item.brand_id,
                "post_id": item.post_id,
                "item_id": item.id,
            }
        )
    await write(session, lines)


async def of_missed(session: AsyncSession, missed: Sequence[QueuedItem], *, now: datetime) -> None:
    """Tell of what was found late: loudly where it is one post, in one notice per brand where it is many. Machinery.

    What is missed later in the same outage joins that notice: storage/missed.py.
    """
    with_card = await cards.want_all(session, {item.post_id for item in missed}, now=now)
    lines: list[dict[str, Any]] = []
    for author, late in await _told_together(session, missed, with_card):
        if not await together.gather(session, late, author, now=now):
            lines += [row(i, "broadcast", "missed", now, item_facts(i, attempt=i.attempt)) for i in late]
            continue
        for post_id in dict.fromkeys(item.post_id for item in late):
            if post_id in with_card:
                of_post = [item for item in late if item.post_id == post_id]
                lines.append(row(of_post[0], "thread", "missed", now, {"items": [item.id for item in of_post]}))
    await write(session, lines)


async def _told_together(
    session: AsyncSession, missed: Sequence[QueuedItem], with_card: Collection[PostId]
) -> list[tuple[str, list[QueuedItem]]]:
    """Those of one brand; where they have no cards, those of one author, who is named, for each is told alone."""
    alone = {item.post_id for item in missed} - set(with_card)
    authors: dict[str, str] = {}
    if alone:
        rows = await session.execute(select(PostRow.id, PostRow.created_by).where(PostRow.id.in_(sorted(alone))))
        authors = {row.id: row.created_by for row in rows}
    groups: dict[tuple[str, str], list[QueuedItem]] = {}
    for item in missed:
        groups.setdefault((item.brand_id, authors.get(item.post_id, "")), []).append(item)
    return [(key[1], groups[key]) for key in sorted(groups)]


# --- What people did -----------------------------------------------------------------------------------------------


async def drafted(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, *, now: datetime) -> None:
    """Tell that somebody wrote a draft: nothing in Slack, for it has no card."""
    await causes.owe(session, [Cause(workspace_id=workspace_id, what="created", about=post_id, at=now)])


async def changed(  # noqa: PLR0913  # what happened to which post, by whom, when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    post_id: PostId,
    what: str,
    *,
    by: str,
    now: datetime,
    facts: Mapping[str, object] | None = None,
) -> None:
    """Tell that somebody changed a post; `what` is the journal's word for it. Nothing in Slack without a card."""
    if what in _CAUSES:
        cause = Cause(workspace_id=workspace_id, what=_CAUSES[what], about=post_id, at=now)
        await causes.owe(session, [cause])
    if what == "cancel":
        await _mend_cancelled(session, workspace_id, post_id, now=now)
    if what != "schedule":
        await together.settle(session, workspace_id, post_id, by=by, now=now)
    if post_id not in await cards.want(session, workspace_id, [post_id], now=now):
        return
    planned = select(PostRow.brand_id, PostRow.version, PostRow.scheduled_at, PostRow.wall_time, PostRow.zone)
    post = (await session.execute(planned.where(PostRow.id == post_id, PostRow.workspace_id == workspace_id))).one()
    payload: dict[str, object] = {
        "by": by,
        "version": post.version,
        "planned": iso(post.scheduled_at),
        "wall_time": post.wall_time,
        "zone": post.zone,
        **(facts or {}),
    }
    line = {
        **common("thread", what, now, payload),
        "workspace_id": workspace_id,
        "brand_id": BrandId(post.brand_id),
        "post_id": post_id,
        "item_id": None,
    }
    await write(session, [line])


async def of_disconnection(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    cancelled: Iterable[tuple[PostId, ItemId]],
    *,
    by: str,
    now: datetime,
) -> None:
    """Tell of posts from which an account was taken out, because it was disconnected."""
    items_of: dict[PostId, list[ItemId]] = {}
    for post_id, item_id in cancelled:
        items_of.setdefault(post_id, []).append(item_id)
    for post_id in sorted(items_of):
        facts = {"items": items_of[post_id]}
        await changed(session, workspace_id, post_id, "disconnect", by=by, now=now, facts=facts)


# --- Mending -------------------------------------------------------------------------------------------------------


def _mending(outcome: Outcome) -> dict[str, Any]:
    permalink = outcome.live.permalink if outcome.live is not None else None
    return {"what": _MENDING[outcome.event], "at": outcome.at, "permalink": permalink}


async def _mend_cancelled(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, *, now: datetime) -> None:
    its_items = select(PostItemRow.id).where(PostItemRow.workspace_id == workspace_id, PostItemRow.post_id == post_id)
    ended = {"what": "cancel", "at": now, "permalink": None}
    await _mend(session, {ItemId(item_id): ended for item_id in await session.scalars(its_items)})


async def _mend(session: AsyncSession, ends: Mapping[ItemId, Mapping[str, Any]]) -> None:
    """Have the broadcasts of these items changed: what they told of is over."""
    if not ends:
        return
    dialect = dialect_of(session)
    given = _BROADCASTS.values(dialect, [{"key": broadcast_key(item_id)} for item_id in sorted(ends)])
    lines: list[dict[str, Any]] = []
    for told in (await session.execute(_told_of(dialect), given)).all():
        end = ends[ItemId(told.item_id or "")]
        by = await session.scalar(
            select(AuditEventRow.actor)
            .where(
                AuditEventRow.workspace_id == told.workspace_id,
                AuditEventRow.at >= told.created_at,
                AuditEventRow.post_id == told.post_id,
                AuditEventRow.actor != "herald",
            )
            .order_by(AuditEventRow.at.desc())
            .limit(1)
        )
        facts = {"notice_id": told.id, "by": by, "permalink": end["permalink"], "item": told.item_id}
        lines.append(
            {
                **common("mended", end["what"], end["at"], facts),
                "dedupe_key": f"mended:{told.id}:{told.created_at.isoformat()}",
                "workspace_id": told.workspace_id,
                "brand_id": told.brand_id,
                "post_id": told.post_id,
                "item_id": told.item_id,
            }
        )
    await write(session, lines)


_BROADCASTS = Given("broadcast", key=String())


@cache
def _told_of(dialect: str) -> Select[*tuple[Any, ...]]:
    """What was told under these keys: nearly always nothing, and asked of every post that was late."""
    of, told = _BROADCASTS.rows(dialect), NOTICES.c
    columns = (told.id, told.workspace_id, told.brand_id, told.post_id, told.item_id, told.created_at)
    return select(*columns).join_from(of, NOTICES, told.dedupe_key == of.c.key)
