"""Announcing a post: what the creator may do, a film's settings and pieces, photos and their addresses.

Sources: the pages of sandbox/networks/tiktok/world.py and
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide, read 2026-11-21.
"""

import secrets
from typing import cast
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.networks.tiktok.doors import Refusal, Values, base_url, body_of, count, good, inside, person_of, world_of
from sandbox.networks.tiktok.fetching import start_fetching
from sandbox.networks.tiktok.world import EVERYONE, FOLLOWERS, FRIENDS, SELF, Person, Publish, World

MEGA = 1_000_000
SMALLEST_PIECE, LARGEST_PIECE = 5 * MEGA, 64 * MEGA
LARGEST_FILM = 4 * 1024**3
MOST_PIECES, MOST_PHOTOS = 1000, 35
TITLE_MOST, PHOTO_TITLE_MOST, DESCRIPTION_MOST = 2200, 90, 4000


async def creator_info(request: web.Request) -> web.Response:
    """`POST /v2/post/publish/creator_info/query/`."""
    person, world = person_of(request, "video.publish"), world_of(request)
    count(request, person, "creator_info", world.settings.infos_per_min)
    _check_day(world, person)
    return good(
        {
            "creator_avatar_url": f"{base_url(request)}/avatar/{person.username}",
            "creator_username": person.username,
            "creator_nickname": person.name,
            "privacy_level_options": list(person.privacy),
            "comment_disabled": False,
            "duet_disabled": person.private,
            "stitch_disabled": person.private,
            "max_video_post_duration_sec": world.settings.max_duration_s,
        }
    )


async def video_init(request: web.Request) -> web.Response:
    """`POST /v2/post/publish/video/init/`."""
    person, world = person_of(request, "video.publish"), world_of(request)
    count(request, person, "init", world.settings.inits_per_min)
    body = await body_of(request)
    _check_day(world, person)
    info = _post_info(world, person, inside(body.get("post_info")))
    title = _words(info, "title", TITLE_MOST)
    return _announce_film(request, person, body, info, title, inbox=False)


async def inbox_init(request: web.Request) -> web.Response:
    """`POST /v2/post/publish/inbox/video/init/`."""
    person, world = person_of(request, "video.upload"), world_of(request)
    count(request, person, "init", world.settings.inits_per_min)
    body = await body_of(request)
    _check_pending(world, person)
    return _announce_film(request, person, body, {}, "", inbox=True)


def _announce_film(  # noqa: PLR0913  # what was read of one request
    request: web.Request, person: Person, body: Values, info: Values, title: str, *, inbox: bool
) -> web.Response:
    world, source = world_of(request), inside(body.get("source_info"))
    if source.get("source") != "FILE_UPLOAD":
        raise Refusal(403, "url_ownership_unverified", "Please review our URL ownership verification rules")
    size, piece, pieces = (_number(source, name) for name in ("video_size", "chunk_size", "total_chunk_count"))
    _check_pieces(world, size, piece, pieces)
    publish = world.begin(
        Publish(
            id=world.new_publish_id("v_inbox_file" if inbox else "v_pub_file"),
            person=person,
            kind="video",
            inbox=inbox,
            title=title,
            description="",
            privacy=str(info.get("privacy_level", "")),
            info=dict(info),
            began_at=world.now(),
            size=size,
            piece=piece,
            pieces=pieces,
            token=secrets.token_urlsafe(12),
        )
    )
    upload_id = publish.id.rpartition(".")[2]
    url = f"{base_url(request)}/upload/video/?upload_id={upload_id}&upload_token={publish.token}"
    return good({"publish_id": publish.id, "upload_url": url})


