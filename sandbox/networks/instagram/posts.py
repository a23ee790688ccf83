"""Containers, posts and comments: made, listed, shown, and refused where Instagram refuses them.

Sources: developers.facebook.com/docs/instagram-platform/content-publishing and
/instagram-graph-api/reference/error-codes, read 2026-11-21. What a second publishing of a container is answered with is
not documented: here, as for one that nobody knows.
"""

import re
from datetime import UTC, datetime, timedelta

import aiohttp
from aiohttp import web

from sandbox.networks.graph import (
    Body,
    GraphError,
    Values,
    base_of,
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
from sandbox.networks.instagram.world import (
    CONTAINER_S,
    SCOPES,
    Container,
    File,
    Media,
    Person,
    World,
    named,
    new_shortcode,
    person_of,
    world_of,
)

CREATING = web.RequestKey("creating", bool)
"""A note on the request, for conditions: the world sees what came of it."""
_BASIC, _PUBLISH, _COMMENTS, _INSIGHTS = SCOPES
_JPEG = b"\xff\xd8\xff"
_IMAGE_BYTES = 8 * 1_048_576
_FETCH_S = 10.0
_LONGEST, _LEAST, _MOST = 2_200, 2, 10
_MOST_TAGS = 30
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


# --- Containers ------------------------------------------------------------------------------------------------------


async def contain(request: web.Request) -> web.Response:
    """`POST /{account}/media`."""
    values, world = await values_of(request), world_of(request)
    person = named(request, values, _PUBLISH)
    caption = word(values, "caption")
    if len(caption) > _LONGEST or len(re.findall(r"#\w+", caption)) > _MOST_TAGS:
        raise GraphError(code=36004, subcode=2207010, words="The caption is too long", user_words="Caption too long.")
    kind = word(values, "media_type")
    made = _carousel(world, person, values) if kind == "CAROUSEL" else await _single(world, person, values, kind)
    world.containers[made.id] = made
    return web.json_response({"id": made.id})


def _carousel(world: World, person: Person, values: Values) -> Container:
    children = [world.containers.get(one) for one in words_of(values, "children")]
    if not _LEAST <= len(children) <= _MOST:
        raise GraphError(code=100, subcode=2207028, words="A carousel has 2 to 10 items")
    found = [one for one in children if one is not None and one.person is person and one.is_child]
    if len(found) < len(children):
        raise GraphError(code=24, subcode=2207006, words="The media could not be found")
    if any(_state(world, one) != "FINISHED" for one in found):
        raise GraphError(code=9007, subcode=2207027, words="The media is not ready")
    files = tuple(file for one in found for file in one.files)
    return _new(world, person, "CAROUSEL", files, word(values, "caption"), ready_s=world.settings.image_ready_s)


async def _single(world: World, person: Person, values: Values, kind: str) -> Container:
    image, film = word(values, "image_url"), word(values, "video_url")
    child = word(values, "is_carousel_item") == "true"
    if bool(image) == bool(film):
        raise missing("image_url or video_url")
    if film and kind not in ({"VIDEO"} if child else {"REELS", "STORIES"}):
        raise GraphError(code=100, subcode=2207023, words=f"The media type {kind} is unknown")
    if image and kind not in {"", "IMAGE", "STORIES"}:
        raise GraphError(code=100, subcode=2207023, words=f"The media type {kind} is unknown")
    file, error = await _file(world, image or film, "video" if film else "image", word(values, "alt_text"))
    ready_s = world.settings.film_ready_s if film else world.settings.image_ready_s
    made = _new(world, person, kind or "IMAGE", (file,), word(values, "caption"), ready_s=ready_s)
    made.is_child, made.error = child, error
    return made


async def _file(world: World, url: str, kind: str, alt: str) -> tuple[File, str]:
    """The file, and what is wrong with it. Raises GraphError where that is said at once."""
    if not world.settings.fetches:
        return File(url=url, kind=kind, alt=alt), ""
    content = await _fetched(url)
    if content is None:
        words = "The media could not be fetched from this URI"
        raise GraphError(code=9004, subcode=2207052, words="Only photo or video can be accepted", user_words=words)
    if kind == "image" and not content.startswith(_JPEG):
        raise GraphError(code=36001, subcode=2207005, words="The image format is not supported")
    if kind == "image" and len(content) > _IMAGE_BYTES:
        raise GraphError(code=36000, subcode=2207004, words="The image is too large")
    wrong = kind == "video" and (content[4:8] != b"ftyp" or world.settings.films_fail)
    error = "Error: Media upload has failed with error code 2207026" if wrong else ""
    return File(url=url, kind=kind, alt=alt, content=content if kind == "image" else b""), error


async def _fetched(url: str) -> bytes | None:
    timeout = aiohttp.ClientTimeout(total=_FETCH_S)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return await answer.read() if answer.ok else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


def _new(  # noqa: PLR0913  # what a container is made of
    world: World, person: Person, media_type: str, files: tuple[File, ...], caption: str, *, ready_s: float
) -> Container:
    return Container(
        id=world.next_id(),
        person=person,
        media_type=media_type,
        files=files,
        caption=caption,
        made_at=world.now(),
        ready_at=world.now() + timedelta(seconds=ready_s),
    )


def _state(world: World, container: Container) -> str:
    if container.media:
        return "PUBLISHED"
    if container.made_at + timedelta(seconds=CONTAINER_S) <= world.now():
        return "EXPIRED"
    if container.ready_at > world.now():
        return "IN_PROGRESS"
    return "ERROR" if container.error else "FINISHED"


async def publish(request: web.Request) -> web.Response:
    """`POST /{account}/media_publish`."""
    values, world = await values_of(request), world_of(request)
    person = named(request, values, _PUBLISH)
    container = world.containers.get(word(values, "creation_id"))
    if container is None or container.person is not person or container.is_child:
        raise GraphError(code=24, subcode=2207006, words="The media could not be found")
    _refuse(world, person, _state(world, container))
    request[CREATING] = True
    media = Media(
        id=world.next_id(),
        person=person,
        media_type=container.media_type,
        caption=container.caption,
        made_at=world.now(),
        files=container.files,
        shortcode=new_shortcode(),
    )
    container.media = world.published(media).id
    if world.settings.publishes_and_refuses:
        world.settings.publishes_and_refuses -= 1
        raise GraphError(code=24, subcode=2207006, words="The media could not be found")
    return web.json_response({"id": media.id})


def _refuse(world: World, person: Person, state: str) -> None:
    refusals = {
        "PUBLISHED": GraphError(code=24, subcode=2207006, words="The media could not be found"),
        "EXPIRED": GraphError(code=-2, subcode=2207020, words="The media has expired"),
        "IN_PROGRESS": GraphError(code=9007, subcode=2207027, words="Media ID is not available"),
        "ERROR": GraphError(code=352, subcode=2207026, words="The video format is not supported"),
    }
    if state in refusals:
        raise refusals[state]
    if world.used(person) >= world.settings.posts_a_day:
        raise GraphError(code=9, subcode=2207042, words="The maximum number of posts is reached")


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
        state = _state(world, container)
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
    """`GET /{media}/insights`: one metric that is not known spoils them all."""
    values, world = await values_of(request), world_of(request)
    person_of(request, values, _INSIGHTS)
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
