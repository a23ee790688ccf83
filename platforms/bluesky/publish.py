"""Making a post: everything ready and frozen first, then one `putRecord`.

The record key is ours and stored before sending, and `swapRecord: null` says "only if nothing stands there": however
often the call is made, one post comes of it.
Source: https://github.com/bluesky-social/atproto, packages/pds/src/api/com/atproto/repo/putRecord.ts, 2026-11-21.
"""

from dataclasses import replace

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft
from platforms.base import Answer, Endpoints, FilePart, JsonObject, Key, Page, Prepared, Published, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_object, count_in, object_in, text_in, unusable
from platforms.bluesky.calls import authorized, xrpc
from platforms.bluesky.find import published, read_post
from platforms.bluesky.record import (
    Frozen,
    build,
    card_embed,
    frozen_in,
    image_blobs,
    images_embed,
    same_post,
    stored,
    thumb_blob,
    with_thumb,
)
from platforms.bluesky.resolving import ask_did, is_handle
from platforms.bluesky.richtext import facets_of, find_spans, names_of
from platforms.bluesky.rkey import rkey_of
from platforms.bluesky.spec import COLLECTION, MAX_THUMB_BYTES, NAME, WEB
from platforms.errors import ContentRefused, DuplicateRefused, MediaRefused, OutcomeUnknown, PlatformError, Refused

_UPLOAD = "com.atproto.repo.uploadBlob"
_PUT = "com.atproto.repo.putRecord"
_UPLOAD_TIMEOUT_S = 60.0


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is the house's: platforms/base.py
    wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft, key: Key, earlier: Prepared | None
) -> Prepared:
    """The whole record and its key, with files uploaded. With `earlier` the same record again, its files renewed.

    Raises PlatformError; nothing is visible by then.
    """
    if earlier is not None:
        return await _renew(wire, connected, draft, earlier)
    facets = await _facets(wire, endpoints, connected, draft.text)
    embed = await _embed(wire, connected, draft)
    return stored(Frozen(rkey=rkey_of(key), record=build(draft, facets, embed), web=endpoints.web or WEB))


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:
    """Put the record at its key. Raises DuplicateRefused when something stands there and could not be read."""
    del key
    frozen, did = frozen_in(prepared), connected.account.platform_account_id
    try:
        answer = await wire.create(_put(connected, frozen))
    except DuplicateRefused as refusal:
        return await _judge(wire, connected, frozen, refusal)
    return _read_put(answer, frozen, did)


def _put(connected: Connected, frozen: Frozen) -> Request:
    body = {
        "repo": connected.account.platform_account_id,
        "collection": COLLECTION,
        "rkey": frozen.rkey,
        "record": frozen.record,
        "swapRecord": None,
    }
    request = Request(operation=_PUT, method="POST", url=xrpc(connected.account.service_url, _PUT), json=body)
    return authorized(connected, request)


def _read_put(answer: Answer, frozen: Frozen, did: str) -> Published:
    try:
        fields = object_in(answer)
        uri, cid = text_in(fields, "uri"), text_in(fields, "cid")
    except UnreadableError:
        uri, cid = "", ""
    if uri != frozen.uri(did):
        raise OutcomeUnknown(
            "Bluesky answered something unexpected. The post may be live.",
            platform=NAME,
            operation=_PUT,
            status=answer.status,
        )
    return published(frozen, did, cid)


async def _judge(wire: Wire, connected: Connected, frozen: Frozen, refusal: DuplicateRefused) -> Published:
    """Something stands at our key: is it this post? Raises ContentRefused when it surely is not.

    When it cannot be read now, the refusal itself goes up: the queue takes it as "perhaps there" and looks later.
    """
    try:
        there = await read_post(wire, connected, frozen)
    except PlatformError:
        raise refusal from None
    if there is None:
        raise ContentRefused(
            "Bluesky had this post already and no longer shows it: it was deleted or taken down.",
            platform=NAME,
            operation=_PUT,
            status=refusal.status,
            code=refusal.code,
        )
    if not same_post(frozen.record, there.value):
        raise ContentRefused(
            "Another post stands at this one's place on Bluesky, perhaps an edited copy of it.",
            platform=NAME,
            operation=_PUT,
            status=refusal.status,
            code=refusal.code,
        )
    return published(frozen, connected.account.platform_account_id, there.cid)


