"""Uploading files, in one piece or several, asking how far their processing is, describing them.

Source: docs.x.com/x-api/media and X's OpenAPI document 2.167, read 2026-11-21.
"""

import base64
import binascii
from datetime import timedelta
from typing import cast

from aiohttp import web

from sandbox.networks.x.doors import Refusal, Values, invalid, only, person_of, read_json, read_query, world_of
from sandbox.networks.x.world import File, Person, World

CHUNK_MOST = 5 * 1024 * 1024
SEGMENT_MOST = 999
_MOST = {"tweet_image": 5_242_880, "tweet_gif": 15_728_640, "tweet_video": 17_179_869_184}
_TYPES = {
    "tweet_image": ("image/jpeg", "image/png", "image/webp", "image/bmp", "image/tiff", "image/pjpeg"),
    "tweet_gif": ("image/gif",),
    "tweet_video": ("video/mp4", "video/quicktime", "video/webm", "video/mp2t"),
}
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)
_BROKEN = b"broken"
"""A film with these bytes cannot be processed."""


async def upload(request: web.Request) -> web.Response:
    """`POST /2/media/upload`: a whole file, in a form or as base64 in JSON."""
    person, world = person_of(request, "media.write"), world_of(request)
    values, content = await _form(request, "media", "media_category", "additional_owners")
    category = str(values.get("media_category", ""))
    if category not in {"tweet_image", "tweet_gif"}:
        raise invalid(f"$.media_category: {category} is not taken here")
    kind = next((mime for mark, mime in _SIGNATURES if content.startswith(mark)), "")
    if kind not in _TYPES[category]:
        raise Refusal(400, "media type unrecognized.")
    file = world.new_file(person, category, kind, len(content))
    _check_size(file)
    _finish(world, file, content)
    return web.json_response({"data": show(world, file)})


async def initialize(request: web.Request) -> web.Response:
    """`POST /2/media/upload/initialize`."""
    person, world = person_of(request, "media.write"), world_of(request)
    values = await read_json(request, "media_type", "total_bytes", "media_category", "shared", "additional_owners")
    category, kind, total = values.get("media_category"), values.get("media_type"), values.get("total_bytes")
    if not isinstance(category, str) or category not in _TYPES or kind not in _TYPES[category]:
        raise invalid(f"$.media_type: {kind} is no {category}")
    if not isinstance(total, int) or total <= 0:
        raise invalid("$.total_bytes: is missing")
    file = world.new_file(person, category, str(kind), total)
    _check_size(file)
    return web.json_response({"data": _plain(world, file)})


async def append(request: web.Request) -> web.Response:
    """`POST /2/media/upload/:id/append`."""
    person, world = person_of(request, "media.write"), world_of(request)
    values, content = await _form(request, "media", "segment_index")
    index = str(values.get("segment_index", ""))
    if not index.isdigit() or int(index) > SEGMENT_MOST:
        raise invalid("$.segment_index: is no number from 0 to 999")
    if len(content) > CHUNK_MOST:
        raise Refusal(413, "The segment is too large.")
    file = _file(world, request.match_info["id"], person)
    if file.ready_at is not None:
        raise Refusal(400, "The upload is finished.")
    file.segments[int(index)] = content
    return web.json_response({"data": {"expires_at": int(file.expires_at.timestamp())}})


async def finalize(request: web.Request) -> web.Response:
    """`POST /2/media/upload/:id/finalize`."""
    person, world = person_of(request, "media.write"), world_of(request)
    file = _file(world, request.match_info["id"], person)
    content = b"".join(file.segments.get(at, b"") for at in range(len(file.segments)))
    if len(content) != file.total_bytes:
        raise Refusal(400, "Segments do not add up to provided total file size.")
    if file.ready_at is None:
        _finish(world, file, content)
    return web.json_response({"data": show(world, file)})


async def status(request: web.Request) -> web.Response:
    """`GET /2/media/upload?command=STATUS`."""
    person, world = person_of(request, "media.write"), world_of(request)
    query = read_query(request, "media_id", "command")
    return web.json_response({"data": show(world, _file(world, query.get("media_id", ""), person))})


