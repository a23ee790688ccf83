"""What happened that a webhook may have to tell, written in the transaction in which it happened.

Only in workspaces that have a webhook. Machinery, shared by all workspaces; rows carry theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ScalarSelect, Table, bindparam, delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.ids import ItemId, PostId, WorkspaceId
from bot.domain.publication import State
from storage.conditions import ITEMS, locked
from storage.ids import new_id
from storage.tables import MissionRow, PostRow, WebhookCauseRow, WebhookDeliveryRow, WebhookRow

_CAUSES = cast("Table", WebhookCauseRow.__table__)
_HOOKS = cast("Table", WebhookRow.__table__)
_ACTIVE = "active"
_MOST_PASSED = 500
_LISTENS = (_HOOKS.c.deleted_at.is_(None), _HOOKS.c.enabled)
_WHO_LISTENS = select(_HOOKS.c.workspace_id).where(
    *_LISTENS, _HOOKS.c.workspace_id.in_(bindparam("places", expanding=True))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Something that happened. `about` is a post's id, or a mission's; no `items`: all of the post."""

    workspace_id: WorkspaceId
    what: str
    about: str
    at: datetime
    items: Sequence[ItemId] = ()
    id: str = ""
    """Given when it is written."""


def of_items(items: Sequence[Any], state: State, *, now: datetime) -> list[Cause]:
    """That these came to this end; given items, or rows with `id`, `workspace_id` and `post_id`."""
    return [
        Cause(workspace_id=item.workspace_id, what=state.value, about=item.post_id, at=now, items=(item.id,))
        for item in items
    ]


def somebody_listens() -> ScalarSelect[bool]:
    """Whether there is any webhook at all: asked once by whichever statement it stands in."""
    return select(exists().where(*_LISTENS)).scalar_subquery()


async def owe(session: AsyncSession, causes: Sequence[Cause]) -> None:
    """Have webhooks told of these, where there are any: one small statement if there are none."""
    if not causes:
        return
    places = sorted({cause.workspace_id for cause in causes})
    listening = set(await session.scalars(_WHO_LISTENS, {"places": places}))
    rows = [_values(cause) for cause in causes if cause.workspace_id in listening]
    if rows:
        await (await session.connection()).execute(insert(_CAUSES), rows)


async def take(session: AsyncSession, *, limit: int) -> list[Cause]:
    """The oldest of them, which are gone with this transaction; what another one just takes is passed over."""
    oldest = locked(select(_CAUSES.c.id).order_by(_CAUSES.c.id).limit(limit))
    rows = await session.execute(delete(_CAUSES).where(_CAUSES.c.id.in_(oldest)).returning(*_CAUSES.c))
    found = [
        Cause(
            workspace_id=WorkspaceId(row.workspace_id),
            what=row.what,
            about=row.about,
            at=row.at,
            items=tuple(ItemId(item_id) for item_id in row.items),
            id=row.id,
        )
        for row in rows
    ]
    return sorted(found, key=lambda cause: cause.id)


def _values(cause: Cause) -> dict[str, object]:
    return {
        "id": new_id("cause"),
        "workspace_id": cause.workspace_id,
        "what": cause.what,
        "about": cause.about,
        "items": list(cause.items),
        "at": cause.at,
    }


# --- What is told of them ------------------------------------------------------------------------------------------


async def ends_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> list[tuple[object, ...]]:
    """How the items of a post ended: other values for another ending of the same post."""
    its = (ITEMS.c.workspace_id == workspace_id, ITEMS.c.post_id == post_id)
    columns = (ITEMS.c.id, ITEMS.c.state, ITEMS.c.attempt, ITEMS.c.due_at)
    return [tuple(row) for row in await session.execute(select(*columns).where(*its).order_by(ITEMS.c.id))]


async def mission_of(session: AsyncSession, workspace_id: WorkspaceId, post_id: PostId) -> str | None:
    """The mission a post belongs to."""
    its = (PostRow.workspace_id == workspace_id, PostRow.id == post_id)
    return await session.scalar(select(PostRow.mission_id).where(*its))


async def mission_facts(session: AsyncSession, workspace_id: WorkspaceId, mission_id: str) -> dict[str, Any]:
    """What is told of a mission; nothing if it is not there."""
    its = (MissionRow.workspace_id == workspace_id, MissionRow.id == mission_id)
    row = await session.scalar(select(MissionRow).where(*its))
    if row is None:
        return {}
    return {
        "mission_id": row.id,
        "name": row.name,
        "status": row.status,
        "publishing_enabled": row.publishing_enabled,
        "platforms": list(row.platforms),
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
    }


async def owe_passed(session: AsyncSession, *, since: datetime, now: datetime) -> int:
    """Have webhooks told of missions that began or ended by themselves, which were not told of it; returns how many.

    Machinery.
    """
    hook, found = WebhookRow, list[Cause]()
    for what, at in (("mission.started", MissionRow.starts_at), ("mission.completed", MissionRow.ends_at)):
        told = exists().where(WebhookDeliveryRow.about == hook.id.concat(f":{what}:").concat(MissionRow.id))
        passed = (MissionRow.status == _ACTIVE, at > since, at <= now, at >= hook.created_at)
        query = select(MissionRow.workspace_id, MissionRow.id, at.label("at"), hook.events)
        query = query.join(hook, hook.workspace_id == MissionRow.workspace_id).where(*_LISTENS, *passed, ~told)
        for row in await session.execute(query.limit(_MOST_PASSED)):
            if what in row.events and row.at is not None:
                workspace_id = WorkspaceId(row.workspace_id)
                found.append(Cause(workspace_id=workspace_id, what=what, about=row.id, at=row.at))
    if found:
        await (await session.connection()).execute(insert(_CAUSES), [_values(cause) for cause in found])
    return len(found)
