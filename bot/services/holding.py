"""Hold and release: everything of a brand, or of a whole workspace, stops at once and goes on without a burst.

A single post: bot/services/holding_posts.py.

A hold takes back what workers have claimed; what is armed is on its way and is named. While it lasts nothing is claimed
and nothing is missed. Its end, by a person or by its time, lets what is overdue and within its grace go out one after
another on each account, however long that takes: waiting for its turn makes none late. What is past its grace is missed
a moment later, and somebody is asked. Posts still ahead keep their times.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.holds import Hold, begun, lasting
from bot.domain.ids import AccountId, BrandId, WorkspaceId
from bot.domain.pacing import GAP, free_at, paced
from bot.services.deps import Deps
from storage import audit, backlogs, brand_lines, brands, cards, holds
from storage.brands import Brand
from storage.engine import Session, announce
from storage.holds import Backlog, Paced, Underway

__all__ = [
    "Held",
    "Hold",
    "Released",
    "Underway",
    "end_holds",
    "hold",
    "hold_of",
    "holds_of",
    "one_after_another",
    "plan",
    "release",
    "waiting",
]

_log = logging.getLogger(__name__)

_HERALD = "herald"
_AT_LEAST = timedelta(seconds=30)
"""What is said to go out has so long for it from its turn on, however little of its grace was left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a hold did. `before` is the hold there was already; then nothing but its end or its reason changed."""

    hold: Hold
    waiting: int
    """Posts in the queue."""
    underway: tuple[Underway, ...]
    before: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What a release did. `still` is a hold that goes on, of the whole workspace or of the brand itself."""

    waiting: int
    """Posts in the queue."""
    going: int
    """Posts that go out now, one after another."""
    late: int
    """Posts past their grace: somebody is asked about them."""
    still: Hold | None = None


async def hold(  # noqa: PLR0913  # what, by whom, for how long, why
    deps: Deps,
    workspace_id: WorkspaceId,
    brand: Brand | None,
    *,
    asked_by: str,
    until: datetime | None = None,
    reason: str | None = None,
) -> Held:
    """Stop sending for a brand, or (None) for the whole workspace, at once.

    Where there is a hold already, an end or a reason that is given replaces its own. Raises InvalidContent for `until`
    and `reason`, NotFound.
    """
    now = clock.now()
    brand_id = brand.id if brand is not None else None
    async with deps.database.transaction() as session:
        await holds.lock(session, workspace_id)
        before = lasting((await holds.holds_of(session, workspace_id)).get(brand_id), now)
        new = begun(Hold(since=now, until=until, by=asked_by, reason=reason, everything=brand is None), before)
        await holds.set_hold(session, workspace_id, brand_id, new)
        await holds.take_back(session, workspace_id, brand_id)
        done = Held(
            hold=new,
            waiting=await holds.count_waiting(session, workspace_id, brand_id),
            underway=tuple(await holds.underway(session, workspace_id, brand_id)),
            before=before,
        )
        if new != before:
            await _note(session, workspace_id, brand, "hold", by=asked_by, at=now, text=new.in_words)
            await _tell_held(session, workspace_id, brand_id, done, now=now)
    _log.info("on hold", extra={"workspace_id": workspace_id, "brand_id": brand_id, "waiting": done.waiting})
    return done


async def release(  # what, by whom, how fast
    deps: Deps,
    workspace_id: WorkspaceId,
    brand: Brand | None,
    *,
    asked_by: str,
    gap: timedelta = GAP,
) -> Released:
    """End the hold of a brand, or (None) of the whole workspace. Raises Conflict when there is none, NotFound."""
    async with deps.database.transaction() as session:
        await holds.lock(session, workspace_id)
        return await _release(session, workspace_id, brand, by=asked_by, gap=gap)


