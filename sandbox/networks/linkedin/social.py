"""Comments, numbers, and who people are and what they manage.

Source: learn.microsoft.com/en-us/linkedin/marketing/community-management (shares/comments-api,
organizations/share-statistics, organizations/organization-access-control-by-role) and
/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2, read 2026-11-21.
"""

import re
from datetime import UTC, datetime, time, timedelta

from aiohttp import web

from sandbox.networks.linkedin.doors import (
    InputRefusal,
    Refusal,
    asker_of,
    author_called,
    denied,
    illegal,
    inside,
    not_found,
    urns_in,
    values_of,
    world_of,
)
from sandbox.networks.linkedin.posts import found, spend
from sandbox.networks.linkedin.world import ORGANIZATION, PERSON, Author, Comment, Post

COMMENT_LIMIT = 1250
_STATISTICS = frozenset({"r_organization_social", "rw_organization_admin"})
_FOLLOWERS = 219
_ASKED = frozenset({"q", "organizationalEntity", "shares", "ugcPosts", "timeIntervals"})
_INTERVALS = re.compile(r"(?:^|&)timeIntervals=\((?P<fields>[^&]*)\)(?:&|$)")
_FIELD = re.compile(r"timeGranularityType:(?P<each>DAY)|timeRange:\((?P<range>[a-z0-9:,]*)\)|,")
_TIME = re.compile(r"start:(?P<start>[0-9]+)|end:(?P<end>[0-9]+)|,")
_KINDS = {
    "IMPRESSION": "impressionCount",
    "MEMBERS_REACHED": "uniqueImpressionsCount",
    "REACTION": "likeCount",
    "COMMENT": "commentCount",
    "RESHARE": "shareCount",
}


async def comment(request: web.Request) -> web.Response:
    """`POST /rest/socialActions/{urn}/comments`: plain text, and the comment's id in a header."""
    world, asker, post, values = world_of(request), asker_of(request), found(request), await values_of(request)
    actor = author_called(request, values.get("actor"))
    if not asker.may_post_for(actor):
        raise denied("socialActions.comments.CREATE")
    if world.now() - post.made_at < timedelta(seconds=world.settings.comment_after_s):
        raise Refusal(400, "ILLEGAL_ARGUMENT", f"Unable to obtain activity for {post.urn}")
    said = inside(values, "message").get("text")
    if not isinstance(said, str) or not said.strip() or values.get("object") != post.urn:
        raise illegal("message.text and object are required")
    if len(said.encode("utf-16-le")) // 2 > COMMENT_LIMIT:
        raise InputRefusal(422, "FIELD_LENGTH_TOO_LONG", f"/message/text exceeds the maximum of {COMMENT_LIMIT}")
    spend(world, asker.name)
    number = world.next_id()
    made = Comment(id=number, urn=f"urn:li:comment:({post.urn},{number})", author=actor, text=said, made_at=world.now())
    post.comments.append(made)
    world.network.published()
    return web.json_response(_shown(made, post), status=201, headers={"x-restli-id": number})


def _shown(one: Comment, post: Post) -> dict[str, object]:
    made = int(one.made_at.timestamp() * 1000)
    return {
        "id": one.id,
        "commentUrn": one.urn,
        "actor": one.author.urn,
        "object": post.urn,
        "message": {"attributes": [], "text": one.text},
        "created": {"actor": one.author.urn, "time": made},
        "lastModified": {"actor": one.author.urn, "time": made},
    }


async def comments(request: web.Request) -> web.Response:
    """`GET /rest/socialActions/{urn}/comments`: those from `start` on, `count` at most."""
    post, asked = found(request), request.query
    start, count = int(asked.get("start", "0")), int(asked.get("count", "10"))
    if not asker_of(request).may_read(post.author):
        raise denied("socialActions.comments.GET_ALL")
    shown = [_shown(one, post) for one in post.comments[start : start + count]]
    return web.json_response({"paging": {"start": start, "count": count}, "elements": shown})


async def uncomment(request: web.Request) -> web.Response:
    """`DELETE /rest/socialActions/{urn}/comments/{id}?actor=`."""
    post, number = found(request), request.match_info["id"]
    one = next((one for one in post.comments if one.id == number), None)
    if one is None or one.author.urn != request.query.get("actor"):
        raise not_found(number)
    if not asker_of(request).may_post_for(one.author):
        raise denied("socialActions.comments.DELETE")
    post.comments.remove(one)
    return web.Response(status=204)


# --- Numbers -------------------------------------------------------------------------------------------------------


async def statistics(request: web.Request) -> web.Response:
    """`GET /rest/organizationalEntityShareStatistics`: posts that nobody has seen are left out."""
    world, asker = world_of(request), asker_of(request)
    page = author_called(request, request.query.get("organizationalEntity"))
    if asker.name not in page.admins or not asker.scopes & _STATISTICS:
        raise denied("organizationalEntityShareStatistics.FINDER-organizationalEntity")
    if set(request.query) - _ASKED or request.query.get("q") != "organizationalEntity":
        raise illegal("Query parameters are invalid")
    if "timeIntervals" in request.query:
        return web.json_response({"elements": _days(request, page)})
    elements: list[dict[str, object]] = []
    for name, field in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for urn in urns_in(request, name):
            post = world.posts.get(urn)
            if post is not None and post.author is page and any((numbers := world.numbers_of(post)).values()):
                elements.append(
                    {
                        field: urn,
                        "organizationalEntity": page.urn,
                        "totalShareStatistics": {**numbers, "engagement": 0.1},
                    }
                )
    return web.json_response({"elements": elements})


