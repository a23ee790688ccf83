"""`/publish`: contents sent now, scheduled, taken out of the queue, and the queue itself."""

from functools import partial

from msgspec import Struct

from bot import clock
from bot.domain.contents import ContentState
from bot.domain.ids import ItemId, MissionId
from bot.domain.spelling import meant, told
from bot.services import contents
from bot.services.contents import At, Content, Wanted
from handlers.http.api import problems
from handlers.http.api.call import Call
from handlers.http.api.content import EXAMPLE, ContentBody, body_of, time_of, when
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault
from handlers.http.api.listing import Id, Listed, PageQuery, listed, page_of
from handlers.http.api.times import stamp


class PublishBody(Struct, kw_only=True):
    """Which content."""

    content_id: Id


class PublishedBody(Struct, kw_only=True):
    """It is out; or still `scheduled`, with nulls, where that takes longer than a while."""

    content_id: str
    status: ContentState
    published_at: str | None
    platform: str
    platform_post_id: str | None
    platform_url: str | None


class ScheduleBody(Struct, kw_only=True):
    """Which content, and when. `use_optimal_time` changes nothing: the given time is the one."""

    content_id: Id
    scheduled_for: str
    use_optimal_time: bool = False


class ScheduledBody(Struct, kw_only=True):
    """It is scheduled. `metricool_post_id` is null until it was handed over there, minutes before its second."""

    content_id: str
    status: ContentState
    scheduled_for: str
    metricool_post_id: str | None


class CancelledBody(Struct, kw_only=True):
    """It no longer goes out, and can be scheduled again."""

    content_id: str
    status: ContentState
    previous_scheduled_for: str | None
    cancelled_at: str


class QueueQuery(PageQuery, kw_only=True):
    """Which part of the queue."""

    platform: Id | None = None
    mission_id: Id | None = None


async def _publish(call: Call[PublishBody, None]) -> PublishedBody:
    item_id = ItemId(call.body.content_id)
    with problems.of_a_content("content_id"):
        content = await contents.publish(
            call.deps,
            call.workspace_id,
            item_id,
            brand_id=call.brand_id,
            asked_by=call.asked_by,
            resumed=call.resumed,
        )
    return _published(content)


def _published(content: Content) -> PublishedBody:
    at = content.item.published_at
    return PublishedBody(
        content_id=content.id,
        status=content.state,
        published_at=stamp(at) if at is not None else None,
        platform=told(content.network),
        platform_post_id=content.item.platform_post_id,
        platform_url=content.item.permalink,
    )


async def _schedule(call: Call[ScheduleBody, None]) -> ScheduledBody:
    at = when("scheduled_for", call.body.scheduled_for)
    item_id = ItemId(call.body.content_id)
    with problems.of_a_content("scheduled_for"):
        content = await contents.schedule(
            call.deps,
            call.workspace_id,
            item_id,
            at,
            brand_id=call.brand_id,
            asked_by=call.asked_by,
            answering=call.answering(partial(_scheduled, at)),
        )
    return _scheduled(at, content)


def _scheduled(at: At, content: Content) -> ScheduledBody:
    return ScheduledBody(
        content_id=content.id,
        status=content.state,
        scheduled_for=time_of(content) or at.text,
        metricool_post_id=content.route_post_id,
    )


async def _cancel(call: Call[None, None]) -> CancelledBody:
    before, after = await contents.cancel(
        call.deps,
        call.workspace_id,
        ItemId(call.path["content_id"]),
        brand_id=call.brand_id,
        asked_by=call.asked_by,
    )
    return CancelledBody(
        content_id=after.id,
        status=after.state,
        previous_scheduled_for=time_of(before),
        cancelled_at=stamp(clock.now()),
    )


async def _queue(call: Call[None, QueueQuery]) -> Listed[ContentBody]:
    query = call.query
    wanted = Wanted(
        brand_id=call.brand_id,
        mission_id=MissionId(query.mission_id) if query.mission_id is not None else None,
        networks=meant(query.platform) if query.platform is not None else (),
    )
    page = await contents.queued(call.deps, call.workspace_id, wanted, page_of(query))
    return listed(page, [body_of(content) for content in page.data])


_TAG = "Publishing"
_ID = "item_01kc0000000000000000000000"
ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/publish",
        family=Family.B,
        scope="content:write",
        body=PublishBody,
        answer=PublishedBody,
        handle=_publish,
        summary="Publish a content now",
        description="Whatever its time was. Herald waits up to 20 seconds for the network; a content that is not out"
        " by then is still `scheduled`: `GET /content` says what becomes of it. One that fails is answered with 409.",
        tag=_TAG,
        faults=(Fault.NOT_FOUND, Fault.PUBLISHING_DISABLED),
        example_body={"content_id": _ID},
        example_answer={
            "content_id": _ID,
            "status": "published",
            "published_at": "2026-11-22T08:00:01Z",
            "platform": "twitter",
            "platform_post_id": "1990000000000000007",
            "platform_url": "https://x.com/juniper/status/1990000000000000007",
        },
    ),
    Endpoint(
        method="POST",
        path="/publish/schedule",
        family=Family.B,
        scope="content:write",
        body=ScheduleBody,
        answer=ScheduledBody,
        handle=_schedule,
        summary="Schedule a content, or move it",
        description="The time needs an offset and has to be ahead; it is told again as it was given.",
        tag=_TAG,
        faults=(Fault.NOT_FOUND, Fault.PUBLISHING_DISABLED),
        example_body={"content_id": _ID, "scheduled_for": "2026-11-27T09:00:00+01:00"},
        example_answer={
            "content_id": _ID,
            "status": "scheduled",
            "scheduled_for": "2026-11-27T09:00:00+01:00",
            "metricool_post_id": None,
        },
    ),
    Endpoint(
        method="DELETE",
        path="/publish/{content_id}",
        family=Family.B,
        scope="content:write",
        answer=CancelledBody,
        handle=_cancel,
        summary="Take a content out of the queue",
        description="It is `approved` then, and can be scheduled again. What Metricool keeps is taken back there.",
        tag=_TAG,
        faults=(Fault.CONFLICT,),
        example_answer={
            "content_id": _ID,
            "status": "approved",
            "previous_scheduled_for": "2026-11-27T09:00:00+01:00",
            "cancelled_at": "2026-11-22T08:00:00Z",
        },
    ),
    Endpoint(
        method="GET",
        path="/publish/queue",
        family=Family.B,
        scope="content:read",
        query=QueueQuery,
        answer=Listed[ContentBody],
        handle=_queue,
        summary="See the queue",
        description="What is scheduled, the first to go out first.",
        tag=_TAG,
        example_query={"platform": "twitter"},
        example_answer={
            "data": [
                {
                    **EXAMPLE,
                    "status": "scheduled",
                    "scheduling": {"scheduled_for": "2026-11-27T09:00:00+01:00", "timezone": None},
                }
            ],
            "has_more": False,
            "total": 1,
        },
    ),
)
