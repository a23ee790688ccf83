"""Little text: what is written arrives whole, whoever reads it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.linkedin.little import RESERVED, comparable, escape, length, read, resembling, visible
from sandbox.networks.linkedin.little import seen

PIECES = st.sampled_from(
    [
        *sorted(RESERVED),
        "word",
        " ",
        "\n",
        "#tag",
        "#",
        "a_b",
        "C#",
        "##x",
        "é",
        "😀",
        "@[Paperboat](urn:li:organization:7)",
        "@[A (b)](urn:li:person:x_Y-9)",
        "@[x](https://x.example)",
        r"{hashtag|\#|tag}",
        "https://x.example/a_(b)?c=d#e",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("plain", "plain"),
        (r"a\b", r"a\\b"),
        ("(a) [b] {c} <d> *e* ~f~ |g| h_i @j", r"\(a\) \[b\] \{c\} \<d\> \*e\* \~f\~ \|g\| h\_i \@j"),
        ("#launch day", "#launch day"),
        ("C# and #1", r"C\# and #1"),
        ("#two_words", r"#two\_words"),
        ("# not a tag", r"\# not a tag"),
        ("by @[Paperboat](urn:li:organization:7)!", "by @[Paperboat](urn:li:organization:7)!"),
        ("@[A (b)](urn:li:person:x_Y-9)", r"@[A \(b\)](urn:li:person:x_Y-9)"),
        ("@[x](https://x.example)", r"\@\[x\]\(https://x.example\)"),
    ],
)
def test_reserved_characters_are_escaped_but_those_of_hashtags_and_mentions(typed: str, sent: str) -> None:
    assert escape(typed) == sent


@given(TEXTS)
def test_what_is_sent_reads_as_what_was_typed(text: str) -> None:
    assert read(escape(text)) == visible(text)


@given(TEXTS)
def test_the_network_cuts_nothing_off(text: str) -> None:
    """The stand-in reads by a grammar of its own, and stops at a character that stands bare."""
    assert seen(escape(text)) == visible(text)


@given(TEXTS)
def test_nothing_reserved_stands_bare(text: str) -> None:
    rest = re.sub(r"\\.|@\[(?:\\.|[^\]\\])*\]\([^)]*\)|(?<!\w)#(?=[^\W_])", "", escape(text), flags=re.DOTALL)
    assert not RESERVED & set(rest)


@given(TEXTS)
def test_a_text_is_as_long_as_people_see_it(text: str) -> None:
    assert length(text) == len(visible(text).encode("utf-16-le")) // 2


def test_a_mention_counts_its_name() -> None:
    assert length("@[Paperboat](urn:li:organization:7) 😀") == len("Paperboat") + 3


@pytest.mark.parametrize(
    ("shown", "means"),
    [
        (r"{hashtag|\#|boats} are \(nice\)", "#boats are (nice)"),
        ("{hashtag|#|boats}", "#boats"),
        ("{hashtag|\uff03|boats}", "#boats"),
        (r"@[A \(b\)](urn:li:person:x)", "A (b)"),
    ],
)
def test_what_linkedin_writes_is_read(shown: str, means: str) -> None:
    assert read(shown) == means


def test_texts_are_compared_without_what_linkedin_changes() -> None:
    assert comparable("a\r\n b  c") == comparable("a b c")
    assert resembling("See https://a.example/long, please!") == resembling("see https://lnkd.in/x please")
