"""Into the queue and back: schedule, cancel, retry. What is checked before stands in bot/services/planning.py.

Files are taken aside, and their bytes are kept before the one transaction that writes all rows; a refused post leaves
neither.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime

from bot import clock
from bot.domain.errors import Conflict, InvalidContent, Problem, UserError
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.posts import ItemView, NewPost, PostView
from bot.domain.publication import MAY_BE_LIVE, Event, State, states_allowing
from bot.domain.slots import Moment
from bot.services import approving, holding_posts, withdrawing
from bot.services.deps import Deps
from bot.services.files import row_of
from bot.services.planning import (
    At,
    BestTime,
    Look,
    NextSlot,
    NotYet,
    Now,
    Plan,
    Wish,
    item_of,
    keep_files,
    planned,
    with_slot,
)
from storage import accounts, audit, lines, missions, post_holds, posts
from storage.engine import Session, announce, take_time

__all__ = [
    "CANCELLABLE",
    "At",
    "BestTime",
    "Look",
    "NextSlot",
    "NotYet",
    "Now",
    "Plan",
    "Wish",
    "cancel_post",
    "check_post",
    "insert_plan",
    "left_out",
    "retry_post",
    "schedule_post",
    "schedule_posts",
]

_ENDED = states_allowing(Event.RETRY)
CANCELLABLE = states_allowing(Event.CANCEL) - MAY_BE_LIVE


async def check_post(deps: Deps, wish: Wish, look: Look | None = None) -> Plan:
    """Find out whether the wish could be scheduled; nothing is kept. Raises UserError with everything wrong.

    `look` sees the plan while its files lie there.
    """
    async with planned(deps, wish) as plan:
        if look is not None:
            await look(plan)
        return plan


async def schedule_post(
    deps: Deps,
    wish: Wish,
    look: Look | None = None,
    *,
    first: Callable[[Session], Awaitable[None]] | None = None,
) -> PostView:
    """Put a post into the queue, or keep it as a draft. Raises UserError with all that is wrong; nothing is kept.

    `look` sees the plan before, `first` the transaction; what they raise keeps the post out of the queue.
    """
    async with planned(deps, wish) as plan:
        if look is not None:
            await look(plan)
        await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            if first is not None:
                await first(session)
            post_id = await insert_plan(session, plan)
            return await posts.get_post(session, wish.brand.workspace_id, post_id)


async def schedule_posts(deps: Deps, wishes: Sequence[tuple[int, Wish]]) -> list[PostView]:
    """Put several posts, each with its line in a file, into the queue: all or none, in one transaction.

    Raises InvalidContent with every problem of every line.
    """
    problems: list[Problem] = []
    async with AsyncExitStack() as stack:
        plans: list[Plan] = []
        for line, wish in wishes:
            try:
                plans.append(await stack.enter_async_context(planned(deps, wish)))
            except UserError as error:
                found = error.problems if isinstance(error, InvalidContent) else [_as_problem(error)]
                problems += [Problem(field=p.field, message=f"Line {line}: {p.message}") for p in found]
        if problems:
            raise InvalidContent(problems)
        for plan in plans:
            await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            await take_time(session)
            return [
                await posts.get_post(session, plan.wish.brand.workspace_id, await insert_plan(session, plan))
                for plan in plans
            ]


def _as_problem(error: UserError) -> Problem:
    return Problem(field=error.field or "line", message=error.message)


async def insert_plan(session: Session, plan: Plan) -> PostId:
    """Write a good plan's rows. Its files are kept already."""
    plan = await with_slot(session, plan)
    wish, workspace_id = plan.wish, plan.wish.brand.workspace_id
    media = [
        (await row_of(session, workspace_id, file), alt) for file, (_, alt) in zip(plan.files, wish.media, strict=True)
    ]
    moment = plan.moment
    if wish.mission_id is not None:
        await missions.get_mission(session, workspace_id, wish.mission_id, brand_id=wish.brand.id)
        if moment is not None:
            await missions.let_mission_publish(session, workspace_id, wish.mission_id)
    new = NewPost(
        workspace_id=workspace_id,
        brand_id=wish.brand.id,
        created_by=wish.asked_by,
        created_at=plan.now,
        scheduled_at=moment.at if moment is not None else None,
        wall_time=moment.wall_time if moment is not None else None,
        zone=moment.zone if moment is not None else None,
        link=wish.link,
        options=wish.options,
        parts=(wish.text, *wish.parts),
        variants=wish.variants,
        media=tuple(media),
        items=tuple(item_of(plan, target, part) for target in plan.targets for part in range(1 + len(wish.parts))),
        mission_id=wish.mission_id,
        approver=wish.approver,
        media_for=wish.media_for or {},
        post_id=wish.post_id,
    )
    post_id = await posts.insert_post(session, workspace_id, new)
    if moment is None:
        await _write_down(session, workspace_id, post_id, "draft", by=wish.asked_by, text="Kept as a draft.")
        await lines.drafted(session, workspace_id, post_id, now=plan.now)
    elif await approving.guard_new(session, post_id, wish.brand, by=wish.asked_by, now=plan.now):
        await lines.changed(session, workspace_id, post_id, "ask", by=wish.asked_by, now=clock.now())
    else:
        await _note(session, workspace_id, post_id, "schedule", by=wish.asked_by, text=_planned_for(moment))
        await announce(session)
    return post_id


