"""Files at the account's own server: uploaded as they are, and named in a record afterwards."""

from bot.domain.accounts import Connected
from bot.domain.content import Attachment
from platforms.base import Answer, FilePart, JsonObject, Page, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_object, count_in, object_in, text_in, unusable
from platforms.bluesky.calls import authorized, xrpc
from platforms.bluesky.spec import MAX_THUMB_BYTES
from platforms.errors import Refused

UPLOAD = "com.atproto.repo.uploadBlob"
_TIMEOUT_S = 60.0
_FILM_TIMEOUT_S = 600.0
_LARGE_BYTES = 10_000_000


async def upload_file(wire: Wire, connected: Connected, attachment: Attachment) -> JsonObject:
    """A file of the post. Raises PlatformError."""
    request = Request(
        operation=UPLOAD,
        method="POST",
        url=xrpc(connected.account.service_url, UPLOAD),
        files=(FilePart(path=attachment.path, mime_type=attachment.media.mime_type),),
        whole_file=True,
        timeout_s=_FILM_TIMEOUT_S if attachment.media.size_bytes > _LARGE_BYTES else _TIMEOUT_S,
    )
    return _read(await wire.prepare(authorized(connected, request)))


async def upload_thumb(wire: Wire, connected: Connected, page: Page | None) -> JsonObject | None:
    """The picture of a link card, or None: a card without picture is better than no post."""
    if page is None or not page.image or not page.image_mime_type or len(page.image) > MAX_THUMB_BYTES:
        return None
    request = Request(
        operation=UPLOAD,
        method="POST",
        url=xrpc(connected.account.service_url, UPLOAD),
        headers={"content-type": page.image_mime_type},
        content=page.image,
        timeout_s=_TIMEOUT_S,
    )
    try:
        return _read(await wire.prepare(authorized(connected, request)))
    except Refused:
        return None


def _read(answer: Answer) -> JsonObject:
    try:
        return blob_in(UPLOAD, object_in(answer).get("blob"))
    except UnreadableError:
        raise unusable(UPLOAD) from None


def blob_in(operation: str, value: object) -> JsonObject:
    """The blob as the record must name it. Source: https://atproto.com/specs/data-model#blob-type, 2026-11-21."""
    try:
        blob = as_object(value)
        link = text_in(as_object(blob.get("ref")), "$link")
        mime_type, size = text_in(blob, "mimeType"), count_in(blob, "size")
    except UnreadableError:
        raise unusable(operation) from None
    if size is None:
        raise unusable(operation)
    return {"$type": "blob", "ref": {"$link": link}, "mimeType": mime_type, "size": size}
