"""Counting as readers and as bytes."""

import pytest

from platforms.text import byte_span, graphemes, shorten


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("e\u0301", 1),
        ("👨‍👩‍👧‍👧", 1),
        ("🇩🇪🇫🇷", 2),
        ("👍🏽", 1),
        ("\r\n", 1),
        ("नमस्ते", 3),
        ("각", 1),
    ],
)
def test_a_grapheme_is_what_a_reader_sees(text: str, count: int) -> None:
    assert graphemes(text) == count


def test_a_byte_span_cuts_the_same_piece_out_of_the_bytes() -> None:
    text = "grüße 🎈 @juniper"
    start = text.index("@")

    first, last = byte_span(text, start, len(text))

    assert text.encode()[first:last].decode() == "@juniper"


def test_shortening_never_cuts_a_grapheme_and_keeps_the_limit() -> None:
    assert shorten("👨‍👩‍👧‍👧ab", 3) == "👨‍👩‍👧‍👧ab"
    assert shorten("👨‍👩‍👧‍👧abc", 3) == "👨‍👩‍👧‍👧a…"
    assert shorten("ab cd", 4) == "ab…"