async def end_holds(deps: Deps, *, gap: timedelta = GAP) -> int:
    """End the holds whose time is over. One transaction each. Returns how many."""
    async with deps.database.reading() as session:
        over = await holds.ended(session, now=clock.now())
    done = 0
    for workspace_id, brand_id in over:
        async with deps.database.transaction() as session:
            await holds.lock(session, workspace_id)
            if (workspace_id, brand_id) not in await holds.ended(session, now=clock.now()):
                continue
            brand = await brands.get_brand(session, workspace_id, brand_id) if brand_id is not None else None
            await _release(session, workspace_id, brand, by=_HERALD, gap=gap)
            done += 1
    return done


async def hold_of(deps: Deps, workspace_id: WorkspaceId, brand_id: BrandId) -> Hold | None:
    """What keeps the brand from sending, if anything does."""
    async with deps.database.reading() as session:
        return await holds.hold_of(session, workspace_id, brand_id)


async def holds_of(deps: Deps, workspace_id: WorkspaceId) -> dict[BrandId | None, Hold]:
    """The holds that last in a workspace: by brand, and under None its own."""
    async with deps.database.reading() as session:
        return await holds.holds_of(session, workspace_id)


async def waiting(deps: Deps, workspace_id: WorkspaceId, brand_id: BrandId | None) -> int:
    """How many posts wait in the queue of a brand or a workspace."""
    async with deps.database.reading() as session:
        return await holds.count_waiting(session, workspace_id, brand_id)


# --- The end of a hold ---------------------------------------------------------------------------------------------


async def _release(
    session: Session, workspace_id: WorkspaceId, brand: Brand | None, *, by: str, gap: timedelta
) -> Released:
    now = clock.now()
    brand_id = brand.id if brand is not None else None
    known = await holds.holds_of(session, workspace_id)
    ending = known.pop(brand_id, None)
    if ending is None:
        whole = known.get(None)
        if brand is not None and whole is not None:
            raise Conflict(f"{brand.name} is on hold with the whole workspace. Release all of it.", field="brand")
        raise Conflict(f"{brand.name if brand is not None else 'The workspace'} is not on hold.", field="brand")
    await holds.set_hold(session, workspace_id, brand_id, None)
    late = await holds.count_late(session, workspace_id, brand_id, now=now)
    waiting_ = await holds.count_waiting(session, workspace_id, brand_id)
    still = known.get(None) if brand is not None else None
    going = 0
    if still is None:
        backlog: list[Backlog] = []
        for one in [brand_id] if brand_id is not None else await _free(session, workspace_id, known):
            await holds.mark_late(session, workspace_id, one, now=now, over_at=ending.until)
            if overdue := await holds.backlog(session, workspace_id, one, now=now):
                backlog += [*overdue, *await holds.given_times(session, workspace_id, one, now=now)]
            going += len({item.post_id for item in overdue})  # a post to several accounts is one, as people count
        await holds.delay(session, workspace_id, await plan(session, backlog, now=now, gap=gap))
    done = Released(waiting=waiting_, going=going, late=late, still=still)
    await _note(session, workspace_id, brand, "release", by=by, at=now, text="Released.")
    await _tell_released(session, workspace_id, brand_id, done, by=by, now=now)
    await announce(session)
    _log.info("released", extra={"workspace_id": workspace_id, "brand_id": brand_id, "going": going, "late": late})
    return done


async def _free(session: Session, workspace_id: WorkspaceId, held: dict[BrandId | None, Hold]) -> list[BrandId]:
    """The brands that are not on hold themselves."""
    return [brand.id for brand in await brands.list_brands(session, workspace_id) if brand.id not in held]


async def plan(session: Session, backlog: Sequence[Backlog], *, now: datetime, gap: timedelta) -> list[Paced]:
    """When each goes out: behind what its account sends already. What is released in several steps is no burst.

    Their rows are locked by now: whoever claims locks rows first, and then waits to plan alone.
    """
    if not backlog:
        return []
    await backlogs.plan_alone(session)
    accounts = {item.account_id for item in backlog}
    busy = await backlogs.busy_until(session, accounts, but=[item.item_id for item in backlog], now=now)
    return one_after_another(backlog, now=now, gap=gap, busy=busy)


