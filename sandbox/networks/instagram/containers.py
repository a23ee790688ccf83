"""Containers: made, filled by fetching the files, published once, and refused where Instagram refuses them.

Sources: developers.facebook.com/docs/instagram-platform/content-publishing and
/instagram-graph-api/reference/error-codes, read 2026-11-21. What a second publishing of a container is answered with is
not documented: here, as for one that nobody knows.
"""

import re
from datetime import timedelta

import aiohttp
from aiohttp import web

from sandbox.networks.graph import (
    GraphError,
    Values,
    missing,
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
    world_of,
)

CREATING = web.RequestKey("creating", bool)
"""A note on the request, for conditions: the world sees what came of it."""
_PUBLISH = SCOPES[1]
_JPEG = b"\xff\xd8\xff"
_IMAGE_BYTES = 8 * 1_048_576
_FETCH_S = 10.0
_LONGEST, _LEAST, _MOST = 2_200, 2, 10
_MOST_TAGS = 30


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
    if any(state_of(world, one) != "FINISHED" for one in found):
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


def state_of(world: World, container: Container) -> str:
    """How far a container is, in Instagram's word."""
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
    _refuse(world, person, state_of(world, container))
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
