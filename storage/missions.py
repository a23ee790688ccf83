"""Missions and the posts that belong to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, String, Table, case, func, literal, or_, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.errors import NotFound
from bot.domain.ids import BrandId, ItemId, MissionId, PostId, WorkspaceId
from bot.domain.missions import Mission, MissionStatus, NewMission, PublishingDisabled
from bot.domain.posts import PostView
from bot.domain.publication import State
from storage.conditions import still
from storage.ids import new_id
from storage.pages import Page, Paged, paged
from storage.tables import MissionRow, PostItemRow, PostRow

_MISSIONS = cast("Table", MissionRow.__table__)
_c = _MISSIONS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which missions are asked for; None is any. `status` is the one they have at `now`."""

    now: datetime
    brand_id: BrandId | None = None
    status: MissionStatus | None = None
    platform: str | None = None


async def create_mission(
    session: AsyncSession, workspace_id: WorkspaceId, new: NewMission, *, now: datetime
) -> Mission:
    """Remember a mission; it may publish. Its brand is known to be the workspace's."""
    row = MissionRow(
        id=new.id or new_id("msn"),
        workspace_id=workspace_id,
        brand_id=new.brand_id,
        name=new.name,
        description=new.description,
        objectives=list(new.objectives),
        platforms=list(new.platforms),
        constraints=dict(new.constraints),
        kpis=list(new.kpis),
        status=new.status.value,
        publishing_enabled=True,
        duration_days=new.duration_days,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    return _mission(row)


async def get_mission(
    session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId, *, brand_id: BrandId | None = None
) -> Mission:
    """One mission, of this brand if one is given. Raises NotFound."""
    query = select(MissionRow).where(*_of(workspace_id, brand_id), _c.id == mission_id)
    row = await session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise unknown(mission_id)
    return _mission(row)


async def lock_posts(session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId) -> None:
    """Until the transaction ends nobody else edits those of its posts of which something is a draft.

    Before the mission itself is locked: whoever edits a post locks that first, and then asks whether its mission may
    publish.
    """
    drafts = select(PostItemRow.id).where(PostItemRow.post_id == PostRow.id, PostItemRow.state == State.DRAFT.value)
    its = (PostRow.workspace_id == workspace_id, PostRow.mission_id == mission_id, drafts.exists())
    await session.execute(select(PostRow.id).where(*its).order_by(PostRow.id).with_for_update(key_share=True))


async def hold_still(session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId) -> None:
    """Let nobody pause, resume or switch off the mission until the transaction ends."""
    its = (_c.workspace_id == workspace_id, _c.id == mission_id)
    await session.execute(select(_c.id).where(*its).with_for_update(read=True))


def unknown(mission_id: str) -> NotFound:
    """The refusal for a mission that is not there, or another workspace's."""
    return NotFound(f"There is no mission {mission_id[:60]}.", field="mission_id")


async def list_missions(session: AsyncSession, workspace_id: WorkspaceId, wanted: Wanted, page: Page) -> Paged[Mission]:
    """Some of the workspace's missions, newest first. Raises NotFound for the id that a page begins at."""
    among = _of(workspace_id, wanted.brand_id)
    if wanted.status is not None:
        among.append(_status_at(wanted.now) == wanted.status.value)
    if wanted.platform is not None:
        among.append(cast_to(_c.platforms, String).contains(f'"{wanted.platform}"', autoescape=True))
    found = await paged(session, _c.id, among, page, within=_of(workspace_id, wanted.brand_id))
    rows = await session.scalars(select(MissionRow).where(_c.id.in_(found.data)))
    by_id = {row.id: _mission(row) for row in rows}
    return Paged(data=[by_id[mission_id] for mission_id in found.data], has_more=found.has_more, total=found.total)


async def set_publishing(  # noqa: PLR0913  # which, to what, when
    session: AsyncSession,
    workspace_id: WorkspaceId,
    mission_id: MissionId,
    *,
    status: MissionStatus,
    enabled: bool,
    now: datetime,
) -> None:
    """Give a mission another status, and let it publish or not. Whoever schedules for it waits until this is done."""
    await session.execute(
        update(_MISSIONS)
        .where(_c.workspace_id == workspace_id, _c.id == mission_id)
        .values(status=status.value, publishing_enabled=enabled, updated_at=now)
    )


async def disable_active(
    session: AsyncSession, workspace_id: WorkspaceId, *, brand_id: BrandId | None = None, now: datetime
) -> list[MissionId]:
    """Keep the active missions, a brand's own if one is given, from publishing; returns those that could until now."""
    own = [_c.workspace_id == workspace_id, *([] if brand_id is None else [_c.brand_id == brand_id])]
    changed = await session.execute(
        update(_MISSIONS)
        .where(*own, _status_at(now) == MissionStatus.ACTIVE.value, _c.publishing_enabled)
        .values(publishing_enabled=False, updated_at=now)
        .returning(_c.id)
    )
    return sorted(MissionId(mission_id) for mission_id in changed.scalars())


async def let_publish(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> None:
    """See that the post's mission, if it has one, may publish, and that this stays so until the transaction ends.

    Raises PublishingDisabled.
    """
    mission_id = await session.scalar(
        select(PostRow.mission_id).where(PostRow.workspace_id == workspace_id, PostRow.id == post_id)
    )
    if mission_id is not None:
        await let_mission_publish(session, workspace_id, MissionId(mission_id))


async def let_mission_publish(session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId) -> None:
    """The same for a mission. Raises PublishingDisabled, and NotFound."""
    row = (
        await session.execute(
            select(_c.name, _c.publishing_enabled)
            .where(_c.workspace_id == workspace_id, _c.id == mission_id)
            .with_for_update(read=True)
        )
    ).first()
    if row is None:
        raise unknown(mission_id)
    if not row.publishing_enabled:
        raise PublishingDisabled(row.name)


async def put_into(
    session: AsyncSession, workspace_id: WorkspaceId, post: PostView, mission_id: MissionId | None, *, leaves: bool
) -> None:
    """Make a post this mission's, or where it `leaves` its own nobody's; None alone changes nothing.

    Raises NotFound for a mission of another brand.
    """
    if mission_id is None and not leaves:
        return
    if mission_id is not None:
        await get_mission(session, workspace_id, mission_id, brand_id=post.brand_id)
    its = (PostRow.workspace_id == workspace_id, PostRow.id == post.post_id)
    await session.execute(update(PostRow).where(*its).values(mission_id=mission_id))


async def add_posts(
    session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId, post_ids: Sequence[PostId]
) -> list[PostId]:
    """Make posts a mission's; those of the workspace that have no mission, or this one. Returns them."""
    changed = await session.execute(
        update(PostRow)
        .where(
            PostRow.id.in_(sorted(set(post_ids))),
            still(PostRow.workspace_id == workspace_id),
            func.coalesce(PostRow.mission_id, mission_id) == mission_id,
        )
        .values(mission_id=mission_id)
        .returning(PostRow.id)
    )
    return [PostId(post_id) for post_id in changed.scalars()]


async def items_of(session: AsyncSession, workspace_id: WorkspaceId, mission_id: MissionId) -> list[ItemId]:
    """The published items of a mission, thread by thread their first parts."""
    rows = await session.scalars(
        select(PostItemRow.id)
        .join(PostRow, PostRow.id == PostItemRow.post_id)
        .where(PostRow.mission_id == mission_id, PostRow.workspace_id == workspace_id)
        .where(PostItemRow.published_at.is_not(None), PostItemRow.part == 0)
    )
    return [ItemId(item_id) for item_id in rows]


def _of(workspace_id: WorkspaceId, brand_id: BrandId | None) -> list[ColumnElement[bool]]:
    whole = [_c.workspace_id == workspace_id]
    return whole if brand_id is None else [*whole, or_(_c.brand_id.is_(None), _c.brand_id == brand_id)]


def _status_at(now: datetime) -> ColumnElement[str]:
    over = (_c.status == MissionStatus.ACTIVE.value) & _c.ends_at.is_not(None) & (_c.ends_at <= now)
    return case((over, literal(MissionStatus.COMPLETED.value)), else_=_c.status)


def _mission(row: MissionRow) -> Mission:
    return Mission(
        id=MissionId(row.id),
        workspace_id=WorkspaceId(row.workspace_id),
        brand_id=BrandId(row.brand_id) if row.brand_id is not None else None,
        name=row.name,
        description=row.description,
        objectives=tuple(row.objectives),
        platforms=tuple(row.platforms),
        constraints=row.constraints,
        kpis=tuple(row.kpis),
        status=MissionStatus(row.status),
        publishing_enabled=row.publishing_enabled,
        duration_days=row.duration_days,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
