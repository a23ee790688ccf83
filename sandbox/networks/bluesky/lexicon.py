"""Whether a record is what its schema says: the rules of `app.bsky.feed.post` and of what hangs on it.

Stricter than the real server in one thing: a facet must lie inside the text, on whole characters. The words of the
refusals are those which @atproto/pds gave to the same records on 2026-11-21.
Source: lexicons/app/bsky/{feed/post,embed/*,richtext/facet}.json in github.com/bluesky-social/atproto, 2026-11-21.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import regex

from sandbox.networks.bluesky.cid import is_cid
from sandbox.networks.bluesky.world import POST

Fields = Mapping[str, object]
RKEY = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_ANY_RKEY = re.compile(r"[A-Za-z0-9_~.:-]{1,512}")
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LANGUAGE = re.compile(r"(i|[a-z]{2,3})(-[A-Za-z0-9]+)*")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]+")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_AT_URI = re.compile(r"at://did:[a-z]+:[A-Za-z0-9._:%-]+/[a-zA-Z0-9.-]+/[A-Za-z0-9_~.:-]+")
_TOP = "$.record"
IMAGE = "image/"
VIDEO = "video/mp4"
VIDEO_BYTES = 300_000_000
_ALT_GRAPHEMES, _ALT_BYTES = 1000, 10_000
_MOST_GRAPHEMES, _MOST_BYTES = 300, 3000
_MOST_IMAGES, IMAGE_BYTES, THUMB_BYTES = 4, 2_000_000, 1_000_000
_MOST_LANGS, _MOST_TAGS, _TAG_GRAPHEMES, _TAG_BYTES, _MOST_LABELS = 3, 8, 64, 640, 10
_LABEL_BYTES = 128


class WrongRecord(Exception):
    """The record or its key is refused; the text is what the server says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobUse:
    """A file a record names, and what may stand there."""

    cid: str
    mime_type: str
    accept: str
    most_bytes: int


def check_rkey(collection: str, rkey: str) -> None:
    """Raises WrongRecord for a key that the collection does not take."""
    if not _ANY_RKEY.fullmatch(rkey) or rkey in {".", ".."}:
        raise WrongRecord(f"Invalid record key (got {_shown(rkey)}) at $.rkey")
    if collection == POST and not RKEY.fullmatch(rkey):
        raise WrongRecord(f"Invalid record key for {collection}: Invalid TID string (got {_shown(rkey)}) at $")


def check(collection: str, record: Fields) -> bool:
    """Raises WrongRecord; says whether the schema is known here at all."""
    if record.get("$type") != collection:
        raise WrongRecord(f"Invalid $type: expected {collection}, got {record.get('$type')}")
    if collection != POST:
        return False
    try:
        _check_post(record)
    except _Broken as error:
        raise WrongRecord(f"Invalid {collection} record: {error}") from None
    return True


def _check_post(record: Fields) -> None:
    body = _text(record, "text", _TOP, most_bytes=_MOST_BYTES, most_graphemes=_MOST_GRAPHEMES)
    _match(record, "createdAt", _TOP, _is_datetime, "datetime")
    for at, lang in enumerate(_list(record, "langs", _TOP, most=_MOST_LANGS)):
        _require(isinstance(lang, str) and _LANGUAGE.fullmatch(lang), "language", lang, f"{_TOP}.langs[{at}]")
    for at, tag in enumerate(_list(record, "tags", _TOP, most=_MOST_TAGS)):
        _measure(tag, f"{_TOP}.tags[{at}]", most_bytes=_TAG_BYTES, most_graphemes=_TAG_GRAPHEMES)
    for at, facet in enumerate(_list(record, "facets", _TOP)):
        _facet(body.encode(), _object(facet, f"{_TOP}.facets[{at}]"), f"{_TOP}.facets[{at}]")
    if "labels" in record:
        _labels(_object(record["labels"], f"{_TOP}.labels"))
    if "reply" in record:
        reply = _object(record["reply"], f"{_TOP}.reply")
        for side in ("root", "parent"):
            _reference(_part(reply, side, f"{_TOP}.reply"), f"{_TOP}.reply.{side}")
    if "embed" in record:
        _embed(_object(record["embed"], f"{_TOP}.embed"), f"{_TOP}.embed")


