"""Uploading media and asking how far its processing is.

Source: docs.joinmastodon.org/methods/media and app/models/media_attachment.rb, read 2026-11-21.
"""

from datetime import datetime, timedelta
from typing import Literal

from aiohttp import BodyPartReader, web

from sandbox.networks.mastodon.doors import (
    Refusal,
    base_url,
    not_found,
    person_of,
    play,
    read_values,
    text_of,
    world_of,
)
from sandbox.networks.mastodon.world import MediaFile, Settings

IMAGES = ("image/jpeg", "image/png", "image/gif", "image/heic", "image/heif", "image/webp", "image/avif")
VIDEOS = ("video/webm", "video/mp4", "video/quicktime", "video/ogg")
SOUNDS = ("audio/wave", "audio/wav", "audio/ogg", "audio/mpeg", "audio/mp3", "audio/flac", "audio/aac", "audio/mp4")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"GIF8", "gifv"),
    (b"RIFF", "image"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"OggS", "audio"),
    (b"ID3", "audio"),
    (b"fLaC", "audio"),
)
_MIME_TYPES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG", "image/png"),
    (b"GIF8", "image/gif"),
    (b"WEBP", "image/webp"),
    (b"ftypavif", "image/avif"),
)
_Kind = Literal["image", "gifv", "video", "audio"]


async def upload(request: web.Request) -> web.Response:
    """`POST /api/v2/media`: 200 when it is ready, 202 while it is processed."""
    person, world = person_of(request, "write:media"), world_of(request)
    await play(request, "upload_media")
    if "chunked" in request.headers.get("Transfer-Encoding", ""):
        raise Refusal(411, "Length Required")
    content, size, description = await _read_form(request)
    head = content[:16]
    if size == 0:
        raise Refusal(422, "Validation failed: File can't be blank")
    kind = _kind(head)
    _check(kind, size, description, world.settings)
    file = MediaFile(
        id=world.next_id(),
        owner_id=person.id,
        kind=kind,
        size_bytes=size,
        description=description,
        content=content if kind in {"image", "gifv"} else b"",
        mime_type=next((mime for signature, mime in _MIME_TYPES if signature in head), "application/octet-stream"),
        ready_at=_ready_at(kind, world.settings, world.now()),
        failed=world.take_fault("process_media") is not None,
    )
    world.media[file.id] = file
    await play(request, "upload_media", after_work=True)
    told_ready = ready(file, request) and not world.settings.ready_is_202
    return web.json_response(show(file, request), status=200 if told_ready else 202)


async def _read_form(request: web.Request) -> tuple[bytes, int, str | None]:
    """The file, as much of it as a picture may have; its whole size; its description."""
    if not request.content_type.startswith("multipart/"):
        raise Refusal(422, "Validation failed: File can't be blank")
    kept, size, description = bytearray(), 0, None
    most = world_of(request).settings.image_size_limit
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.name == "file":
            while chunk := await part.read_chunk(65_536):
                size += len(chunk)
                if len(kept) <= most:
                    kept += chunk
        elif part.name == "description":
            description = await part.text()
    return bytes(kept), size, description


def _kind(head: bytes) -> _Kind:
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind  # pyright: ignore[reportReturnType]  # the table above holds only these words
    if head[4:8] == b"ftyp":
        return "image" if head[8:12] in {b"heic", b"heix", b"mif1", b"avif"} else "video"
    raise Refusal(422, "Validation failed: File content type is invalid, File is invalid")


def _check(kind: _Kind, size: int, description: str | None, settings: Settings) -> None:
    limit = settings.image_size_limit if kind in {"image", "gifv"} else settings.video_size_limit
    if size > limit:
        raise Refusal(422, f"Validation failed: File file size must be less than {limit // 1_048_576} MB")
    if description is not None and len(description) > settings.description_limit:
        raise Refusal(
            422, f"Validation failed: Description is too long (maximum is {settings.description_limit} characters)"
        )


def _ready_at(kind: _Kind, settings: Settings, now: datetime) -> datetime:
    waits = kind != "image" or settings.process_images
    return now + timedelta(seconds=settings.processing_s if waits else 0)


def ready(file: MediaFile, request: web.Request) -> bool:
    """Whether its processing ended well."""
    return not file.failed and file.ready_at <= world_of(request).now()


def show(file: MediaFile, request: web.Request) -> dict[str, object]:
    """The file as the API shows it; no address while it is processed."""
    base = base_url(request)
    done = ready(file, request)
    return {
        "id": file.id,
        "type": file.kind,
        "url": f"{base}/media/{file.id}" if done else None,
        "preview_url": f"{base}/media/{file.id}/small",
        "remote_url": None,
        "text_url": None,
        "meta": {},
        "description": file.description,
        "blurhash": None,
    }


def _mine(request: web.Request) -> MediaFile:
    person = person_of(request, "write:media")
    file = world_of(request).media.get(request.match_info["id"])
    if file is None or file.owner_id != person.id or file.status_id is not None:
        raise not_found()
    return file


async def progress(request: web.Request) -> web.Response:
    """`GET /api/v1/media/:id`: 200 ready, 206 in processing, 422 failed, 404 attached already or not theirs."""
    file = _mine(request)
    await play(request, "media_progress")
    if file.failed and file.ready_at <= world_of(request).now():
        raise Refusal(422, "Error processing thumbnail for uploaded media")
    return web.json_response(show(file, request), status=200 if ready(file, request) else 206)


async def describe(request: web.Request) -> web.Response:
    """`PUT /api/v1/media/:id`: change the description before it is attached."""
    file, values = _mine(request), await read_values(request)
    file.description = text_of(values, "description")
    return web.json_response(show(file, request))


async def discard(request: web.Request) -> web.Response:
    """`DELETE /api/v1/media/:id`: an upload that is attached to nothing."""
    file = _mine(request)
    del world_of(request).media[file.id]
    return web.json_response({})
