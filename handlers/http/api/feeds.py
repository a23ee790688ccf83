"""`/calendar/feed`: the address at which other programs read a brand's posts as a calendar."""

from msgspec import Struct

from bot.domain.errors import NotFound
from bot.services import calendars, workspaces
from bot.services.workspaces import Brand
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family, Fault
from handlers.http.api.times import stamp

_EXAMPLE_QUERY = {"brand": "Juniper"}


class WhichBrand(Struct, kw_only=True):
    """A brand by its id or name; the key's own, or the workspace's first one, without it."""

    brand: str | None = None


class OpenedFeed(Struct, kw_only=True):
    """A feed's address, which is shown this once. Whoever has it reads the brand's posts."""

    brand_id: str
    url: str


class FeedState(Struct, kw_only=True):
    """Whether the brand has a feed, and since when. The address is not known any more."""

    brand_id: str
    active: bool
    created_at: str | None


class Closed(Struct, kw_only=True):
    """It is so."""

    success: bool


async def _open(call: Call[None, WhichBrand]) -> OpenedFeed:
    brand = await _brand(call)
    path = await calendars.open_feed(call.deps, brand.workspace_id, brand.id, asked_by=call.asked_by)
    here = call.deps.public_url or str(call.request.base_url.replace(path=""))
    return OpenedFeed(brand_id=brand.id, url=here.rstrip("/") + path)


async def _show(call: Call[None, WhichBrand]) -> FeedState:
    brand = await _brand(call)
    feed = await calendars.feed_of(call.deps, brand.workspace_id, brand.id)
    created_at = stamp(feed.created_at) if feed is not None else None
    return FeedState(brand_id=brand.id, active=feed is not None, created_at=created_at)


async def _close(call: Call[None, WhichBrand]) -> Closed:
    brand = await _brand(call)
    if not await calendars.close_feed(call.deps, brand.workspace_id, brand.id, asked_by=call.asked_by):
        raise NotFound("This brand has no calendar feed.", field="brand")
    return Closed(success=True)


async def _brand(call: Call[None, WhichBrand]) -> Brand:
    """Raises NotFound for a brand that is not there for the key."""
    if not call.query.brand:
        return await call.brand()
    brand = await workspaces.get_brand(call.deps, call.workspace_id, call.query.brand)
    if not call.may_see(brand.id):
        raise NotFound("There is no such brand.", field="brand")
    return brand


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/calendar/feed",
        family=Family.A,
        scope="calendar:write",
        query=WhichBrand,
        answer=OpenedFeed,
        handle=_open,
        summary="Make a calendar feed",
        description=(
            "Answers with an address at which any calendar program reads the brand's planned and published posts."
            " It is shown this once; making it again makes the earlier one worthless."
        ),
        tag="Calendar feed",
        example_query=_EXAMPLE_QUERY,
        example_answer={
            "brand_id": "brand_01kaw0d9m2f3s4t5v6w7x8y9za",
            "url": "https://herald.example.com/calendar/2nKXk0mY3c7QyV5t1hZ8wB4pR6sD9eFgHjLuNaTiOxE.ics",
        },
        faults=(Fault.NOT_FOUND, Fault.CONFLICT),
        keeps_answer=False,
    ),
    Endpoint(
        method="GET",
        path="/calendar/feed",
        family=Family.A,
        scope="calendar:read",
        query=WhichBrand,
        answer=FeedState,
        handle=_show,
        summary="Ask whether there is a calendar feed",
        tag="Calendar feed",
        example_query=_EXAMPLE_QUERY,
        example_answer={
            "brand_id": "brand_01kaw0d9m2f3s4t5v6w7x8y9za",
            "active": True,
            "created_at": "2026-11-21T08:00:00Z",
        },
        faults=(Fault.NOT_FOUND, Fault.CONFLICT),
    ),
    Endpoint(
        method="DELETE",
        path="/calendar/feed",
        family=Family.A,
        scope="calendar:write",
        query=WhichBrand,
        answer=Closed,
        handle=_close,
        summary="Revoke the calendar feed",
        tag="Calendar feed",
        example_query=_EXAMPLE_QUERY,
        example_answer={"success": True},
        faults=(Fault.NOT_FOUND, Fault.CONFLICT),
    ),
)
