"""Posts and their items in bodies: what is asked for, and how a post is shown."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from bot import clock
from bot.domain.posts import ItemView
from bot.services import submitting
from bot.services.deps import Deps
from bot.services.submitting import Submission, Unplaced
from handlers.http.api import times
from handlers.http.api.states import ItemStatus, PostStatus, item_status, post_status

_LONGEST_CONTENT = 100_000

Id = Annotated[str, Meta(max_length=100)]
Instant = Annotated[str, Meta(pattern=times.INSTANT, description="UTC, to whole seconds.")]


class ItemBody(Struct, kw_only=True):
    """One text for one account."""

    post_type: Annotated[str, Meta(min_length=1, max_length=60, description="Such as `instagram-reel` or `x-post`.")]
    content: Annotated[str, Meta(max_length=_LONGEST_CONTENT, description="The text of the post.")]
    title: Annotated[str, Meta(max_length=500)] | None = None
    """Where the platform has one, such as YouTube's videos."""
    media_ids: Annotated[list[Id], Meta(max_length=35)] = field(default_factory=list[str])
    """Files from `POST /media/upload`, in order."""
    account_id: Id | None = None
    """Which account, where the brand has several on that platform."""
    options: dict[str, str] = field(default_factory=dict[str, str])
    """Settings of the platform by their own names."""


class PostBody(Struct, kw_only=True):
    """A new draft."""

    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=12)]
    generation_id: Annotated[None, Meta(description="Herald generates no texts.")] | UnsetType = UNSET


class PostChange(Struct, kw_only=True):
    """What a post shall have instead."""

    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=12)]


class ScheduleBody(Struct, kw_only=True):
    """When it is to go out."""

    scheduled_at: Annotated[
        str,
        Meta(
            max_length=40,
            description="ISO 8601 with an offset from UTC, ahead of now.",
            extra_json_schema={"format": "date-time"},
        ),
    ]


class Item(Struct, kw_only=True):
    """One text for one account, and what became of it."""

    item_id: str
    post_type: str
    platform: str
    content: str
    media_ids: list[str]
    status: ItemStatus
    account_id: str | None
    platform_post_id: str | UnsetType = UNSET
    """Once it is posted: its id at the platform."""
    platform_url: str | UnsetType = UNSET
    """Once it is posted: where it is."""
    error_code: str | UnsetType = UNSET
    error_message: str | UnsetType = UNSET
    """Why it failed."""


class Post(Struct, kw_only=True):
    """A post and its items."""

    post_id: str
    status: PostStatus
    created_at: Instant
    items: list[Item]
    scheduled_at: Instant | UnsetType = UNSET
    """While it waits for its time, and afterwards."""


class Published(Struct, kw_only=True):
    """It is on its way: look at `status_url` until each item is `posted` or `failed`."""

    post_id: str
    status: Literal["publishing"]
    credits_used: int
    status_url: str


class PostsQuery(Struct, kw_only=True):
    """Which posts."""

    status: PostStatus | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=200, description="`next_cursor` of the page before.")] | None = None


class Posts(Struct, kw_only=True):
    """A page of posts, newest first."""

    data: list[Post]
    next_cursor: str | None
    has_more: bool


class Success(Struct, kw_only=True):
    """It is done."""

    success: bool


def post_of(deps: Deps, found: Submission) -> Post:
    """A post as programs see it, now."""
    now, post = clock.now(), found.post
    items = [_item(deps, found, item, now) for item in post.items] + [_unplaced(part) for part in found.unplaced]
    status = post_status(found, now)
    planned = None if status == "draft" else post.scheduled_at
    return Post(
        post_id=post.post_id,
        status=status,
        created_at=times.stamp(post.created_at),
        items=sorted(items, key=lambda item: item.item_id),
        scheduled_at=UNSET if planned is None else times.stamp(planned),
    )


def _item(deps: Deps, found: Submission, item: ItemView, now: datetime) -> Item:
    post = found.post
    status = item_status(item, now)
    return Item(
        item_id=item.item_id,
        post_type=submitting.kind_of_item(deps, item),
        platform=item.platform,
        content=post.text_of(item),
        media_ids=[file.media_id for file in post.files_of(item)],
        status=status,
        account_id=item.account_id,
        platform_post_id=_or_unset(item.platform_post_id),
        platform_url=_or_unset(item.permalink),
        error_code=item.error[0] if status == "failed" and item.error is not None else UNSET,
        error_message=item.error[1] if status == "failed" and item.error is not None else UNSET,
    )


def _unplaced(part: Unplaced) -> Item:
    return Item(
        item_id=part.item_id,
        post_type=part.kind,
        platform=part.platform,
        content=part.text,
        media_ids=[*part.media],
        status="draft",
        account_id=None,
    )


def _or_unset(text: str | None) -> str | UnsetType:
    return UNSET if text is None else text
