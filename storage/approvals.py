"""Approvals: whose word a brand's posts need, what is asked, and who agreed to which version.

Whoever decides, asks or ends a request holds the post's row first (`post_holds.lock`, or an edit's new version): so a
decision and an edit of the same post never cross. What waits for a word is AWAITING_APPROVAL and no worker takes it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, literal_column, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.approvals import OPEN, PATIENCE, Agreed, Asking, Rule
from bot.domain.ids import AccountId, BrandId, ItemId, PostId, WorkspaceId
from bot.domain.people import actor_of
from bot.domain.posts import Place
from bot.domain.publication import Event, State, move
from storage import post_holds
from storage.brands import set_people
from storage.conditions import ITEMS, in_state, still
from storage.statements import upsert
from storage.tables import (
    ApprovalRow,
    ApprovalVoteRow,
    BrandApproverRow,
    BrandRow,
    NoticeRow,
    PostItemRow,
    PostRow,
    UtcDateTime,
)

_c = ITEMS.c
_OPEN = sorted(state.value for state in OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What people are asked, or were asked last, about a post."""

    post_id: PostId
    brand_id: BrandId
    version: int
    state: Asking
    digest: str
    asked_by: str
    """Who wrote the content they are asked about: an actor."""
    asked_at: datetime
    ends_at: datetime | None
    agreed: Agreed | None = None
    """What they agreed to last, this or an earlier version."""
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """Somebody agreed to the version that is asked about."""

    user_id: str
    at: datetime


# --- The rule --------------------------------------------------------------------------------------------------------


async def set_rule(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, rule: Rule) -> None:
    """Have the brand's posts need this word from now on."""
    await session.execute(
        update(BrandRow)
        .where(BrandRow.workspace_id == workspace_id, BrandRow.id == brand_id)
        .values(approval_rule=rule.value)
        .execution_options(synchronize_session="fetch")
    )


async def rule_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> Rule:
    """Whose word the brand's posts need now."""
    found = await session.scalar(
        select(BrandRow.approval_rule).where(BrandRow.workspace_id == workspace_id, BrandRow.id == brand_id)
    )
    return Rule(found or Rule.NONE)


async def approvers_of(session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId) -> tuple[str, ...]:
    """The user ids of the brand's approvers, in order."""
    query = select(BrandApproverRow.user_id).where(
        BrandApproverRow.workspace_id == workspace_id, BrandApproverRow.brand_id == brand_id
    )
    return tuple(await session.scalars(query.order_by(BrandApproverRow.user_id)))


async def set_approvers(
    session: AsyncSession, workspace_id: WorkspaceId, brand_id: BrandId, user_ids: Collection[str], *, named_by: str
) -> None:
    """Have exactly these people approve. Raises NotFound."""
    await set_people(session, workspace_id, brand_id, BrandApproverRow, user_ids, named_by=named_by)


# --- Requests and votes ----------------------------------------------------------------------------------------------


async def request_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> Request | None:
    """What people are or were asked about the post; None while nobody ever was."""
    row = await session.scalar(
        select(ApprovalRow)
        .where(ApprovalRow.workspace_id == workspace_id, ApprovalRow.post_id == post_id)
        .execution_options(populate_existing=True)
    )
    return None if row is None else _request(row)


async def keep_request(session: AsyncSession, workspace_id: WorkspaceId, request: Request) -> None:
    """Write a request down in the place of the one before."""
    values: dict[str, Any] = {
        "workspace_id": workspace_id,
        "brand_id": request.brand_id,
        "version": request.version,
        "state": request.state.value,
        "digest": request.digest,
        "asked_by": request.asked_by,
        "asked_at": request.asked_at,
        "ends_at": request.ends_at,
        "agreed": None if request.agreed is None else _agreed_json(request.agreed),
        "decided_by": request.decided_by,
        "decided_at": request.decided_at,
        "reason": request.reason,
    }
    statement = upsert(session, ApprovalRow).values(post_id=request.post_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["post_id"], set_=values))


async def votes_of(session: AsyncSession, workspace_id: WorkspaceId, request: Request) -> list[Vote]:
    """Who agreed to the version asked about, in that order."""
    row = ApprovalVoteRow
    query = (
        select(row.user_id, row.at)
        .where(row.workspace_id == workspace_id, row.post_id == request.post_id, row.version == request.version)
        .order_by(row.at, row.user_id)
    )
    return [Vote(user_id=found.user_id, at=found.at) for found in await session.execute(query)]


async def add_vote(
    session: AsyncSession, workspace_id: WorkspaceId, request: Request, user_id: str, *, now: datetime
) -> bool:
    """Write down that somebody agrees. False: they did before."""
    statement = upsert(session, ApprovalVoteRow).values(
        post_id=request.post_id, version=request.version, user_id=user_id, workspace_id=workspace_id, at=now
    )
    added = await session.execute(
        statement.on_conflict_do_nothing(index_elements=["post_id", "version", "user_id"]).returning(
            ApprovalVoteRow.user_id
        )
    )
    return added.first() is not None


