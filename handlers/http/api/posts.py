"""`/posts`: drafts made of items, published at once or at a time."""

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot import clock
from bot.domain.errors import invalid
from bot.domain.ids import MediaId, PostId
from bot.services import submitting
from bot.services.submitting import Asked, Submission
from handlers.http.api import problems, times
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault
from handlers.http.api.post_bodies import (
    Item,
    ItemBody,
    Post,
    PostBody,
    PostChange,
    Posts,
    PostsQuery,
    Published,
    ScheduleBody,
    Success,
    post_of,
)
from handlers.http.api.states import post_status

_LONGEST_ID = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# --- What is done ----------------------------------------------------------------------------------------------------


async def _create(call: Call[PostBody, None]) -> Post:
    post_id = PostId(call.id_for("post"))
    if call.resumed and (made := await submitting.made_before(call.deps, call.workspace_id, post_id)):
        return post_of(call.deps, made)
    with problems.of_items(_kinds(call.body.items)):
        asked = _asked(call.body.items)
        made = await submitting.create(
            call.deps,
            await call.brand(),
            asked,
            asked_by=call.asked_by,
            post_id=post_id,
            answering=call.answering(partial(post_of, call.deps)),
        )
    return post_of(call.deps, made)


async def _read(call: Call[None, None]) -> Post:
    return post_of(call.deps, await _found(call))


async def _list(call: Call[None, PostsQuery]) -> Posts:
    query = call.query
    now = clock.now()
    page = await submitting.page(
        call.deps,
        call.workspace_id,
        brand_id=call.brand_id,
        fits=None if query.status is None else lambda found: post_status(found, now) == query.status,
        before=_position(query.cursor),
        limit=query.limit,
    )
    after = None if page.after is None else _cursor(page.after)
    data = [post_of(call.deps, found) for found in page.found]
    return Posts(data=data, next_cursor=after, has_more=after is not None)


async def _change(call: Call[PostChange, None]) -> Post:
    with problems.of_items(_kinds(call.body.items)):
        before = await _found(call)
        changed = await submitting.change(call.deps, before, _asked(call.body.items), asked_by=call.asked_by)
    return post_of(call.deps, changed)


async def _delete(call: Call[None, None]) -> Success:
    await submitting.delete(call.deps, await _found(call), asked_by=call.asked_by)
    return Success(success=True)


async def _publish(call: Call[None, None]) -> Published:
    found = await _found(call)
    post_id = found.post.post_id
    told = Published(post_id=post_id, status="publishing", credits_used=0, status_url=f"/api/v1/posts/{post_id}")
    with problems.of_items(_kinds(post_of(call.deps, found).items)):
        await submitting.publish(call.deps, found, asked_by=call.asked_by, answering=call.answering(lambda _: told))
    return told


async def _schedule(call: Call[ScheduleBody, None]) -> Post:
    at = times.coming("scheduled_at", call.body.scheduled_at)
    found = await _found(call)
    with problems.of_items(_kinds(post_of(call.deps, found).items)):
        answering = call.answering(partial(post_of, call.deps))
        made = await submitting.schedule(call.deps, found, at, asked_by=call.asked_by, answering=answering)
    return post_of(call.deps, made)


async def _cancel(call: Call[None, None]) -> Post:
    answering, found = call.answering(partial(post_of, call.deps)), await _found(call)
    return post_of(call.deps, await submitting.cancel(call.deps, found, asked_by=call.asked_by, answering=answering))


async def _found(call: Call[object, object]) -> Submission:
    """Raises NotFound, of what is in another workspace or of another brand than the key's too."""
    return await submitting.get(call.deps, call.workspace_id, PostId(call.path["post_id"]), call.brand_id)


def _asked(items: list[ItemBody]) -> list[Asked]:
    return [
        Asked(
            kind=item.post_type,
            text=item.content,
            title=item.title,
            media=tuple(MediaId(media_id) for media_id in dict.fromkeys(item.media_ids)),
            account_id=item.account_id,
            options=item.options,
        )
        for item in items
    ]


def _kinds(items: Iterable[ItemBody | Item]) -> list[str]:
    return [item.post_type for item in items]


def _cursor(position: tuple[datetime, PostId]) -> str:
    micros = (position[0] - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{micros}:{position[1]}".encode()).decode().rstrip("=")


def _position(cursor: str | None) -> tuple[datetime, PostId] | None:
    if cursor is None:
        return None
    try:
        micros, _, post_id = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii").replace("\0", "").partition(":")
        )
        return _EPOCH + timedelta(microseconds=int(micros)), PostId(post_id[:_LONGEST_ID])
    except (ValueError, OverflowError, binascii.Error):
        raise invalid("cursor", "This cursor is not one of ours. Begin without one.") from None


