"""Bringing files to X: pictures in one piece, GIFs and videos in several, and what becomes of them there.

Source: https://docs.x.com/x-api/media/quickstart/media-upload-chunked and X's OpenAPI document 2.167, read 2026-11-21.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, MediaKind
from platforms.answers import as_object, number, object_of, text
from platforms.base import Answer, FilePart, JsonObject, Request, Wire
from platforms.errors import MediaRefused, Refused
from platforms.slices import slices
from platforms.x.limits import CHUNK_BYTES
from platforms.x.reading import data_of, unreadable
from platforms.x.spec import VERSION

UPLOAD_TIMEOUT_S = 300.0
SHORTEST_WAIT_S, LONGEST_WAIT_S = 1.0, 30.0
_CATEGORIES = {MediaKind.IMAGE: "tweet_image", MediaKind.GIF: "tweet_gif", MediaKind.VIDEO: "tweet_video"}
_ENDINGS = {"image/jpeg": "jpg", "video/quicktime": "mov"}
_WORKING = frozenset({"pending", "in_progress"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One uploaded file: its id at X, and in how many seconds to ask about it again; None when it is ready."""

    id: str
    wait_s: float | None = None


async def upload(wire: Wire, connected: Connected, attachment: Attachment) -> Upload:
    """Bring one file there, with its description once it is ready. Raises PlatformError; a no is MediaRefused."""
    kind = attachment.media.kind
    try:
        make = _in_one if kind is MediaKind.IMAGE else _in_pieces
        return await _described(wire, connected, attachment, await make(wire, connected, attachment))
    except Refused as refused:
        raise _about(attachment, refused) from refused


async def progress(wire: Wire, connected: Connected, attachment: Attachment, upload_id: str) -> Upload | None:
    """How far X is with a file; None when it does not have it any more. Raises PlatformError."""
    request = Request(
        operation="GET /2/media/upload",
        method="GET",
        url=_url(connected, "/media/upload"),
        query=(("command", "STATUS"), ("media_id", upload_id)),
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND}),
    )
    try:
        answer = await wire.read(request)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return await _described(wire, connected, attachment, _uploaded(request, answer))
    except Refused as refused:
        raise _about(attachment, refused) from refused


async def _in_one(wire: Wire, connected: Connected, attachment: Attachment) -> Upload:
    request = Request(
        operation="POST /2/media/upload",
        method="POST",
        url=_url(connected, "/media/upload"),
        bearer=connected.tokens.access,
        form=(("media_category", _CATEGORIES[attachment.media.kind]),),
        files=(_part(attachment, 0, attachment.media.size_bytes),),
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    return _uploaded(request, await wire.prepare(request))


async def _in_pieces(wire: Wire, connected: Connected, attachment: Attachment) -> Upload:
    media = attachment.media
    begin = _prepare(
        connected,
        "/media/upload/initialize",
        {
            "media_type": media.mime_type,
            "total_bytes": media.size_bytes,
            "media_category": _CATEGORIES[media.kind],
        },
    )
    begun = _uploaded(begin, await wire.prepare(begin))
    for number_, (offset, length) in enumerate(slices(media.size_bytes, CHUNK_BYTES)):
        piece = Request(
            operation="POST /2/media/upload/:id/append",
            method="POST",
            url=_url(connected, f"/media/upload/{begun.id}/append"),
            bearer=connected.tokens.access,
            form=(("segment_index", str(number_)),),
            files=(_part(attachment, offset, length),),
            timeout_s=UPLOAD_TIMEOUT_S,
        )
        _taken(piece, await wire.prepare(piece))
    end = replace(
        _prepare(connected, f"/media/upload/{begun.id}/finalize", None), operation="POST /2/media/upload/:id/finalize"
    )
    return _uploaded(end, await wire.prepare(end))


async def _described(wire: Wire, connected: Connected, attachment: Attachment, done: Upload) -> Upload:
    """The same upload, with its description when it is ready and has one."""
    if done.wait_s is None and attachment.alt_text:
        metadata = {"alt_text": {"text": attachment.alt_text}}
        request = _prepare(connected, "/media/metadata", {"id": done.id, "metadata": metadata})
        _taken(request, await wire.prepare(request))
    return done


def _uploaded(request: Request, answer: Answer) -> Upload:
    """What an answer says of a file. Raises MediaRefused for one that X could not process, Unavailable for nonsense."""
    data = data_of(answer)
    upload_id = text(data, "id")
    if upload_id is None or not upload_id.isdigit():
        raise unreadable(request.operation, answer.status)
    info = as_object(data.get("processing_info"))
    state = text(info, "state")
    if state == "failed":
        raise _failed(request, info)
    if state not in _WORKING:
        return Upload(id=upload_id)
    wait_s = number(info, "check_after_secs") or 0
    return Upload(id=upload_id, wait_s=min(max(float(wait_s), SHORTEST_WAIT_S), LONGEST_WAIT_S))


def _taken(request: Request, answer: Answer) -> None:
    """A yes without news, which may be empty. Raises Unavailable for what is not X's at all."""
    if answer.body and not object_of(answer):
        raise unreadable(request.operation, answer.status)


def _failed(request: Request, info: JsonObject) -> MediaRefused:
    error = as_object(info.get("error"))
    why = text(error, "message") or text(error, "name")
    said = f" It says: “{why[:300].rstrip('. ')}”" if why else ""
    return MediaRefused(f"X could not process it.{said}", platform="x", operation=request.operation)


def _prepare(connected: Connected, path: str, body: JsonObject | None) -> Request:
    return Request(
        operation=f"POST {VERSION}{path}",
        method="POST",
        url=_url(connected, path),
        bearer=connected.tokens.access,
        json=body,
    )


def _part(attachment: Attachment, offset: int, length: int) -> FilePart:
    """A piece of a file under a name that tells its type and nothing about the person's disk."""
    mime = attachment.media.mime_type
    name = "media." + _ENDINGS.get(mime, mime.rpartition("/")[2])
    return FilePart(path=attachment.path, mime_type=mime, field="media", file_name=name, offset=offset, length=length)


def _url(connected: Connected, path: str) -> str:
    return f"{connected.account.service_url}{VERSION}{path}"


def _about(attachment: Attachment, refused: Refused) -> MediaRefused:
    """A refusal on this way is about the file, in whatever words."""
    return MediaRefused(
        f"{attachment.media.file_name}: {refused.safe}",
        platform=refused.platform,
        operation=refused.operation,
        status=refused.status,
        code=refused.code,
        request_id=refused.request_id,
    )