async def open_posts(
    session: AsyncSession,
    workspace_id: WorkspaceId,
    *,
    brand_ids: Collection[BrandId] | None = None,
    of: str | None = None,
    limit: int,
) -> list[PostId]:
    """The posts that wait for a word, or came too late for it, the first to end first; `of`: for that of this user."""
    row = ApprovalRow
    missing = select(PostItemRow.id).where(
        PostItemRow.post_id == row.post_id,
        case(
            (row.state == Asking.LATE.value, PostItemRow.state == State.MISSED.value),
            else_=PostItemRow.state == State.AWAITING_APPROVAL.value,
        ),
    )
    query = select(row.post_id).where(row.workspace_id == workspace_id, row.state.in_(_OPEN), missing.exists())
    if brand_ids is not None:
        query = query.where(row.brand_id.in_(sorted(brand_ids)))
    if of is not None:
        query = query.where(*_asked(of))
    return [PostId(post_id) for post_id in await session.scalars(query.order_by(row.ends_at, row.post_id).limit(limit))]


def _asked(user_id: str) -> Sequence[ColumnElement[bool]]:
    """This user approves the brand's posts, wrote nothing of this one, and has not agreed to it."""
    row, vote, who = ApprovalRow, ApprovalVoteRow, BrandApproverRow
    own = select(PostRow.id).where(PostRow.id == row.post_id, PostRow.created_by == actor_of(user_id))
    given = select(vote.user_id).where(
        vote.post_id == row.post_id, vote.version == row.version, vote.user_id == user_id
    )
    named = select(who.user_id).where(who.brand_id == row.brand_id, who.user_id == user_id)
    return named.exists(), ~own.exists(), ~given.exists(), row.asked_by != actor_of(user_id)


async def ended(session: AsyncSession, *, now: datetime, limit: int) -> list[tuple[WorkspaceId, PostId]]:
    """The requests whose time is over, of all workspaces. Machinery."""
    row = ApprovalRow
    query = select(row.workspace_id, row.post_id).where(row.state == literal_column("'waiting'"), row.ends_at <= now)
    rows = await session.execute(query.order_by(row.ends_at, row.post_id).limit(limit))
    return [(WorkspaceId(found.workspace_id), PostId(found.post_id)) for found in rows]


async def unruled(session: AsyncSession, *, limit: int) -> list[tuple[WorkspaceId, PostId]]:
    """The requests that wait although their brand has no rule any more, of all workspaces. Machinery."""
    row = ApprovalRow
    query = (
        select(row.workspace_id, row.post_id)
        .join(BrandRow, BrandRow.id == row.brand_id)
        .where(row.state == literal_column("'waiting'"), BrandRow.approval_rule == Rule.NONE.value)
    )
    rows = await session.execute(query.order_by(row.post_id).limit(limit))
    return [(WorkspaceId(found.workspace_id), PostId(found.post_id)) for found in rows]


# --- The queue -------------------------------------------------------------------------------------------------------


async def hold_back(
    session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, item_ids: Collection[ItemId]
) -> None:
    """Keep these items of a post from going out until somebody agrees; a worker that holds one loses it."""
    to = move(State.SCHEDULED, Event.SEND_BACK).to
    await session.execute(
        update(ITEMS)
        .where(*_these(workspace_id, post_id, item_ids), still(in_state(State.SCHEDULED, State.CLAIMED)))
        .values(state=to.value, version=_c.version + 1, worker_id=None, claimed_at=None, claim_at=null())
    )


async def let_go(  # noqa: PLR0913  # which items of which post, asked when, agreed to when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    post_id: PostId,
    item_ids: Collection[ItemId],
    *,
    asked_at: datetime,
    now: datetime,
) -> list[ItemId]:
    """Put these items that wait for a word into the queue: for their time, or for now where that was over already.

    Compare and set; returns those that went. One that was to go out at once and was never tried is planned for now.
    """
    grace = select(BrandRow.grace_s).where(BrandRow.id == _c.brand_id).scalar_subquery()
    rows = await session.execute(
        select(_c.id, _c.scheduled_at, _c.due_at, _c.lead_s, _c.attempt, grace.label("grace_s"))
        .where(*_these(workspace_id, post_id, item_ids), in_state(State.AWAITING_APPROVAL))
        .order_by(_c.id)
        .with_for_update(of=ITEMS)
    )
    went: list[ItemId] = []
    to = move(State.AWAITING_APPROVAL, Event.APPROVE).to
    for row in rows.all():
        at_once = row.scheduled_at is None or row.scheduled_at <= asked_at
        planned = now if at_once and not row.attempt else row.scheduled_at
        due_at = row.due_at if row.due_at is None or not at_once else now
        late_from: datetime = now if at_once or row.scheduled_at is None else row.scheduled_at
        values: dict[str, Any] = {
            "state": to.value,
            "scheduled_at": planned,
            "due_at": due_at,
            "claim_at": None if due_at is None else due_at - timedelta(seconds=row.lead_s),
            "missed_after": None if due_at is None else late_from + timedelta(seconds=row.grace_s),
            "held_missed_after": None,
        }
        changed = await session.execute(
            update(ITEMS)
            .where(_c.id == row.id, still(in_state(State.AWAITING_APPROVAL)))
            .values(**values)
            .returning(_c.id)
        )
        went += [ItemId(name) for name in changed.scalars()]
        if planned == now:
            await session.execute(
                update(PostRow)
                .where(PostRow.workspace_id == workspace_id, PostRow.id == post_id, PostRow.scheduled_at <= asked_at)
                .values(scheduled_at=now)
                .execution_options(synchronize_session=False)
            )
    await post_holds.keep_held(session, *post_holds.of_post(workspace_id, post_id))
    return went