def blobs_of(record: Fields) -> Iterator[BlobUse]:
    """The files named by a post that was checked."""
    embed = cast("Fields", record.get("embed") or {})
    media = cast("Fields", embed.get("media") or embed)
    for image in cast("list[Fields]", media.get("images") or []):
        yield _use(cast("Fields", image["image"]), IMAGE_BYTES)
    if "video" in media:
        yield _use(cast("Fields", media["video"]), VIDEO_BYTES, VIDEO)
    thumb = cast("Fields", media.get("external") or {}).get("thumb")
    if thumb is not None:
        yield _use(cast("Fields", thumb), THUMB_BYTES)


def _use(blob: Fields, most_bytes: int, accept: str = IMAGE) -> BlobUse:
    link = cast("Fields", blob["ref"])["$link"]
    return BlobUse(cid=str(link), mime_type=str(blob["mimeType"]), accept=accept, most_bytes=most_bytes)


class _Broken(Exception):
    """A value breaks its schema; the text says which and where, in the words of the real server."""


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "object"
    return "array" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def _require(holds: object, form: str, value: object, where: str) -> None:
    if not holds:
        raise _Broken(f"Invalid {form} (got {_shown(value)}) at {where}")


def _kind(holds: object, kind: str, value: object, where: str) -> None:
    if not holds:
        raise _Broken(f"Expected {kind} value type (got {_shown(value)}) at {where}")


def _at_most(size: int, most: int | None, what: str, where: str) -> None:
    if most is not None and size > most:
        raise _Broken(f"{what} too big (maximum {most}, got {size}) at {where}")


def _value(fields: Fields, name: str, where: str) -> object:
    if name not in fields:
        raise _Broken(f'Missing required key "{name}" at {where}')
    return fields[name]


def _object(value: object, where: str) -> Fields:
    _kind(isinstance(value, Mapping), "object", value, where)
    return cast("Fields", value)


def _part(fields: Fields, name: str, where: str) -> Fields:
    return _object(_value(fields, name, where), f"{where}.{name}")


def _list(fields: Fields, name: str, where: str, *, most: int | None = None) -> list[object]:
    value = fields.get(name, [])
    _kind(isinstance(value, list), "array", value, f"{where}.{name}")
    items = cast("list[object]", value)
    _at_most(len(items), most, "array", f"{where}.{name}")
    return items


def _text(
    fields: Fields, name: str, where: str, *, most_bytes: int | None = None, most_graphemes: int | None = None
) -> str:
    value = _value(fields, name, where)
    return _measure(value, f"{where}.{name}", most_bytes=most_bytes, most_graphemes=most_graphemes)


def _measure(value: object, where: str, *, most_bytes: int | None, most_graphemes: int | None) -> str:
    _kind(isinstance(value, str), "string", value, where)
    text = str(value)
    _at_most(len(text.encode()), most_bytes, "string", where)
    if most_graphemes is not None:
        _at_most(len(regex.findall(r"\X", text)), most_graphemes, "grapheme", where)
    return text


def _match(fields: Fields, name: str, where: str, fits: Callable[[str], object], form: str) -> None:
    text = _text(fields, name, where)
    _require(fits(text), form, text, f"{where}.{name}")


def _is_datetime(text: str) -> bool:
    if not _DATETIME.fullmatch(text):
        return False
    try:
        _ = datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _number(fields: Fields, name: str, where: str, *, least: int) -> int:
    value = _value(fields, name, where)
    _kind(isinstance(value, int) and not isinstance(value, bool), "integer", value, f"{where}.{name}")
    number = cast("int", value)
    if number < least:
        raise _Broken(f"integer too small (minimum {least}, got {number}) at {where}.{name}")
    return number


def _facet(text: bytes, facet: Fields, where: str) -> None:
    index = _part(facet, "index", where)
    start = _number(index, "byteStart", f"{where}.index", least=0)
    end = _number(index, "byteEnd", f"{where}.index", least=0)
    if not start < end <= len(text):
        raise _Broken(f"facet outside the text ({start} to {end} of {len(text)} bytes) at {where}.index")
    try:
        _ = text[:start].decode(), text[start:end].decode()
    except UnicodeDecodeError:
        raise _Broken(f"facet cuts a character ({start} to {end}) at {where}.index") from None
    _ = _value(facet, "features", where)
    for at, feature in enumerate(_list(facet, "features", where)):
        _feature(_object(feature, f"{where}.features[{at}]"), f"{where}.features[{at}]")


