"""Uploading the files, freezing the post, and the one call that hands it over.

Source: https://app.metricool.com/resources/apidocs, read 2026-11-21.
"""

import asyncio
import base64
import hashlib
from datetime import UTC, timedelta

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft
from platforms.answers import as_object, identifier, object_of, objects, text, texts
from platforms.base import Endpoints, FilePart, JsonObject, Key, Pending, Prepared, Request, Wire
from platforms.errors import OutcomeUnknown
from platforms.metricool.networks import NETWORKS
from platforms.metricool.reading import account_of, data_of, request, unreadable
from platforms.metricool.spec import SOONEST_S
from platforms.slices import slices

CREATE = "POST /v2/scheduler/posts"
UPLOADS = "/v2/media/s3/upload-transactions"
POSTS = "/v2/scheduler/posts"
UPLOAD_TIMEOUT_S = 300.0
PART_BYTES = 5 * 1024 * 1024
"""Below it a file goes up in one piece."""
FIRST_LOOK_S, LATER_LOOK_S = 5.0, 30.0
_PIECE_BYTES = 1 << 20


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is Connector.prepare
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.prepare
    connected: Connected,
    draft: Draft,
    key: Key,
    earlier: Prepared | None,
) -> Prepared:
    """Upload what is not there yet, and freeze the post with a second that Metricool still takes."""
    urls = list(texts(earlier.data.get("media"))) if earlier is not None else []
    if len(urls) != len(draft.attachments):
        urls = [await _upload(wire, connected, attachment) for attachment in draft.attachments]
    return Prepared(data={"media": urls, "body": _body(connected, draft, key, urls)})


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Pending:  # noqa: ARG001  # Connector.publish
    """Hand the post over. A second call makes a second one, so nobody makes it before `find` has looked.

    Raises PlatformError.
    """
    answer = await wire.create(request(connected, "POST", POSTS, CREATE, json=as_object(prepared.data.get("body"))))
    saved = as_object(object_of(answer).get("data"))
    post_id = identifier(saved)
    if post_id is None:
        raise OutcomeUnknown(
            "Metricool gave an answer that cannot be read. It may have the post.",
            platform="metricool",
            operation=CREATE,
            status=answer.status,
        )
    return Pending(handle={"id": post_id}, check_after_s=FIRST_LOOK_S)


def _body(connected: Connected, draft: Draft, key: Key, urls: list[str]) -> JsonObject:
    _, word = account_of(connected)
    at = max(key.at, draft.due_at + timedelta(seconds=SOONEST_S)).astimezone(UTC)
    body: dict[str, object] = {
        "providers": [{"network": word}],
        "publicationDate": {"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S"), "timezone": "UTC"},
        "text": draft.text,
        "autoPublish": True,
        "draft": False,
        "saveExternalMediaFiles": True,
        "shortener": False,
    }
    if urls:
        body["media"] = urls
        body["mediaAltText"] = [attachment.alt_text for attachment in draft.attachments]
    if comment := draft.options.get("first_comment"):
        body["firstCommentText"] = comment
    if block := _block(word, draft):
        body[f"{NETWORKS[word].block}Data"] = block
    return body


def _block(word: str, draft: Draft) -> dict[str, object]:
    """The network's own settings; Metricool refuses empty blocks and names it does not know."""
    network = NETWORKS[word]
    block: dict[str, object] = {
        name: draft.options[option] for option, name in network.settings.items() if option in draft.options
    }
    if "type" in draft.options:
        block["type"] = draft.options["type"]
    return block


# --- Files -----------------------------------------------------------------------------------------------------------


async def _upload(wire: Wire, connected: Connected, attachment: Attachment) -> str:
    """One file into Metricool's own store; the address to name in the post."""
    media = attachment.media
    parts = slices(media.size_bytes, PART_BYTES) if media.size_bytes >= PART_BYTES else ((0, media.size_bytes),)
    hashes = [await asyncio.to_thread(_hash, attachment, offset, length) for offset, length in parts]
    begun = await _transact(
        wire,
        connected,
        "PUT",
        {
            "resourceType": "planner",
            "contentType": media.mime_type,
            "fileExtension": media.mime_type.rpartition("/")[2].replace("quicktime", "mov"),
            "parts": [
                {"size": length, "startByte": offset, "endByte": offset + length, "hash": digest}
                for (offset, length), digest in zip(parts, hashes, strict=True)
            ],
        },
    )
    if text(begun, "uploadType") == "SIMPLE":
        await _put(wire, attachment, text(begun, "presignedUrl"), parts[0], hashes[0])
        done = await _transact(wire, connected, "PATCH", {"simple": {"fileUrl": text(begun, "fileUrl")}})
        return _address(done, begun)
    places = sorted(objects(begun.get("parts")), key=lambda one: int(identifier(one, "partNumber") or 0))
    if len(places) != len(parts):
        raise unreadable(UPLOADS)
    etags: list[JsonObject] = []
    for place, part, digest in zip(places, parts, hashes, strict=True):
        etag = await _put(wire, attachment, text(place, "presignedUrl"), part, digest)
        etags.append({"partNumber": place.get("partNumber"), "etag": etag})
    whole = {"uploadId": begun.get("uploadId"), "key": begun.get("key"), "parts": etags}
    return _address(await _transact(wire, connected, "PATCH", {"multipart": whole}), begun)


def _hash(attachment: Attachment, offset: int, length: int) -> str:
    """SHA-256 of a piece, as S3 takes it."""
    digest = hashlib.sha256()
    with attachment.path.open("rb") as file:
        file.seek(offset)
        while length > 0 and (piece := file.read(min(length, _PIECE_BYTES))):
            digest.update(piece)
            length -= len(piece)
    return base64.b64encode(digest.digest()).decode()


async def _transact(wire: Wire, connected: Connected, method: str, body: JsonObject) -> JsonObject:
    operation = f"{method} {UPLOADS}"
    answer = await wire.prepare(request(connected, method, UPLOADS, operation, json=body))
    return as_object(data_of(answer, operation))


async def _put(wire: Wire, attachment: Attachment, url: str | None, part: tuple[int, int], digest: str) -> str:
    """One piece to the address that Metricool signed; its ETag."""
    if url is None:
        raise unreadable(UPLOADS)
    answer = await wire.prepare(
        Request(
            operation="PUT to the presigned address",
            method="PUT",
            url=url,
            headers={"x-amz-checksum-sha256": digest},
            files=(
                FilePart(path=attachment.path, mime_type=attachment.media.mime_type, offset=part[0], length=part[1]),
            ),
            whole_file=True,
            timeout_s=UPLOAD_TIMEOUT_S,
        )
    )
    etag = answer.headers.get("etag", "").strip('"')
    if not etag:
        raise unreadable("PUT to the presigned address")
    return etag


def _address(done: JsonObject, begun: JsonObject) -> str:
    found = text(done, "convertedFileUrl") or text(done, "fileUrl") or text(begun, "fileUrl")
    if found is None:
        raise unreadable(UPLOADS)
    return found
