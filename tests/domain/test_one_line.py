"""`/post "TEXT" to ACCOUNTS for BRAND at WHEN`, read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.one_line import Line, read_line, unescape


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("", Line(quoted=False, text="")),
        ("New beans are in", Line(quoted=False, text="New beans are in")),
        (
            '"New beans are in" to linkedin, x tomorrow 9am',
            Line(quoted=True, text="New beans are in", accounts=("linkedin", "x"), when="tomorrow 9am"),
        ),
        ('"New beans" to all next', Line(quoted=True, text="New beans", all_accounts=True, when="next")),
        ('"Late today" to bluesky now', Line(quoted=True, text="Late today", accounts=("bluesky",), when="now")),
        ('"See you" to all in 2h', Line(quoted=True, text="See you", all_accounts=True, when="in 2h")),
        (
            '"Hello, London" to @junipercoffee at fri 9am London',
            Line(quoted=True, text="Hello, London", accounts=("@junipercoffee",), when="fri 9am London"),
        ),
        (
            '"Spring" to instagram, x for Juniper 2026-12-01 09:00',
            Line(quoted=True, text="Spring", accounts=("instagram", "x"), brand="Juniper", when="2026-12-01 09:00"),
        ),
        (
            '"Spring" for Harbor Bikes to x and bluesky at tomorrow 9am',
            Line(quoted=True, text="Spring", accounts=("x", "bluesky"), brand="Harbor Bikes", when="tomorrow 9am"),
        ),
        (
            '"Spring" to x for "Studio 54" now',
            Line(quoted=True, text="Spring", accounts=("x",), brand="Studio 54", when="now"),
        ),
        ("“Curly” to x draft", Line(quoted=True, text="Curly", accounts=("x",), when="draft")),
        ('“Says "hi"” to x', Line(quoted=True, text='Says "hi"', accounts=("x",))),
        (r'"Says \"hi\"" to x', Line(quoted=True, text='Says "hi"', accounts=("x",))),
        ('"Two\nlines"', Line(quoted=True, text="Two\nlines")),
        ('"a" to x,y ,z and all', Line(quoted=True, text="a", accounts=("x", "y", "z", "all"))),
        ('"Sale" to x 12/1 9am', Line(quoted=True, text="Sale", accounts=("x",), when="12/1 9am")),
        ('"Hi" whenever', Line(quoted=True, text="Hi", when="whenever")),
    ],
)
def test_lines_are_read_as_they_are_documented(typed: str, line: Line) -> None:
    assert read_line(typed) == line


@pytest.mark.parametrize(
    "typed", ['"No end to x now', '"Says "hi" to all" to x now', '"5" nails" to x now', '"a" to x "b"']
)
def test_where_the_text_ends_is_never_guessed(typed: str) -> None:
    assert read_line(typed) == Line(quoted=False, text=typed)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("a &amp; b &lt;c&gt;", "a & b <c>"),
        ("&amp;lt;", "&lt;"),
        ("<@U012AB|maya> in <#C01|general>", "@maya in #general"),
        ("<!here> <!subteam^S1|@team> <!channel>", "@here @team @channel"),
        (
            "<http://example.com|example.com> <https://a.example/x?y=1&amp;z=2>",
            "example.com https://a.example/x?y=1&z=2",
        ),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<https://a.example|our menu>", "our menu (https://a.example)"),
        ("<|> and <|x>", "<|> and <|x>"),
    ],
)
def test_what_slack_wrapped_is_unwrapped_once(typed: str, plain: str) -> None:
    assert unescape(typed) == plain


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(text=st.text(max_size=80))
def test_what_slack_escaped_comes_back_as_it_was(text: str) -> None:
    assert unescape(escaped(text)) == text


@given(text=st.text(max_size=80) | st.text(alphabet='"“”„\\ ,<>|&@#!toforatnd129', max_size=40))
def test_reading_raises_on_no_text(text: str) -> None:
    line = read_line(text)
    assert line.quoted or line == Line(quoted=False, text=unescape(text).strip())


@given(text=st.text(alphabet=st.characters(exclude_characters='\\"“”„', codec="utf-8"), min_size=1, max_size=60))
def test_a_text_in_quotes_is_that_text(text: str) -> None:
    line = read_line(f'"{escaped(text)}" to x, mastodon:a@b.example at tomorrow 9am')
    assert line == Line(quoted=True, text=text, accounts=("x", "mastodon:a@b.example"), when="tomorrow 9am")
