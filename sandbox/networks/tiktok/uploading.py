"""A film's bytes, piece by piece, and how far a post is.

Sources: https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide and
https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status, read 2026-11-21.
"""

import re
from datetime import timedelta

from aiohttp import web

from sandbox.networks.tiktok.doors import Refusal, body_of, count, good, person_of, world_of
from sandbox.networks.tiktok.world import Publish, World

_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")
_TYPES = {"video/mp4", "video/quicktime", "video/webm"}
_HEAD_BYTES = 12


async def put_piece(request: web.Request) -> web.Response:
    """`PUT upload_url`: 206 when more is to come, 201 after the last one. Its refusals are in plain text."""
    world = world_of(request)
    world.calls["upload"] += 1
    publish = _found(world, request)
    if publish is None:
        return _no(404, "upload task not found")
    if world.now() > publish.began_at + timedelta(seconds=world.settings.upload_s):
        return _no(403, "upload_url has expired")
    given = _given(request)
    if given is None:
        return _no(400, "the headers do not fit together")
    first, last, total = given
    size, head = 0, b""
    if _is_next(publish, first, last, total):
        async for piece in request.content.iter_chunked(65_536):
            size += len(piece)
            head = head or piece[:_HEAD_BYTES]
    if size != last - first + 1 or publish.taken != first:
        return _no(416, "Content-Range does not follow what has come")
    return _take(world, publish, last, head, request.content_type)


def _given(request: web.Request) -> tuple[int, int, int] | None:
    """First byte, last byte and all there are; None when the headers are not what they should be."""
    given = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if given is None or request.content_type not in _TYPES:
        return None
    first, last, total = (int(part) for part in given.groups())
    return (first, last, total) if request.content_length == last - first + 1 else None


def _take(world: World, publish: Publish, last: int, head: bytes, mime_type: str) -> web.Response:
    publish.head = publish.head or head
    publish.taken, publish.mime_type = last + 1, mime_type
    if publish.taken < publish.size:
        return web.Response(status=206)
    _end(world, publish)
    return web.Response(status=201)


def _found(world: World, request: web.Request) -> Publish | None:
    upload_id, token = request.query.get("upload_id", ""), request.query.get("upload_token", "")
    ending = f".{upload_id}"
    return next((one for one in world.publishes.values() if one.id.endswith(ending) and one.token == token), None)


def _is_next(publish: Publish, first: int, last: int, total: int) -> bool:
    """Whether this is the piece that was announced for this place."""
    if total != publish.size or first != publish.taken or first % publish.piece:
        return False
    is_last = first // publish.piece == publish.pieces - 1
    return last + 1 == (publish.size if is_last else first + publish.piece)


def _end(world: World, publish: Publish) -> None:
    film = publish.head[4:8] == b"ftyp" or publish.head.startswith(b"\x1aE\xdf\xa3")
    if film:
        world.complete(publish)
    else:
        publish.reason = "file_format_check_failed"


def _no(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=words)


async def fetch_status(request: web.Request) -> web.Response:
    """`POST /v2/post/publish/status/fetch/`."""
    person, world = person_of(request, "video.publish", "video.upload"), world_of(request)
    count(request, person, "status", world.settings.statuses_per_min)
    publish_id = (await body_of(request)).get("publish_id")
    publish = world.publishes.get(publish_id) if isinstance(publish_id, str) else None
    if publish is None:
        raise Refusal(400, "invalid_publish_id", "The publish_id does not exist")
    if publish.person is not person:
        raise Refusal(403, "token_not_authorized_for_specified_publish_id", "The publish_id is somebody else's")
    shown: dict[str, object] = {"status": world.state(publish)}
    if publish.reason is not None:
        shown["fail_reason"] = publish.reason
    if publish.kind == "video":
        shown["uploaded_bytes"] = publish.taken
    shown["publicaly_available_post_id"] = [int(publish.post_id)] if world.numbered(publish) else []
    return good(shown)
