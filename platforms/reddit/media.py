"""Uploading: Reddit leases a place in its file store, the file goes there as a form, and its address into the post.

Source: praw 8.0.3's praw/models/media.py (github.com/praw-dev/praw), read 2026-11-21; Reddit does not document it.
"""

import struct
import zlib
from dataclasses import dataclass

from bot.domain.accounts import Connected
from bot.domain.content import Attachment
from platforms.answers import as_object, object_of, objects, text
from platforms.base import Endpoints, FilePart, Request, Wire
from platforms.errors import MediaRefused, Refused, Unavailable
from platforms.places import place
from platforms.reddit.calls import Parameters, form_of
from platforms.reddit.spec import SPEC

LEASE, STORE = "POST /api/media/asset.json", "POST file store"
UPLOAD_TIMEOUT_S = 900.0
_BOUNDARY = "herald-9f1c0d5e7a"
_ENDINGS = {"image/jpeg": "jpg", "video/quicktime": "mov"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file in the store: Reddit's name for it, and its address."""

    asset_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lease:
    asset_id: str
    address: str
    """Absolute, as Reddit gave it."""
    fields: Parameters

    @property
    def url(self) -> str:
        """Of the file, once it is there."""
        return f"{self.address}/{dict(self.fields)['key']}"


async def upload(wire: Wire, endpoints: Endpoints, connected: Connected, attachment: Attachment) -> Uploaded:
    """Put a file into the store. Raises PlatformError; MediaRefused for one that is not taken."""
    media = attachment.media
    ending = _ENDINGS.get(media.mime_type, media.mime_type.rpartition("/")[2])
    name = f"file.{ending}"
    lease = await _lease(wire, connected, name, media.mime_type)
    request = Request(
        operation=STORE,
        method="POST",
        url=place(SPEC, endpoints, lease.address),
        form=lease.fields,
        files=(FilePart(path=attachment.path, mime_type=media.mime_type, file_name=name),),
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    try:
        await wire.prepare(request)
    except Refused as refused:
        raise _about_media(refused, media.file_name) from refused
    return Uploaded(asset_id=lease.asset_id, url=lease.url)


async def upload_poster(wire: Wire, endpoints: Endpoints, connected: Connected) -> Uploaded:
    """A plain dark picture: every film needs one to stand for it until it plays."""
    lease = await _lease(wire, connected, "poster.png", "image/png")
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in lease.fields
    ]
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="poster.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = "".join(parts).encode() + head.encode() + _poster() + f"\r\n--{_BOUNDARY}--\r\n".encode()
    await wire.prepare(
        Request(
            operation=STORE,
            method="POST",
            url=place(SPEC, endpoints, lease.address),
            headers={"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"},
            content=body,
        )
    )
    return Uploaded(asset_id=lease.asset_id, url=lease.url)


async def _lease(wire: Wire, connected: Connected, name: str, mime_type: str) -> _Lease:
    form = (("filepath", name), ("mimetype", mime_type))
    answer = await wire.prepare(form_of(connected, LEASE, "api/media/asset.json", form))
    body = object_of(answer)
    given = as_object(body.get("args"))
    action, asset_id = text(given, "action"), text(as_object(body.get("asset")), "asset_id")
    fields = tuple(
        (field, value)
        for one in objects(given.get("fields"))
        if (field := text(one, "name")) is not None and isinstance(value := one.get("value"), str)
    )
    if action is None or asset_id is None or "key" not in dict(fields) or not _is_whole(fields):
        safe = "Reddit gave no place to put the file."
        raise Unavailable(safe, platform="reddit", operation=LEASE, status=answer.status)
    address = action if action.startswith("https://") else f"https:{action}"
    return _Lease(asset_id=asset_id, address=address, fields=fields)


def _is_whole(fields: Parameters) -> bool:
    """Whether the fields can stand in a form as they are."""
    return not any('"' in name or "\r" in name + value or "\n" in name + value for name, value in fields)


def _about_media(refused: Refused, file_name: str) -> MediaRefused:
    return MediaRefused(
        f"{file_name}: {refused.safe}",
        platform=refused.platform,
        operation=refused.operation,
        status=refused.status,
        code=refused.code,
    )


def _poster() -> bytes:
    """A PNG of one dark grey."""
    width, height = 640, 360
    rows = (b"\x00" + b"\x26" * width) * height
    pieces = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(rows, 9)))
    chunks = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (*pieces, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