async def _note(  # noqa: PLR0913  # one line of the journal
    session: Session,
    workspace_id: WorkspaceId,
    post_id: PostId,
    event: str,
    *,
    by: str,
    text: str,
    facts: Mapping[str, object] | None = None,
) -> None:
    at = await _write_down(session, workspace_id, post_id, event, by=by, text=text)
    await lines.changed(session, workspace_id, post_id, event, by=by, now=at, facts=facts)


async def _write_down(  # noqa: PLR0913  # as above
    session: Session, workspace_id: WorkspaceId, post_id: PostId, event: str, *, by: str, text: str
) -> datetime:
    """Of a new draft nothing else is told: it has no card."""
    entry = audit.AuditEvent(at=clock.now(), actor=by, event=event, post_id=post_id, detail={"text": text})
    await audit.add_event(session, workspace_id, entry)
    return entry.at


def _planned_for(moment: Moment) -> str:
    chosen = f" ({moment.wall_time} {moment.zone})" if moment.zone else ""
    return f"Scheduled for {moment.at.isoformat(timespec='seconds')}{chosen}."


# --- Taking back and trying again --------------------------------------------------------------------------------


async def cancel_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, asked_by: str) -> PostView:
    """Take a post back from all accounts where it is not live; what is published stays, and the rest is not sent.

    While nobody knows of a part of it whether it is live, nothing changes; nor when nothing of it waits any more beside
    what is published. Both raise Conflict. What a platform only keeps until its second is taken back there first.
    """
    withdrawn = await _withdraw(deps, workspace_id, post_id)
    async with deps.database.transaction() as session:
        await post_holds.lock(session, workspace_id, post_id)
        before = await posts.get_post(session, workspace_id, post_id)
        if not before.items:
            raise Conflict("This draft goes nowhere yet, so there is nothing to cancel.", field="post")
        if not withdrawn and {item.status for item in before.items} <= {State.CANCELLED}:
            raise Conflict("This post is cancelled already.", field="post")
        waited = {item.item_id for item in before.items if item.status in CANCELLABLE - _ENDED}
        among = CANCELLABLE
        taken = await posts.change_states(session, workspace_id, State.CANCELLED, among=among, post_id=post_id)
        after = await posts.get_post(session, workspace_id, post_id)
        left = {item.status for item in after.items} - {State.CANCELLED}
        nothing_waited = not withdrawn and waited.isdisjoint(item_id for _, item_id in taken)
        if left - {State.PUBLISHED} or (left and nothing_waited):
            raise _too_late(left)
        await holding_posts.forget(session, before)
        facts = {"live": after.live_on}
        await _note(session, workspace_id, post_id, "cancel", by=asked_by, text="Cancelled.", facts=facts)
        await approving.taken_back(session, workspace_id, post_id, now=clock.now())
        await announce(session)
    return after


