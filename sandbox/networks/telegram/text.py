"""How the server reads HTML mode: the plain text, its entities in UTF-16 units, and what it refuses.

Source: core.telegram.org/bots/api#html-style, read 2026-11-21.
"""

import re
from collections.abc import Mapping
from html import unescape

_TOKEN = re.compile(r"<(/?)([a-zA-Z-]+)((?:\s[^>]*)?)>|&(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);|(<)")
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}


class MarkupError(Exception):
    """The text cannot be read."""


def units(text: str) -> int:
    """Its length as Telegram counts it."""
    return sum(2 if ord(character) > 0xFFFF else 1 for character in text)  # noqa: PLR2004  # the first plane's end


def read_html(text: str) -> tuple[str, list[Mapping[str, object]]]:
    """The text readers see, and its entities. Raises MarkupError."""
    plain, entities, open_tags, at = "", list[Mapping[str, object]](), list[tuple[str, int, str]](), 0
    for found in _TOKEN.finditer(text):
        plain += text[at : found.start()]
        at = found.end()
        closing, tag, attributes, reference, alone = found.groups()
        if alone:
            raise MarkupError(f"Unexpected end of tag at byte offset {found.start()}")
        if reference:
            plain += unescape(f"&{reference};")
        elif tag.lower() not in _TYPES:
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {found.start()}')
        elif not closing:
            href = _HREF.search(attributes or "")
            open_tags.append((tag.lower(), units(plain), unescape(href[1] or href[2] or "") if href else ""))
        else:
            entities.append(_closed(open_tags, tag.lower(), plain))
    if open_tags:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return plain + text[at:], entities


def _closed(open_tags: list[tuple[str, int, str]], tag: str, plain: str) -> Mapping[str, object]:
    if not open_tags or open_tags[-1][0] != tag:
        raise MarkupError(f'Unmatched end tag, found "</{tag}>"')
    _, start, href = open_tags.pop()
    entity: dict[str, object] = {"type": _TYPES[tag], "offset": start, "length": units(plain) - start}
    return entity | ({"url": href} if tag == "a" else {})
