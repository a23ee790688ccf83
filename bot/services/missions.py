"""Missions: made, listed, paused and resumed.

While a mission may not publish, nothing of it is sent or scheduled: what waits is laid aside as drafts that keep their
second, and `storage/missions.py` refuses everything new. Resuming takes up again what is still to come.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from bot import clock
from bot.domain.errors import Conflict, NotFound, invalid
from bot.domain.ids import BrandId, ItemId, MissionId, PostId, WorkspaceId
from bot.domain.missions import Mission, MissionStatus, NewMission, PublishingDisabled
from bot.domain.posts import NewItem
from bot.domain.publication import Event, State
from bot.domain.typed import name as name_of
from bot.domain.typed import readable
from bot.services import approving, calling_back
from bot.services.deps import Deps
from bot.services.planning import handed_over_at
from storage import brands, cards, causes, contents, missions, revisions, taking_back
from storage.brands import Brand
from storage.causes import Cause
from storage.engine import Session, announce
from storage.missions import Wanted
from storage.pages import Page, Paged
from storage.revisions import OpenItem
from storage.taking_back import Shelved

__all__ = [
    "Mission",
    "MissionStatus",
    "NewMission",
    "Page",
    "Paged",
    "PublishingDisabled",
    "Wanted",
    "add_contents",
    "create",
    "find",
    "open_to",
    "pause",
    "resume",
    "some",
]

_LONGEST_DAYS = 3_660
_LONGEST_TEXT = 5_000
_MOST_SHOWN = 90
"""To choose from; Slack's lists end at a hundred."""


async def create(deps: Deps, workspace_id: WorkspaceId, new: NewMission) -> Mission:
    """Make a mission, or find the one with its id. Without an end it ends after its days. Raises UserError."""
    now = clock.now()
    new = replace(new, name=name_of("name", new.name), starts_at=new.starts_at or now)
    if new.description is not None and len(readable("description", new.description)) > _LONGEST_TEXT:
        raise invalid("description", f"The description is longer than {_LONGEST_TEXT:,} characters. Shorten it.")
    if new.duration_days is not None and not 1 <= new.duration_days <= _LONGEST_DAYS:
        raise invalid("duration_days", f"A mission lasts 1 to {_LONGEST_DAYS:,} days.")
    if new.ends_at is None and new.duration_days is not None and new.starts_at is not None:
        new = replace(new, ends_at=_end(new.starts_at, new.duration_days))
    if new.ends_at is not None and new.starts_at is not None and new.ends_at <= new.starts_at:
        raise invalid("ends_at", "A mission ends after it starts.")
    async with deps.database.transaction() as session:
        if new.brand_id is not None:
            await brands.get_brand(session, workspace_id, new.brand_id)
        if new.id is not None:
            with suppress(NotFound):
                return (await missions.get_mission(session, workspace_id, new.id)).at(now)
        made = await missions.create_mission(session, workspace_id, new, now=now)
        await _tell(session, made, "mission.created")
        return made.at(now)


async def _tell(session: Session, mission: Mission, event: str) -> None:
    cause = Cause(workspace_id=mission.workspace_id, what=event, about=mission.id, at=clock.now())
    await causes.owe(session, [cause])


def _end(starts_at: datetime, days: int) -> datetime:
    try:
        return starts_at + timedelta(days=days)
    except OverflowError:
        raise invalid("duration_days", "The mission would end after the year 9999. Shorten it.") from None


async def find(
    deps: Deps, workspace_id: WorkspaceId, mission_id: MissionId, *, brand_id: BrandId | None = None
) -> Mission:
    """A mission of the workspace, or of the one brand that may be seen. Raises NotFound."""
    async with deps.database.reading() as session:
        return (await missions.get_mission(session, workspace_id, mission_id, brand_id=brand_id)).at(clock.now())


async def some(deps: Deps, workspace_id: WorkspaceId, wanted: Wanted, page: Page) -> Paged[Mission]:
    """A page of missions, newest first. Raises InvalidContent for the id it begins at."""
    async with deps.database.reading() as session:
        found = await missions.list_missions(session, workspace_id, wanted, page)
    return replace(found, data=[mission.at(wanted.now) for mission in found.data])


async def open_to(deps: Deps, brand: Brand, *, beside: str | None = None) -> list[Mission]:
    """The newest missions that posts of a brand may belong to, and the one `beside` them, whatever became of it."""
    now = clock.now()
    found = await some(deps, brand.workspace_id, Wanted(now=now, brand_id=brand.id), Page(limit=_MOST_SHOWN))
    shown = [one for one in found.data if one.status is not MissionStatus.COMPLETED or one.id == beside]
    if beside and all(one.id != beside for one in shown):
        with suppress(NotFound):
            shown.append(await find(deps, brand.workspace_id, MissionId(beside), brand_id=brand.id))
    return shown


