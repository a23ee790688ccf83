"""A video on its way to a pin: registered, uploaded to the storage that Pinterest names, and processed there.

Sources: https://developers.pinterest.com/docs/api/v5/media-create/ and /media-get/, 2026-11-21.
"""

from http import HTTPStatus

from bot.domain.accounts import Connected, Secret
from bot.domain.content import Attachment
from platforms.answers import as_object, identifier, object_of, text
from platforms.base import Answer, FilePart, Request, Wire
from platforms.errors import MediaRefused, Unavailable
from platforms.pinterest.spec import SPEC, V5

UPLOAD_TIMEOUT_S = 900.0
POLL_AGAIN_S = 5.0
"""Processing takes from seconds to minutes; Pinterest advises to ask every 5 to 10 seconds."""
UPLOAD = "media upload"
_STATUS = "media/get"


async def upload(wire: Wire, connected: Connected, file: Attachment) -> str:
    """Register a video and send its bytes; returns the number it has there. Raises PlatformError."""
    answer = await wire.prepare(
        Request(
            operation="media/create",
            method="POST",
            url=f"{connected.account.service_url}{V5}/media",
            bearer=connected.tokens.access,
            json={"media_type": "video"},
        )
    )
    body = object_of(answer)
    media_id, upload_url = identifier(body, "media_id"), text(body, "upload_url")
    fields = {name: value for name, value in as_object(body.get("upload_parameters")).items() if isinstance(value, str)}
    if media_id is None or upload_url is None or not fields:
        raise _unreadable("media/create", answer)
    await _send(wire, upload_url, fields, file)
    return media_id


async def _send(wire: Wire, url: str, fields: dict[str, str], file: Attachment) -> None:
    """The fields Pinterest gave, signature and all, then the file; without our token, which is none of theirs."""
    part = FilePart(path=file.path, mime_type=file.media.mime_type, file_name="video")
    answer = await wire.prepare(
        Request(
            operation=UPLOAD,
            method="POST",
            url=url,
            form=tuple((name, Secret(value)) for name, value in fields.items()),
            files=(part,),
            timeout_s=UPLOAD_TIMEOUT_S,
        )
    )
    if answer.status == HTTPStatus.OK and answer.body:
        raise _unreadable(UPLOAD, answer)


async def is_ready(wire: Wire, connected: Connected, media_id: str, file_name: str) -> bool | None:
    """Whether a video is processed; None when Pinterest does not have it (any more). Raises MediaRefused and others."""
    answer = await wire.read(
        Request(
            operation=_STATUS,
            method="GET",
            url=f"{connected.account.service_url}{V5}/media/{media_id}",
            bearer=connected.tokens.access,
            accept_status=frozenset({HTTPStatus.NOT_FOUND}),
        )
    )
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    status = text(object_of(answer), "status")
    if status == "failed":
        raise MediaRefused(
            f"{file_name}: Pinterest could not process this video. Export it as MP4 with H.264.",
            platform=SPEC.name,
            operation=_STATUS,
            status=answer.status,
        )
    if status not in {"registered", "processing", "succeeded"}:
        raise _unreadable(_STATUS, answer)
    return status == "succeeded"


def _unreadable(operation: str, answer: Answer) -> Unavailable:
    return Unavailable(
        "Pinterest gave an answer about the video that cannot be read.",
        platform=SPEC.name,
        operation=operation,
        status=answer.status,
    )
