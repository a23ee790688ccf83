"""`/content`: texts for one account each, looked at, approved and rejected."""

import re
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from bot.domain.contents import Content, ContentState
from bot.domain.errors import invalid
from bot.domain.ids import ItemId, MissionId
from bot.domain.spelling import meant, told
from bot.services import contents
from bot.services.contents import At, Wanted
from handlers.http.api import problems
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault
from handlers.http.api.listing import Id, Listed, PageQuery, listed, page_of
from handlers.http.api.times import as_given, coming, instant, stamp

_TAG_WORD, _NAME = re.compile(r"(?<!\w)#(\w+)"), re.compile(r"(?<!\w)@([\w.]+)")
Note = Annotated[str, Meta(max_length=2_000)]


class Copy(Struct, kw_only=True):
    """The words."""

    primary: str
    thread_parts: list[str]
    hashtags: list[str]
    mentions: list[str]
    cta: str | None
    alt_text: str | None


class Dimensions(Struct, kw_only=True):
    """In pixels."""

    width: int | None
    height: int | None


class Visual(Struct, kw_only=True):
    """A file at its place."""

    type: str
    url: str | None
    thumbnail_url: str | None
    alt_text: str | None
    dimensions: Dimensions
    format: str
    position: int


class Scheduling(Struct, kw_only=True):
    """When it goes out, with the offset it was given with; in UTC where it had none."""

    scheduled_for: str | None
    timezone: str | None


class Publishing(Struct, kw_only=True):
    """Where it is."""

    published_at: str | None
    platform_post_id: str | None
    platform_url: str | None


class Review(Struct, kw_only=True):
    """What somebody said of it."""

    required: bool
    reviewed_by: str | None
    reviewed_at: str | None
    notes: str | None


class ContentBody(Struct, kw_only=True):
    """One content. What is not set is null."""

    id: str
    mission_id: str | None
    platform: str
    type: str
    status: ContentState
    copy: Copy
    visuals: list[Visual]
    metadata: dict[str, Any]
    scheduling: Scheduling
    publishing: Publishing
    review: Review
    version: int
    created_at: str
    updated_at: str


class ContentQuery(PageQuery, kw_only=True):
    """Which contents."""

    mission_id: Id | None = None
    status: ContentState | None = None
    platform: Id | None = None
    type: Id | None = None
    created_after: str | None = None
    created_before: str | None = None
    scheduled_after: str | None = None
    scheduled_before: str | None = None


class ApproveBody(Struct, kw_only=True):
    """What to say beside yes, and when it is to go out."""

    notes: Note | None = None
    schedule_for: str | None = None


class RejectBody(Struct, kw_only=True):
    """Why not."""

    reason: Note | None = None
    feedback: Note | None = None
    regenerate: bool = False


class BulkApproveBody(Struct, kw_only=True):
    """Which contents: all of them are approved, or none."""

    content_ids: Annotated[list[Id], Meta(min_length=1, max_length=100)] = field()
    notes: Note | None = None


def body_of(content: Content) -> ContentBody:
    """A content as it is told."""
    post, item, said = content.post, content.item, content.said
    at = item.published_at
    return ContentBody(
        id=content.id,
        mission_id=content.mission_id,
        platform=told(content.network),
        type=content.kind,
        status=content.state,
        copy=_copy(content),
        visuals=_visuals(content),
        metadata={"post_id": post.post_id, "account_id": content.account_id, "post_type": item.post_type}
        | ({} if item.error is None else {"error": {"class": item.error[0], "message": item.error[1]}}),
        scheduling=Scheduling(scheduled_for=time_of(content), timezone=post.zone),
        publishing=Publishing(
            published_at=stamp(at) if at is not None else None,
            platform_post_id=item.platform_post_id,
            platform_url=item.permalink,
        ),
        review=Review(
            required=content.state is ContentState.PENDING_REVIEW,
            reviewed_by=said.by if said is not None else None,
            reviewed_at=stamp(said.at) if said is not None and said.at is not None else None,
            notes=(said.notes or said.reason) if said is not None else None,
        ),
        version=post.version,
        created_at=stamp(content.created_at),
        updated_at=stamp(post.edited_at or content.created_at),
    )


def time_of(content: Content) -> str | None:
    """Its time as it was given, else in UTC."""
    at = content.item.scheduled_at
    return content.scheduled_for or (stamp(at) if at is not None else None)


def _copy(content: Content) -> Copy:
    whole = "\n".join((content.text, *content.post.parts))
    alts = [file.alt_text for file in content.files if file.alt_text]
    return Copy(
        primary=content.text,
        thread_parts=list(content.post.parts),
        hashtags=list(dict.fromkeys(_TAG_WORD.findall(whole))),
        mentions=list(dict.fromkeys(name.rstrip(".") for name in _NAME.findall(whole))),
        cta=None,
        alt_text=alts[0] if alts else None,
    )


def _visuals(content: Content) -> list[Visual]:
    return [
        Visual(
            type=file.kind,
            url=None,
            thumbnail_url=None,
            alt_text=file.alt_text or None,
            dimensions=Dimensions(width=file.width_px, height=file.height_px),
            format=file.mime_type.partition("/")[2],
            position=number,
        )
        for number, file in enumerate(content.files)
    ]


def when(field_: str, text: str) -> At:
    """A time ahead, kept with the offset it has. Raises InvalidContent."""
    coming(field_, text)
    written = as_given(field_, text).isoformat()
    return At(text=f"{written.removesuffix('+00:00')}Z" if text.endswith(("Z", "z")) else written)


