"""Posts that come again: each next one is planned when the second of the one before it has come.

So one of them waits at a time, with its card, and can be changed, moved, held and cancelled like any other: what is
changed stays for those after it, what is cancelled ends the series. What stands in the way of the next one is said in
the brand's channel, and tried again until it works or its day is over.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot import clock
from bot.domain.errors import UserError, invalid
from bot.domain.ids import AccountId, PostId, WorkspaceId
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.domain.repeats import Pattern, Repeat, days_after, instant_of, pattern_of
from bot.services.deps import Deps
from bot.services.planning import At, Wish, keep_files, planned
from bot.services.retyping import places_of, wish_of_post
from bot.services.scheduling import insert_plan
from storage import accounts, brand_lines, brands, posts, repeats
from storage.brands import Brand
from storage.engine import Session
from storage.repeats import Series

WHAT = "repeat"
_log = logging.getLogger(__name__)


class _GoneOnError(Exception):
    """Somebody else planned the next one, or the series ended."""


async def of_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> Series | None:
    """The series whose latest post this is."""
    async with deps.database.reading() as session:
        return await repeats.of_post(session, workspace_id, post_id)


async def begin(session: Session, post: PostView, brand: Brand, repeat: Repeat | None) -> None:
    """Have a new post come again, in the transaction that writes it down. Raises InvalidContent."""
    if repeat is not None:
        await repeats.begin(session, post.workspace_id, post.post_id, repeat, _pattern_of(post, brand, repeat))


async def change(session: Session, before: PostView, brand: Brand, repeat: Repeat | None, *, was: bool) -> None:
    """Have a post come again as its editor says, in the transaction of the edit. Raises InvalidContent.

    `was`: the editor saw that it does already. A series that has gone on meanwhile is left alone, and one whose post
    keeps its time keeps its days.
    """
    after = await posts.get_post(session, before.workspace_id, before.post_id)
    known = await repeats.of_post(session, after.workspace_id, after.post_id)
    if known is None and was:
        return
    if repeat is None:
        await repeats.end(session, after.workspace_id, after.post_id)
    elif known is None or known.pattern is None or after.scheduled_at != before.scheduled_at:
        await begin(session, after, brand, repeat)
    elif known.repeat != repeat:
        await repeats.begin(session, after.workspace_id, after.post_id, repeat, known.pattern)


def _pattern_of(post: PostView, brand: Brand, repeat: Repeat) -> Pattern | None:
    if post.scheduled_at is None:
        return None
    pattern = pattern_of(post.scheduled_at, post.zone or brand.timezone)
    if pattern.first >= repeat.until:
        raise invalid("at", f"It repeats until {repeat.until:%a} {repeat.until.day} {repeat.until:%b}: begin before.")
    return pattern


# --- Going on --------------------------------------------------------------------------------------------------------


async def plan_next(deps: Deps) -> int:
    """Plan the next post of each series whose latest one's second has come; returns how many. Machinery."""
    async with deps.database.reading() as session:
        found = await repeats.due(session, now=clock.now())
    planned_ = 0
    for series in found:
        try:
            planned_ += await _go_on(deps, series)
        except Exception:  # noqa: BLE001  # one that is broken must not hold up the others
            _log.exception("repeating failed", extra={"post_id": series.post_id})
    return planned_


async def _go_on(deps: Deps, series: Series) -> bool:
    async with deps.database.reading() as session:
        post = await posts.get_post(session, series.workspace_id, series.post_id)
        brand = await brands.get_brand(session, series.workspace_id, post.brand_id)
        there = {account.id for account in await accounts.list_accounts(session, series.workspace_id)}
    if post.deleted or (post.items and {item.status for item in post.items} == {State.CANCELLED}):
        return await _ended(deps, series, post, None)
    at = post.scheduled_at or clock.now()
    pattern = series.pattern or pattern_of(at, post.zone or brand.timezone)
    now = clock.now()
    days = list(days_after(series.turn or pattern.first, series.repeat, pattern))
    ahead = [day for day in days if instant_of(day, pattern) > now]
    if not ahead:
        return await _ended(deps, series, post, days)
    wish = _with_accounts(wish_of_post(post, brand, _at(ahead[0], pattern), asked_by=post.created_by), post, there)
    wish = replace(wish, mission_id=post.mission[0] if post.mission is not None else None)
    if not wish.to:
        return await _ended(deps, series, post, [], why="None of its accounts is connected any more.")
    try:
        await _plan(deps, series, wish, post=post, pattern=pattern, turn=ahead[0], skipped=days[: -len(ahead)])
    except _GoneOnError:
        return False
    except UserError as error:
        await _stand_still(deps, series, post, instant_of(ahead[0], pattern), error)
        return False
    return True


def _with_accounts(wish: Wish, post: PostView, there: set[AccountId]) -> Wish:
    """The wish for the accounts that are still connected."""
    items = [item for item in post.items if item.account_id in there and item.place in wish.to]
    left = {item.variant for item in items}
    return replace(
        wish,
        to=places_of(items),
        variants={variant: text for variant, text in wish.variants.items() if variant in left},
        options={variant: chosen for variant, chosen in wish.options.items() if variant in left},
    )


def _at(day: date, pattern: Pattern) -> At:
    wall = instant_of(day, pattern).astimezone(ZoneInfo(pattern.zone))
    return At(text=wall.isoformat(), zone=pattern.zone)


async def _plan(  # noqa: PLR0913  # from where to where, and what is said of it
    deps: Deps, series: Series, wish: Wish, *, post: PostView, pattern: Pattern, turn: date, skipped: Sequence[date]
) -> None:
    """Write the next one down and have the series go on with it: both or neither, once."""
    async with planned(deps, wish) as plan:
        await keep_files(deps, plan)
        async with deps.database.transaction() as session:
            post_id = await insert_plan(session, plan)
            if not await repeats.go_on(
                session, series.workspace_id, series.post_id, to=post_id, pattern=pattern, turn=turn
            ):
                raise _GoneOnError
            if skipped or series.problem is not None:
                at = plan.moment.at if plan.moment is not None else None
                await _say(session, post, next_at=at, skipped=skipped)


async def _ended(
    deps: Deps, series: Series, post: PostView, passed: Sequence[date] | None, *, why: str | None = None
) -> bool:
    """It comes no more. What did not come, or why, is said; that its last day is over is not."""
    async with deps.database.transaction() as session:
        if await repeats.end(session, series.workspace_id, series.post_id) and (passed or why):
            await _say(session, post, skipped=passed or (), problem=why, ended=True)
    return False


async def _stand_still(deps: Deps, series: Series, post: PostView, at: datetime, error: UserError) -> None:
    """Say once what stands in the way."""
    async with deps.database.transaction() as session:
        if await repeats.stand_still(session, series.workspace_id, series.post_id, error.message):
            await _say(session, post, next_at=at, problem=error.message)


async def _say(  # noqa: PLR0913  # the facts of one line
    session: Session,
    post: PostView,
    *,
    next_at: datetime | None = None,
    skipped: Sequence[date] = (),
    problem: str | None = None,
    ended: bool = False,
) -> None:
    facts = {
        "post": post.post_id,
        "version": post.version,
        "text": post.text[:200],
        "by": post.created_by,
        "next_at": next_at.isoformat() if next_at is not None else None,
        "skipped": [day.isoformat() for day in skipped],
        "problem": problem,
        "ended": ended,
    }
    key = f"repeat:{post.post_id}"
    now = clock.now()
    await brand_lines.keep_saying(session, post.workspace_id, post.brand_id, WHAT, key=key, facts=facts, now=now)