def _feature(feature: Fields, where: str) -> None:
    kind = _text(feature, "$type", where)
    if kind == "app.bsky.richtext.facet#link":
        _match(feature, "uri", where, _URI.fullmatch, "uri")
    elif kind == "app.bsky.richtext.facet#mention":
        _match(feature, "did", where, _DID.fullmatch, "did")
    elif kind == "app.bsky.richtext.facet#tag":
        _ = _text(feature, "tag", where, most_bytes=_TAG_BYTES, most_graphemes=_TAG_GRAPHEMES)


def _labels(labels: Fields) -> None:
    where = f"{_TOP}.labels"
    _ = _text(labels, "$type", where)
    for at, value in enumerate(_list(labels, "values", where, most=_MOST_LABELS)):
        inside = f"{where}.values[{at}]"
        _ = _text(_object(value, inside), "val", inside, most_bytes=_LABEL_BYTES)


def _reference(fields: Fields, where: str) -> None:
    _match(fields, "uri", where, _AT_URI.fullmatch, "at-uri")
    _match(fields, "cid", where, is_cid, "cid")


def _images(embed: Fields, where: str) -> None:
    _ = _value(embed, "images", where)
    for at, given in enumerate(_list(embed, "images", where, most=_MOST_IMAGES)):
        inside = f"{where}.images[{at}]"
        image = _object(given, inside)
        _blob(image, "image", inside, IMAGE_BYTES)
        _ = _text(image, "alt", inside)
        _ratio(image, inside)


def _ratio(fields: Fields, where: str) -> None:
    if "aspectRatio" in fields:
        ratio = _object(fields["aspectRatio"], f"{where}.aspectRatio")
        for side in ("width", "height"):
            _ = _number(ratio, side, f"{where}.aspectRatio", least=1)


def _video(embed: Fields, where: str) -> None:
    _blob(embed, "video", where, VIDEO_BYTES, VIDEO)
    if "alt" in embed:
        _ = _text(embed, "alt", where, most_bytes=_ALT_BYTES, most_graphemes=_ALT_GRAPHEMES)
    _ratio(embed, where)


def _external(embed: Fields, where: str) -> None:
    card, where = _part(embed, "external", where), f"{where}.external"
    _match(card, "uri", where, _URI.fullmatch, "uri")
    _ = _text(card, "title", where), _text(card, "description", where)
    if "thumb" in card:
        _blob(card, "thumb", where, THUMB_BYTES)


def _quote(embed: Fields, where: str) -> None:
    _reference(_part(embed, "record", where), f"{where}.record")


def _quote_with_media(embed: Fields, where: str) -> None:
    _quote(_part(embed, "record", where), f"{where}.record")
    _embed(_part(embed, "media", where), f"{where}.media")


_EMBEDS: Mapping[str, Callable[[Fields, str], None]] = {
    "app.bsky.embed.images": _images,
    "app.bsky.embed.external": _external,
    "app.bsky.embed.video": _video,
    "app.bsky.embed.record": _quote,
    "app.bsky.embed.recordWithMedia": _quote_with_media,
}


def _embed(embed: Fields, where: str) -> None:
    kind = _text(embed, "$type", where)
    if kind in _EMBEDS:
        _EMBEDS[kind](embed, where)


def _blob(fields: Fields, name: str, where: str, most: int, accept: str = IMAGE) -> None:  # one use
    value, where = _value(fields, name, where), f"{where}.{name}"
    blob = cast("Fields", value) if isinstance(value, Mapping) else dict[str, object]()
    ref, mime_type, size = blob.get("ref"), blob.get("mimeType"), blob.get("size")
    link = cast("Fields", ref).get("$link") if isinstance(ref, Mapping) else None
    is_named = blob.get("$type") == "blob" and isinstance(link, str) and is_cid(link)
    fits = is_named and isinstance(mime_type, str) and isinstance(size, int)
    _kind(fits, "blob", cast("object", value), where)
    if not str(mime_type).startswith(accept):
        form = f"{accept}*" if accept == IMAGE else accept
        raise _Broken(f'Expected "{form}" (got {_shown(mime_type)}) at {where}.mimeType')
    _at_most(cast("int", size), most, "blob", where)
