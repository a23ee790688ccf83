"""Contents, one text for one account each: approved, rejected, scheduled, published and cancelled on their own.

Only the content's own items move; what its post has on other accounts stays as it is. Everything is checked as for a
whole post, and whoever edits the post at the same time hears of it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from bot import clock
from bot.domain.approvals import OPEN
from bot.domain.contents import Content, ContentState, Said
from bot.domain.errors import Conflict, NotAllowed
from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from bot.domain.posts import NewItem
from bot.domain.publication import Event, State
from bot.services import approving, withdrawing
from bot.services.deps import Deps
from bot.services.planning import At, Now, Plan, Wish, item_of, keep_files, planned
from bot.services.repeating import Answering
from storage import approvals, audit, brands, causes, contents, lines, missions, post_holds, revisions
from storage.brands import Brand
from storage.causes import Cause
from storage.contents import Wanted
from storage.engine import Session, announce
from storage.pages import Page, Paged
from storage.revisions import OpenItem

__all__ = [
    "At",
    "Content",
    "ContentState",
    "Now",
    "Page",
    "Paged",
    "Wanted",
    "approve",
    "cancel",
    "find",
    "publish",
    "queued",
    "reject",
    "schedule",
    "some",
]

_WAITS = frozenset({State.SCHEDULED, State.CLAIMED, State.AWAITING_APPROVAL})
_TAKING_BACK = {
    State.SCHEDULED: Event.TAKE_BACK,
    State.CLAIMED: Event.TAKE_BACK,
    State.AWAITING_APPROVAL: Event.SEND_BACK,
    State.DRAFT: Event.EDIT,
}
_MAY_BE_PLANNED = {
    State.DRAFT: Event.SCHEDULE,
    State.AWAITING_APPROVAL: Event.APPROVE,
    State.SCHEDULED: Event.EDIT,
    State.CLAIMED: Event.EDIT,
    State.FAILED: Event.RETRY,
    State.MISSED: Event.RETRY,
}
_ENDED = frozenset({State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED, State.DRAFT, State.AWAITING_APPROVAL})
_WENT = frozenset(
    {
        State.SENDING,
        State.CONFIRMING,
        State.UNCONFIRMED,
        State.PUBLISHED,
        State.FAILED,
        State.MISSED,
    }
)
_MAY_BE_SAID_OF = frozenset({ContentState.DRAFT, ContentState.PENDING_REVIEW, ContentState.APPROVED})
_PATIENCE_S = 20.0
_LOOK_EVERY_S = 0.2
_MEANWHILE = "This content changed meanwhile. Look at it again."


async def find(deps: Deps, workspace_id: WorkspaceId, item_id: ItemId, *, brand_id: BrandId | None = None) -> Content:
    """A content of the workspace, or of the one brand that may be seen. Raises NotFound."""
    async with deps.database.reading() as session:
        return await contents.get_content(session, workspace_id, item_id, brand_id=brand_id)


async def some(deps: Deps, workspace_id: WorkspaceId, wanted: Wanted, page: Page) -> Paged[Content]:
    """A page of contents, newest first. Raises InvalidContent for the id it begins at."""
    async with deps.database.reading() as session:
        return await contents.list_contents(session, workspace_id, wanted, page)


async def queued(deps: Deps, workspace_id: WorkspaceId, wanted: Wanted, page: Page) -> Paged[Content]:
    """A page of what is scheduled, the first to go out first. Raises InvalidContent for the id it begins at."""
    async with deps.database.reading() as session:
        return await contents.queued_contents(session, workspace_id, wanted, page)


# --- Saying yes and no -----------------------------------------------------------------------------------------------


async def approve(  # noqa: PLR0913  # of which, what, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    item_ids: Sequence[ItemId],
    *,
    notes: str | None = None,
    brand_id: BrandId | None,
    asked_by: str,
) -> list[Content]:
    """Let contents go out. All or none. Raises NotFound, and Conflict for one that is rejected or on its way."""
    return await _say(deps, workspace_id, item_ids, _yes(notes, asked_by), brand_id)


async def approve_for(  # noqa: PLR0913  # of which, what, for when, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    item_id: ItemId,
    when: At,
    *,
    notes: str | None = None,
    brand_id: BrandId | None,
    asked_by: str,
    answering: Answering[Content] | None = None,
) -> Content:
    """Let a content go out, then: both or neither. Raises UserError as either does."""
    yes = _yes(notes, asked_by)
    return await _scheduled(deps, workspace_id, item_id, when, yes, brand_id, asked_by, answering)


def _yes(notes: str | None, asked_by: str) -> Said:
    return Said(status=ContentState.APPROVED, by=asked_by, at=clock.now(), notes=notes)


async def reject(  # noqa: PLR0913  # of which, what, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    item_id: ItemId,
    *,
    reason: str | None = None,
    feedback: str | None = None,
    brand_id: BrandId | None,
    asked_by: str,
) -> Content:
    """Keep a content from going out until somebody writes it anew. Who opened its post before has to look again.

    Raises NotFound, and Conflict.
    """
    said = Said(
        status=ContentState.REJECTED, by=asked_by, at=clock.now(), notes=feedback, reason=reason, feedback=feedback
    )
    return (await _say(deps, workspace_id, [item_id], said, brand_id))[0]


async def _say(
    deps: Deps, workspace_id: WorkspaceId, item_ids: Sequence[ItemId], said: Said, brand_id: BrandId | None
) -> list[Content]:
    wanted = sorted(set(item_ids))
    async with deps.database.transaction() as session:
        for item_id in wanted:
            await _say_of(session, workspace_id, item_id, said, brand_id)
        return [await contents.get_content(session, workspace_id, item_id) for item_id in wanted]


async def _say_of(
    session: Session, workspace_id: WorkspaceId, item_id: ItemId, said: Said, brand_id: BrandId | None
) -> None:
    content = await contents.get_content(session, workspace_id, item_id, brand_id=brand_id)
    await post_holds.lock(session, workspace_id, content.post.post_id)  # before its items, as an edit does
    if said.status is ContentState.REJECTED:
        await _next_version(session, workspace_id, item_id, by=said.by or "")
    opened = await revisions.lock_items(session, workspace_id, content.post.post_id)
    content = await contents.get_content(session, workspace_id, item_id, brand_id=brand_id)
    may = _MAY_BE_SAID_OF if said.status is ContentState.APPROVED else {*_MAY_BE_SAID_OF, ContentState.REJECTED}
    if content.state not in may:
        raise Conflict(f"Content {item_id} is {content.state.value}, so this cannot be said of it any more.")
    await _refuse_in_their_stead(session, content, said)
    await contents.say(session, workspace_id, content.post.post_id, item_id, said)
    await _send_back(session, workspace_id, content, opened)
    if said.status is ContentState.REJECTED:
        await contents.forget_time(session, workspace_id, item_id)
    await approving.taken_back(session, workspace_id, content.post.post_id, now=said.at or clock.now())
    await _note(session, workspace_id, content, str(said.status), by=said.by or "")


async def _refuse_in_their_stead(session: Session, content: Content, said: Said) -> None:
    """Raise NotAllowed for a yes to what the brand's approvers are asked about: it is theirs to say."""
    if content.state is ContentState.PENDING_REVIEW and said.status is ContentState.APPROVED:
        request = await approvals.request_of(session, content.post.workspace_id, content.post.post_id)
        if request is not None and request.state in OPEN:
            raise NotAllowed("The approvers of its brand decide this, in Slack.")


