"""Making containers, asking after them, and publishing them once.

Source: developers.facebook.com/docs/threads/posts, /reply-management and /troubleshooting, read 2026-10-07.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import cast

import aiohttp
import regex
from aiohttp import web

from sandbox.networks.threads.doors import Refusal, bad, not_there, owner_of, values_of, world_of
from sandbox.networks.threads.world import DAY, Container, File, Person, Post, World

MOST_TEXT, MOST_LINKS, MOST_ALT, MOST_CHILDREN, MOST_TAG, MOST_LONG = 500, 5, 1000, 20, 50, 10_000
REPLY_CONTROLS = {"everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only"}
KINDS = {"TEXT", "IMAGE", "VIDEO", "CAROUSEL"}
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}]")
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}'…]", re.IGNORECASE)
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_UNREACHABLE = "The media could not be fetched from this URI"


def length(text: str) -> int:
    """Emoji count their bytes, all else one each."""
    found = cast("list[str]", regex.findall(r"\X", text))
    return sum(len(one.encode()) if _EMOJI.search(one) else len(one) for one in found)


async def make(request: web.Request) -> web.Response:
    """`POST /{user}/threads`."""
    person, values, world = (
        await owner_of(request, "threads_content_publish"),
        await values_of(request),
        world_of(request),
    )
    kind = values.get("media_type", "")
    if kind not in KINDS:
        raise bad("Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")
    _check(world, kind, values)
    files = await _files(world, person, kind, values)
    waits_s = world.settings.text_ready_s if kind == "TEXT" else world.settings.media_ready_s
    container = Container(
        id=world.next_id(),
        person=person,
        media_type=kind,
        values=values,
        made_at=world.now(),
        ready_at=world.now() + timedelta(seconds=waits_s),
        files=files,
        carousel_item=values.get("is_carousel_item") == "true",
    )
    world.containers[container.id] = container
    if kind == "VIDEO" and world.settings.fetches:
        container.fetching = asyncio.create_task(_fetch_film(container, files[0].url))
        world.tasks.add(container.fetching)
    return web.json_response({"id": container.id})


def _check(world: World, kind: str, values: Mapping[str, str]) -> None:
    """Refuse what breaks a rule. Raises Refusal."""
    text, link = values.get("text", ""), values.get("link_attachment")
    links = set(cast("list[str]", _LINK.findall(text))) | ({link} if link else set[str]())
    if len(links) > MOST_LINKS:
        raise Refusal("THREADS_API__LINK_LIMIT_EXCEEDED", "The post has more than 5 links")
    tag = values.get("topic_tag", "x")
    only_text = [name for name in _TEXT_ONLY if name in values]
    rules = (
        (length(text) > MOST_TEXT, f"Param text must be at most {MOST_TEXT} characters long."),
        (kind == "TEXT" and not text and not only_text and not link, "Param text is required"),
        (kind != "TEXT" and bool(only_text), f"{'/'.join(only_text)} is for text posts only"),
        (len(only_text) > 1, f"{' and '.join(only_text)} cannot stand together"),
        (values.get("reply_control", "everyone") not in REPLY_CONTROLS, "Param reply_control is not valid"),
        (not 1 <= len(tag) <= MOST_TAG or bool(set(".&") & set(tag)), "Param topic_tag is not valid"),
        (len(values.get("alt_text", "")) > MOST_ALT, "Param alt_text is too long"),
        ("reply_to_id" in values and values["reply_to_id"] not in world.posts, "Param reply_to_id does not exist"),
        (
            "quote_post_id" in values and values["quote_post_id"] not in world.posts,
            "Param quote_post_id does not exist",
        ),
    )
    for broken, sentence in rules:
        if broken:
            raise bad(sentence)
    for name, wrong in _ATTACHMENTS.items():
        if name in values and wrong(_object(name, values[name])):
            raise bad(f"Param {name} is not valid")


def _object(name: str, value: str) -> Mapping[str, object]:
    try:
        found = cast("object", json.loads(value))
    except ValueError:
        raise bad(f"Param {name} must be JSON") from None
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else {}


def _wrong_poll(poll: Mapping[str, object]) -> bool:
    names = ("option_a", "option_b", "option_c", "option_d")[: len(poll)]
    choices = [str(poll.get(name, "")) for name in names]
    return len(choices) < 2 or not all(1 <= len(one) <= 25 for one in choices)  # noqa: PLR2004  # a poll's limits


_ATTACHMENTS: Mapping[str, Callable[[Mapping[str, object]], bool]] = {
    "poll_attachment": _wrong_poll,
    "gif_attachment": lambda gif: gif.get("provider") != "GIPHY" or not gif.get("gif_id"),
    "text_attachment": lambda long: not 1 <= len(str(long.get("plaintext", ""))) <= MOST_LONG,
}
_TEXT_ONLY = (*_ATTACHMENTS, "link_attachment")


async def _files(world: World, person: Person, kind: str, values: Mapping[str, str]) -> tuple[File, ...]:
    if kind == "TEXT":
        return ()
    if kind == "CAROUSEL":
        return _children(world, person, values.get("children", ""))
    name = "video_url" if kind == "VIDEO" else "image_url"
    url = values.get(name, "")
    if not url.startswith(("https://", "http://")):
        raise bad(f"Param {name} must be a valid URL")
    content = await _fetched(url) if kind == "IMAGE" and world.settings.fetches else b""
    if content is None or (content and not content.startswith(_SIGNATURES)):
        raise Refusal(9004, _UNREACHABLE, subcode=2207052)
    return (File(kind=kind, url=url, alt_text=values.get("alt_text", ""), content=content),)


def _children(world: World, person: Person, given: str) -> tuple[File, ...]:
    names = [one for one in given.split(",") if one]
    if not 2 <= len(names) <= MOST_CHILDREN:  # noqa: PLR2004  # a carousel has two
        raise bad(f"Param children must have 2 to {MOST_CHILDREN} items")
    files: list[File] = []
    for name in names:
        child = world.containers.get(name)
        if (
            child is None
            or child.person is not person
            or not child.carousel_item
            or status_of(world, child) != "FINISHED"
        ):
            raise not_there()
        files += child.files
    return tuple(files)


async def _fetched(url: str) -> bytes | None:
    """The file at an address; None when it cannot be had."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
            session.get(url) as answer,
        ):
            return await answer.read() if answer.status == web.HTTPOk.status_code else None
    except (aiohttp.ClientError, TimeoutError):
        return None


