"""Drafts belong to who wrote them: their card goes to that person alone, and is changed there."""

from bot import clock
from bot.domain.posts import PostView
from bot.services.deps import Deps
from storage import outbox

KIND = "draft"
"""The notice's kind. Its payload has `user`."""


async def send_card(deps: Deps, post: PostView, *, user_id: str) -> None:
    """Owe the author the card of this draft, in the place of an earlier one; also once it is no draft any more."""
    async with deps.database.transaction() as session:
        earlier = await outbox.last(session, post.workspace_id, kind=KIND, post_id=post.post_id)
        await outbox.add(
            session,
            post.workspace_id,
            brand_id=post.brand_id,
            post_id=post.post_id,
            kind=KIND,
            dedupe_key=f"draft:{post.post_id}:{post.version}:{post.status}",
            payload={"user": user_id},
            now=clock.now(),
            place=earlier.place if earlier is not None else None,
        )


async def had_card(deps: Deps, post: PostView) -> bool:
    """Whether its author has a card of it."""
    async with deps.database.reading() as session:
        return await outbox.last(session, post.workspace_id, kind=KIND, post_id=post.post_id) is not None