async def _send_back(session: Session, workspace_id: WorkspaceId, content: Content, opened: Sequence[OpenItem]) -> None:
    """What waits for somebody's word waits no longer."""
    for item in opened:
        if item.place == content.item.place and item.state is State.AWAITING_APPROVAL:
            new = _draft_of(content, item, planned_still=True)
            await revisions.renew_item(session, workspace_id, item, new, Event.SEND_BACK)


# --- Into the queue --------------------------------------------------------------------------------------------------


async def schedule(  # noqa: PLR0913  # which, for when, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    item_id: ItemId,
    when: At | Now,
    *,
    brand_id: BrandId | None,
    asked_by: str,
    answering: Answering[Content] | None = None,
) -> Content:
    """Put a content into the queue, or move it there. Raises UserError with all that is wrong with it."""
    return await _scheduled(deps, workspace_id, item_id, when, None, brand_id, asked_by, answering)


async def _scheduled(  # noqa: PLR0913, PLR0917  # which, for when, with what said first, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    item_id: ItemId,
    when: At | Now,
    yes: Said | None,
    brand_id: BrandId | None,
    asked_by: str,
    answering: Answering[Content] | None,
) -> Content:
    content = await find(deps, workspace_id, item_id, brand_id=brand_id)
    _refuse_closed(content)
    async with deps.database.reading() as session:
        brand = await brands.get_brand(session, workspace_id, content.post.brand_id)
    async with planned(deps, _wish_of(content, brand, when, asked_by)) as plan:
        await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            if yes is not None:
                await _say_of(session, workspace_id, item_id, yes, brand_id)
            await _put(session, plan, content)
            given = when.text if isinstance(when, At) else None
            said = replace(yes or content.said or Said(), scheduled_for=given)
            await contents.say(session, workspace_id, content.post.post_id, item_id, said)
            waits = await approving.guard(session, workspace_id, content.post.post_id, by=asked_by, now=plan.now)
            await _note(session, workspace_id, content, "ask" if waits else "schedule", by=asked_by)
            await announce(session)
            done = await contents.get_content(session, workspace_id, item_id)
            if answering is not None:
                await answering.keep(session, done)
            return done


