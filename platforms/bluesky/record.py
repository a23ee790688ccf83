"""The post as a record of `app.bsky.feed.post`: built from parts, taken apart again, compared. Pure.

Source: https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (feed/post.json, embed/), 2026-11-21.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.domain.content import Attachment, Draft, Reference
from platforms.base import JsonObject, Page, Prepared
from platforms.bluesky.answers import (
    UnreadableError,
    as_list,
    as_object,
    object_or_empty,
    optional_text,
    plain,
    text_in,
)
from platforms.bluesky.spec import COLLECTION, WEB, words_of
from platforms.errors import ContentRefused

_IMAGES = "app.bsky.embed.images"
_CARD = "app.bsky.embed.external"
_VIDEO = "app.bsky.embed.video"
WAIT_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What is stored before anything is sent: where the post will stand, and all of it."""

    rkey: str
    record: JsonObject
    web: str = WEB
    """The site its permalink leads to."""

    def uri(self, did: str) -> str:
        """The post's address in the network."""
        return f"at://{did}/{COLLECTION}/{self.rkey}"


def stored(frozen: Frozen) -> Prepared:
    """As small JSON; the site only when it is another than the platform's own."""
    web = {} if frozen.web == WEB else {"web": frozen.web}
    return Prepared(data={"rkey": frozen.rkey, "record": dict(frozen.record), **web})


def waiting(frozen: Frozen, job: str, server: str) -> Prepared:
    """The post without its film, which a service makes ready; to be asked after in a moment."""
    data = {**stored(frozen).data, "job": job, "job_at": server}
    return Prepared(data=data, wait_s=WAIT_S)


def waiting_for(prepared: Prepared) -> tuple[str, str] | None:
    """The job that a post waits for, and where it is done; None when it waits for none."""
    job, server = optional_text(prepared.data, "job"), optional_text(prepared.data, "job_at")
    return (job, server) if job is not None and server is not None else None


def frozen_in(prepared: Prepared) -> Frozen:
    """Back from storage. Raises ValueError when it is nothing we stored."""
    try:
        return Frozen(
            rkey=text_in(prepared.data, "rkey"),
            record=as_object(prepared.data.get("record")),
            web=optional_text(prepared.data, "web") or WEB,
        )
    except UnreadableError:
        raise ValueError("this is no prepared Bluesky post") from None


def build(draft: Draft, facets: Sequence[JsonObject], embed: JsonObject | None) -> JsonObject:
    """The whole record. `createdAt` is the planned second, so that building it again gives the same."""
    record: dict[str, object] = {"$type": COLLECTION, "text": draft.text, "createdAt": _instant(draft.due_at)}
    if langs := words_of(draft.options.get("langs", "")):
        record["langs"] = list(langs)
    if facets:
        record["facets"] = list(facets)
    if draft.parent is not None:
        root = draft.root or draft.parent
        record["reply"] = {"root": _reference(root), "parent": _reference(draft.parent)}
    if embed is not None:
        record["embed"] = dict(embed)
    if labels := words_of(draft.options.get("labels", "")):
        values = [{"val": label} for label in labels]
        record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": values}
    return record


def images_embed(attachments: Sequence[Attachment], blobs: Sequence[JsonObject]) -> JsonObject:
    """Images with their descriptions, in order. Without `aspectRatio` an app would have to guess the shape."""
    images: list[dict[str, object]] = []
    for attachment, blob in zip(attachments, blobs, strict=True):
        image: dict[str, object] = {"image": dict(blob), "alt": attachment.alt_text}
        media = attachment.media
        if media.width_px and media.height_px:
            image["aspectRatio"] = {"width": media.width_px, "height": media.height_px}
        images.append(image)
    return {"$type": _IMAGES, "images": images}


def video_embed(film: Attachment, blob: JsonObject) -> JsonObject:
    """A film with its description and shape."""
    media = film.media
    embed: dict[str, object] = {"$type": _VIDEO, "video": dict(blob)}
    if film.alt_text:
        embed["alt"] = film.alt_text
    if media.width_px and media.height_px:
        embed["aspectRatio"] = {"width": media.width_px, "height": media.height_px}
    return embed


def card_embed(link: str, page: Page | None, thumb: JsonObject | None) -> JsonObject:
    """A link card. Without the page its title is the host, so that the link is shown at all events."""
    external: dict[str, object] = {
        "uri": link,
        "title": (page.title if page is not None else "") or urlsplit(link).hostname or link,
        "description": page.description if page is not None else "",
    }
    if thumb is not None:
        external["thumb"] = dict(thumb)
    return {"$type": _CARD, "external": external}


def dated(record: JsonObject, draft: Draft) -> JsonObject:
    """A stored record with the second at which it goes out now, unless it may be there already.

    Readers find a post where its time puts it: one of yesterday is below all of today. Where the record may be there,
    another time would make it another post.
    """
    return record if draft.may_be_there else {**record, "createdAt": _instant(draft.due_at)}


def image_blobs(record: JsonObject) -> tuple[JsonObject, ...]:
    """The blobs of the record's images, in order."""
    embed = object_or_empty(record.get("embed"))
    if embed.get("$type") != _IMAGES:
        return ()
    return tuple(as_object(as_object(image).get("image")) for image in as_list(embed.get("images")))


def thumb_blob(record: JsonObject) -> JsonObject | None:
    """The blob of the link card's picture, if there is one."""
    external = object_or_empty(object_or_empty(record.get("embed")).get("external"))
    thumb = external.get("thumb")
    return None if thumb is None else as_object(thumb)


def with_thumb(record: JsonObject, thumb: JsonObject | None) -> JsonObject:
    """The record with another picture on its link card, or with none."""
    embed = as_object(record.get("embed"))
    external = {name: value for name, value in as_object(embed.get("external")).items() if name != "thumb"}
    if thumb is not None:
        external["thumb"] = dict(thumb)
    return {**record, "embed": {**embed, "external": external}}


def same_post(ours: JsonObject, theirs: object) -> bool:
    """Whether a server's record is ours: equal in every value but the picture of a link card and the bytes of a film.

    That picture belongs to a foreign page, and a film is made ready by others: both may be other ones when the post is
    prepared a second time. The record key is ours alone, so nothing else is confused by leaving them out.
    """
    return _comparable(ours) == _comparable(object_or_empty(theirs))


def _comparable(record: JsonObject) -> object:
    try:
        embed = object_or_empty(record.get("embed"))
        if embed.get("$type") == _VIDEO:
            film = {name: value for name, value in embed.items() if name != "video"}
            return plain({**record, "embed": film})
        return plain(with_thumb(record, None) if thumb_blob(record) is not None else record)
    except UnreadableError:
        return plain(record)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _reference(reference: Reference) -> JsonObject:
    try:
        return {"uri": text_in(reference.extra, "uri"), "cid": text_in(reference.extra, "cid")}
    except UnreadableError:
        raise ContentRefused(
            "The post this one replies to is not known well enough to reply to it.", platform="bluesky"
        ) from None