def one_after_another(
    backlog: Sequence[Backlog], *, now: datetime, gap: timedelta, busy: Mapping[AccountId, datetime] | None = None
) -> list[Paced]:
    """When each goes out: account by account, in the order of their seconds; `busy` accounts send until then.

    Each keeps what is left of its grace, which does not begin before its own second.
    """
    by_account: dict[AccountId, list[Backlog]] = {}
    for item in backlog:
        by_account.setdefault(item.account_id, []).append(item)
    planned: list[Paced] = []
    for account_id, items in by_account.items():
        first = free_at((busy or {}).get(account_id), now=now, gap=gap)
        times = paced([item.due_at for item in items], now=first, gap=gap)
        planned += [
            Paced(
                item_id=item.item_id,
                due_at=at,
                missed_after=at + max(item.missed_after - max(now, item.due_at), _AT_LEAST),
            )
            for item, at in zip(items, times, strict=True)
        ]
    return planned


# --- Writing it down, telling people -------------------------------------------------------------------------------


async def _note(  # noqa: PLR0913  # one line of the journal
    session: Session, workspace_id: WorkspaceId, brand: Brand | None, event: str, *, by: str, at: datetime, text: str
) -> None:
    detail = {"brand_id": brand.id if brand is not None else None, "text": text}
    await audit.add_event(session, workspace_id, audit.AuditEvent(at=at, actor=by, event=event, detail=detail))


async def _tell_held(
    session: Session, workspace_id: WorkspaceId, brand_id: BrandId | None, done: Held, *, now: datetime
) -> None:
    facts: dict[str, object] = {
        "by": done.hold.by,
        "reason": done.hold.reason,
        "until": done.hold.until.isoformat() if done.hold.until is not None else None,
        "everything": brand_id is None,
    }
    for brand in await _told(session, workspace_id, brand_id):
        waiting_ = await holds.count_waiting(session, workspace_id, brand.id)
        underway = await holds.underway(session, workspace_id, brand.id)
        on_the_way = [{"platform": item.platform, "due_at": item.due_at.isoformat()} for item in underway]
        more = {**facts, "waiting": waiting_, "underway": on_the_way}
        await brand_lines.say(session, workspace_id, brand.id, "hold", more, now=now)
    await _show(session, workspace_id, brand_id, now=now)


async def _tell_released(  # noqa: PLR0913  # whose, what, by whom
    session: Session,
    workspace_id: WorkspaceId,
    brand_id: BrandId | None,
    done: Released,
    *,
    by: str,
    now: datetime,
) -> None:
    for brand in await _told(session, workspace_id, brand_id):
        facts: dict[str, object] = {
            "by": by,
            "everything": brand_id is None,
            "gap_s": GAP.total_seconds(),
            "going": done.going if brand_id is not None else None,
            "late": done.late if brand_id is not None else None,
            "still": await _is_held(session, brand),
        }
        await brand_lines.end(session, workspace_id, brand.id, "hold", by=by, now=now)
        await brand_lines.say(session, workspace_id, brand.id, "release", facts, now=now)
    await _show(session, workspace_id, brand_id, now=now)


async def _is_held(session: Session, brand: Brand) -> bool:
    return await holds.hold_of(session, brand.workspace_id, brand.id) is not None


async def _told(session: Session, workspace_id: WorkspaceId, brand_id: BrandId | None) -> list[Brand]:
    """The brands whose channels are told."""
    if brand_id is not None:
        found = [await brands.get_brand(session, workspace_id, brand_id)]
    else:
        found = await brands.list_brands(session, workspace_id)
    return [brand for brand in found if brand.channel is not None]


async def _show(session: Session, workspace_id: WorkspaceId, brand_id: BrandId | None, *, now: datetime) -> None:
    posts = await holds.posts_to_show(session, workspace_id, brand_id, now=now)
    await cards.want(session, workspace_id, posts, now=now)
