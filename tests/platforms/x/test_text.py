"""How long a text is on X, and which of its pieces are links.

The first block is from the network's own conformance tests (https://github.com/twitter/twitter-text,
conformance/validate.yml, read 2026-11-21), restated for the weights of its third configuration.
"""

import pytest

from platforms.text import emoji_spans
from platforms.x.links import link_spans
from platforms.x.text import comparable, length, resembling


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("This is a test.", 15),
        ("http://test.com", 23),
        ("https://test.com", 23),
        ("test.com", 23),
        ("dev.com", 23),
        ("Test https://test.com test https://test.com dev.com test", 86),
        ("저찀쯿쿿", 8),
        ("H🐱☺", 5),
        ("", 0),
        ("é", 1),
        ("e\u0301", 1),
        ("の" * 140, 280),
        ("Ω Я א ع", 7),
        ("“a” … — \u2032\u2033", 11),
        ("👨‍👩‍👧‍👧", 2),
        ("👍🏽", 2),
        ("🇩🇪", 2),
        ("🇩", 2),
        ("1️⃣#️⃣", 4),
        ("©", 1),
        ("©️", 2),
        ("☎︎", 4),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("ÅB", 2),
    ],
)
def test_a_text_weighs_what_x_says(text: str, weight: int) -> None:
    assert length(text) == weight


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see example.com/a, https://foo.bar/x?y=1. And b.co!", ["example.com/a", "https://foo.bar/x?y=1", "b.co"]),
        ("blog.com/path/to/resource?search=foo&lang=en", ["blog.com/path/to/resource?search=foo&lang=en"]),
        ("blog.com?search", ["blog.com"]),
        ("HTTPS://www.Blog.COM/index.html", ["HTTPS://www.Blog.COM/index.html"]),
        ("user@blog.com #blog.com $blog.com @blog.com", []),
        ("-blog.com _blog.com .blog.com /blog.com", []),
        ("e.g. node.js, report.v2, a.m. and Mr.Smith", []),
        ("日本語blog.com日本語", ["blog.com"]),
        ("http://blog.comこれは http://münchen.de/", ["http://blog.com", "http://münchen.de/"]),
        ("http://blog.com/(foo)_bar(baz) (http://blog.com/b)", ["http://blog.com/(foo)_bar(baz)", "http://blog.com/b"]),
        ("http://en.wikipedia.org/wiki/Foo_(bar)", ["http://en.wikipedia.org/wiki/Foo_(bar)"]),
        ("http://blog.com/a.b,c. http://blog.com/#frag", ["http://blog.com/a.b,c", "http://blog.com/#frag"]),
        ("http://under_score.blog.com http://blog.foo-cow_4352.com", ["http://under_score.blog.com"]),
        ("http://localhost:3000 ftp://blog.com", []),
        ("a.blog.com:8080/x blog.com.hello", ["a.blog.com:8080/x", "blog.com"]),
        ("httpbin.org?x http://xn--mnchen-3ya.de", ["httpbin.org", "http://xn--mnchen-3ya.de"]),
    ],
)
def test_links_are_those_that_x_makes(text: str, links: list[str]) -> None:
    assert [text[start:end] for start, end in link_spans(text)] == links


def test_an_emoji_is_one_span() -> None:
    text = "a👍🏽b©️☎︎🇩🇪"
    assert [text[start:end] for start, end in emoji_spans(text)] == ["👍🏽", "©️", "🇩🇪"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Look:  https://Blog.com/Menu/", "Look: https://blog.com/Menu"),
        ("blog.com", "http://blog.com/"),
        ("e\u0301", "é"),
        ("a\r\n\r\nb ", "a b"),
    ],
)
def test_what_x_shows_of_a_text_compares_with_it(written: str, shown: str) -> None:
    assert comparable(written) == comparable(shown)


def test_texts_that_were_touched_up_resemble_each_other_and_others_do_not() -> None:
    assert resembling("Hello, @juniper: blog.com!") == resembling("hello… https://t.co/x")
    assert resembling("Hello") != resembling("Hallo")
