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


_PICTURE = r"\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?(?!\uFE0E)(?:[\U000E0020-\U000E007E]+\U000E007F)?"
_EMOJI_SEQUENCE = regex.compile(
    rf"[\U0001F1E6-\U0001F1FF]{{2}}|[#*0-9]\uFE0F?\u20E3|[\u00A9\u00AE]\uFE0F"
    rf"|(?![\u00A9\u00AE]){_PICTURE}(?:\u200D{_PICTURE})*"
)
"""Flags, keycaps, signs made pictures, and pictures with skin tones, joined or with tags."""


def emoji_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the emoji of a text are, a joined sequence as one. What asks to be shown as text (U+FE0E) is none.

    Source: https://www.unicode.org/reports/tr51/#EBNF_and_Regex, 2026-11-21.
    """
    return tuple(match.span() for match in _EMOJI_SEQUENCE.finditer(text))


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


def resembling(words: str) -> str:
    """Only letters and digits: alike for texts that a network merely touched up."""
    return "".join(character for character in words.casefold() if character.isalnum())
