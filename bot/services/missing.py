"""Posts that were missed, answered together: *Post all now* · *Next slots* · *Drop all*.

One post's own buttons do the same for it alone. Nothing late goes out by itself, and nothing goes out in a burst.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot import clock
from bot.domain.errors import Conflict, UserError
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.pacing import GAP
from bot.domain.posts import PostView
from bot.domain.publication import State, summary
from bot.services import editing, scheduling
from bot.services.deps import Deps
from bot.services.planning import NextSlot
from storage import holds, missed, posts
from storage.brands import get_brand
from storage.missed import Asked

__all__ = ["Answer", "Asked", "Done", "answer_all", "asked", "states_of"]

_log = logging.getLogger(__name__)


class Answer(StrEnum):
    """What is to become of them."""

    POST = "post"
    """They go out now, one after another on each account."""
    SLOTS = "slots"
    """Each goes into the next slot that is free."""
    DROP = "drop"
    """They stay as cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an answer did: how many posts, and what is to be said of those of which it, or all of it, could not."""

    posts: int
    refused: tuple[str, ...] = ()


async def asked(deps: Deps, workspace_id: WorkspaceId, notice_id: str) -> Asked:
    """What a message asks about. Raises NotFound."""
    async with deps.database.reading() as session:
        return await missed.asked(session, workspace_id, notice_id)


async def states_of(deps: Deps, workspace_id: WorkspaceId, asked_about: Sequence[PostId]) -> dict[State, int]:
    """How many of the posts stand in which state, each in the one that needs attention most."""
    async with deps.database.reading() as session:
        found = await missed.states_of(session, workspace_id, asked_about)
    counted: dict[State, int] = {}
    for states in found.values():
        state = summary(states)
        counted[state] = counted.get(state, 0) + 1
    return counted


async def answer_all(  # noqa: PLR0913  # which, what, by whom, how fast
    deps: Deps, workspace_id: WorkspaceId, notice_id: str, answer: Answer, *, asked_by: str, gap: timedelta = GAP
) -> Done:
    """Answer for all posts of a message that are still missed; one transaction each, so that none holds up another.

    Raises NotFound, and Conflict when none is missed any more or the brand is on hold.
    """
    async with deps.database.reading() as session:
        question = await missed.asked(session, workspace_id, notice_id)
        open_ids = await missed.still_missed(session, workspace_id, question.posts)
        open_posts = [await posts.get_post(session, workspace_id, post_id) for post_id in open_ids]
        brand = await get_brand(session, workspace_id, question.brand_id)
        held = await holds.hold_of(session, workspace_id, brand.id)
    if not open_posts:
        raise Conflict("Somebody did this already: none of these posts is missed any more.", field="post")
    if held is not None and answer is Answer.POST:
        raise Conflict(f"{brand.name} is on hold. Release it first; then nothing stands in their way.", field="brand")
    times = _paced(open_posts, now=clock.now(), gap=gap)
    refused: list[str] = []
    done = 0
    for post in open_posts:
        try:
            left = await _answer(deps, post, answer, times, asked_by=asked_by)
        except UserError as error:
            refused.append(f"{post.code}: {error.message}")
        else:
            done += 1
            refused += [f"{post.code}: {left}"] if left is not None else []
    _log.info("missed posts answered", extra={"workspace_id": workspace_id, "posts": len(open_posts), "answer": answer})
    return Done(posts=done, refused=tuple(refused))


async def _answer(
    deps: Deps, post: PostView, answer: Answer, times: Mapping[PostId, datetime], *, asked_by: str
) -> str | None:
    """Returns what is to be said of a post of which it could be done in part."""
    workspace_id, post_id = post.workspace_id, post.post_id
    match answer:
        case Answer.POST:
            at = times[post_id]
            return scheduling.left_out(
                await scheduling.retry_post(deps, workspace_id, post_id, asked_by=asked_by, at=at)
            )
        case Answer.SLOTS:
            slot = NextSlot()
            await editing.move_post(deps, workspace_id, post_id, slot, version=post.version, asked_by=asked_by)
        case Answer.DROP:
            await editing.drop_post(deps, workspace_id, post_id, asked_by=asked_by)
    return None


def _paced(open_posts: Sequence[PostView], *, now: datetime, gap: timedelta) -> dict[PostId, datetime]:
    """When each goes out: in the order planned, and on no account sooner than `gap` after the one before."""
    free: dict[str, datetime] = {}
    times: dict[PostId, datetime] = {}
    for post in open_posts:
        accounts = {item.account_id for item in post.items}
        at = max([now, *(free[account] for account in accounts if account in free)])
        times[post.post_id] = at
        free.update(dict.fromkeys(accounts, at + gap))
    return times
