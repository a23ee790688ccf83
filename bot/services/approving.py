"""Approvals: what waits for somebody's word before it goes out, and who is asked.

`guard` stands on every way into the queue, in the transaction that goes it: what nobody agreed to as it is becomes
AWAITING_APPROVAL before anybody can see it scheduled, and no worker takes anything but SCHEDULED. What people decide is
bot/services/agreeing.py's, a brand's rule bot/services/approvers.py's.

Notices of these kinds go to people; their payload has `post`, `version`, `asked` (the instant) and `user`:

    approval            to each who may decide
    approval_reminder   to those of them who have not, two hours ahead
    approval_author     to the author: changes were asked for, or it was rejected
    approval_now        one of these is to be changed where it stands; `notice_id` names it
    approval_aloud      to the channel, below the card, an hour ahead: nobody has decided (without `user`)
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.approvals import (
    ALOUD_AHEAD,
    OPEN,
    QUEUED,
    REMINDED_AHEAD,
    Asking,
    Rule,
    content_of,
    digest_of,
    ends_at,
    is_covered,
    who_decides,
    who_is_asked,
)
from bot.domain.errors import Conflict
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.posts import ItemView, PostView
from bot.domain.publication import State
from storage import approvals, audit, installations, outbox, post_holds, posts
from storage.approvals import Request
from storage.brands import Brand
from storage.engine import Session, announce
from storage.ids import new_id

ASKED, REMINDER, AUTHOR, NOW, ALOUD = (
    "approval",
    "approval_reminder",
    "approval_author",
    "approval_now",
    "approval_aloud",
)
TO_PEOPLE = frozenset({ASKED, REMINDER})
KINDS = frozenset({ASKED, REMINDER, AUTHOR, NOW, ALOUD})
_REMINDED_AFTER = timedelta(hours=2)
_ALOUD_AFTER = timedelta(hours=4)
"""After these those are reminded who are asked about a post that is to go out at once."""


# --- On every way into the queue -------------------------------------------------------------------------------------


async def guard_new(session: Session, post_id: PostId, brand: Brand, *, by: str, now: datetime) -> bool:
    """`guard` for a post that has just been written."""
    rule = await approvals.rule_of(session, brand.workspace_id, brand.id)
    return rule is not Rule.NONE and await guard(session, brand.workspace_id, post_id, by=by, now=now)


async def guard(session: Session, workspace_id: WorkspaceId, post_id: PostId, *, by: str, now: datetime) -> bool:
    """Keep out of the queue what nobody agreed to as it is, and ask. True: something of it waits for a word.

    Called last in a transaction that changed the post or brought something of it into the queue. Also the other way
    round: what waits and needs nobody's word any more goes. Raises Conflict when nobody could agree.
    """
    await post_holds.lock(session, workspace_id, post_id)
    post = await posts.get_post(session, workspace_id, post_id)
    rule = await approvals.rule_of(session, workspace_id, post.brand_id)
    before = await approvals.request_of(session, workspace_id, post_id)
    if rule is Rule.NONE and before is None:
        return False
    needing = _needing(post, rule, before, now)
    await _let_go(session, post, before, needing, now)
    if not needing:
        await _no_longer(session, post, before, now)
        return False
    may = who_decides(
        await approvals.approvers_of(session, workspace_id, post.brand_id), post.created_by, _author(post, before, by)
    )
    if not may:
        raise Conflict("Someone else must approve this post, and nobody else may. Name another approver.", field="at")
    await approvals.hold_back(session, workspace_id, post_id, [item.item_id for item in needing])
    asked = who_is_asked(rule, may, post.approver)
    await _ask(session, post, _asked_anew(post, before, needing, by, now), before, asked, by=by)
    return True


def _needing(post: PostView, rule: Rule, before: Request | None, now: datetime) -> list[ItemView]:
    if rule is Rule.NONE:
        return []
    content, agreed = content_of(post), before.agreed if before is not None else None
    return [item for item in post.items if item.status in QUEUED and not is_covered(item, content, agreed, now)]


async def _let_go(
    session: Session, post: PostView, before: Request | None, needing: Collection[ItemView], now: datetime
) -> None:
    free = [item for item in post.items if item.status is State.AWAITING_APPROVAL and item not in needing]
    if free:
        asked_at = before.asked_at if before is not None else now
        ids = [item.item_id for item in free]
        await approvals.let_go(session, post.workspace_id, post.post_id, ids, asked_at=asked_at, now=now)
        await announce(session)


async def _no_longer(session: Session, post: PostView, before: Request | None, now: datetime) -> None:
    """Nothing of the post waits for a word: whoever was asked sees that."""
    if before is None or before.state is Asking.APPROVED:
        return
    queued = any(item.status in QUEUED for item in post.items)
    if before.state in OPEN or queued:
        agreed = queued and before.agreed is not None
        over = replace(before, state=Asking.APPROVED if agreed else Asking.OVER, ends_at=None)
        await approvals.keep_request(session, post.workspace_id, over)
        await show_now(session, post.workspace_id, before, now)


async def wrote(session: Session, post: PostView, *, by: str, now: datetime) -> None:
    """Keep in mind who wrote what a draft says now: whoever schedules it like that, its author does not agree to it."""
    digest = digest_of(content_of(post))
    before = await approvals.request_of(session, post.workspace_id, post.post_id)
    if before is not None and before.digest == digest:
        return
    if before is None:
        rule = await approvals.rule_of(session, post.workspace_id, post.brand_id)
        if rule is Rule.NONE or by == post.created_by:
            return
        before = Request(
            post_id=post.post_id,
            brand_id=post.brand_id,
            version=post.version,
            state=Asking.OVER,
            digest=digest,
            asked_by=by,
            asked_at=now,
            ends_at=None,
        )
    await approvals.keep_request(session, post.workspace_id, replace(before, digest=digest, asked_by=by))


def _author(post: PostView, before: Request | None, by: str) -> str:
    """Who wrote the content: who only gave the same another time did not."""
    same = before is not None and before.digest == digest_of(content_of(post))
    return before.asked_by if before is not None and same else by


def _asked_anew(
    post: PostView, before: Request | None, needing: Collection[ItemView], by: str, now: datetime
) -> Request:
    return Request(
        post_id=post.post_id,
        brand_id=post.brand_id,
        version=post.version,
        state=Asking.WAITING,
        digest=digest_of(content_of(post)),
        asked_by=_author(post, before, by),
        asked_at=now,
        ends_at=min(ends_at(item, now) for item in needing),
        agreed=before.agreed if before is not None else None,
    )


async def _ask(  # noqa: PLR0913  # what is asked, what was, of whom, by whom
    session: Session, post: PostView, request: Request, before: Request | None, users: Collection[str], *, by: str
) -> None:
    now = request.asked_at
    await approvals.keep_request(session, post.workspace_id, request)
    planned = "at once" if post.scheduled_at is None or post.scheduled_at <= now else _spoken(post.scheduled_at)
    text = f"Waits for approval (version {request.version}), planned for {planned}."
    await write_down(session, post, "ask", text, by=by, now=now)
    if before is not None:
        await show_now(session, post.workspace_id, before, now)
    voted = {vote.user_id for vote in await approvals.votes_of(session, post.workspace_id, request)}
    await tell(session, post, request, [user for user in users if user not in voted])


async def tell(session: Session, post: PostView, request: Request, users: Collection[str]) -> None:
    """Owe each of these people the request, and a reminder; and the channel a word shortly before it is too late."""
    if not await installations.is_installed(session, post.workspace_id):
        return
    now, ends = request.asked_at, request.ends_at
    at_once = post.scheduled_at is None or post.scheduled_at <= now
    remind_at = now + _REMINDED_AFTER if at_once or ends is None else ends - REMINDED_AHEAD
    aloud_at = now + _ALOUD_AFTER if at_once or ends is None else ends - ALOUD_AHEAD
    facts = {"post": post.post_id, "version": request.version, "asked": now.isoformat()}
    for user in users:
        for kind, at in ((ASKED, now), (REMINDER, remind_at)):
            if kind == ASKED or at > now:
                key = approvals.key_of(kind, request, user)
                await outbox.add(
                    session,
                    post.workspace_id,
                    kind=kind,
                    dedupe_key=key,
                    payload={**facts, "user": user},
                    now=now,
                    deliver_at=at,
                )
    if aloud_at > now:
        await outbox.add(
            session,
            post.workspace_id,
            kind=ALOUD,
            dedupe_key=approvals.key_of(ALOUD, request, ""),
            payload=facts,
            now=now,
            brand_id=post.brand_id,
            post_id=post.post_id,
            deliver_at=aloud_at,
        )


async def show_now(session: Session, workspace_id: WorkspaceId, request: Request, now: datetime) -> None:
    """Have what people were sent for this request changed where it stands."""
    for notice_id, user in await approvals.told_of(session, workspace_id, TO_PEOPLE, request, now=now):
        payload = {"notice_id": notice_id, "post": request.post_id, "version": request.version}
        payload |= {"asked": request.asked_at.isoformat(), "user": user}
        await outbox.add(session, workspace_id, kind=NOW, dedupe_key=new_id("ntc"), payload=payload, now=now)


async def taken_back(session: Session, workspace_id: WorkspaceId, post_id: PostId, *, now: datetime) -> None:
    """Something of the post was cancelled: where nothing of it waits for a word any more, nobody is asked."""
    request = await approvals.request_of(session, workspace_id, post_id)
    if request is None or request.state not in OPEN:
        return
    post = await posts.get_post(session, workspace_id, post_id)
    waits = State.MISSED if request.state is Asking.LATE else State.AWAITING_APPROVAL
    if all(item.status is not waits for item in post.items):
        await approvals.keep_request(session, workspace_id, replace(request, state=Asking.OVER, ends_at=None))
        await show_now(session, workspace_id, request, now)


async def write_down(  # noqa: PLR0913  # one line of the journal
    session: Session, post: PostView, event: str, text: str, *, by: str, now: datetime
) -> None:
    """Into the journal of the post."""
    entry = audit.AuditEvent(at=now, actor=by, event=event, post_id=post.post_id, detail={"text": text})
    await audit.add_event(session, post.workspace_id, entry)


def _spoken(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
