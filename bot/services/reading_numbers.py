"""The last numbers of items, as they were polled: reading them never asks a network."""

from collections.abc import Collection

from bot.domain.ids import ItemId, WorkspaceId
from bot.services.deps import Deps
from storage import numbers
from storage.numbers import ItemSnapshot

__all__ = ["ItemSnapshot", "latest"]


async def latest(deps: Deps, workspace_id: WorkspaceId, item_ids: Collection[ItemId]) -> dict[ItemId, ItemSnapshot]:
    """The last snapshot of each of these items that has one."""
    async with deps.database.reading() as session:
        return await numbers.latest_of_items(session, workspace_id, item_ids)