async def _fetch_film(container: Container, url: str) -> None:
    content = await _fetched(url)
    if content is None:
        container.failure = "FAILED_DOWNLOADING_VIDEO"
    elif content[4:8] != b"ftyp":
        container.failure = "FAILED_PROCESSING_VIDEO"


def status_of(world: World, container: Container) -> str:
    """How far it is."""
    if container.published_as is not None:
        return "PUBLISHED"
    if container.made_at + DAY <= world.now():
        return "EXPIRED"
    if container.failure is not None:
        return "ERROR"
    fetched = container.fetching is None or container.fetching.done()
    return "FINISHED" if fetched and container.ready_at <= world.now() else "IN_PROGRESS"


async def publish(request: web.Request) -> web.Response:
    """`POST /{user}/threads_publish`: each container once."""
    person, values, world = (
        await owner_of(request, "threads_content_publish"),
        await values_of(request),
        world_of(request),
    )
    container = world.containers.get(values.get("creation_id", ""))
    if container is None or container.person is not person or container.carousel_item:
        raise not_there()
    if status_of(world, container) != "FINISHED":
        raise not_there()
    parent = container.values.get("reply_to_id")
    if parent is not None and parent not in world.posts:
        raise bad("Param reply_to_id does not exist")
    most = world.settings.posts_a_day if parent is None else world.settings.replies_a_day
    if world.spent(person, replies=parent is not None) >= most:
        raise Refusal(4, "(#4) Application request limit reached", subcode=2207042)
    number = world.next_id()
    world.posts[number] = Post(
        id=number,
        shortcode=world.shortcode_of(number),
        person=person,
        media_type="CAROUSEL_ALBUM" if container.media_type == "CAROUSEL" else _shown_type(container.media_type),
        text=container.values.get("text", ""),
        values=container.values,
        files=container.files,
        made_at=world.now(),
        parent=parent,
    )
    container.published_as = number
    world.network.published()
    return web.json_response({"id": number})


def _shown_type(media_type: str) -> str:
    return "TEXT_POST" if media_type == "TEXT" else media_type
