"""The account, its posts and comments: listed, shown, counted; comments made.

Source: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference, read 2026-11-21.
"""

from datetime import UTC, datetime

from aiohttp import web

from sandbox.networks.graph import (
    Body,
    GraphError,
    base_of,
    days_of,
    fields_of,
    gone,
    listed,
    missing,
    picked,
    stamp,
    values_of,
    word,
    words_of,
)
from sandbox.networks.instagram.containers import CREATING, state_of
from sandbox.networks.instagram.world import (
    SCOPES,
    Media,
    World,
    named,
    person_of,
    world_of,
)

_COMMENTS, _INSIGHTS = SCOPES[2:]
_LONGEST = 2_200
METRICS = ("views", "reach", "likes", "comments", "shares", "saved", "total_interactions")


async def me(request: web.Request) -> web.Response:
    """`GET /me`."""
    values = await values_of(request)
    person = person_of(request, values)
    mine = [one for one in world_of(request).media.values() if one.person is person and not one.parent]
    shown: Body = {
        "id": f"9{person.id}",
        "user_id": person.id,
        "username": person.username,
        "name": person.name,
        "account_type": "BUSINESS",
        "profile_picture_url": "https://pictures.example/1.png",
        "followers_count": person.followers,
        "follows_count": 17,
        "media_count": len(mine),
    }
    return web.json_response(picked(shown, fields_of(values, "user_id,username")))


async def quota(request: web.Request) -> web.Response:
    """`GET /{account}/content_publishing_limit`."""
    values, world = await values_of(request), world_of(request)
    person = named(request, values)
    config = {"quota_total": world.settings.posts_a_day, "quota_duration": 86_400}
    return web.json_response({"data": [{"quota_usage": world.used(person), "config": config}]})


# --- Posts -----------------------------------------------------------------------------------------------------------


async def posts(request: web.Request) -> web.Response:
    """`GET /{account}/media`, newest first; without stories."""
    return await _list(request, stories=False)


async def stories(request: web.Request) -> web.Response:
    """`GET /{account}/stories`: those of the last day."""
    return await _list(request, stories=True)


async def _list(request: web.Request, *, stories: bool) -> web.Response:
    values, world = await values_of(request), world_of(request)
    person = named(request, values)
    since = datetime.fromtimestamp(int(word(values, "since") or 0), UTC)
    mine = [
        one
        for one in world.media.values()
        if one.person is person and not one.parent and (one.media_type == "STORIES") == stories
    ]
    recent = sorted((one for one in mine if one.made_at >= since), key=lambda one: one.made_at, reverse=True)
    fields = fields_of(values)
    return listed(request, values, [picked(_shown(request, one), fields) for one in recent])


async def node(request: web.Request) -> web.Response:
    """`GET /{id}`: a container, a post or a comment."""
    values, world = await values_of(request), world_of(request)
    person_of(request, values)
    name, fields = request.match_info["id"], fields_of(values)
    if name in world.containers:
        container = world.containers[name]
        state = state_of(world, container)
        shown: Body = {"id": name, "status_code": state, "status": container.error or f"{state.capitalize()}: ok"}
        return web.json_response(picked(shown, fields))
    return web.json_response(picked(_shown(request, _media(world, name)), fields))


def _media(world: World, name: str) -> Media:
    if name not in world.media:
        raise gone(name)
    return world.media[name]


def numbers_of(world: World, media: Media) -> tuple[int, int]:
    """Likes and views; they grow with age where that was asked for."""
    minutes = (world.now() - media.made_at).total_seconds() / 60 if world.settings.grow_numbers else 0.0
    grown = min(minutes, 20.0) + max(0.0, minutes - 20.0) / 200
    return int(grown * 4), int(grown * 40)


def comments_of(world: World, media: Media) -> list[Media]:
    """What is below a post, newest first."""
    below = [one for one in world.media.values() if one.parent == media.id]
    return sorted(below, key=lambda one: one.made_at, reverse=True)


def _shown(request: web.Request, media: Media) -> Body:
    world = world_of(request)
    likes, _ = numbers_of(world, media)
    film = media.media_type == "REELS" or (media.media_type == "STORIES" and media.files[0].kind == "video")
    kind = {"CAROUSEL": "CAROUSEL_ALBUM"}.get(media.media_type, "VIDEO" if film else "IMAGE")
    product = {"REELS": "REELS", "STORIES": "STORY"}.get(media.media_type, "FEED")
    place = "stories" if product == "STORY" else "reel" if product == "REELS" else "p"
    return {
        "id": media.id,
        "caption": media.caption or None,
        "text": media.caption,
        "permalink": f"{base_of(request)}/{place}/{media.shortcode}/",
        "shortcode": media.shortcode,
        "timestamp": stamp(media.made_at),
        "media_type": kind,
        "media_product_type": product,
        "username": media.person.username,
        "like_count": likes,
        "comments_count": len(comments_of(world, media)),
    }


async def insights(request: web.Request) -> web.Response:
    """`GET /{media}/insights`, and the account's of each day: one metric that is not known spoils them all."""
    values, world = await values_of(request), world_of(request)
    mine = person_of(request, values, _INSIGHTS)
    if request.match_info["id"] == mine.id:
        return web.json_response({"data": days_of(values, {"reach": 7, "follower_count": 1})})
    media = _media(world, request.match_info["id"])
    wanted = words_of(values, "metric")
    if media.parent or not set(wanted) <= set(METRICS):
        raise GraphError(code=100, words="metric must be one of the following values")
    likes, views = numbers_of(world, media)
    known = {"views": views, "likes": likes, "comments": len(comments_of(world, media))}
    rows: list[Body] = [
        {"name": name, "period": "lifetime", "values": [{"value": known.get(name, 0)}]} for name in wanted
    ]
    return web.json_response({"data": rows})


async def comment(request: web.Request) -> web.Response:
    """`POST /{media}/comments`; with `fields` it is made, and refused."""
    values, world = await values_of(request), world_of(request)
    person = person_of(request, values, _COMMENTS)
    parent, message = _media(world, request.match_info["id"]), word(values, "message")
    if not message or len(message) > _LONGEST:
        raise missing("message")
    request[CREATING] = True
    made = Media(
        id=world.next_id(),
        person=person,
        media_type="COMMENT",
        caption=message,
        made_at=world.now(),
        parent=parent.id,
    )
    world.published(made)
    if world.settings.comments_and_refuses or "fields" in values:
        raise GraphError(code=20, subcode=1772107, words="The comment cannot be shown")
    return web.json_response({"id": made.id})


async def comments(request: web.Request) -> web.Response:
    """`GET /{media}/comments`."""
    values, world = await values_of(request), world_of(request)
    person_of(request, values, _COMMENTS)
    below = comments_of(world, _media(world, request.match_info["id"]))
    fields = fields_of(values, "id,text,timestamp")
    return listed(request, values, [picked(_shown(request, one), fields) for one in below])