async def _withdraw(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> int:
    """Take back what a platform keeps, if nothing else stands in the way of cancelling; returns how many items."""
    async with deps.database.reading() as session:
        post = await posts.get_post(session, workspace_id, post_id)
    states = {item.status for item in post.items}
    if State.CONFIRMING in states and states <= {*CANCELLABLE, State.CONFIRMING, State.PUBLISHED, State.CANCELLED}:
        return await withdrawing.withdraw(deps, workspace_id, post_id=post_id)
    return 0


def _too_late(states: Collection[State]) -> UserError:
    if all(state is State.PUBLISHED for state in states):
        return Conflict("This post is published already. It can no longer be cancelled.", field="post")
    if State.UNCONFIRMED in states:
        message = "This post may be live already; Herald is looking. It can no longer be cancelled."
        return Conflict(message, field="post")
    return Conflict("This post is being sent. It can no longer be cancelled.", field="post")


async def retry_post(  # noqa: PLR0913  # which, by whom, when
    deps: Deps,
    workspace_id: WorkspaceId,
    post_id: PostId,
    *,
    asked_by: str,
    at: datetime | None = None,
    beside: Callable[[Session], Awaitable[None]] | None = None,
) -> PostView:
    """Send what failed or was missed now, and let the parts behind it wait for it again. Raises UserError.

    What was to go to an account that was disconnected since is left as it is (`left_out`), beside others that can go.
    With `at`, an instant that is near, it goes out then: one of many that must not go out all at once. `beside` writes
    down what else is to be in the same transaction.
    """
    now = at or clock.now()
    async with deps.database.transaction() as session:
        await post_holds.lock(session, workspace_id, post_id)
        before = await posts.get_post(session, workspace_id, post_id)
        ended = [item for item in before.items if item.status in _ENDED]
        if not ended:
            raise Conflict("Nothing of this post failed or was missed, so there is nothing to retry.", field="post")
        await missions.let_publish(session, workspace_id, post_id)
        connected = {account.id for account in await accounts.list_accounts(session, workspace_id)}
        able = [item for item in ended if item.account_id in connected]
        if not able:
            raise Conflict(f"{_disconnected(ended)} Connect it again first.", field="post")
        for item in able:
            due_at = now if _may_go(item, before.items) else None
            if not await posts.schedule_again(session, workspace_id, item.item_id, among=_ENDED, due_at=due_at):
                raise Conflict("This post changed meanwhile. Look at it again.", field="post")
        await _note(session, workspace_id, post_id, "retry", by=asked_by, text="To be tried again now.")
        await approving.guard(session, workspace_id, post_id, by=asked_by, now=clock.now())
        if beside is not None:
            await beside(session)
        await announce(session)
        return await posts.get_post(session, workspace_id, post_id)


def left_out(post: PostView) -> str | None:
    """What to say of a post that was just retried, when not all of it could be."""
    ended = [item for item in post.items if item.status in _ENDED]
    return f"{_disconnected(ended)} Connect it again, then retry; the rest is tried now." if ended else None


def _disconnected(items: Sequence[ItemView]) -> str:
    gone = list(dict.fromkeys(f"{item.platform}:{item.handle}" for item in items))
    return f"{', '.join(gone)} {'was' if len(gone) == 1 else 'were'} disconnected."


def _may_go(item: ItemView, items: Sequence[ItemView]) -> bool:
    """Whether nothing stands before it in its thread."""
    before = [other for other in items if other.account_id == item.account_id and other.part == item.part - 1]
    return not before or before[0].status is State.PUBLISHED
