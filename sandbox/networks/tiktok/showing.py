"""What TikTok tells of people and posts: the Display API.

Sources: https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info, …-video-list and …-video-query, read 2026-11-21.
"""

from typing import cast

from aiohttp import web

from sandbox.networks.tiktok.doors import OAUTH, Refusal, base_url, body_of, fields_of, good, person_of, world_of
from sandbox.networks.tiktok.world import Person, Publish

PAGE_MOST, PAGE_DEFAULT = 20, 10
_CUT_AT = 150
_PROFILE = {"username", "bio_description", "profile_deep_link", "is_verified"}
_STATS = {"follower_count", "following_count", "likes_count", "video_count"}
_BASIC = {"open_id", "union_id", "avatar_url", "display_name"}
_VIDEO = {
    *("id", "title", "video_description", "create_time", "share_url", "cover_image_url", "duration"),
    *("like_count", "comment_count", "share_count", "view_count"),
}


async def user_info(request: web.Request) -> web.Response:
    """`GET /v2/user/info/`: each field has its scope."""
    person, world, fields = person_of(request, "user.info.basic"), world_of(request), fields_of(request)
    value = request.headers["Authorization"].partition(" ")[2]
    scopes = request.app[OAUTH].grants.access[value].grant.scopes
    for names, scope in ((_PROFILE, "user.info.profile"), (_STATS, "user.info.stats")):
        if names & set(fields) and scope not in scopes:
            raise Refusal(401, "scope_not_authorized", f"The user did not authorize the scope {scope}")
    _check_fields(fields, _BASIC | _PROFILE | _STATS)
    posts = [one for one in world.posts_of(person) if world.numbered(one)]
    known: dict[str, object] = {
        "open_id": person.open_id,
        "union_id": f"u{person.open_id}",
        "avatar_url": f"{base_url(request)}/avatar/{person.username}",
        "display_name": person.name,
        "username": person.username,
        "bio_description": "",
        "profile_deep_link": f"{base_url(request)}/@{person.username}",
        "is_verified": False,
        "follower_count": 12,
        "following_count": 3,
        "likes_count": sum(world.numbers(one)["like_count"] for one in posts),
        "video_count": len(posts),
    }
    return good({"user": {name: known[name] for name in fields}})


async def list_videos(request: web.Request) -> web.Response:
    """`POST /v2/video/list/`: public posts, newest first; the cursor is a time in milliseconds."""
    person, world, fields = person_of(request, "video.list"), world_of(request), fields_of(request)
    _check_fields(fields, _VIDEO)
    body = await body_of(request)
    most, cursor = body.get("max_count", PAGE_DEFAULT), body.get("cursor")
    if not isinstance(most, int) or not 0 < most <= PAGE_MOST or not isinstance(cursor, int | None):
        raise Refusal(400, "invalid_params", "The max_count or cursor is invalid")
    posts = [one for one in world.posts_of(person) if world.numbered(one) and (cursor is None or _ms(one) < cursor)]
    page = posts[:most]
    return good(
        {
            "videos": [_shown(request, one, fields) for one in page],
            "cursor": _ms(page[-1]) if page else 0,
            "has_more": len(posts) > len(page),
        }
    )


async def query_videos(request: web.Request) -> web.Response:
    """`POST /v2/video/query/`: those of the person's own public posts that were asked for."""
    person, world, fields = person_of(request, "video.list"), world_of(request), fields_of(request)
    _check_fields(fields, _VIDEO)
    filters = (await body_of(request)).get("filters")
    ids = cast("dict[str, object]", filters).get("video_ids") if isinstance(filters, dict) else None
    if not isinstance(ids, list) or not 0 < len(cast("list[object]", ids)) <= PAGE_MOST:
        raise Refusal(400, "invalid_params", "The video_ids are invalid")
    found = [one for one in world.posts_of(person) if world.numbered(one) and one.post_id in ids]
    return good({"videos": [_shown(request, one, fields) for one in found]})


def _check_fields(fields: tuple[str, ...], known: set[str]) -> None:
    if odd := set(fields) - known:
        raise Refusal(400, "invalid_params", f"The fields {sorted(odd)} are not known")


def _ms(publish: Publish) -> int:
    return int(publish.whole_at.timestamp() * 1000) if publish.whole_at else 0


def path_of(person: Person, publish: Publish) -> str:
    """Where a post is shown."""
    return f"/@{person.username}/{publish.kind}/{publish.post_id}"


def _shown(request: web.Request, publish: Publish, fields: tuple[str, ...]) -> dict[str, object]:
    known: dict[str, object] = {
        "id": publish.post_id,
        "title": publish.title[:_CUT_AT],
        "video_description": (publish.description or publish.title)[:_CUT_AT],
        "create_time": _ms(publish) // 1000,
        "share_url": base_url(request) + path_of(publish.person, publish),
        "cover_image_url": "",
        "duration": 0,
        **world_of(request).numbers(publish),
    }
    return {name: known[name] for name in fields}
