"""Workspaces: the tenants."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.ids import WorkspaceId
from storage.ids import new_id
from storage.tables import WorkspaceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A tenant. Without a `team_id` it is not in Slack."""

    id: WorkspaceId
    name: str
    enterprise_id: str | None
    team_id: str | None
    created_at: datetime


async def create_workspace(
    session: AsyncSession, name: str, *, enterprise_id: str | None = None, team_id: str | None = None
) -> Workspace:
    """Make a workspace."""
    row = WorkspaceRow(id=new_id("ws"), name=name, enterprise_id=enterprise_id, team_id=team_id, created_at=clock.now())
    session.add(row)
    await session.flush()
    return _workspace(row)


async def list_workspaces(session: AsyncSession) -> list[Workspace]:
    """All of them, oldest first: for the operator, never for a tenant."""
    return [_workspace(row) for row in await session.scalars(select(WorkspaceRow).order_by(WorkspaceRow.id))]


async def get_workspace(session: AsyncSession, workspace_id: WorkspaceId) -> Workspace:
    """One workspace. Raises NotFound."""
    row = await session.get(WorkspaceRow, workspace_id)
    if row is None:
        raise NotFound(f"There is no workspace {workspace_id}.", field="workspace")
    return _workspace(row)


def _workspace(row: WorkspaceRow) -> Workspace:
    return Workspace(
        id=WorkspaceId(row.id),
        name=row.name,
        enterprise_id=row.enterprise_id,
        team_id=row.team_id,
        created_at=row.created_at,
    )
