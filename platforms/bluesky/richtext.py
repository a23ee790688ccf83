"""Links, mentions and tags in a Bluesky text, as facets over UTF-8 bytes. Pure; resolving names is the caller's.

A facet's range counts UTF-8 bytes with its end excluded; a mention needs the DID, not the name.
Source: https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/richtext/facet.json, 2026-11-21.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from platforms.domains import TOP_LEVEL
from platforms.text import byte_span, graphemes

MAX_TAG_GRAPHEMES = 64
MAX_TAG_BYTES = 640
"""Source: lexicons/app/bsky/richtext/facet.json of bluesky-social/atproto, 2026-11-21."""

_BEGIN = r"(?<![^\s(\u200e\u200f\u2066-\u2069\u202a-\u202e])"
"""A word begins: after white space, an opening bracket or an invisible mark of direction."""
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_LINK = re.compile(
    rf"{_BEGIN}(?:https?://[^\s]+|(?:{_LABEL}\.)+(?P<top>[a-z]{{2,24}})(?![\w@-]|\.\w)(?::\d+)?(?:[/?#][^\s]*)?)",
    re.IGNORECASE,
)
_MENTION = re.compile(rf"{_BEGIN}@(?P<name>(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)(?![\w@]|\.\w)", re.IGNORECASE)
_TAG = re.compile(rf"{_BEGIN}[#\uff03](?!\ufe0f)(?P<tag>[^\s\u00ad\u2060\u200a-\u200d\u20e2#\uff03]+)")

_CLOSING = (
    ".,;:!?'\"…»«”“’‘،؛؟。、！？：；）」』》*_~\u200e\u200f\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u202d\u202e"  # noqa: RUF001  # meant as they are
)
"""What ends a sentence rather than an address."""
_PAIRS = {")": "(", "]": "[", "}": "{"}
_WEB = re.compile(r"https?://[^\s/?#.:]", re.IGNORECASE)


class Kind(StrEnum):
    """What a stretch of text can be."""

    LINK = "link"
    """`value` is the address."""
    MENTION = "mention"
    """`value` is the name, without @ and in lower case."""
    TAG = "tag"
    """`value` is the tag, without #."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of text with a meaning. `start` and `end` count characters of the Python string, end excluded."""

    kind: Kind
    start: int
    end: int
    value: str


def find_spans(text: str) -> tuple[Span, ...]:
    """The links, mentions and tags of a text in the order they stand, none overlapping; a link wins."""
    taken: list[Span] = []
    for span in (*_links(text), *_mentions(text), *_tags(text)):
        if all(span.end <= other.start or other.end <= span.start for other in taken):
            taken.append(span)
    return tuple(sorted(taken, key=lambda span: span.start))


def names_of(spans: tuple[Span, ...]) -> tuple[str, ...]:
    """The names mentioned, each once, in order."""
    return tuple(dict.fromkeys(span.value for span in spans if span.kind is Kind.MENTION))


def facets_of(text: str, spans: tuple[Span, ...], dids: Mapping[str, str]) -> list[dict[str, object]]:
    """The facets of `spans`. A mention whose name is not in `dids` stays plain text."""
    facets: list[dict[str, object]] = []
    for span in spans:
        feature = _feature(span, dids)
        if feature is not None:
            start, end = byte_span(text, span.start, span.end)
            index = {"byteStart": start, "byteEnd": end}
            facets.append({"$type": "app.bsky.richtext.facet", "index": index, "features": [feature]})
    return facets


def _feature(span: Span, dids: Mapping[str, str]) -> dict[str, str] | None:
    if span.kind is Kind.LINK:
        return {"$type": "app.bsky.richtext.facet#link", "uri": span.value}
    if span.kind is Kind.TAG:
        return {"$type": "app.bsky.richtext.facet#tag", "tag": span.value}
    did = dids.get(span.value)
    return {"$type": "app.bsky.richtext.facet#mention", "did": did} if did is not None else None


def _links(text: str) -> Iterator[Span]:
    for found in _LINK.finditer(text):
        top = found["top"]
        if top is not None and top.lower() not in TOP_LEVEL:
            continue
        shown = _without_closing(found[0])
        address = shown if top is None else f"https://{shown}"
        if _WEB.match(address):
            yield Span(kind=Kind.LINK, start=found.start(), end=found.start() + len(shown), value=address)


def _without_closing(address: str) -> str:
    """The address without the punctuation of the sentence around it; a bracket stays when it was opened inside."""
    while address[-1] in _CLOSING or _unopened(address):
        address = address[:-1]
    return address


def _unopened(address: str) -> bool:
    opener = _PAIRS.get(address[-1])
    return opener is not None and address.count(address[-1]) > address.count(opener)


def _mentions(text: str) -> Iterator[Span]:
    for found in _MENTION.finditer(text):
        yield Span(kind=Kind.MENTION, start=found.start(), end=found.end(), value=found["name"].lower())


def _tags(text: str) -> Iterator[Span]:
    for found in _TAG.finditer(text):
        tag = found["tag"]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        telling = any(not char.isdigit() and not unicodedata.category(char).startswith("P") for char in tag)
        if telling and graphemes(tag) <= MAX_TAG_GRAPHEMES and len(tag.encode()) <= MAX_TAG_BYTES:
            yield Span(kind=Kind.TAG, start=found.start(), end=found.start("tag") + len(tag), value=tag)