def _days(request: web.Request, page: Author) -> list[dict[str, object]]:
    """What its posts came to on each day of the last twelve months that lies in the asked time."""
    world, (start, end) = world_of(request), _span(request)
    oldest, began = world.now() - timedelta(days=365), datetime.combine(start.date(), time(), UTC)
    elements: list[dict[str, object]] = []
    while began < min(end, world.now()):
        numbers = world.numbers_on(began.date())
        if began >= oldest and numbers is not None:
            elements.append(
                {
                    "timeRange": {"start": _ms(began), "end": _ms(began + timedelta(days=1))},
                    "organizationalEntity": page.urn,
                    "totalShareStatistics": {**numbers, "engagement": 0.1},
                }
            )
        began += timedelta(days=1)
    return elements


def _span(request: web.Request) -> tuple[datetime, datetime]:
    """`timeIntervals` of the query: its brackets and colons bare, its fields in any order. Raises 400."""
    asked = _INTERVALS.search(request.rel_url.raw_query_string)
    fields = _record(_FIELD, asked["fields"] if asked is not None else "")
    times = _record(_TIME, fields.get("range", ""))
    if (
        set(fields) != {"each", "range"}
        or set(times) != {"start", "end"}
        or {"shares", "ugcPosts"} & set(request.query)
    ):
        raise illegal("Query parameter 'timeIntervals' is invalid")
    start, end = (datetime.fromtimestamp(int(times[name]) / 1000, UTC) for name in ("start", "end"))
    if start >= end:
        raise illegal("timeRange.start must be before timeRange.end")
    return start, end


def _record(field: re.Pattern[str], said: str) -> dict[str, str]:
    """The fields of a Rest.li record; none when anything else is among them."""
    found = list(field.finditer(said))
    if "".join(one[0] for one in found) != said:
        return {}
    return {str(one.lastgroup): one[str(one.lastgroup)] for one in found if one.lastgroup is not None}


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def member_analytics(request: web.Request) -> web.Response:
    """`GET /rest/memberCreatorPostAnalytics?q=entity`: one number a call."""
    asker_of(request).need("r_member_postAnalytics", what="memberCreatorPostAnalytics")
    entity, kind = request.query.get("entity", ""), _KINDS.get(request.query.get("queryType", ""))
    post = world_of(request).posts.get(entity.removeprefix("(").removesuffix(")").partition(":")[2])
    if post is None or kind is None:
        raise illegal("entity or queryType is not known")
    return web.json_response({"elements": [{"count": world_of(request).numbers_of(post)[kind]}]})


async def followers(request: web.Request) -> web.Response:
    """`GET /rest/networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER`."""
    asker, page = asker_of(request), author_called(request, request.match_info["urn"])
    if asker.name not in page.admins or "rw_organization_admin" not in asker.scopes:
        raise denied("networkSizes.GET")
    return web.json_response({"firstDegreeSize": _FOLLOWERS})


async def member_followers(request: web.Request) -> web.Response:
    """`GET /rest/memberFollowersCount?q=me`."""
    asker_of(request).need("r_member_profileAnalytics", what="memberFollowersCount")
    return web.json_response({"elements": [{"memberFollowersCount": _FOLLOWERS}]})


# --- Who -----------------------------------------------------------------------------------------------------------


async def userinfo(request: web.Request) -> web.Response:
    """`GET /v2/userinfo`."""
    asker = asker_of(request)
    asker.need("openid", what="userinfo.GET.NO_VERSION")
    author = world_of(request).authors[asker.urn]
    return web.json_response({"sub": asker.urn.removeprefix(PERSON), "name": author.title, "locale": "en_US"})


async def me(request: web.Request) -> web.Response:
    """`GET /v2/me` (also `/rest/me`)."""
    asker = asker_of(request)
    asker.need("r_basicprofile", what="me.GET.NO_VERSION")
    author = world_of(request).authors[asker.urn]
    names = {"localizedFirstName": author.title, "localizedLastName": "Example", "vanityName": author.name}
    return web.json_response({"id": asker.urn.removeprefix(PERSON), **names})


async def access_controls(request: web.Request) -> web.Response:
    """`GET /rest/organizationAcls?q=roleAssignee`."""
    asker = asker_of(request)
    asker.need("rw_organization_admin", "r_organization_admin", what="organizationAcls.FINDER-roleAssignee")
    start, count = int(request.query.get("start", "0")), int(request.query.get("count", "10"))
    pages = [author for author in world_of(request).authors.values() if asker.name in author.admins]
    elements = [
        {"role": "ADMINISTRATOR", "organization": page.urn, "roleAssignee": asker.urn, "state": "APPROVED"}
        for page in pages[start : start + count]
    ]
    return web.json_response({"paging": {"start": start, "count": count}, "elements": elements})


async def organization(request: web.Request) -> web.Response:
    """`GET /rest/organizations/{id}`."""
    asker_of(request).need("rw_organization_admin", "r_organization_admin", what="organizations.GET")
    page = world_of(request).authors.get(f"{ORGANIZATION}{request.match_info['id']}")
    if page is None:
        raise not_found(request.match_info["id"])
    return web.json_response(
        {"id": int(request.match_info["id"]), "localizedName": page.title, "vanityName": page.name}
    )
