"""Videos: registered, sent to the storage beside the API, processed.

Source: developers.pinterest.com/docs/api/v5/media-create and /media-get, 2026-11-21. The storage is like S3's POST.
"""

import secrets
from datetime import timedelta

from aiohttp import BodyPartReader, web

from sandbox.networks.pinterest.doors import Refusal, Values, base_url, invalid, person_of, read_json, world_of
from sandbox.networks.pinterest.world import Video, World

STORAGE = "/_storage/"
_HEAD = 16
_FILM = b"ftyp"


async def register(request: web.Request) -> web.Response:
    """`POST /v5/media`."""
    person, world, values = person_of(request, "pins:read", "pins:write"), world_of(request), await read_json(request)
    if values != {"media_type": "video"}:
        raise invalid("media_type must be video")
    media_id = world.next_id()
    parameters = {
        "x-amz-date": f"{world.now():%Y%m%dT%H%M%SZ}",
        "x-amz-signature": secrets.token_hex(32),
        "x-amz-security-token": secrets.token_urlsafe(48),
        "x-amz-algorithm": "AWS4-HMAC-SHA256",
        "key": f"uploads/{media_id}",
        "policy": secrets.token_urlsafe(64),
        "x-amz-credential": "ASIASTANDIN/20261121/us-east-1/s3/aws4_request",
        "Content-Type": "multipart/form-data",
    }
    world.videos[media_id] = Video(id=media_id, owner=person, parameters=parameters)
    body: Values = {"media_id": media_id, "media_type": "video", "upload_parameters": parameters}
    return web.json_response({**body, "upload_url": base_url(request) + STORAGE}, status=201)


async def progress(request: web.Request) -> web.Response:
    """`GET /v5/media/{media_id}`."""
    person, world = person_of(request, "pins:read"), world_of(request)
    video = world.videos.get(request.match_info["media_id"])
    if video is None or video.owner != person:
        raise Refusal(404, 100, "Media not found.")
    return web.json_response({"media_id": video.id, "media_type": "video", "status": status_of(video, world)})


def status_of(video: Video, world: World) -> str:
    """Where it is on its way."""
    if video.ready_at is None:
        return "registered"
    if video.ready_at > world.now():
        return "processing"
    return "failed" if video.failed else "succeeded"


async def store(request: web.Request) -> web.Response:
    """The storage: every field that was given, then the file, and nobody's token."""
    world = world_of(request)
    if "Authorization" in request.headers:
        return _storage_refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
    fields, head = await _read_form(request)
    video = next((one for one in world.videos.values() if one.parameters == fields), None)
    if video is None:
        return _storage_refusal(403, "AccessDenied", "Invalid according to Policy: a field is missing, wrong or extra")
    if not head:
        return _storage_refusal(400, "InvalidArgument", "POST requires exactly one file upload per request")
    video.failed = _FILM not in head
    video.ready_at = world.now() + timedelta(seconds=world.settings.processing_s)
    return web.Response(status=204)


async def _read_form(request: web.Request) -> tuple[dict[str, str], bytes]:
    """The fields before the file, and how the file begins. What follows the file does not count."""
    fields: dict[str, str] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            head = b""
            while chunk := await part.read_chunk(65_536):
                head = head or chunk[:_HEAD]
            return fields, head
        fields[part.name or ""] = await part.text()
    return fields, b""


def _storage_refusal(status: int, code: str, message: str) -> web.Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return web.Response(status=status, text=body, content_type="application/xml")
