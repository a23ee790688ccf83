"""Making a post: everything ready and frozen first, then one `putRecord`.

The record key is ours and stored before sending, and `swapRecord: null` says "only if nothing stands there": however
often the call is made, one post comes of it.
Source: https://github.com/bluesky-social/atproto, packages/pds/src/api/com/atproto/repo/putRecord.ts, 2026-11-21.
"""

from dataclasses import replace

from bot.domain.accounts import Connected
from bot.domain.content import Attachment, Draft, MediaKind, Reference
from platforms.base import Answer, Endpoints, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.bluesky import video
from platforms.bluesky.answers import UnreadableError, object_in, text_in
from platforms.bluesky.blobs import UPLOAD, upload_file, upload_thumb
from platforms.bluesky.calls import authorized, xrpc
from platforms.bluesky.find import published, read_post
from platforms.bluesky.record import (
    WAIT_S,
    Frozen,
    build,
    card_embed,
    dated,
    frozen_in,
    image_blobs,
    images_embed,
    same_post,
    stored,
    thumb_blob,
    video_embed,
    waiting,
    waiting_for,
    with_thumb,
)
from platforms.bluesky.resolving import ask_did, is_handle
from platforms.bluesky.richtext import facets_of, find_spans, names_of
from platforms.bluesky.rkey import rkey_of
from platforms.bluesky.spec import COLLECTION, MAX_THUMB_BYTES, NAME, WEB
from platforms.bluesky.video import Job
from platforms.errors import ContentRefused, DuplicateRefused, MediaRefused, OutcomeUnknown, PlatformError

_PUT = "com.atproto.repo.putRecord"


async def prepare(  # noqa: PLR0913, PLR0917  # the signature is the house's: platforms/base.py
    wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft, key: Key, earlier: Prepared | None
) -> Prepared:
    """The whole record and its key, with files uploaded. With `earlier` the same record again, its files renewed.

    Raises PlatformError; nothing is visible by then.
    """
    film = _film_of(draft)
    if earlier is not None and film is not None and (job := waiting_for(earlier)) is not None:
        return await _look_after_film(wire, film, earlier, Job(id=job[0], server=job[1]))
    if earlier is not None:
        return await _renew(wire, endpoints, connected, draft, earlier)
    draft = await _with_cids(wire, connected, draft)
    facets = await _facets(wire, endpoints, connected, draft.text)
    embed = await _embed(wire, connected, draft) if film is None else None
    frozen = Frozen(rkey=rkey_of(key), record=build(draft, facets, embed), web=endpoints.web or WEB)
    return (
        stored(frozen) if film is None else _with_film(frozen, film, await video.send(wire, endpoints, connected, film))
    )


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


async def _with_cids(wire: Wire, connected: Connected, draft: Draft) -> Draft:
    """The draft with the cid of what it answers to, asked for where a person gave an address, which tells none."""
    known: dict[str, Reference] = {}
    for reference in (draft.parent, draft.root):
        if reference is not None and "cid" not in reference.extra and "uri" in reference.extra:
            rkey = reference.platform_post_id.rpartition("/")[2]
            there = await read_post(wire, connected, Frozen(rkey=rkey, record={}))
            if there is None:
                raise ContentRefused("The post this one replies to is gone.", platform=NAME, operation=_PUT)
            known[reference.platform_post_id] = replace(reference, extra={**reference.extra, "cid": there.cid})
    if not known:
        return draft
    parent, root = (one and known.get(one.platform_post_id, one) for one in (draft.parent, draft.root))
    return replace(draft, parent=parent, root=root)


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
        blobs = [await upload_file(wire, connected, attachment) for attachment in draft.attachments]
        return images_embed(draft.attachments, blobs)
    if draft.link is None:
        return None
    page = await wire.page(draft.link, max_image_bytes=MAX_THUMB_BYTES)
    return card_embed(draft.link, page, await upload_thumb(wire, connected, page))


def _film_of(draft: Draft) -> Attachment | None:
    return next((one for one in draft.attachments if one.media.kind is MediaKind.VIDEO), None)


def _with_film(frozen: Frozen, film: Attachment, sent: JsonObject | Job) -> Prepared:
    """The record with its film; without it, and with a wait, while that is not ready."""
    if isinstance(sent, Job):
        return waiting(frozen, sent.id, sent.server)
    return stored(replace(frozen, record={**frozen.record, "embed": video_embed(film, sent)}))


async def _look_after_film(wire: Wire, film: Attachment, earlier: Prepared, job: Job) -> Prepared:
    blob = await video.ask(wire, job)
    if blob is None:
        return replace(earlier, wait_s=WAIT_S)
    return _with_film(frozen_in(earlier), film, blob)


async def _renew(wire: Wire, endpoints: Endpoints, connected: Connected, draft: Draft, earlier: Prepared) -> Prepared:
    """The files of a stored record once more: unused ones are dropped by the server after some hours.

    The same bytes have the same name there, so the record stays as it is but for its time (`dated`). Only a link
    card's picture may have changed at its page meanwhile, and a film be made ready otherwise: it takes the new ones.
    """
    frozen = frozen_in(earlier)
    frozen = replace(frozen, record=dated(frozen.record, draft))
    if (film := _film_of(draft)) is not None:
        return _with_film(frozen, film, await video.send(wire, endpoints, connected, film))
    for attachment, expected in zip(draft.attachments, image_blobs(frozen.record), strict=True):
        if (await upload_file(wire, connected, attachment)).get("ref") != expected.get("ref"):
            raise MediaRefused(
                f"{attachment.media.file_name} is not the file it was when this post was prepared.",
                platform=NAME,
                operation=UPLOAD,
            )
    thumb = thumb_blob(frozen.record)
    if draft.link is None or thumb is None:
        return stored(frozen)
    page = await wire.page(draft.link, max_image_bytes=MAX_THUMB_BYTES)
    fresh = await upload_thumb(wire, connected, page)
    if fresh == thumb:
        return stored(frozen)
    return stored(replace(frozen, record=with_thumb(frozen.record, fresh)))