async def send_back(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> list[ItemId]:
    """Make what waits of a post for a word a draft again. Compare and set; returns those that were."""
    changed = await session.execute(
        update(ITEMS)
        .where(_c.workspace_id == workspace_id, _c.post_id == post_id, in_state(State.AWAITING_APPROVAL))
        .values(
            state=move(State.AWAITING_APPROVAL, Event.SEND_BACK).to.value,
            version=_c.version + 1,
            scheduled_at=null(),
            due_at=null(),
            claim_at=null(),
            missed_after=null(),
            held_missed_after=null(),
        )
        .returning(_c.id)
    )
    return [ItemId(name) for name in changed.scalars()]


async def miss(  # noqa: PLR0913  # which post, asked when, found when, and what is said
    session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId, *, asked_at: datetime, now: datetime, why: str
) -> list[ItemId]:
    """Turn what of a post nobody agreed to in time to MISSED. Compare and set; returns those that were."""
    planned = func.coalesce(_c.scheduled_at, literal(asked_at, UtcDateTime()))
    over = case((planned <= asked_at, literal(asked_at + PATIENCE, UtcDateTime())), else_=planned)
    changed = await session.execute(
        update(ITEMS)
        .where(_c.workspace_id == workspace_id, _c.post_id == post_id, in_state(State.AWAITING_APPROVAL), over <= now)
        .values(
            state=move(State.AWAITING_APPROVAL, Event.MISS).to.value,
            worker_id=None,
            missed_after=now,
            error_class="late",
            error_message=why,
        )
        .returning(_c.id)
    )
    return [ItemId(name) for name in changed.scalars()]


def _these(workspace_id: WorkspaceId, post_id: PostId, item_ids: Collection[ItemId]) -> Sequence[Any]:
    return _c.workspace_id == workspace_id, _c.post_id == post_id, _c.id.in_(sorted(item_ids))


# --- What people have in hand ----------------------------------------------------------------------------------------


async def told_of(
    session: AsyncSession, workspace_id: WorkspaceId, kinds: Collection[str], request: Request, *, now: datetime
) -> list[tuple[str, str]]:
    """The notices of these kinds that people were sent, or are just being sent, for this request: id, and for whom."""
    row = NoticeRow
    keys = [row.dedupe_key.startswith(key_of(kind, request, ""), autoescape=True) for kind in sorted(kinds)]
    mine = (row.workspace_id == workspace_id, row.kind.in_(sorted(kinds)), row.deliver_at <= now)
    rows = await session.execute(select(row.id, row.payload).where(*mine, or_(*keys)).order_by(row.created_at, row.id))
    return [(found.id, str(found.payload.get("user", ""))) for found in rows]


def key_of(kind: str, request: Request, to: str) -> str:
    """The key of what is said about a request to somebody, once."""
    return f"{kind}:{request.post_id}:{request.version}:{request.asked_at.timestamp():.6f}:{to}"


# --- Rows ------------------------------------------------------------------------------------------------------------


def _request(row: ApprovalRow) -> Request:
    return Request(
        post_id=PostId(row.post_id),
        brand_id=BrandId(row.brand_id),
        version=row.version,
        state=Asking(row.state),
        digest=row.digest,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        ends_at=row.ends_at,
        agreed=None if row.agreed is None else _agreed(row.agreed),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )


def _agreed_json(agreed: Agreed) -> dict[str, Any]:
    return {
        "version": agreed.version,
        "by": list(agreed.by),
        "at": agreed.at.isoformat(),
        "content": dict(agreed.content),
        "goes": {f"{at.account_id} {at.kind}".rstrip(): when.isoformat() for at, when in agreed.goes.items()},
    }


def _agreed(stored: Mapping[str, Any]) -> Agreed:
    return Agreed(
        version=stored["version"],
        by=tuple(stored["by"]),
        at=datetime.fromisoformat(stored["at"]),
        content=stored["content"],
        goes={_place(place): datetime.fromisoformat(at) for place, at in stored["goes"].items()},
    )


def _place(stored: str) -> Place:
    account_id, _, kind = stored.partition(" ")
    return Place(account_id=AccountId(account_id), kind=kind)