async def _some(call: Call[None, ContentQuery]) -> Listed[ContentBody]:
    query = call.query
    wanted = Wanted(
        brand_id=call.brand_id,
        mission_id=MissionId(query.mission_id) if query.mission_id is not None else None,
        state=query.status,
        networks=meant(query.platform) if query.platform is not None else (),
        kind=query.type,
        created_after=_bound("created_after", query.created_after),
        created_before=_bound("created_before", query.created_before),
        scheduled_after=_bound("scheduled_after", query.scheduled_after),
        scheduled_before=_bound("scheduled_before", query.scheduled_before),
    )
    page = await contents.some(call.deps, call.workspace_id, wanted, page_of(query))
    return listed(page, [body_of(content) for content in page.data])


def _bound(name: str, text: str | None) -> datetime | None:
    return instant(name, text) if text is not None else None


async def _approve(call: Call[ApproveBody, None]) -> ContentBody:
    item_id = ItemId(call.path["content_id"])
    if call.body.schedule_for is not None:
        with problems.of_a_content("schedule_for"):
            content = await contents.approve_for(
                call.deps,
                call.workspace_id,
                item_id,
                when("schedule_for", call.body.schedule_for),
                notes=call.body.notes,
                brand_id=call.brand_id,
                asked_by=call.asked_by,
                answering=call.answering(body_of),
            )
        return body_of(content)
    (content,) = await contents.approve(
        call.deps,
        call.workspace_id,
        [item_id],
        notes=call.body.notes,
        brand_id=call.brand_id,
        asked_by=call.asked_by,
    )
    return body_of(content)


async def _reject(call: Call[RejectBody, None]) -> ContentBody:
    if call.body.regenerate:
        raise invalid("regenerate", "Herald writes no texts. Change the content yourself, and send it without this.")
    return body_of(
        await contents.reject(
            call.deps,
            call.workspace_id,
            ItemId(call.path["content_id"]),
            reason=call.body.reason,
            feedback=call.body.feedback,
            brand_id=call.brand_id,
            asked_by=call.asked_by,
        )
    )


async def _approve_all(call: Call[BulkApproveBody, None]) -> Listed[ContentBody]:
    done = await contents.approve(
        call.deps,
        call.workspace_id,
        [ItemId(item_id) for item_id in call.body.content_ids],
        notes=call.body.notes,
        brand_id=call.brand_id,
        asked_by=call.asked_by,
    )
    return Listed(data=[body_of(content) for content in done], has_more=False, total=len(done))


_READ, _WRITE, _TAG = "content:read", "content:write", "Content"
EXAMPLE: dict[str, Any] = {
    "id": "item_01kc0000000000000000000000",
    "mission_id": None,
    "platform": "twitter",
    "type": "post",
    "status": "approved",
    "copy": {
        "primary": "New beans are in. #coffee",
        "thread_parts": [],
        "hashtags": ["coffee"],
        "mentions": [],
        "cta": None,
        "alt_text": None,
    },
    "visuals": [],
    "metadata": {
        "post_id": "post_01kc0000000000000000000000",
        "account_id": "acct_01kc0000000000000000000000",
        "post_type": "x-post",
    },
    "scheduling": {"scheduled_for": None, "timezone": None},
    "publishing": {"published_at": None, "platform_post_id": None, "platform_url": None},
    "review": {
        "required": False,
        "reviewed_by": "api:key_01kc0000000000000000000000",
        "reviewed_at": "2026-11-22T08:00:00Z",
        "notes": None,
    },
    "version": 1,
    "created_at": "2026-11-22T07:00:00Z",
    "updated_at": "2026-11-22T07:00:00Z",
}
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/content",
        family=Family.B,
        scope=_READ,
        query=ContentQuery,
        answer=Listed[ContentBody],
        handle=_some,
        summary="List contents",
        description="A content is one text for one account: a post has one for each account it goes to. Newest first.",
        tag=_TAG,
        example_query={"status": "approved", "limit": "20"},
        example_answer={"data": [EXAMPLE], "has_more": False, "total": 1},
    ),
    Endpoint(
        method="POST",
        path="/content/{content_id}/approve",
        family=Family.B,
        scope=_WRITE,
        body=ApproveBody,
        answer=ContentBody,
        handle=_approve,
        summary="Approve a content",
        description="With `schedule_for` it is scheduled too, or not approved either.",
        tag=_TAG,
        faults=(Fault.PUBLISHING_DISABLED,),
        example_body={"notes": "Good to go."},
        example_answer=EXAMPLE,
    ),
    Endpoint(
        method="POST",
        path="/content/{content_id}/reject",
        family=Family.B,
        scope=_WRITE,
        body=RejectBody,
        answer=ContentBody,
        handle=_reject,
        summary="Reject a content",
        description="It cannot be scheduled until somebody changes it; then it is a draft again.",
        tag=_TAG,
        example_body={"reason": "Too long."},
        example_answer={**EXAMPLE, "status": "rejected"},
    ),
    Endpoint(
        method="POST",
        path="/content/bulk/approve",
        family=Family.B,
        scope=_WRITE,
        body=BulkApproveBody,
        answer=Listed[ContentBody],
        handle=_approve_all,
        summary="Approve several contents",
        description="All of them, or none.",
        tag=_TAG,
        faults=(Fault.NOT_FOUND,),
        example_body={"content_ids": ["item_01kc0000000000000000000000"]},
        example_answer={"data": [EXAMPLE], "has_more": False, "total": 1},
    ),
)
