"""Which post a command means."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.domain.ids import WorkspaceId
    from bot.domain.posts import PostView
    from bot.wiring import Herald


async def owner_of(herald: "Herald", post_id: str, workspace: str | None) -> "WorkspaceId":
    """Whose post it is, in one workspace or in any. Raises NotFound."""
    from bot.domain.ids import PostId  # noqa: PLC0415  # loaded when used
    from bot.services import journal, workspaces  # noqa: PLC0415  # loaded when used

    within = None if workspace is None else (await workspaces.find_workspace(herald.deps, workspace)).id
    return await journal.workspace_of(herald.deps, PostId(post_id), within=within)


async def find_post(herald: "Herald", called: str, workspace: str | None) -> "PostView":
    """The post with this id, this code, or the one at this address, in one workspace or in any. Raises NotFound."""
    from bot.domain.errors import NotFound  # noqa: PLC0415  # loaded when used
    from bot.domain.ids import PostId  # noqa: PLC0415  # loaded when used
    from bot.services import journal, workspaces  # noqa: PLC0415  # loaded when used

    if called.startswith("post_"):
        owner = await owner_of(herald, called, workspace)
        return await journal.show_post(herald.deps, owner, PostId(called))
    places = await workspaces.list_workspaces(herald.deps)
    if workspace is not None:
        places = [await workspaces.find_workspace(herald.deps, workspace)]
    for place in places:
        with suppress(NotFound):
            return await journal.find_post(herald.deps, place.id, called)
    raise NotFound(f"There is no post {called[:60]}.", field="post")
