"""Deciding about what waits for a word: approve, ask for changes, reject; and what comes too late for any of them.

A decision is one transaction. It holds the post's row, so that no edit comes between reading and agreeing, and it is
refused for every version but the one that is asked about, whose content's hash is compared too.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from bot import clock
from bot.domain.approvals import (
    OPEN,
    Agreed,
    Asking,
    content_of,
    digest_of,
    ends_at,
    goes_of,
    is_enough,
    who_decides,
)
from bot.domain.contents import ContentState, Said
from bot.domain.errors import Conflict, NotAllowed, invalid
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.people import user_of
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services import approving
from bot.services.approving import show_now, write_down
from bot.services.deps import Deps
from storage import (
    approvals,
    brands,
    causes,
    contents,
    installations,
    item_records,
    line_rows,
    lines,
    missions,
    outbox,
    post_holds,
    posts,
)
from storage.approvals import Request
from storage.brands import Brand
from storage.engine import Session, announce

NOT_IN_TIME = "Nobody approved it in time. It was not sent."
_MOST_LATE = 100
_OWN = "Someone else must approve your post."
_LONGEST_REASON = 1_000


class NotApprover(NotAllowed):
    """Somebody else decides: `may` has the user ids of those who do."""

    def __init__(self, brand: Brand, may: Collection[str]) -> None:
        super().__init__(f"Only {brand.name}'s approvers decide this.")
        self.brand = brand.name
        self.may = tuple(may)


class Stale(Conflict):
    """It was changed since that was shown: nothing is decided."""

    def __init__(self, now: PostView) -> None:
        super().__init__("This post was changed meanwhile. Look at it again.", field="post")
        self.now = now


class Decided(Conflict):
    """Somebody decided it before, so or otherwise: `state` says how."""

    def __init__(self, state: Asking, by: str | None, at: datetime | None) -> None:
        super().__init__("Somebody has decided this already.", field="post")
        self.state = state
        self.by = by
        self.at = at


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """It may go out as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskChanges:
    """Back to its author, with what should change."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """It shall not go out, and why."""

    reason: str


Decision = Approve | AskChanges | Reject


async def decide(  # noqa: PLR0913  # of which post, what, which version was read, by whom
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, decision: Decision, *, version: int, decided_by: str
) -> PostView:
    """Decide about the version that was read. One transaction; of two people at once both count, or the first.

    Raises NotFound, NotApprover, NotAllowed for one's own post, Stale for another version, Decided, Conflict, and
    InvalidContent for a reason left out.
    """
    reason = "" if isinstance(decision, Approve) else decision.reason.strip()[:_LONGEST_REASON]
    if not isinstance(decision, Approve) and not reason:
        raise invalid("reason", "Say why, in a few words.")
    async with deps.database.transaction() as session:
        now = clock.now()
        await post_holds.lock(session, workspace_id, post_id)
        post = await posts.get_post(session, workspace_id, post_id)
        request = await _open_request(session, post, version, decided_by)
        if request.state is Asking.WAITING and request.ends_at is not None and request.ends_at <= now:
            request = await _end(session, post, request, now)
            post = await posts.get_post(session, workspace_id, post_id)
        if isinstance(decision, Approve):
            await _approve(session, post, request, decided_by, now)
        else:
            await _refuse(session, post, request, decision, reason, by=decided_by, now=now)
        await announce(session)
        return await posts.get_post(session, workspace_id, post_id)


async def must_decide(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, version: int, by: str) -> PostView:
    """The post, if this person may decide about this version of it. Raises what `decide` raises."""
    async with deps.database.reading() as session:
        post = await posts.get_post(session, workspace_id, post_id)
        await _open_request(session, post, version, by)
        return post


async def _open_request(session: Session, post: PostView, version: int, by: str) -> Request:
    """What is asked about the post, of this person among others, in the version that they read."""
    brand = await brands.get_brand(session, post.workspace_id, post.brand_id)
    approvers = await approvals.approvers_of(session, post.workspace_id, brand.id)
    request = await approvals.request_of(session, post.workspace_id, post.post_id)
    user = user_of(by)
    if user is None or user not in approvers:
        raise NotApprover(brand, who_decides(approvers, post.created_by, request.asked_by if request else None))
    if request is None:
        raise Conflict("Nobody has to approve this post.", field="post")
    if by in {post.created_by, request.asked_by}:
        raise NotAllowed(_OWN)
    if post.version != version or request.version != version:
        raise Stale(post)
    if request.state not in OPEN:
        raise Decided(request.state, request.decided_by, request.decided_at)
    if request.digest != digest_of(content_of(post)):
        raise Stale(post)
    return request


async def _approve(session: Session, post: PostView, request: Request, by: str, now: datetime) -> None:
    workspace_id = post.workspace_id
    await missions.let_publish(session, workspace_id, post.post_id)
    if not await approvals.add_vote(session, workspace_id, request, user_of(by) or "", now=now):
        raise Conflict("You have approved this version already.", field="post")
    await write_down(session, post, "approve", f"Approved version {request.version}.", by=by, now=now)
    enough = await agree(session, post, request, by, now)
    await lines.changed(session, workspace_id, post.post_id, "approve", by=by, now=now, facts={"enough": enough})
    await show_now(session, workspace_id, request, now)


async def agree(session: Session, post: PostView, request: Request, by: str, now: datetime) -> bool:
    """Let it go if all who have to agree did; what came too late for that stays, and may go whenever somebody says."""
    workspace_id, brand_id = post.workspace_id, post.brand_id
    may = who_decides(await approvals.approvers_of(session, workspace_id, brand_id), post.created_by, request.asked_by)
    voters = [vote.user_id for vote in await approvals.votes_of(session, workspace_id, request)]
    if not is_enough(await approvals.rule_of(session, workspace_id, brand_id), may, voters):
        return False
    waiting = [item.item_id for item in post.items if item.status is State.AWAITING_APPROVAL]
    goes = goes_of(post.items)
    went = await approvals.let_go(session, workspace_id, post.post_id, waiting, asked_at=request.asked_at, now=now)
    if not went and request.state is Asking.WAITING:
        raise Conflict("Nothing of this post waits for approval any more.", field="post")
    by_whom = tuple(user for user in voters if user in may)
    agreed = Agreed(version=request.version, by=by_whom, at=now, content=content_of(post), goes=goes)
    done = replace(request, state=Asking.APPROVED, agreed=agreed, ends_at=None, decided_by=by, decided_at=now)
    await approvals.keep_request(session, workspace_id, done)
    of_items = tuple(went)
    await causes.owe(
        session,
        [
            causes.Cause(workspace_id=workspace_id, what=what, about=post.post_id, at=now, items=of_items)
            for what in ("approved", "scheduled")
        ]
        if went
        else [],
    )
    return True


async def _refuse(  # noqa: PLR0913  # of which post, what, why, by whom
    session: Session,
    post: PostView,
    request: Request,
    decision: AskChanges | Reject,
    reason: str,
    *,
    by: str,
    now: datetime,
) -> None:
    if request.state is Asking.LATE:
        raise Conflict("Its time is over, and nothing was sent. Drop it, or edit it.", field="post")
    workspace_id, changes = post.workspace_id, isinstance(decision, AskChanges)
    if changes:
        done = await approvals.send_back(session, workspace_id, post.post_id)
    else:
        among = frozenset({State.AWAITING_APPROVAL})
        moved = await posts.change_states(session, workspace_id, State.CANCELLED, among=among, post_id=post.post_id)
        done = [item_id for _, item_id in moved]
    if not done:
        raise Conflict("Nothing of this post waits for approval any more.", field="post")
    said = Said(status=ContentState.REJECTED, by=by, at=now, reason=reason)
    for item_id in done:
        await contents.say(session, workspace_id, post.post_id, item_id, said)
    state = Asking.CHANGES if changes else Asking.REJECTED
    over = replace(request, state=state, agreed=None, ends_at=None, decided_by=by, decided_at=now, reason=reason)
    await approvals.keep_request(session, workspace_id, over)
    event = "changes" if changes else "reject"
    words = "Changes asked for" if changes else "Rejected"
    await write_down(session, post, event, f"{words} (version {request.version}): {reason}", by=by, now=now)
    await lines.changed(session, workspace_id, post.post_id, event, by=by, now=now, facts={"reason": reason})
    cause = causes.Cause(workspace_id=workspace_id, what="rejected", about=post.post_id, at=now, items=tuple(done))
    await causes.owe(session, [cause])
    await show_now(session, workspace_id, request, now)
    await _tell_author(session, post, over, now)


async def _tell_author(session: Session, post: PostView, request: Request, now: datetime) -> None:
    user = user_of(request.asked_by) or user_of(post.created_by)
    if user is not None and await installations.is_installed(session, post.workspace_id):
        facts = {"post": post.post_id, "version": request.version, "asked": request.asked_at.isoformat(), "user": user}
        key = approvals.key_of(approving.AUTHOR, request, user)
        await outbox.add(session, post.workspace_id, kind=approving.AUTHOR, dedupe_key=key, payload=facts, now=now)


# --- Too late --------------------------------------------------------------------------------------------------------


async def end_late(deps: Deps) -> int:
    """Turn what nobody agreed to in time to missed; returns how many posts. Any number of machines may do it at once.

    What was asked about while the rule was being taken away goes.
    """
    now = clock.now()
    async with deps.database.reading() as session:
        late = await approvals.ended(session, now=now, limit=_MOST_LATE)
        free = await approvals.unruled(session, limit=_MOST_LATE)
    for workspace_id, post_id in free:
        async with deps.database.transaction() as session:
            await approving.guard(session, workspace_id, post_id, by="herald", now=now)
    for workspace_id, post_id in late:
        async with deps.database.transaction() as session:
            await post_holds.lock(session, workspace_id, post_id)
            request = await approvals.request_of(session, workspace_id, post_id)
            if request is not None and request.state is Asking.WAITING and (request.ends_at or now) <= now:
                await _end(session, await posts.get_post(session, workspace_id, post_id), request, now)
    return len(late)


async def _end(session: Session, post: PostView, request: Request, now: datetime) -> Request:
    workspace_id = post.workspace_id
    ids = await approvals.miss(session, workspace_id, post.post_id, asked_at=request.asked_at, now=now, why=NOT_IN_TIME)
    left = [item for item in post.items if item.status is State.AWAITING_APPROVAL and item.item_id not in ids]
    state = Asking.WAITING if left else Asking.LATE if ids else Asking.OVER
    ends = min((ends_at(item, request.asked_at) for item in left), default=request.ends_at)
    after = replace(request, state=state, ends_at=ends)
    await approvals.keep_request(session, workspace_id, after)
    await show_now(session, workspace_id, request, now)
    if ids:
        missed = await item_records.load(session, ids)
        await write_down(session, post, "late", "Not approved in time. Nothing was sent.", by="herald", now=now)
        await lines.changed(session, workspace_id, post.post_id, "late", by="herald", now=now)
        first = missed[0]
        facts = line_rows.item_facts(first, attempt=first.attempt)
        await line_rows.write(session, [line_rows.row(first, "broadcast", "late", now, facts)])
        await causes.owe(session, causes.of_items(missed, State.MISSED, now=now))
    return after
