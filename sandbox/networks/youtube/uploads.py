"""Upload sessions: opened with a video's data, filled in pieces, asked how far they are; and thumbnails.

Source: https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol, 2026-11-21.
"""

import json
import re
from typing import cast

from aiohttp import web

from sandbox.networks.google import Refusal
from sandbox.networks.youtube.checks import PARTS, Values, check_parts, check_video, part_of
from sandbox.networks.youtube.doors import CHANGE, channel_of, spend, spend_upload, video_of, world_of
from sandbox.networks.youtube.videos import show
from sandbox.networks.youtube.world import Session, World

GRANULE = 262_144
MOST_BYTES = 274_877_906_944
THUMBNAIL_BYTES = 52_428_800
INCOMPLETE = 308
_PIECE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_ASKING = re.compile(r"bytes \*/(\d+|\*)")


async def open_session(request: web.Request) -> web.Response:
    """`POST /upload/youtube/v3/videos?uploadType=resumable`."""
    channel, world = channel_of(request, *CHANGE), world_of(request)
    if request.query.get("uploadType") != "resumable":
        raise Refusal(400, "badRequest", "This stand-in takes resumable uploads only.")
    parts = tuple(filter(None, request.query.get("part", "").split(",")))
    check_parts(parts)
    body = await read_json(request)
    known = {name: body[name] for name in parts if name in body and name in PARTS}
    check_video(known)
    size = _length(request.headers.get("X-Upload-Content-Length", ""))
    if size is not None and not 0 < size <= MOST_BYTES:
        raise Refusal(400, "mediaBodyRequired", "The request does not include the video content.")
    kind = request.headers.get("X-Upload-Content-Type", "application/octet-stream")
    if not kind.startswith("video/") and kind != "application/octet-stream":
        raise Refusal(400, "badContent", f"Media type '{kind}' is not supported. Valid media types: [video/*]")
    spend_upload(world, channel)
    session_id = world.open_session(channel, known, parts, size)
    query = f"uploadType=resumable&part={'%2C'.join(parts)}&upload_id={session_id}"
    return web.Response(headers={"Location": f"{request.scheme}://{request.host}{request.path}?{query}"})


def _length(value: str) -> int | None:
    return int(value) if value.isdigit() else None


async def fill(request: web.Request) -> web.Response:
    """`PUT` to a session: a piece of the film, or the question how far it is."""
    world, session = world_of(request), _session(request)
    if session.video_id is not None:
        await request.read()
        return _whole(request, world, session)
    content_range = request.headers.get("Content-Range", "")
    if _ASKING.fullmatch(content_range):
        return _incomplete(session)
    data = await request.read()
    start, total = _place(content_range, data, session)
    if start != session.has:
        return _incomplete(session)
    last = total is not None and start + len(data) == total
    if not last and len(data) % GRANULE:
        raise Refusal(400, "badRequest", f"The number of bytes must be a multiple of {GRANULE}.")
    session.has += len(data)
    session.digest.update(data)
    if not last:
        return _incomplete(session)
    world.complete(session, *_made(world, session))
    return _whole(request, world, session)


def _place(content_range: str, data: bytes, session: Session) -> tuple[int, int | None]:
    """Where a piece begins and how long the whole is; without a range it is the whole."""
    if not content_range:
        return 0, len(data)
    found = _PIECE.fullmatch(content_range)
    if found is None or int(found[2]) - int(found[1]) + 1 != len(data):
        raise Refusal(400, "badRequest", "Failed to parse Content-Range header.")
    total = None if found[3] == "*" else int(found[3])
    if total is not None and session.size not in {None, total}:
        raise Refusal(400, "badRequest", "The whole has another length than was said.")
    return int(found[1]), total


def _session(request: web.Request) -> Session:
    session = world_of(request).sessions.get(request.query.get("upload_id", ""))
    if session is None or session.expires_at <= world_of(request).now():
        raise Refusal(404, "notFound", "Upload session not found.")
    return session


def is_asking(request: web.Request) -> bool:
    """Whether it asks how far a session is."""
    return request.method == "PUT" and _ASKING.fullmatch(request.headers.get("Content-Range", "")) is not None


def completes(request: web.Request) -> bool:
    """Whether it brings the last bytes of a film."""
    found = _PIECE.fullmatch(request.headers.get("Content-Range", ""))
    whole = "Content-Range" not in request.headers
    return request.method == "PUT" and (whole or (found is not None and found[3] == str(int(found[2]) + 1)))


def _incomplete(session: Session) -> web.Response:
    headers = {"Range": f"bytes=0-{session.has - 1}"} if session.has else {}
    return web.Response(status=INCOMPLETE, headers=headers)


def _whole(request: web.Request, world: World, session: Session) -> web.Response:
    video = world.videos.get(session.video_id or "")
    if video is None:
        raise Refusal(404, "notFound", "Upload session not found.")
    return web.json_response(show(video, world, session.parts, request))


def _made(world: World, session: Session) -> tuple[Values, Values]:
    """Snippet and status of the video."""
    snippet = {"categoryId": "22", "description": "", **part_of(session.body, "snippet")}
    status = {"privacyStatus": "public", "license": "youtube", "embeddable": True, **part_of(session.body, "status")}
    if not world.settings.audited:
        status["privacyStatus"] = "private"
    return snippet, status


async def set_thumbnail(request: web.Request) -> web.Response:
    """`POST /upload/youtube/v3/thumbnails/set?videoId=`: the raw picture."""
    channel, world = channel_of(request, *CHANGE), world_of(request)
    video = video_of(request, request.query.get("videoId", ""), channel)
    spend(world, 50)
    data = await request.read()
    if not world.settings.may_set_thumbnails:
        raise Refusal(403, "forbidden", "The authenticated user doesn't have permissions to upload custom thumbnails.")
    if not data or len(data) > THUMBNAIL_BYTES:
        raise Refusal(400, "mediaBodyRequired", "The request does not include the image content.")
    if request.content_type not in {"image/jpeg", "image/png", "application/octet-stream"}:
        raise Refusal(400, "invalidImage", "The provided image content is invalid.")
    video.thumbnail, video.thumbnail_type = data, request.content_type
    return web.json_response({"kind": "youtube#thumbnailSetResponse", "items": [{}]})


async def read_json(request: web.Request) -> Values:
    """The JSON object of a body."""
    try:
        body: object = await request.json()
    except json.JSONDecodeError:
        raise Refusal(400, "parseError", "Parse Error") from None
    if not isinstance(body, dict):
        raise Refusal(400, "parseError", "Parse Error")
    return cast("Values", body)
