"""Posts as people see them, and why each is as it is."""

from bot.domain.errors import NotFound
from bot.domain.ids import PostId, WorkspaceId
from bot.domain.posts import JournalEntry, PostView
from bot.services.deps import Deps
from storage import posts
from storage.brands import Brand


async def show_post(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> PostView:
    """One post. Raises NotFound."""
    async with deps.database.reading() as session:
        return await posts.get_post(session, workspace_id, post_id)


async def list_posts(
    deps: Deps, workspace_id: WorkspaceId, *, brand: Brand | None = None, limit: int = 50
) -> list[PostView]:
    """The newest posts first."""
    async with deps.database.reading() as session:
        brand_id = brand.id if brand is not None else None
        return await posts.list_posts(session, workspace_id, brand_id=brand_id, limit=limit)


async def why(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> list[JournalEntry]:
    """Everything written down about a post, in order. Raises NotFound."""
    async with deps.database.reading() as session:
        return await posts.journal(session, workspace_id, post_id)


async def workspace_of(deps: Deps, post_id: PostId, *, within: WorkspaceId | None) -> WorkspaceId:
    """Whose post it is, for the operator. Raises NotFound, also when it is not `within`'s."""
    async with deps.database.reading() as session:
        owner = await posts.workspace_of(session, post_id)
    if within is not None and owner != within:
        raise NotFound(f"There is no post {post_id[:60]}.", field="post")
    return owner