async def _facets(wire: Wire, endpoints: Endpoints, connected: Connected, text: str) -> list[dict[str, object]]:
    spans = find_spans(text)
    dids: dict[str, str] = {}
    for name in names_of(spans):
        if is_handle(name) and (did := await _did_of(wire, endpoints, connected, name)) is not None:
            dids[name] = did
    return facets_of(text, spans, dids)


async def _did_of(wire: Wire, endpoints: Endpoints, connected: Connected, name: str) -> str | None:
    """The DID to mention, asked of the network's view, else of the account's server; None leaves plain text.

    A name nobody can look up right now is plain text too: a post without a link to a name is better than a late post.
    """
    for server in (endpoints.api, connected.account.service_url):
        try:
            did = await ask_did(wire, server, name)
        except PlatformError:
            continue
        if did is not None:
            return did
    return None


async def _embed(wire: Wire, connected: Connected, draft: Draft) -> JsonObject | None:
    if draft.attachments:
        blobs = [await _upload(wire, connected, attachment) for attachment in draft.attachments]
        return images_embed(draft.attachments, blobs)
    if draft.link is None:
        return None
    page = await wire.page(draft.link, max_image_bytes=MAX_THUMB_BYTES)
    return card_embed(draft.link, page, await _upload_thumb(wire, connected, page))


async def _renew(wire: Wire, connected: Connected, draft: Draft, earlier: Prepared) -> Prepared:
    """The files of a stored record once more: unused ones are dropped by the server after some hours.

    The same bytes have the same name there, so the record stays as it is. Only a link card's picture may have changed
    at its page meanwhile; then the card takes the new one, or none.
    """
    frozen = frozen_in(earlier)
    for attachment, expected in zip(draft.attachments, image_blobs(frozen.record), strict=True):
        if (await _upload(wire, connected, attachment)).get("ref") != expected.get("ref"):
            raise MediaRefused(
                f"{attachment.media.file_name} is not the file it was when this post was prepared.",
                platform=NAME,
                operation=_UPLOAD,
            )
    thumb = thumb_blob(frozen.record)
    if draft.link is None or thumb is None:
        return earlier
    page = await wire.page(draft.link, max_image_bytes=MAX_THUMB_BYTES)
    fresh = await _upload_thumb(wire, connected, page)
    if fresh == thumb:
        return earlier
    return stored(replace(frozen, record=with_thumb(frozen.record, fresh)))


async def _upload(wire: Wire, connected: Connected, attachment: Attachment) -> JsonObject:
    part = FilePart(path=attachment.path, mime_type=attachment.media.mime_type)
    request = Request(
        operation=_UPLOAD,
        method="POST",
        url=xrpc(connected.account.service_url, _UPLOAD),
        files=(part,),
        whole_file=True,
        timeout_s=_UPLOAD_TIMEOUT_S,
    )
    return _read_blob(await wire.prepare(authorized(connected, request)))


async def _upload_thumb(wire: Wire, connected: Connected, page: Page | None) -> JsonObject | None:
    """The picture of a link card, or None: a card without picture is better than no post."""
    if page is None or not page.image or not page.image_mime_type or len(page.image) > MAX_THUMB_BYTES:
        return None
    request = Request(
        operation=_UPLOAD,
        method="POST",
        url=xrpc(connected.account.service_url, _UPLOAD),
        headers={"content-type": page.image_mime_type},
        content=page.image,
        timeout_s=_UPLOAD_TIMEOUT_S,
    )
    try:
        return _read_blob(await wire.prepare(authorized(connected, request)))
    except Refused:
        return None


def _read_blob(answer: Answer) -> JsonObject:
    """The blob as the record must name it. Source: https://atproto.com/specs/data-model#blob-type, 2026-11-21."""
    try:
        blob = as_object(object_in(answer).get("blob"))
        link = text_in(as_object(blob.get("ref")), "$link")
        mime_type, size = text_in(blob, "mimeType"), count_in(blob, "size")
    except UnreadableError:
        raise unusable(_UPLOAD) from None
    if size is None:
        raise unusable(_UPLOAD)
    return {"$type": "blob", "ref": {"$link": link}, "mimeType": mime_type, "size": size}
