"""Counting text as platforms do."""

import regex

_GRAPHEME = regex.compile(r"\X")


def graphemes(text: str) -> int:
    """How many user-perceived characters the text has: extended grapheme clusters of Unicode's annex 29."""
    return sum(1 for _ in _GRAPHEME.finditer(text))
