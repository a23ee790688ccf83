"""Uploading files, and asking how far their processing is.

Sources: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api, /videos-api and
/documents-api, read 2026-11-21.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, MediaKind
from platforms.base import FilePart, JsonObject, Request, Wire
from platforms.errors import MediaRefused, Refused
from platforms.linkedin.calls import (
    as_object,
    encoded,
    headers,
    is_page,
    may,
    number,
    object_of,
    objects,
    text,
    unreadable,
)

UPLOAD_TIMEOUT_S = 300.0
_OURS = (".linkedin.com", ".licdn.com")
"""Where LinkedIn takes uploads. The token goes nowhere else."""
_READY, _FAILED = "AVAILABLE", "PROCESSING_FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one kind of file goes."""

    path: str
    """Of the API: `images`."""
    name: str
    """What its answers call the URN: `image`."""


_IMAGE = _Place(path="images", name="image")
_VIDEO = _Place(path="videos", name="video")
_DOCUMENT = _Place(path="documents", name="document")
_PLACES = {MediaKind.VIDEO: _VIDEO, MediaKind.DOCUMENT: _DOCUMENT}


async def upload(wire: Wire, connected: Connected, attachment: Attachment) -> str:
    """Upload one file; returns its URN. Raises PlatformError, MediaRefused for a file LinkedIn does not take."""
    media = attachment.media
    place = _PLACES.get(media.kind, _IMAGE)
    try:
        if place is _VIDEO:
            return await _in_parts(wire, connected, attachment)
        return await _whole(wire, connected, place, FilePart(path=attachment.path, mime_type=media.mime_type))
    except Refused as refused:
        raise MediaRefused(
            f"{media.file_name}: {refused.safe}",
            platform=refused.platform,
            operation=refused.operation,
            status=refused.status,
            code=refused.code,
            request_id=refused.request_id,
        ) from refused


async def upload_thumbnail(wire: Wire, connected: Connected, image: bytes) -> str:
    """Upload a web page's picture for its card; returns its URN. Raises PlatformError."""
    return await _whole(wire, connected, _IMAGE, image)


async def _begin(wire: Wire, connected: Connected, place: _Place, further: JsonObject) -> JsonObject:
    """`initializeUpload`: where to send the bytes, and the URN they will have."""
    request = Request(
        operation=f"POST /rest/{place.path}?action=initializeUpload",
        method="POST",
        url=f"{connected.account.service_url}/rest/{place.path}?action=initializeUpload",
        headers=headers(),
        bearer=connected.tokens.access,
        json={"initializeUploadRequest": {"owner": connected.account.platform_account_id, **further}},
    )
    answer = await wire.prepare(request)
    value = as_object(object_of(answer).get("value"))
    if text(value, place.name) is None:
        raise unreadable(request.operation, answer)
    return value


async def _whole(wire: Wire, connected: Connected, place: _Place, body: FilePart | bytes) -> str:
    value = await _begin(wire, connected, place, {})
    address = text(value, "uploadUrl")
    ours = address is not None and _is_linkedins(address, connected)
    request = Request(
        operation=f"PUT {place.name}",
        method="PUT",
        url=address or "",
        headers={"content-type": "application/octet-stream"},
        bearer=connected.tokens.access if ours else None,
        content=body if isinstance(body, bytes) else None,
        files=(body,) if isinstance(body, FilePart) else (),
        whole_file=isinstance(body, FilePart),
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    await wire.prepare(request)
    return text(value, place.name) or ""


async def _in_parts(wire: Wire, connected: Connected, attachment: Attachment) -> str:
    media = attachment.media
    wishes = {"fileSizeBytes": media.size_bytes, "uploadCaptions": False, "uploadThumbnail": False}
    value = await _begin(wire, connected, _VIDEO, wishes)
    video = text(value, "video") or ""
    parts = [await _part(wire, attachment, one) for one in objects(value.get("uploadInstructions"))]
    await wire.prepare(
        Request(
            operation="POST /rest/videos?action=finalizeUpload",
            method="POST",
            url=f"{connected.account.service_url}/rest/videos?action=finalizeUpload",
            headers=headers(),
            bearer=connected.tokens.access,
            json={
                "finalizeUploadRequest": {
                    "video": video,
                    "uploadToken": text(value, "uploadToken") or "",
                    "uploadedPartIds": parts,
                }
            },
        )
    )
    return video


async def _part(wire: Wire, attachment: Attachment, instruction: JsonObject) -> str:
    """Send one slice to its own address, which needs no token; returns the id of the part."""
    first, last = number(instruction, "firstByte") or 0, number(instruction, "lastByte")
    length = None if last is None else min(last + 1, attachment.media.size_bytes) - first
    part = FilePart(path=attachment.path, mime_type="application/octet-stream", offset=first, length=length)
    request = Request(
        operation="PUT video part",
        method="PUT",
        url=text(instruction, "uploadUrl") or "",
        files=(part,),
        whole_file=True,
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    answer = await wire.prepare(request)
    mark = answer.headers.get("etag", "").removeprefix("W/").strip('"')
    if not mark:
        raise unreadable(request.operation, answer)
    return mark


def _is_linkedins(address: str, connected: Connected) -> bool:
    """Whether an address is LinkedIn's own, or of the server this account was connected at."""
    there, here = urlsplit(address), urlsplit(connected.account.service_url)
    own = there.scheme == "https" and f".{there.hostname or ''}".endswith(_OURS)
    return own or (there.scheme, there.netloc) == (here.scheme, here.netloc)


async def is_ready(wire: Wire, connected: Connected, urn: str) -> bool:
    """Whether an upload may be posted. Where LinkedIn does not tell (members' files), it is taken for ready.

    Raises MediaRefused when the processing failed, and other PlatformErrors.
    """
    place = next((one for one in (_IMAGE, _VIDEO, _DOCUMENT) if f":{one.name}:" in urn), _IMAGE)
    if not (is_page(connected.account) or may(connected, "r_member_social") or place is _VIDEO):
        return True
    request = Request(
        operation=f"GET /rest/{place.path}/:urn",
        method="GET",
        url=f"{connected.account.service_url}/rest/{place.path}/{encoded(urn)}",
        headers=headers(),
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.FORBIDDEN}),
    )
    answer = await wire.read(request)
    if answer.status == HTTPStatus.FORBIDDEN:
        return True
    found = object_of(answer)
    status = text(found, "status")
    if status is None:
        raise unreadable(request.operation, answer)
    if status == _FAILED:
        why = text(found, "processingFailureReason")
        said = f" It says: “{why}”" if why else ""
        raise MediaRefused(
            f"LinkedIn could not process the {place.name}.{said}", platform="linkedin", operation=request.operation
        )
    return status == _READY
