"""The latest numbers of posts, for whoever shows them; and which cards are to show newer ones."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.domain.ids import PostId, WorkspaceId
from bot.domain.numbers import Numbers
from bot.domain.polling import midnight
from storage import cards, numbers, polls, seen
from storage.numbers import ItemSnapshot as ItemSnapshot  # noqa: PLC0414  # handlers get it here

if TYPE_CHECKING:
    from bot.domain.ids import ItemId
    from bot.domain.posts import PostView
    from bot.services.deps import Deps
    from storage.engine import Session

_SHOWN_FOR = timedelta(days=8)
"""The card of an older post stays as it is."""
_LATE = timedelta(hours=3)
"""Numbers so much overdue are not waited for."""


async def latest(deps: "Deps", post: "PostView") -> "Mapping[ItemId, ItemSnapshot]":
    """The last snapshot of each of the post's items that has one."""
    live = [item.item_id for item in post.items if item.published_at is not None]
    if not live:
        return {}
    async with deps.database.reading() as session:
        return await numbers.latest_of_items(session, post.workspace_id, live)


async def show_on_cards(
    session: "Session", workspace_id: WorkspaceId, published: Mapping[PostId, datetime], *, now: datetime
) -> set[PostId]:
    """Owe the cards of these posts whose numbers are newer today, once a day; returns which.

    A card waits until all items of its post were asked for that can be today. To be called last in the transaction
    that keeps the numbers. `published` says when they were.
    """
    young = {post_id for post_id, at in published.items() if at > now - _SHOWN_FOR}
    young = await cards.standing(session, workspace_id, young) if young else young
    if not young:
        return young
    tomorrow = midnight(now) + timedelta(days=1)
    young -= await polls.awaited(session, young, since=now - _LATE, until=tomorrow)
    wanted = {
        post_id
        for post_id in await _newer(session, workspace_id, young, now)
        if await seen.first_time(session, f"numbers:{post_id}:{now.date()}", now)
    }
    return await cards.want(session, workspace_id, wanted, now=now)


async def _newer(
    session: "Session", workspace_id: WorkspaceId, post_ids: Collection[PostId], now: datetime
) -> set[PostId]:
    """Those of these posts of which today's numbers are not those of the time before."""
    items = await numbers.items_of_posts(session, workspace_id, post_ids)
    today = now.date()
    latest = await numbers.latest_of_items(session, workspace_id, items)
    before = await numbers.before_of_items(session, workspace_id, items, today)
    return {
        post_id
        for item_id, post_id in items.items()
        if item_id in latest and latest[item_id].day == today and latest[item_id].numbers != _of(before.get(item_id))
    }


def _of(snapshot: ItemSnapshot | None) -> Numbers:
    return Numbers() if snapshot is None else snapshot.numbers