def _check_pieces(world: World, size: int, piece: int, pieces: int) -> None:
    if not 0 < size <= LARGEST_FILM:
        raise Refusal(400, "invalid_params", "The video size is invalid")
    whole = pieces == 1 and piece == size
    if pieces == 1 and not (whole and size <= LARGEST_PIECE):
        raise Refusal(400, "invalid_params", "The chunk size is invalid")
    several = SMALLEST_PIECE <= piece <= LARGEST_PIECE and world.settings.several_pieces
    if not whole and not several:
        raise Refusal(400, "invalid_params", "The chunk size is invalid")
    if not whole and (pieces != size // piece or pieces > MOST_PIECES):
        raise Refusal(400, "invalid_params", "The total chunk count is invalid")


async def content_init(request: web.Request) -> web.Response:
    """`POST /v2/post/publish/content/init/`: photos, which TikTok fetches."""
    world, body = world_of(request), await body_of(request)
    inbox = body.get("post_mode") == "MEDIA_UPLOAD"
    person = person_of(request, "video.upload" if inbox else "video.publish")
    count(request, person, "init", world.settings.inits_per_min)
    if body.get("media_type") != "PHOTO" or body.get("post_mode") not in {"MEDIA_UPLOAD", "DIRECT_POST"}:
        raise Refusal(400, "invalid_params", "The media type or post mode is invalid")
    info = inside(body.get("post_info"))
    if inbox:
        _check_pending(world, person)
    else:
        _check_day(world, person)
        info = _post_info(world, person, info)
    urls = _photo_urls(world, inside(body.get("source_info")))
    publish = world.begin(
        Publish(
            id=world.new_publish_id("p_inbox_url" if inbox else "p_pub_url"),
            person=person,
            kind="photo",
            inbox=inbox,
            title=_words(info, "title", PHOTO_TITLE_MOST),
            description=_words(info, "description", DESCRIPTION_MOST),
            privacy=str(info.get("privacy_level", "")),
            info=dict(info),
            began_at=world.now(),
        )
    )
    start_fetching(request.app, world, publish, urls)
    return good({"publish_id": publish.id})


def _photo_urls(world: World, source: Values) -> list[str]:
    found = source.get("photo_images")
    urls = [one for one in cast("list[object]", found) if isinstance(one, str)] if isinstance(found, list) else []
    cover = source.get("photo_cover_index", 0)
    if source.get("source") != "PULL_FROM_URL" or not 1 <= len(urls) <= MOST_PHOTOS:
        raise Refusal(400, "invalid_params", "The photo images are invalid")
    if not isinstance(cover, int) or not 0 <= cover < len(urls):
        raise Refusal(400, "invalid_params", "The photo cover index is invalid")
    if not all(_may_fetch(world, url) for url in urls):
        raise Refusal(403, "url_ownership_unverified", "Please review our URL ownership verification rules")
    return urls


def _may_fetch(world: World, url: str) -> bool:
    parts = urlsplit(url)
    own = parts.scheme == "https" or parts.hostname in {"127.0.0.1", "localhost"}
    return own and (not world.settings.url_prefixes or url.startswith(world.settings.url_prefixes))


def _check_day(world: World, person: Person) -> None:
    limit = world.settings.posts_per_day
    if limit and world.begun_today(person, inbox=False) >= limit:
        words = "The daily post cap from the API is reached for the current user"
        raise Refusal(403, "spam_risk_too_many_posts", words)


def _check_pending(world: World, person: Person) -> None:
    limit = world.settings.pending_per_day
    if limit and world.begun_today(person, inbox=True) >= limit:
        words = "There are too many pending shares of this user in the last 24 hours"
        raise Refusal(403, "spam_risk_too_many_pending_share", words)


def _post_info(world: World, person: Person, info: Values) -> Values:
    level = info.get("privacy_level")
    if level not in {EVERYONE, FRIENDS, FOLLOWERS, SELF}:
        raise Refusal(400, "invalid_params", "The privacy level is invalid")
    if not world.settings.audited and not (level == SELF and person.private):
        words = "Unaudited clients can only post to private accounts"
        raise Refusal(403, "unaudited_client_can_only_post_to_private_accounts", words)
    if level not in person.privacy:
        raise Refusal(403, "privacy_level_option_mismatch", "The privacy level is not among the creator's options")
    if level == SELF and info.get("brand_content_toggle") is True:
        raise Refusal(400, "invalid_params", "Branded content cannot be private")
    return info


def _words(info: Values, name: str, most: int) -> str:
    words = info.get(name, "")
    if not isinstance(words, str) or len(words.encode("utf-16-le")) // 2 > most:
        raise Refusal(400, "invalid_params", f"The {name} is invalid")
    return words


def _number(values: Values, name: str) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refusal(400, "invalid_params", f"The {name} is invalid")
    return value