def _wish_of(content: Content, brand: Brand, when: At | Now, asked_by: str) -> Wish:
    post, variant = content.post, content.item.variant
    return Wish(
        brand=brand,
        to=(content.item.place,),
        text=post.text,
        when=when,
        parts=post.parts,
        variants={name: text for name, text in post.variants.items() if name == variant},
        media=tuple((file.media_id, file.alt_text) for file in post.files),
        link=post.link,
        options={name: options for name, options in post.options.items() if name == variant},
        media_for={name: chosen for name, chosen in post.media_for.items() if name == variant},
        asked_by=asked_by,
    )


def _refuse_closed(content: Content) -> None:
    """Raises Conflict for what can no longer be scheduled."""
    state = content.item.status
    if content.state is ContentState.REJECTED:
        raise Conflict("This content was rejected. Change it before it is scheduled.")
    if state is State.PUBLISHED:
        raise Conflict("This content is published already.")
    if state is State.CANCELLED and content.attempt:
        raise Conflict("This content was tried before it was cancelled. Write it anew to send it.")
    if state is not State.CANCELLED and state not in _MAY_BE_PLANNED:
        raise Conflict("This content is being sent. It can no longer be changed.")


async def _put(session: Session, plan: Plan, content: Content) -> None:
    """Bring the content's items, part by part, into the queue. Compare and set. Raises Conflict."""
    post, workspace_id = content.post, content.post.workspace_id
    if not await revisions.claim_revision(
        session, workspace_id, post.post_id, version=post.version, by=plan.wish.asked_by, at=plan.now
    ):
        raise Conflict(_MEANWHILE)
    await missions.let_publish(session, workspace_id, post.post_id)
    (target,) = plan.targets
    for item in await revisions.lock_items(session, workspace_id, post.post_id):
        if item.place != content.item.place:
            continue
        new = item_of(plan, target, item.part)
        event = _MAY_BE_PLANNED.get(item.state)
        if item.state is State.CANCELLED:
            done = await revisions.revive_item(session, workspace_id, item, new)
        else:
            done = event is not None and await revisions.renew_item(session, workspace_id, item, new, event)
        if not done:
            raise Conflict(_MEANWHILE)
    await contents.plan_post(session, workspace_id, post.post_id)


async def publish(  # noqa: PLR0913  # which, by whom, how long to wait
    deps: Deps,
    workspace_id: WorkspaceId,
    item_id: ItemId,
    *,
    brand_id: BrandId | None,
    asked_by: str,
    patience_s: float = _PATIENCE_S,
    resumed: bool = False,
) -> Content:
    """Send a content now, whatever its time was, and wait a while for how it ends.

    It is still `scheduled` where that takes longer, or where its network is reached by a route that keeps it for some
    minutes. Raises UserError, and Conflict with the reason when it fails meanwhile. Where an attempt at the same call
    was cut off (`resumed`), what is sent, or was, is not sent again.
    """
    content = await find(deps, workspace_id, item_id, brand_id=brand_id)
    if not (resumed and _went(content)):
        content = await schedule(deps, workspace_id, item_id, Now(), brand_id=brand_id, asked_by=asked_by)
    until = clock.uptime_s() + patience_s
    while content.item.status not in _ENDED and clock.uptime_s() < until:
        if content.item.status is State.CONFIRMING and content.route_post_id is not None:
            break
        await asyncio.sleep(_LOOK_EVERY_S)
        content = await find(deps, workspace_id, item_id)
    if content.state is ContentState.FAILED:
        why = content.item.error[1] if content.item.error is not None else "Its time passed."
        raise Conflict(f"It was not published. {why}")
    return content


