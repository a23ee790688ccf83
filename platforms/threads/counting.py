"""How Threads measures a text.

An emoji counts the bytes of its UTF-8, everything else one each. What belongs to an emoji (joiners, variation
selectors, skin tones, flag letters, keycaps) is counted in bytes as well: rather one too many than a refusal at the
last second.

Source: https://developers.facebook.com/docs/threads/posts, read 2026-10-07.
"""

import re

from platforms.text import emoji

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_AFTER_LINK = ".,;:!?)]}'\"…"


def length(text: str) -> int:
    """The length Threads sees."""
    return len(text) + sum(len(one.encode()) - 1 for one in emoji(text))


def links(text: str) -> frozenset[str]:
    """The different web addresses in a text."""
    return frozenset(found.rstrip(_AFTER_LINK) for found in _LINK.findall(text))


def comparable(text: str) -> str:
    """A text in a form that is the same for what was written and for what Threads shows of it."""
    return " ".join(text.split())
