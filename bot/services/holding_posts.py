"""Hold and release one post. The rules are those of bot/services/holding.py, which does it for brands and workspaces.

A held post keeps its time and its place; nothing of it is sent or missed. A hold of its brand is another thing: each is
released for itself, and what is under both goes out after the second.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.holds import Hold, begun, lasting
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.pacing import GAP
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.services.deps import Deps
from bot.services.holding import plan
from storage import audit, brands, holds, lines, post_holds, posts, revisions
from storage.engine import Session, announce
from storage.holds import Backlog, Underway

__all__ = ["HeldPost", "ReleasedPost", "end_holds", "forget", "hold_post", "release_post"]

_log = logging.getLogger(__name__)

_HERALD = "herald"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPost:
    """What a hold did. `before` is the hold there was already; then nothing but its end or its reason changed."""

    post: PostView
    hold: Hold
    underway: tuple[Underway, ...]
    """What of it was on its way already."""
    before: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedPost:
    """What a release did. `still` is a hold that goes on: of its brand, or of the whole workspace."""

    post: PostView
    going: bool
    """It is overdue and goes out now."""
    late: bool
    """It is past its grace: somebody is asked about it."""
    still: Hold | None = None


async def hold_post(  # noqa: PLR0913  # which, by whom, for how long, why
    deps: Deps,
    workspace_id: WorkspaceId,
    post_id: PostId,
    *,
    asked_by: str,
    until: datetime | None = None,
    reason: str | None = None,
) -> HeldPost:
    """Keep what waits of a post from being sent, at once.

    Where it is on hold already, an end or a reason that is given replaces its own. Raises NotFound, InvalidContent for
    `until` and `reason`, and Conflict when nothing of it waits.
    """
    now = clock.now()
    async with deps.database.transaction() as session:
        await post_holds.lock(session, workspace_id, post_id)
        before = lasting((await posts.get_post(session, workspace_id, post_id)).hold, now)
        new = begun(Hold(since=now, until=until, by=asked_by, reason=reason), before)
        await post_holds.set_hold(session, workspace_id, post_id, new)
        _refuse_gone([item.state for item in await revisions.lock_items(session, workspace_id, post_id)])
        await holds.take_back(session, workspace_id, None, post_id)
        await post_holds.keep_held(session, *post_holds.of_post(workspace_id, post_id))
        if new != before:
            await _note(session, workspace_id, post_id, "hold", by=asked_by, at=now, text=new.in_words)
            facts = {"reason": new.reason, "until": new.until.isoformat() if new.until is not None else None}
            await lines.changed(session, workspace_id, post_id, "hold", by=asked_by, now=now, facts=facts)
        done = HeldPost(
            post=await posts.get_post(session, workspace_id, post_id),
            hold=new,
            underway=tuple(await holds.underway(session, workspace_id, None, post_id)),
            before=before,
        )
    _log.info("post on hold", extra={"workspace_id": workspace_id, "post_id": post_id})
    return done


async def release_post(
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, asked_by: str, gap: timedelta = GAP
) -> ReleasedPost:
    """End the hold of a post. Raises NotFound, and Conflict when it is not on hold by itself."""
    async with deps.database.transaction() as session:
        return await _release(session, workspace_id, post_id, by=asked_by, gap=gap)


async def end_holds(deps: Deps, *, gap: timedelta = GAP) -> int:
    """End the holds of posts whose time is over. One transaction each. Returns how many."""
    async with deps.database.reading() as session:
        over = await post_holds.ended(session, now=clock.now())
    done = 0
    for workspace_id, post_id in over:
        async with deps.database.transaction() as session:
            await post_holds.lock(session, workspace_id, post_id)
            if (workspace_id, post_id) in await post_holds.ended(session, now=clock.now()):
                await _release(session, workspace_id, post_id, by=_HERALD, gap=gap)
                done += 1
    return done


async def forget(session: Session, post: PostView) -> None:
    """End a hold without a word, for nobody wants the post out any more. In the caller's transaction."""
    if post.hold is not None:
        await post_holds.end_hold(session, post.workspace_id, post.post_id)


# --- What can be held ----------------------------------------------------------------------------------------------


def _refuse_gone(states: Sequence[State]) -> None:
    """Raises Conflict unless something waits."""
    found = set(states)
    if found & holds.WAITING:
        return
    if State.UNCONFIRMED in found:
        message = "This post may be live already; Herald is looking. It can no longer be put on hold."
    elif found & {State.SENDING, State.CONFIRMING}:
        message = "This post is being sent. It can no longer be put on hold."
    elif State.PUBLISHED in found:
        message = "This post is published already. It can no longer be put on hold."
    else:
        message = "Nothing of this post waits to be sent, so there is nothing to hold."
    raise Conflict(message, field="post")


# --- The end of a hold ---------------------------------------------------------------------------------------------


async def _release(
    session: Session, workspace_id: WorkspaceId, post_id: PostId, *, by: str, gap: timedelta
) -> ReleasedPost:
    now = clock.now()
    post = await posts.get_post(session, workspace_id, post_id)
    brand = await brands.get_brand(session, workspace_id, post.brand_id)
    still = await holds.hold_of(session, workspace_id, brand.id)
    if not await post_holds.end_hold(session, workspace_id, post_id):
        whose = "the whole workspace" if still is not None and still.everything else brand.name
        more = f" It waits for {whose}. Release that." if still is not None else ""
        raise Conflict(f"This post is not on hold by itself.{more}", field="post")
    await revisions.lock_items(session, workspace_id, post_id)  # who still saw the hold is done with it then
    await post_holds.put_back(session, workspace_id, post_id)
    late = bool(await holds.count_late(session, workspace_id, None, post_id, now=now))
    going: list[Backlog] = []
    if still is None:
        over_at = post.hold.until if post.hold is not None else None
        await holds.mark_late(session, workspace_id, brand.id, post_id, now=now, over_at=over_at)
        going = await holds.backlog(session, workspace_id, None, post_id, now=now)
        await holds.delay(session, workspace_id, await plan(session, going, now=now, gap=gap))
    facts = {"going": bool(going), "late": late and still is None, "still": still is not None}
    await _note(session, workspace_id, post_id, "release", by=by, at=now, text="Released.")
    await lines.changed(session, workspace_id, post_id, "release", by=by, now=now, facts=facts)
    await announce(session)
    _log.info("post released", extra={"workspace_id": workspace_id, "post_id": post_id, **facts})
    after = await posts.get_post(session, workspace_id, post_id)
    return ReleasedPost(post=after, going=bool(going), late=late, still=still)


async def _note(  # noqa: PLR0913  # one line of the journal
    session: Session, workspace_id: WorkspaceId, post_id: PostId, event: str, *, by: str, at: datetime, text: str
) -> None:
    entry = audit.AuditEvent(at=at, actor=by, event=event, post_id=post_id, detail={"text": text})
    await audit.add_event(session, workspace_id, entry)
