"""A post's story for everybody who sees its card, said in the thread below it."""

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.posts import PostView
from bot.services.deps import Deps
from storage import cards, outbox

KIND = "story"
"""The notice. Its payload has `by`, who asked for it; the story is the one of the moment in which it is said."""


async def owe(deps: Deps, post: PostView, *, asked_by: str) -> bool:
    """Owe a post's story to the thread of its card. False: it was asked for in this minute. Raises Conflict."""
    now = clock.now()
    async with deps.database.transaction() as session:
        if not await cards.standing(session, post.workspace_id, [post.post_id]):
            raise Conflict("This post has no card in a channel, so there is no thread to show this in.", field="post")
        return await outbox.add(
            session,
            post.workspace_id,
            kind=KIND,
            dedupe_key=f"{KIND}:{post.post_id}:{now:%Y-%m-%dT%H:%M}",
            payload={"by": asked_by},
            now=now,
            brand_id=post.brand_id,
            post_id=post.post_id,
        )
