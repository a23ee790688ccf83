"""Counting as the server counts: known lengths, and another client's independent count of the same texts."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mastodon import Mastodon

from platforms.mastodon.text import comparable, length, plain_text
from sandbox.networks.mastodon import text as server

PIECES = st.sampled_from(
    [
        "word",
        " ",
        "\n",
        ".",
        "(",
        ")",
        ",",
        "🌲",
        "👩‍👩‍👧‍👦",
        "é",
        "@juniper",
        "@juniper@mastodon.example",
        "https://example.com/a_(b)?c=d#e",
        "http://example.org",
        "https://localhost/x",
        "#tag",
        "example.com",
        "me@example.com",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("hello", 5),
        ("  hello\n", 5),
        ("👩‍👩‍👧‍👦", 1),
        ("e\u0301", 1),
        ("https://example.com/" + "a" * 300, 23),
        ("http://a.io", 23),
        ("see https://example.com/a.", 28),
        ("(https://example.com/a_(b))", 25),
        ("https://example.com/a_(b)?c=d#e)", 24),
        ("http://example.org(https://example.com/a_(b)?c=d#e", 47),
        ("http://example.org🌲", 24),
        ("https://localhost/" + "a" * 30, 48),
        ("example.com/" + "a" * 30, 42),
        ("@juniper@mastodon.example hi", 11),
        ("@juniper hi", 11),
        ("me@example.com", 14),
    ],
)
def test_each_kind_counts_as_documented(text: str, characters: int) -> None:
    assert length(text, spoiler_text="", url_length=23) == characters


def test_a_content_warning_counts_too() -> None:
    assert length("text", spoiler_text="plot", url_length=23) == 8


def test_the_servers_own_length_of_a_link_is_used() -> None:
    assert length("https://example.com/", spoiler_text="", url_length=30) == 30


@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_what_stands_in_words_counts_as_the_server_counts(text: str) -> None:
    stripped = text.strip()
    assert length(text, spoiler_text="", url_length=23) == server.length(stripped, spoiler_text="", url_length=23)


@given(st.lists(st.sampled_from(["word", " ", "🌲", "é", " https://example.com/abc ", " @a@b.example "]), max_size=9))
def test_another_client_counts_the_same(pieces: list[str]) -> None:
    text = "".join(pieces).strip()
    assert length(text, spoiler_text="", url_length=23) == Mastodon.get_status_length(text, "")


@given(TEXTS)
@example("@juniper@mastodon.example.me@example.com")
def test_what_the_server_shows_reads_like_what_was_written(text: str) -> None:
    shown = server.to_html(
        text.strip(), base_url="https://s.example", usernames=["juniper"], local_domain="mastodon.example"
    )
    assert comparable(plain_text(shown)) == comparable(text)