# --- The table -------------------------------------------------------------------------------------------------------

_ITEM: dict[str, Any] = {
    "item_id": "item_01kb7qz3m4v8e2n5r6t7w8x9y0",
    "post_type": "x-post",
    "platform": "x",
    "content": "Our spring blend is here.",
    "media_ids": [],
    "status": "draft",
    "account_id": "acc_01kb7qyh2w3e4r5t6y7u8i9o0p",
}
_POST: dict[str, Any] = {
    "post_id": "post_01kb7qz3m4a1s2d3f4g5h6j7k8",
    "status": "draft",
    "created_at": "2026-11-27T08:00:00Z",
    "items": [_ITEM],
}
_POST_BODY: dict[str, Any] = {"items": [{"post_type": "x-post", "content": "Our spring blend is here."}]}
_SCHEDULED: dict[str, Any] = {**_POST, "status": "scheduled", "scheduled_at": "2026-12-01T08:30:00Z"}

ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/posts",
        family=Family.A,
        scope="posts:write",
        body=PostBody,
        answer=Post,
        handle=_create,
        summary="Create a draft",
        description=(
            "One item a post type; one account may get several types, each with its own text, files and settings."
            " An item without `account_id` goes to the brand's only account on that platform;"
            " where it has none yet, the item waits in the draft until there is one."
        ),
        tag="Posts",
        example_body=_POST_BODY,
        example_answer=_POST,
        faults=(Fault.CONFLICT,),
    ),
    Endpoint(
        method="GET",
        path="/posts",
        family=Family.A,
        scope="posts:read",
        query=PostsQuery,
        answer=Posts,
        handle=_list,
        summary="List posts, newest first",
        tag="Posts",
        example_query={"status": "draft", "limit": "20"},
        example_answer={"data": [_POST], "next_cursor": None, "has_more": False},
    ),
    Endpoint(
        method="GET",
        path="/posts/{post_id}",
        family=Family.A,
        scope="posts:read",
        answer=Post,
        handle=_read,
        summary="Read a post with its items",
        tag="Posts",
        example_answer=_POST,
    ),
    Endpoint(
        method="PATCH",
        path="/posts/{post_id}",
        family=Family.A,
        scope="posts:write",
        body=PostChange,
        answer=Post,
        handle=_change,
        summary="Replace the items of a draft or a scheduled post",
        tag="Posts",
        example_body=_POST_BODY,
        example_answer=_POST,
        faults=(Fault.CONFLICT, Fault.PLATFORM_NOT_CONNECTED),
    ),
    Endpoint(
        method="DELETE",
        path="/posts/{post_id}",
        family=Family.A,
        scope="posts:write",
        answer=Success,
        handle=_delete,
        summary="Delete a draft or a scheduled post",
        tag="Posts",
        example_answer={"success": True},
        faults=(Fault.CONFLICT,),
    ),
    Endpoint(
        method="POST",
        path="/posts/{post_id}/publish",
        about=("items",),
        family=Family.A,
        scope="posts:publish",
        answer=Published,
        handle=_publish,
        summary="Publish now",
        description="Returns at once. Read the post until each item is `posted` or `failed`.",
        tag="Posts",
        example_answer={
            "post_id": _POST["post_id"],
            "status": "publishing",
            "credits_used": 0,
            "status_url": f"/api/v1/posts/{_POST['post_id']}",
        },
        faults=(Fault.ALREADY_PUBLISHED, Fault.PLATFORM_NOT_CONNECTED),
    ),
    Endpoint(
        method="POST",
        path="/posts/{post_id}/schedule",
        about=("items",),
        family=Family.A,
        scope="posts:publish",
        body=ScheduleBody,
        answer=Post,
        handle=_schedule,
        summary="Schedule, or move to another time",
        tag="Posts",
        example_body={"scheduled_at": "2026-12-01T09:30:00+01:00"},
        example_answer=_SCHEDULED,
        faults=(Fault.ALREADY_PUBLISHED, Fault.PLATFORM_NOT_CONNECTED),
    ),
    Endpoint(
        method="POST",
        path="/posts/{post_id}/cancel",
        family=Family.A,
        scope="posts:publish",
        answer=Post,
        handle=_cancel,
        summary="Take a scheduled post back",
        description="It is a draft again.",
        tag="Posts",
        example_answer=_POST,
        faults=(Fault.ALREADY_PUBLISHED,),
    ),
)
