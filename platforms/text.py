"""Counting text the ways networks count it."""

import regex

_GRAPHEME = regex.compile(r"\X")
_EMOJI = regex.compile(
    r"[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u200d\ufe0f\u20e3\U000e0020-\U000e007f]"
)


def graphemes(text: str) -> int:
    """How many characters a reader sees: extended grapheme clusters of Unicode (a family emoji is one).

    Source: https://www.unicode.org/reports/tr29/, 2026-11-21.
    """
    return sum(1 for _ in _GRAPHEME.finditer(text))


def emoji(text: str) -> tuple[str, ...]:
    """The characters that emoji are made of: pictographs, and joiners, selectors, skin tones, flag letters, keycaps.

    Source: https://www.unicode.org/reports/tr51/, 2026-11-21.
    """
    return tuple(match.group() for match in _EMOJI.finditer(text))


def byte_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the slice `text[start:end]` lies in the text's UTF-8 bytes. Half open, like the slice."""
    first = len(text[:start].encode())
    return first, first + len(text[start:end].encode())


def shorten(text: str, limit: int) -> str:
    """The text itself if it has at most `limit` graphemes, else its beginning with an ellipsis, `limit` in all."""
    if graphemes(text) <= limit:
        return text
    kept = [match.group() for match, _ in zip(_GRAPHEME.finditer(text), range(limit - 1), strict=False)]
    return "".join(kept).rstrip() + "…"
