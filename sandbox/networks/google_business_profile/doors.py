"""The routes of the four interfaces: accounts, places, posts and numbers."""

import json
from datetime import datetime
from typing import cast

from aiohttp import web

from sandbox.networks.google import Refusal
from sandbox.networks.google_business_profile.checks import check_post
from sandbox.networks.google_business_profile.world import SCOPE, LocalPost, Location, World

WORLD = web.AppKey("world", World)
MOST = 100


def world_of(request: web.Request) -> World:
    """The world this request came to."""
    return request.app[WORLD]


def person_of(request: web.Request) -> str:
    """Who asks. Raises 401, 403, and 429 while the project was not approved."""
    world = world_of(request)
    person = world.google.person_of(request, SCOPE)
    if not world.settings.approved:
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "RATE_LIMIT_EXCEEDED",
            "metadata": {"quota_limit": "DefaultRequestsPerMinutePerProject", "quota_limit_value": "0"},
        }
        said = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'."
        raise Refusal(429, "", said, details=[info])
    return person


async def list_accounts(request: web.Request) -> web.Response:
    """`GET /v1/accounts`."""
    person, world = person_of(request), world_of(request)
    account = {"name": f"accounts/{world.accounts[person]}", "accountName": person, "type": "PERSONAL"}
    return web.json_response({"accounts": [account | {"verificationState": "UNVERIFIED", "vettedState": "NOT_VETTED"}]})


async def list_locations(request: web.Request) -> web.Response:
    """`GET /v1/accounts/{a}/locations?readMask=`."""
    person, world = person_of(request), world_of(request)
    if request.match_info["account"] != world.accounts[person]:
        raise Refusal(403, "", "The caller does not have permission")
    mask = [name for name in request.query.get("readMask", "").split(",") if name]
    if not mask:
        raise Refusal(400, "", "Request contains an invalid argument: read_mask is required.")
    found = world.of_person(person)
    start, size = int(request.query.get("pageToken", "0")), min(int(request.query.get("pageSize", "10")), MOST)
    body: dict[str, object] = {}
    if shown := [_show_location(one, world, mask) for one in found[start : start + size]]:
        body["locations"] = shown
    if start + size < len(found):
        body["nextPageToken"] = str(start + size)
    return web.json_response(body)


def _show_location(one: Location, world: World, mask: list[str]) -> dict[str, object]:
    known: dict[str, object] = {
        "name": f"locations/{one.id}",
        "title": one.title,
        "storefrontAddress": {
            "regionCode": "DE",
            "locality": world.settings.city,
            "addressLines": [f"Torstraße {world.locations.index(one) + 1}"],
        },
        "metadata": {"canOperateLocalPost": one.title not in world.settings.closed, "hasVoiceOfMerchant": True},
    }
    return {name: known[name] for name in mask if name in known}


def _location(request: web.Request) -> Location:
    """The place which the address names. Raises 404, and 403 when it is another's."""
    person, info = person_of(request), request.match_info
    found = world_of(request).location(f"accounts/{info['account']}/locations/{info['location']}")
    if found is None:
        raise Refusal(404, "", "Requested entity was not found.")
    if found.person != person:
        raise Refusal(403, "", "The caller does not have permission")
    return found


def stamp(moment: datetime) -> str:
    """A time as Google writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def show(post: LocalPost, request: web.Request) -> dict[str, object]:
    """A post as the interface shows it."""
    world = world_of(request)
    state, base = world.state(post), f"{request.scheme}://{request.host}"
    shown: dict[str, object] = {"name": post.name, **{k: v for k, v in post.body.items() if k != "media"}}
    if post.picture:
        picture = f"{base}/_pictures/{post.name.rpartition('/')[2]}"
        shown["media"] = [{"name": f"{post.name}/media/1", "mediaFormat": "PHOTO", "googleUrl": picture}]
    shown |= {"state": state, "createTime": stamp(post.taken_at), "updateTime": stamp(post.taken_at)}
    if state == "LIVE":
        shown["searchUrl"] = f"{base}/posts/{post.name.rpartition('/')[2]}"
    return shown


async def create_post(request: web.Request) -> web.Response:
    """`POST /v4/{parent}/localPosts`."""
    location, world = _location(request), world_of(request)
    try:
        body: object = await request.json()
    except json.JSONDecodeError:
        raise Refusal(400, "", "Invalid JSON payload received.") from None
    if not isinstance(body, dict):
        raise Refusal(400, "", "Invalid JSON payload received.")
    values = cast("dict[str, object]", body)
    picture_url = check_post(values)
    if location.title in world.settings.closed:
        raise Refusal(400, "", "The location cannot have local posts.", name="FAILED_PRECONDITION")
    if not world.spend_edit(location):
        raise Refusal(429, "", "Quota exceeded for quota metric 'Edits' and limit 'Edits per minute per profile'.")
    return web.json_response(show(world.add_post(location, values, picture_url), request))


async def list_posts(request: web.Request) -> web.Response:
    """`GET /v4/{parent}/localPosts`, newest first; an empty object when there is none."""
    location, world = _location(request), world_of(request)
    start, size = int(request.query.get("pageToken", "0")), int(request.query.get("pageSize", "20"))
    if not 0 < size <= MOST:
        raise Refusal(400, "", "Request contains an invalid argument: page_size.")
    found = world.on(location)
    body: dict[str, object] = {}
    if shown := [show(one, request) for one in found[start : start + size]]:
        body["localPosts"] = shown
    if start + size < len(found):
        body["nextPageToken"] = str(start + size)
    return web.json_response(body)


def _post(request: web.Request) -> LocalPost:
    location = _location(request)
    found = world_of(request).posts.get(f"{location.parent}/localPosts/{request.match_info['post']}")
    if found is None:
        raise Refusal(404, "", "Requested entity was not found.")
    return found


async def read_post(request: web.Request) -> web.Response:
    """`GET /v4/{name}`."""
    return web.json_response(show(_post(request), request))


async def delete_post(request: web.Request) -> web.Response:
    """`DELETE /v4/{name}`."""
    del world_of(request).posts[_post(request).name]
    return web.json_response({})


async def read_numbers(request: web.Request) -> web.Response:
    """`GET /v1/locations/{l}:fetchMultiDailyMetricsTimeSeries`: one number for each metric's last day."""
    person, world, query = person_of(request), world_of(request), request.query
    found = next((one for one in world.of_person(person) if one.id == request.match_info["location"]), None)
    if found is None:
        raise Refusal(403, "", "The caller does not have permission")
    names = query.getall("dailyMetrics", [])
    try:
        first, last = (_date(request, end) for end in ("start", "end"))
    except ValueError:
        raise Refusal(400, "", "Request contains an invalid argument: daily_range.") from None
    if not names or first > last:
        raise Refusal(400, "", "Request contains an invalid argument.")
    day = {"year": last.year, "month": last.month, "day": last.day}
    first_day = {"date": {"year": first.year, "month": first.month, "day": first.day}}
    series = [
        {
            "dailyMetric": name,
            "timeSeries": {"datedValues": [first_day, {"date": day, "value": str(world.numbers(found))}]},
        }
        for name in names
    ]
    return web.json_response({"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": series}]})


def _date(request: web.Request, end: str) -> datetime:
    year, month, day = (
        int(request.query.get(f"dailyRange.{end}Date.{name}", "0")) for name in ("year", "month", "day")
    )
    return datetime(year, month, day)  # noqa: DTZ001  # a day, compared with another one
