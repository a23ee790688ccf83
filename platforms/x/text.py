"""How X measures a text, and how the text it shows is held against the one that was written.

Source: https://docs.x.com/fundamentals/counting-characters and https://github.com/twitter/twitter-text (configuration
v3), read 2026-11-21. No library on PyPI does this and is kept: the port of twitter-text is of 2023, with the endings of
addresses and the emoji of 2018.
"""

import re
import unicodedata

from platforms.text import emoji_spans
from platforms.x.links import link_spans

LIMIT = 280
LINK = 23
"""Each link, however long."""
EMOJI = 2
"""Each emoji, a joined sequence as one."""
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
"""Code points that count 1; all others count 2."""
_MENTION = re.compile(r"(?<![\w@])@\w{1,15}")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def length(text: str) -> int:
    """The weighted length: composed first, links 23, emoji 2, most other characters 1, CJK and the like 2."""
    composed = unicodedata.normalize("NFC", text)
    links = link_spans(composed)
    rest = _without(composed, links)
    emoji = emoji_spans(rest)
    return LINK * len(links) + EMOJI * len(emoji) + sum(map(_weight, _without(rest, emoji).replace(_GAP, "")))


_GAP = "\ufffc"
"""Stands where something was taken out, so that its neighbours do not grow together."""


def _without(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    pieces: list[str] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], _GAP]
        at = end
    return "".join([*pieces, text[at:]])


def _weight(character: str) -> int:
    point = ord(character)
    return 1 if any(first <= point <= last for first, last in _LIGHT) else 2


def comparable(text: str) -> str:
    """A form that is the same for what was written and for what X shows of it, once its short links are long again.

    Composed, one kind of white space, links without http(s) and a closing slash, their hosts in lower case.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    pieces: list[str] = []
    at = 0
    for start, end in link_spans(spaced):
        pieces += [spaced[at:start], _plain(spaced[start:end])]
        at = end
    return "".join([*pieces, spaced[at:]])


def _plain(link: str) -> str:
    bare = _SCHEME.sub("", link, count=1)
    host = re.split(r"[/?#]", bare, maxsplit=1)[0]
    return (host.lower() + bare[len(host) :]).rstrip("/")


def resembling(text: str) -> str:
    """Only letters and digits outside links and mentions: alike for texts that the network merely touched up."""
    bare = _MENTION.sub(" ", _without(text, link_spans(text)))
    return "".join(character for character in bare.casefold() if character.isalnum())