async def describe(request: web.Request) -> web.Response:
    """`POST /2/media/metadata`."""
    person, world = person_of(request, "media.write"), world_of(request)
    values = await read_json(request, "id", "metadata")
    file = _file(world, str(values.get("id", "")), person)
    metadata = cast("Values", values.get("metadata") or {})
    text = cast("Values", only(metadata, "alt_text").get("alt_text", {})).get("text", "")
    if not isinstance(text, str) or len(text) > 1000:  # noqa: PLR2004  # as the document says
        raise invalid("$.metadata.alt_text.text: may only be 1000 characters long")
    file.alt_text = text
    return web.json_response({"data": {"id": file.id, "associated_metadata": metadata}})


def postable(world: World, ids: object, person: Person) -> tuple[File, ...]:
    """The files of a post. Raises the refusals of those that cannot be posted."""
    if not isinstance(ids, list) or not 1 <= len(cast("list[object]", ids)) <= 4:  # noqa: PLR2004  # as the document says
        raise invalid("$.media.media_ids: takes 1 to 4")
    files = [world.files.get(str(one)) for one in cast("list[object]", ids)]
    good = [file for file in files if file is not None and file.owner is person and is_ready(world, file)]
    if len(good) < len(files) or any(file.failed or file.expires_at < world.now() for file in good):
        raise Refusal(400, "Your media IDs are invalid.", "invalid-request", message="Your media IDs are invalid.")
    if len(good) > 1 and any(file.category != "tweet_image" for file in good):
        raise invalid("$.media.media_ids: four pictures, or one GIF, or one video")
    return tuple(good)


def is_ready(world: World, file: File) -> bool:
    """Whether X is through with it."""
    return file.ready_at is not None and file.ready_at <= world.now()


def show(world: World, file: File) -> Values:
    """The file as the API shows it."""
    shown = _plain(world, file)
    if file.category != "tweet_image" and file.ready_at is not None:
        shown["processing_info"] = _processing(world, file)
    return shown | {"size": file.total_bytes}


def _plain(world: World, file: File) -> Values:
    left = int((file.expires_at - world.now()).total_seconds())
    return {"id": file.id, "media_key": file.key, "expires_after_secs": left}


def _processing(world: World, file: File) -> Values:
    if not is_ready(world, file):
        return {"state": "in_progress", "check_after_secs": 1, "progress_percent": 50}
    if file.failed:
        return {
            "state": "failed",
            "progress_percent": 0,
            "error": {"code": 1, "name": "Invalid", "message": file.failed},
        }
    return {"state": "succeeded", "progress_percent": 100}


def _finish(world: World, file: File, content: bytes) -> None:
    slow = file.category != "tweet_image"
    file.ready_at = world.now() + timedelta(seconds=world.settings.processing_s if slow else 0)
    file.failed = "Unsupported video format" if _BROKEN in content else None
    file.content = content if file.category != "tweet_video" else b""
    file.segments.clear()


def _check_size(file: File) -> None:
    if file.total_bytes > _MOST[file.category]:
        raise Refusal(400, f"File size exceeds {_MOST[file.category]} bytes.")


def _file(world: World, file_id: str, person: Person) -> File:
    file = world.files.get(file_id)
    if file is None or file.owner is not person or file.expires_at < world.now():
        raise Refusal(404, f"Could not find media with id: [{file_id}].", "resource-not-found")
    return file


async def _form(request: web.Request, *names: str) -> tuple[Values, bytes]:
    """The fields of a form and its file; JSON has the file as base64."""
    if request.content_type == "application/json":
        values = await read_json(request, *names)
        try:
            return values, base64.b64decode(str(values.get("media", "")), validate=True)
        except binascii.Error:
            raise invalid("$.media: is no base64") from None
    if not request.content_type.startswith("multipart/"):
        raise invalid("Requests with bodies must have content-type of multipart/form-data.")
    form = await request.post()
    values = only({name: value for name, value in form.items() if name != "media"}, *names)
    part = form.get("media")
    if not isinstance(part, web.FileField):
        raise invalid("$.media: is missing but it is required")
    return values, part.file.read()