def _went(content: Content) -> bool:
    """Whether its second came: it is being sent, or that has ended."""
    at, state = content.item.scheduled_at, content.item.status
    return state in _WENT or (state in _WAITS and at is not None and at <= clock.now())


# --- And out of it ---------------------------------------------------------------------------------------------------


async def cancel(
    deps: Deps, workspace_id: WorkspaceId, item_id: ItemId, *, brand_id: BrandId | None, asked_by: str
) -> tuple[Content, Content]:
    """Take a content out of the queue; it is approved, and can be scheduled again. Returns it before and after.

    What a platform only keeps until its second is taken back there first. It is a change of its post: who opened that
    before has to look again. Raises NotFound, and Conflict for what does not wait.
    """
    before = await find(deps, workspace_id, item_id, brand_id=brand_id)
    if before.item.status is State.CONFIRMING:
        await withdrawing.withdraw_items(deps, [item_id], event=Event.TAKE_BACK)
    async with deps.database.transaction() as session:
        post_id = before.post.post_id
        await _next_version(session, workspace_id, item_id, by=asked_by)
        opened = [
            item
            for item in await revisions.lock_items(session, workspace_id, post_id)
            if item.place == before.item.place
        ]
        _refuse_gone(before, opened)
        for item in opened:
            event = _TAKING_BACK.get(item.state)
            if event is not None:
                await revisions.renew_item(session, workspace_id, item, _draft_of(before, item), event)
        unread = any(item.state is State.AWAITING_APPROVAL for item in opened)
        status = None if unread else ContentState.APPROVED
        said = replace(before.said or Said(), status=status, scheduled_for=None)
        await contents.say(session, workspace_id, post_id, item_id, said)
        await contents.plan_post(session, workspace_id, post_id)
        await approving.taken_back(session, workspace_id, post_id, now=clock.now())
        await _note(session, workspace_id, before, "cancel", by=asked_by)
        await announce(session)
        return before, await contents.get_content(session, workspace_id, item_id)


async def _next_version(session: Session, workspace_id: WorkspaceId, item_id: ItemId, *, by: str) -> None:
    post = (await contents.get_content(session, workspace_id, item_id)).post
    if not await revisions.claim_revision(
        session, workspace_id, post.post_id, version=post.version, by=by, at=clock.now()
    ):
        raise Conflict(_MEANWHILE)


def _refuse_gone(before: Content, opened: Sequence[OpenItem]) -> None:
    """Raises Conflict unless its first part waits, or has just been given back."""
    state = next((item.state for item in opened if item.part == 0), before.item.status)
    given_back = before.item.status is State.CONFIRMING and state is State.DRAFT
    if state in _WAITS or given_back:
        return
    if state is State.PUBLISHED:
        raise Conflict("This content is published already. It can no longer be cancelled.")
    if before.state is ContentState.SCHEDULED:
        raise Conflict("This content is being sent. It can no longer be cancelled.")
    raise Conflict("This content is not scheduled, so there is nothing to cancel.")


def _draft_of(content: Content, item: OpenItem, *, planned_still: bool = False) -> NewItem:
    return NewItem(
        account_id=item.account_id,
        platform=item.platform,
        post_type=item.post_type,
        kind=item.kind,
        part=item.part,
        state=State.DRAFT,
        scheduled_at=content.item.scheduled_at if planned_still else None,
        due_at=None,
        claim_at=None,
        missed_after=None,
        lead_s=content.lead_s,
        key=uuid4().hex,
        key_at=clock.now(),
    )


async def _note(session: Session, workspace_id: WorkspaceId, content: Content, event: str, *, by: str) -> None:
    at, post_id = clock.now(), PostId(content.post.post_id)
    words = {"approved": "Approved.", "rejected": "Rejected.", "cancel": "Taken back."}
    words |= {"schedule": "Scheduled.", "ask": "Scheduled, once it is approved."}
    entry = audit.AuditEvent(
        at=at, actor=by, event=event, post_id=post_id, item_id=content.id, detail={"text": words[event]}
    )
    await audit.add_event(session, workspace_id, entry)
    if event in {"approved", "rejected"}:
        cause = Cause(workspace_id=workspace_id, what=event, about=post_id, at=at, items=(content.id,))
        await causes.owe(session, [cause])
    if event in {"schedule", "ask", "cancel"}:
        await lines.changed(session, workspace_id, post_id, event, by=by, now=at)