async def pause(
    deps: Deps, workspace_id: WorkspaceId, mission_id: MissionId, *, brand_id: BrandId | None, asked_by: str
) -> Mission:
    """Stop a mission: nothing of it is sent any more. What was paused already stays so. Raises NotFound, Conflict."""
    now = clock.now()
    async with deps.database.transaction() as session:
        before = (await missions.get_mission(session, workspace_id, mission_id, brand_id=brand_id)).at(now)
        if before.status is MissionStatus.COMPLETED:
            raise Conflict("This mission is over, so there is nothing to pause.")
        await _set(session, before, MissionStatus.PAUSED, enabled=False)
        await calling_back.shelve(session, workspace_id, [mission_id], by=asked_by)
        if before.status is not MissionStatus.PAUSED:
            await _tell(session, before, "mission.paused")
    await calling_back.handed_over(deps, workspace_id, mission_ids=[mission_id])
    return await find(deps, workspace_id, mission_id)


async def resume(
    deps: Deps, workspace_id: WorkspaceId, mission_id: MissionId, *, brand_id: BrandId | None, asked_by: str
) -> Mission:
    """Let a mission go on: it may publish, and what was laid aside and is still to come is scheduled again.

    Raises NotFound, and Conflict for one that is over.
    """
    now = clock.now()
    async with deps.database.transaction() as session:
        before = (await missions.get_mission(session, workspace_id, mission_id, brand_id=brand_id)).at(now)
        if before.status is MissionStatus.COMPLETED or (before.ends_at is not None and before.ends_at <= now):
            raise Conflict("This mission is over and cannot be resumed. Make a new one.")
        await missions.lock_posts(session, workspace_id, mission_id)
        await _set(session, before, MissionStatus.ACTIVE, enabled=True)
        for post_id in await _take_up(deps, session, workspace_id, mission_id, by=asked_by):
            await approving.guard(session, workspace_id, post_id, by=asked_by, now=now)
        if before.status is not MissionStatus.ACTIVE or not before.publishing_enabled:
            await _tell(session, before, "mission.resumed")
        await announce(session)
    return await find(deps, workspace_id, mission_id)


async def _set(session: Session, mission: Mission, status: MissionStatus, *, enabled: bool) -> None:
    await missions.set_publishing(
        session, mission.workspace_id, mission.id, status=status, enabled=enabled, now=clock.now()
    )


async def _take_up(
    deps: Deps, session: Session, workspace_id: WorkspaceId, mission_id: MissionId, *, by: str
) -> list[PostId]:
    now = clock.now()
    taken: list[taking_back.Taken] = []
    for item in await taking_back.shelved(session, workspace_id, mission_id, after=now):
        opened = OpenItem(
            item_id=item.item_id,
            account_id=item.account_id,
            platform=item.platform,
            post_type=item.post_type,
            kind=item.kind,
            part=item.part,
            state=State.DRAFT,
            version=item.version,
            attempt=item.attempt,
        )
        if await revisions.renew_item(session, workspace_id, opened, _again(deps, item), Event.SCHEDULE):
            taken.append(taking_back.Taken(post_id=item.post_id, item_id=item.item_id, account_id=item.account_id))
    await calling_back.note(session, workspace_id, taken, "schedule", "Scheduled again: its mission goes on.", by=by)
    await cards.want(session, workspace_id, {one.post_id for one in taken}, now=now)
    return sorted({one.post_id for one in taken})


def _again(deps: Deps, item: Shelved) -> NewItem:
    connector = deps.connectors.get(item.platform)
    at, now = item.scheduled_at, clock.now()
    due_at = at if connector is None else handed_over_at(connector.spec, at, now)
    first = item.part == 0
    return NewItem(
        account_id=item.account_id,
        platform=item.platform,
        post_type=item.post_type,
        kind=item.kind,
        part=item.part,
        state=State.SCHEDULED,
        scheduled_at=at,
        due_at=due_at if first else None,
        claim_at=due_at - timedelta(seconds=item.lead_s) if first else None,
        missed_after=at + item.grace if first else None,
        lead_s=item.lead_s,
        key=uuid4().hex,
        key_at=at,
    )


async def add_contents(  # noqa: PLR0913  # which, to what, by whom
    deps: Deps,
    workspace_id: WorkspaceId,
    mission_id: MissionId,
    item_ids: Sequence[ItemId],
    *,
    brand_id: BrandId | None,
    asked_by: str,
) -> list[PostId]:
    """Make the posts of these items the mission's. All or none.

    What of them waits is laid aside where the mission may not publish. Raises NotFound, and Conflict for a post that is
    another mission's.
    """
    async with deps.database.transaction() as session:
        mission = await missions.get_mission(session, workspace_id, mission_id, brand_id=brand_id)
        found = await contents.posts_of(session, workspace_id, item_ids, brand_id=mission.brand_id or brand_id)
        for item_id in item_ids:
            if item_id not in found:
                raise NotFound(f"There is no content {item_id[:60]}.", field="content_ids")
        wanted = sorted(set(found.values()))
        added = await missions.add_posts(session, workspace_id, mission_id, wanted)
        if len(added) < len(wanted):
            raise Conflict("One of them belongs to another mission already.", field="content_ids")
        await missions.hold_still(session, workspace_id, mission_id)  # posts are locked before missions, everywhere
        if not (await missions.get_mission(session, workspace_id, mission_id)).publishing_enabled:
            await calling_back.shelve(session, workspace_id, [mission_id], by=asked_by)
    return sorted(added)
