"""Uploading the media, freezing the status, and the one call that makes it.

Sources: docs.joinmastodon.org/methods/statuses and /methods/media, read 2026-11-21.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft
from platforms.answers import as_object, identifier, object_of, objects, text, texts
from platforms.base import Answer, Endpoints, FilePart, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import (
    DuplicateRefused,
    MaterialGone,
    MediaRefused,
    OutcomeUnknown,
    PlatformError,
    Refused,
    Unavailable,
)
from platforms.mastodon.find import has_media, media_ids
from platforms.mastodon.options import poll_of

UPLOAD_TIMEOUT_S = 300.0
POLL_AGAIN_S = 1.0
"""Processing takes from a second to minutes; one look a second stays within 300 requests in five minutes."""
CREATE = "POST /api/v1/statuses"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One uploaded file: its id at the server and whether it is still processed."""

    id: str
    pending: bool


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,  # noqa: ARG001  # Connector.prepare: the key goes into the creating call only
    earlier: Prepared | None,
) -> Prepared:
    """Upload what is not there yet, ask how far the processing is, freeze the body. Text alone needs no call."""
    known = _uploads(earlier) if earlier is not None else ()
    if len(known) != len(draft.attachments):
        known = ()
    uploads: list[Upload] = []
    for place, attachment in enumerate(draft.attachments):
        name = attachment.media.file_name
        current = await _progress(wire, connected, known[place], name) if known else None
        uploads.append(current or await _upload(wire, connected, attachment))
    waits = any(upload.pending for upload in uploads)
    return Prepared(data=_frozen(draft, uploads), wait_s=POLL_AGAIN_S if waits else None)


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:
    """Make the status. The key makes a repeat within the hour harmless where the server honours it.

    Raises PlatformError; NotReady while media are processed, MaterialGone when they are gone, DuplicateRefused when
    they are attached to a status already.
    """
    request = Request(
        operation=CREATE,
        method="POST",
        url=f"{connected.account.service_url}/api/v1/statuses",
        headers={"Idempotency-Key": key.value},
        bearer=connected.tokens.access,
        json=as_object(prepared.data.get("body")),
    )
    try:
        answer = await wire.create(request)
    except MaterialGone as gone:
        raise await _gone_or_used(wire, connected, prepared, gone) from gone
    return _read_status(answer, as_object(request.json))


def _read_status(answer: Answer, sent: JsonObject) -> Published:
    status = object_of(answer)
    status_id = identifier(status)
    if status_id is None:
        raise OutcomeUnknown(
            "Mastodon gave an answer that cannot be read. The post may be live.",
            platform="mastodon",
            operation=CREATE,
            status=answer.status,
        )
    lost = "poll" in sent and not as_object(status.get("poll"))
    note = "The server left the poll out." if lost else ""
    return Published(platform_post_id=status_id, permalink=text(status, "url"), extra=extra_of(status), note=note)


def extra_of(status: JsonObject) -> dict[str, object]:
    """What is kept of a published status: its id, for replies, and how many files it shows.

    A server may leave out a file that it accepted before (mastodon/mastodon#21864, read 2026-11-21).
    """
    return {"id": identifier(status), "media": sum(1 for _ in objects(status.get("media_attachments")))}


async def _gone_or_used(
    wire: Wire, connected: Connected, prepared: Prepared, gone: MaterialGone
) -> MaterialGone | DuplicateRefused:
    """The server says one thing for media that are gone and for media which a status has already: look which it is.

    Uploading again would be a second post if an earlier call had made one after all.
    """
    try:
        used = await has_media(wire, connected, media_ids(prepared))
    except PlatformError:
        used = True
    if not used:
        return gone
    return DuplicateRefused(
        "Mastodon says that the media are attached to a post already.",
        platform=gone.platform,
        operation=gone.operation,
        status=gone.status,
    )


def _uploads(earlier: Prepared) -> tuple[Upload, ...]:
    ids, pending = media_ids(earlier), frozenset(texts(earlier.data.get("pending")))
    return tuple(Upload(id=one, pending=one in pending) for one in ids)


async def _upload(wire: Wire, connected: Connected, attachment: Attachment) -> Upload:
    """Upload one file with its description: 200 ready, 202 without an address still processed.

    Pleroma and Akkoma answer 202 with an address for what is ready.
    """
    media = attachment.media
    request = Request(
        operation="POST /api/v2/media",
        method="POST",
        url=f"{connected.account.service_url}/api/v2/media",
        bearer=connected.tokens.access,
        form=(("description", attachment.alt_text),) if attachment.alt_text else (),
        files=(FilePart(path=attachment.path, mime_type=media.mime_type, file_name=_neutral_name(media.mime_type)),),
        timeout_s=UPLOAD_TIMEOUT_S,
    )
    try:
        answer = await wire.prepare(request)
    except Refused as refused:
        raise _about_media(refused, media.file_name) from refused
    file = object_of(answer)
    file_id = identifier(file)
    if file_id is None:
        raise Unavailable(
            "Mastodon gave an answer to the upload that cannot be read.",
            platform="mastodon",
            operation=request.operation,
            status=answer.status,
        )
    return Upload(id=file_id, pending=answer.status == HTTPStatus.ACCEPTED and text(file, "url") is None)


def _neutral_name(mime_type: str) -> str:
    """A file name that tells the server the type and nothing about the person's disk."""
    return "file." + mime_type.rpartition("/")[2].removeprefix("x-")


async def _progress(wire: Wire, connected: Connected, upload: Upload, file_name: str) -> Upload | None:
    """How far the processing of an upload is; None when the server does not have it unattached any more.

    Pleroma and Akkoma tell it only with a permission that Mastodon does not know; there nothing is processed later.
    """
    request = Request(
        operation="GET /api/v1/media/:id",
        method="GET",
        url=f"{connected.account.service_url}/api/v1/media/{upload.id}",
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}),
    )
    try:
        answer = await wire.read(request)
    except Refused as refused:
        raise _about_media(refused, file_name) from refused
    if answer.status == HTTPStatus.NOT_FOUND:
        return None
    return Upload(id=upload.id, pending=answer.status == HTTPStatus.PARTIAL_CONTENT)


def _about_media(refused: Refused, file_name: str) -> MediaRefused:
    """A refusal of an upload is about the file, in whatever words."""
    return MediaRefused(
        f"{file_name}: {refused.safe}",
        platform=refused.platform,
        operation=refused.operation,
        status=refused.status,
        code=refused.code,
        request_id=refused.request_id,
    )


def _frozen(draft: Draft, uploads: Sequence[Upload]) -> dict[str, object]:
    """The whole body of the creating call, and which of its media are still processed."""
    options = draft.options
    body: dict[str, object] = {"status": draft.text}
    for name in ("visibility", "spoiler_text", "language"):
        if name in options:
            body[name] = options[name]
    if "sensitive" in options:
        body["sensitive"] = options["sensitive"] == "true"
    if uploads:
        body["media_ids"] = [upload.id for upload in uploads]
    if (poll := poll_of(options)) is not None:
        body["poll"] = poll
    if draft.parent is not None:
        body["in_reply_to_id"] = draft.parent.platform_post_id
    return {"body": body, "pending": [upload.id for upload in uploads if upload.pending]}
