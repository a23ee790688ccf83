"""Whether a record is what its schema says: the rules of `app.bsky.feed.post` and of what hangs on it.

Stricter than the real server in one thing: a facet must lie inside the text, on whole characters.
Source: lexicons/app/bsky/{feed/post,embed/*,richtext/facet}.json in github.com/bluesky-social/atproto, 2026-11-21.
"""

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
_MOST_GRAPHEMES, _MOST_BYTES = 300, 3000
_MOST_IMAGES, IMAGE_BYTES, THUMB_BYTES = 4, 2_000_000, 1_000_000
_MOST_LANGS, _MOST_TAGS, _TAG_GRAPHEMES, _TAG_BYTES, _MOST_LABELS = 3, 8, 64, 640, 10


class WrongRecord(Exception):
    """The record breaks its schema; the text says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobUse:
    """A file a record names, and what may stand there."""

    cid: str
    mime_type: str
    accept: str
    most_bytes: int


def check_rkey(collection: str, rkey: str) -> None:
    """Raises WrongRecord for a key that the collection does not take."""
    form = RKEY if collection == POST else _ANY_RKEY
    if not form.fullmatch(rkey) or rkey in {".", ".."}:
        raise WrongRecord(f"Invalid record key for {collection}: {rkey}")


def check(collection: str, record: Fields) -> bool:
    """Raises WrongRecord; says whether the schema is known here at all."""
    if record.get("$type") != collection:
        raise WrongRecord(f"Invalid $type: expected {collection}, got {record.get('$type')}")
    if collection != POST:
        return False
    body = _text(record, "text", "Record", most_bytes=_MOST_BYTES, most_graphemes=_MOST_GRAPHEMES)
    _match(record, "createdAt", "Record", _DATETIME, "an valid atproto datetime (both RFC-3339 and ISO-8601)")
    _real_time(str(record["createdAt"]))
    for lang in _list(record, "langs", "Record", most=_MOST_LANGS):
        _require(isinstance(lang, str) and _LANGUAGE.fullmatch(lang), "Record/langs must be a well-formed language tag")
    for at, tag in enumerate(_list(record, "tags", "Record", most=_MOST_TAGS)):
        _tag({"tag": tag}, f"Record/tags/{at}")
    for at, facet in enumerate(_list(record, "facets", "Record")):
        _facet(body.encode(), _object(facet, f"Record/facets/{at}"), f"Record/facets/{at}")
    _labels(record)
    if "reply" in record:
        reply = _object(record["reply"], "Record/reply")
        for side in ("root", "parent"):
            _reference(_object(reply.get(side), f"Record/reply/{side}"), f"Record/reply/{side}")
    if "embed" in record:
        _embed(_object(record["embed"], "Record/embed"))
    return True


def blobs_of(record: Fields) -> Iterator[BlobUse]:
    """The files named by a post that was checked."""
    embed = cast("Fields", record.get("embed") or {})
    media = cast("Fields", embed.get("media") or embed)
    for image in cast("list[Fields]", media.get("images") or []):
        yield _use(cast("Fields", image["image"]), IMAGE_BYTES)
    thumb = cast("Fields", media.get("external") or {}).get("thumb")
    if thumb is not None:
        yield _use(cast("Fields", thumb), THUMB_BYTES)


def _use(blob: Fields, most_bytes: int) -> BlobUse:
    link = cast("Fields", blob["ref"])["$link"]
    return BlobUse(cid=str(link), mime_type=str(blob["mimeType"]), accept="image/", most_bytes=most_bytes)


def _require(holds: object, sentence: str) -> None:
    if not holds:
        raise WrongRecord(sentence)


def _object(value: object, where: str) -> Fields:
    _require(isinstance(value, Mapping), f"{where} must be an object")
    return cast("Fields", value)


def _list(fields: Fields, name: str, where: str, *, most: int | None = None) -> list[object]:
    value = fields.get(name, [])
    _require(isinstance(value, list), f"{where}/{name} must be an array")
    items = cast("list[object]", value)
    _require(most is None or len(items) <= most, f"{where}/{name} must not have more than {most} elements")
    return items


def _text(
    fields: Fields, name: str, where: str, *, most_bytes: int | None = None, most_graphemes: int | None = None
) -> str:
    _require(name in fields, f'{where} must have the property "{name}"')
    value = fields[name]
    _require(isinstance(value, str), f"{where}/{name} must be a string")
    text = str(value)
    too_long = most_bytes is not None and len(text.encode()) > most_bytes
    _require(not too_long, f"{where}/{name} must not be longer than {most_bytes} characters")
    too_many = most_graphemes is not None and len(regex.findall(r"\X", text)) > most_graphemes
    _require(not too_many, f"{where}/{name} must not be longer than {most_graphemes} graphemes")
    return text


def _match(fields: Fields, name: str, where: str, form: re.Pattern[str], meaning: str) -> None:
    _require(form.fullmatch(_text(fields, name, where)), f"{where}/{name} must be {meaning}")


def _real_time(text: str) -> None:
    try:
        _ = datetime.fromisoformat(text)
    except ValueError:
        raise WrongRecord("Record/createdAt must be an valid atproto datetime (both RFC-3339 and ISO-8601)") from None


def _number(fields: Fields, name: str, where: str, *, least: int) -> int:
    _require(name in fields, f'{where} must have the property "{name}"')
    value = fields[name]
    _require(isinstance(value, int) and not isinstance(value, bool), f"{where}/{name} must be an integer")
    number = cast("int", value)
    _require(number >= least, f"{where}/{name} can not be less than {least}")
    return number


def _facet(text: bytes, facet: Fields, where: str) -> None:
    index = _object(facet.get("index"), f"{where}/index")
    start = _number(index, "byteStart", f"{where}/index", least=0)
    end = _number(index, "byteEnd", f"{where}/index", least=0)
    _require(start < end <= len(text), f"{where}/index must lie inside the text")
    try:
        _ = text[:start].decode(), text[start:end].decode()
    except UnicodeDecodeError:
        raise WrongRecord(f"{where}/index must not cut a character") from None
    _require("features" in facet, f'{where} must have the property "features"')
    for at, feature in enumerate(_list(facet, "features", where)):
        _feature(_object(feature, f"{where}/features/{at}"), f"{where}/features/{at}")


def _feature(feature: Fields, where: str) -> None:
    kind = _text(feature, "$type", where)
    if kind == "app.bsky.richtext.facet#link":
        _match(feature, "uri", where, _URI, "a uri")
    elif kind == "app.bsky.richtext.facet#mention":
        _match(feature, "did", where, _DID, "a valid did")
    elif kind == "app.bsky.richtext.facet#tag":
        _tag(feature, where)


def _tag(fields: Fields, where: str) -> None:
    _ = _text(fields, "tag", where, most_bytes=_TAG_BYTES, most_graphemes=_TAG_GRAPHEMES)


def _labels(record: Fields) -> None:
    if "labels" not in record:
        return
    labels = _object(record["labels"], "Record/labels")
    _ = _text(labels, "$type", "Record/labels")
    for at, value in enumerate(_list(labels, "values", "Record/labels", most=_MOST_LABELS)):
        where = f"Record/labels/values/{at}"
        _ = _text(_object(value, where), "val", where, most_bytes=128)


def _reference(fields: Fields, where: str) -> None:
    _match(fields, "uri", where, _AT_URI, "a valid at-uri")
    _require(is_cid(_text(fields, "cid", where)), f"{where}/cid must be a cid string")


def _images(embed: Fields) -> None:
    _require("images" in embed, 'Record/embed must have the property "images"')
    for at, given in enumerate(_list(embed, "images", "Record/embed", most=_MOST_IMAGES)):
        where = f"Record/embed/images/{at}"
        image = _object(given, where)
        _blob(image, "image", where)
        _ = _text(image, "alt", where)
        if "aspectRatio" in image:
            ratio = _object(image["aspectRatio"], f"{where}/aspectRatio")
            for side in ("width", "height"):
                _ = _number(ratio, side, f"{where}/aspectRatio", least=1)


def _external(embed: Fields) -> None:
    where = "Record/embed/external"
    card = _object(embed.get("external"), where)
    _match(card, "uri", where, _URI, "a uri")
    _ = _text(card, "title", where), _text(card, "description", where)
    if "thumb" in card:
        _blob(card, "thumb", where)


def _quote(embed: Fields) -> None:
    _reference(_object(embed.get("record"), "Record/embed/record"), "Record/embed/record")


def _quote_with_media(embed: Fields) -> None:
    _quote(_object(embed.get("record"), "Record/embed/record"))
    _embed(_object(embed.get("media"), "Record/embed/media"))


_EMBEDS: Mapping[str, Callable[[Fields], None]] = {
    "app.bsky.embed.images": _images,
    "app.bsky.embed.external": _external,
    "app.bsky.embed.record": _quote,
    "app.bsky.embed.recordWithMedia": _quote_with_media,
}


def _embed(embed: Fields) -> None:
    kind = _text(embed, "$type", "Record/embed")
    if kind in _EMBEDS:
        _EMBEDS[kind](embed)


def _blob(fields: Fields, name: str, where: str) -> None:
    where = f"{where}/{name}"
    blob = _object(fields.get(name), where)
    link = _object(blob.get("ref"), where).get("$link")
    whole = blob.get("$type") == "blob" and isinstance(blob.get("mimeType"), str) and isinstance(blob.get("size"), int)
    _require(whole and isinstance(link, str) and is_cid(link), f"{where} should be a blob ref")
