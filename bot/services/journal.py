"""Posts as people see them, and why each is as it is."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot import clock
from bot.domain import story
from bot.domain.errors import NotFound
from bot.domain.ids import BrandId, ItemId, PostId, WorkspaceId
from bot.domain.posts import JournalEntry, PostView
from bot.services import waiting
from bot.services.deps import Deps
from storage import brands, post_views, posts
from storage import journal as story_records
from storage.brands import Brand
from storage.progress import progress_of

_ENDINGS = frozenset({"cancel", "drop"})
_CODE = re.compile(r"#?([0-9a-z]{6})", re.IGNORECASE | re.ASCII)
_LONGEST_DELAY = timedelta(days=1)
"""A post that should have gone out longer ago than this is no longer on its way."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that happened to a post, and at the end what it waits for now."""

    post: PostView
    zone: str
    """The brand's time zone, for whoever has none of their own."""
    lines: list[JournalEntry]
    """In order."""


async def why(
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, item_id: ItemId | None = None
) -> list[JournalEntry]:
    """Everything that happened to a post, or to one item of it, in order; its own words left out. Raises NotFound."""
    return (await tell(deps, workspace_id, post_id, item_id=item_id)).lines


async def tell(deps: Deps, workspace_id: WorkspaceId, post_id: PostId, *, item_id: ItemId | None = None) -> Story:
    """The same with the post, for people. What they are told anywhere comes from here. Raises NotFound."""
    async with deps.database.reading() as session:
        post = await posts.get_post(session, workspace_id, post_id)
        brand = await brands.get_brand(session, workspace_id, post.brand_id)
        records = await story_records.records_of(session, workspace_id, post_id)
        waits = await waiting.entries_of(deps, session, post.items, await progress_of(session, workspace_id, post_id))
    links = {item.item_id: item.permalink for item in post.items}
    told = story.without(story.lines(records, links), (post.text, *post.parts, *post.variants.values()))
    lines = [entry for entry in [*told, *waits] if item_id is None or entry.item_id in {item_id, None}]
    return Story(post=post, zone=brand.timezone, lines=lines)


async def _notes(deps: Deps, workspace_id: WorkspaceId, post_id: PostId) -> list[JournalEntry]:
    """What people did to a post, in order."""
    async with deps.database.reading() as session:
        notes = await story_records.notes_of(session, workspace_id, post_id)
    return [story.said(note) for note in notes if note.actor != "herald"]


async def workspace_of(deps: Deps, post_id: PostId, *, within: WorkspaceId | None) -> WorkspaceId:
    """Whose post it is, for the operator. Raises NotFound, also when it is not `within`'s."""
    async with deps.database.reading() as session:
        owner = await posts.workspace_of(session, post_id)
    if within is not None and owner != within:
        raise NotFound(f"There is no post {post_id[:60]}.", field="post")
    return owner


async def find_post(deps: Deps, workspace_id: WorkspaceId, called: str) -> PostView:
    """The post with this code, this id, this item, or the one that is live at this address. Raises NotFound."""
    name = called.strip()
    async with deps.database.reading() as session:
        found = None
        if name.startswith("post_"):
            found = await post_views.find_post(session, workspace_id, PostId(name))
        elif name.startswith("item_"):
            found = await post_views.find_by_item(session, workspace_id, ItemId(name))
        elif code := _CODE.fullmatch(name):
            found = await post_views.find_by_code(session, workspace_id, code[1].upper())
        elif name.startswith(("https://", "http://")):
            found = await post_views.find_by_link(session, workspace_id, name)
    if found is None:
        shown = name if len(name) <= 60 else name[:59] + "…"  # noqa: PLR2004  # a sentence, not a page
        raise NotFound(f"No post {shown} in this workspace. The id is at the end of each card.", field="post")
    return found


async def upcoming(
    deps: Deps,
    workspace_id: WorkspaceId,
    *,
    brand_ids: Collection[BrandId] | None = None,
    until: datetime,
    limit: int = 100,
) -> list[PostView]:
    """Posts on their way that are planned before `until` (aware UTC), earliest first; late ones with them."""
    since = clock.now() - _LONGEST_DELAY
    async with deps.database.reading() as session:
        return await post_views.upcoming(
            session, workspace_id, brand_ids=brand_ids, since=since, until=until, limit=limit
        )


async def overdue_on_hold(
    deps: Deps, workspace_id: WorkspaceId, *, brand_ids: Collection[BrandId] | None = None, limit: int = 50
) -> list[PostView]:
    """Posts that somebody holds although their second passed, the latest first: nothing else reminds of them."""
    async with deps.database.reading() as session:
        return await post_views.overdue_on_hold(
            session, workspace_id, brand_ids=brand_ids, now=clock.now(), limit=limit
        )


async def needing(
    deps: Deps, workspace_id: WorkspaceId, *, brand_ids: Collection[BrandId] | None = None, limit: int = 50
) -> list[PostView]:
    """Posts of which something failed, was missed or is unconfirmed, newest first."""
    async with deps.database.reading() as session:
        return await post_views.troubled(session, workspace_id, brand_ids=brand_ids, limit=limit)


async def last_troubled(
    deps: Deps, workspace_id: WorkspaceId, *, brand_ids: Collection[BrandId] | None = None
) -> PostView | None:
    """The newest of them; when all is well, the newest post that a try went wrong with. None if there is neither."""
    found = await needing(deps, workspace_id, brand_ids=brand_ids, limit=1)
    if found:
        return found[0]
    async with deps.database.reading() as session:
        return await post_views.once_troubled(session, workspace_id, brand_ids=brand_ids)


async def drafts(deps: Deps, workspace_id: WorkspaceId, author: str, *, limit: int = 50) -> list[PostView]:
    """What `author` wrote and did not schedule, newest first."""
    async with deps.database.reading() as session:
        return await post_views.drafts(session, workspace_id, author, limit=limit)


async def ended(deps: Deps, workspace_id: WorkspaceId, post: PostView) -> tuple[JournalEntry | None, dict[ItemId, str]]:
    """Who last cancelled or dropped something of the post, and when; and who said of which item that it is live."""
    entries = await _notes(deps, workspace_id, post.post_id)
    endings = [entry for entry in entries if entry.event in _ENDINGS]
    said = [entry for entry in entries if entry.event == "decide"]
    confirmed = {
        item.item_id: entry.actor
        for item in post.items
        for entry in said
        if item.permalink is not None and f"It is live at {item.permalink}." in entry.detail
    }
    return (endings[-1] if endings else None), confirmed


async def last_of(
    deps: Deps, workspace_id: WorkspaceId, post_id: PostId, events: Collection[str]
) -> JournalEntry | None:
    """Who last did one of these to the post, and when; None while nobody did."""
    entries = [entry for entry in await _notes(deps, workspace_id, post_id) if entry.event in events]
    return entries[-1] if entries else None
