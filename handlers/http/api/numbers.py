"""`/post-items`: how an item is doing, by its last snapshot."""

from typing import Annotated

from msgspec import Meta, Struct

from bot import clock
from bot.domain.errors import NotFound
from bot.domain.ids import ItemId
from bot.services import reading_numbers, submitting
from bot.services.reading_numbers import ItemSnapshot
from handlers.http.api import times
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family
from handlers.http.api.states import ItemStatus, item_status

Count = Annotated[int, Meta(ge=0)]


class Metrics(Struct, kw_only=True):
    """The last snapshot. A number the platform does not give is 0."""

    views: Annotated[int, Meta(ge=0, description="Views, or impressions where the platform counts those.")]
    likes: Annotated[int, Meta(ge=0, description="Likes, or reactions.")]
    comments: Count
    fetched_at: Annotated[str, Meta(pattern=times.INSTANT, description="When these numbers were asked for.")]


class Analytics(Struct, kw_only=True):
    """One item and its numbers."""

    post_item_id: str
    post_type: str
    platform: str
    status: ItemStatus
    metrics: Metrics | None
    """Null until the item is posted and was asked for."""


async def _analytics(call: Call[None, None]) -> Analytics:
    item_id = ItemId(call.path["post_item_id"])
    found = await submitting.get_by_item(call.deps, call.workspace_id, item_id, call.brand_id)
    for part in found.unplaced:
        if part.item_id == item_id:
            return _answer(item_id, part.kind, "draft", None)
    for item in found.post.items:
        if item.item_id == item_id:
            status = item_status(item, clock.now())
            known = await reading_numbers.latest(call.deps, call.workspace_id, [item_id]) if status == "posted" else {}
            kind = submitting.kind_of_item(call.deps, item)
            return _answer(item_id, kind, status, known.get(item_id))
    raise NotFound("There is no post item with this id.")


def _answer(item_id: ItemId, kind: str, status: ItemStatus, snapshot: ItemSnapshot | None) -> Analytics:
    return Analytics(
        post_item_id=item_id,
        post_type=kind,
        platform=kind.partition("-")[0],
        status=status,
        metrics=None if snapshot is None else _metrics(snapshot),
    )


def _metrics(snapshot: ItemSnapshot) -> Metrics:
    known = snapshot.numbers
    return Metrics(
        views=known.views or 0,
        likes=known.likes or 0,
        comments=known.comments or 0,
        fetched_at=times.stamp(snapshot.fetched_at),
    )


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/post-items/{post_item_id}/analytics",
        family=Family.A,
        scope="analytics:read",
        answer=Analytics,
        handle=_analytics,
        summary="Read the last numbers of a post item",
        description=(
            "Numbers are asked for once a day until day 90 after publishing; then the last ones stay."
            " Reading them asks no platform: `fetched_at` says how old they are."
        ),
        tag="Numbers",
        example_answer={
            "post_item_id": "item_01kb7qz3m4v8e2n5r6t7w8x9y0",
            "post_type": "instagram-reel",
            "platform": "instagram",
            "status": "posted",
            "metrics": {"views": 1240, "likes": 87, "comments": 12, "fetched_at": "2026-11-28T03:10:00Z"},
        },
    ),
)
