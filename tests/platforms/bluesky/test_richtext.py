"""Facets: what becomes a link, a mention or a tag, and where its bytes lie."""

# ruff: noqa: RUF001  # the odd characters are the point

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.bluesky.richtext import Kind, facets_of, find_spans, names_of


def _found(text: str) -> list[tuple[str, str]]:
    return [(span.kind.value, text[span.start : span.end]) for span in find_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://example.com.", [("link", "https://example.com")]),
        ("see (https://example.com/a), ok", [("link", "https://example.com/a")]),
        ("https://en.wikipedia.org/wiki/Ice_(band)", [("link", "https://en.wikipedia.org/wiki/Ice_(band)")]),
        ("(https://en.wikipedia.org/wiki/Ice_(band))!", [("link", "https://en.wikipedia.org/wiki/Ice_(band)")]),
        ("“https://example.com/?q=a&b=c#d”", []),
        ("read https://example.com/?q=a&b=c#d…", [("link", "https://example.com/?q=a&b=c#d")]),
        ("two https://a.example https://b.example", [("link", "https://a.example"), ("link", "https://b.example")]),
        ("مرحبا https://example.com/كتاب، ثم", [("link", "https://example.com/كتاب")]),
        ("\u2067https://example.com/a\u2069", [("link", "https://example.com/a")]),
        ("HTTPS://EXAMPLE.COM/X", [("link", "HTTPS://EXAMPLE.COM/X")]),
        ("http://localhost:8000/x", [("link", "http://localhost:8000/x")]),
        ("https:// http://. xhttps://example.com", []),
        ("bare example.com/path?x=1, here", [("link", "example.com/path?x=1")]),
        ("bbc.co.uk.", [("link", "bbc.co.uk")]),
        ("my-shop.example.org:8080/x", [("link", "my-shop.example.org:8080/x")]),
        ("report.final v1.2 e.g. i.e. 3.50 notes.txt a.b@example.com", []),
        ("hi @juniper.example!", [("mention", "@juniper.example")]),
        ("(@Juniper.Example)", [("mention", "@Juniper.Example")]),
        ("@a.test @b.test", [("mention", "@a.test"), ("mention", "@b.test")]),
        ("@juniper mail@juniper.example @user@social.example @user.name@social.example", []),
        ("#winter, #Schnee_2026! (#ice)", [("tag", "#winter"), ("tag", "#Schnee_2026"), ("tag", "#ice")]),
        ("#1 #2026 #️⃣ # #! a#b ##x", []),
        ("#1st #日本語 ＃全角", [("tag", "#1st"), ("tag", "#日本語"), ("tag", "＃全角")]),
        ("https://example.com/#tag", [("link", "https://example.com/#tag")]),
        ("https://example.com/(@a.test)", [("link", "https://example.com/(@a.test)")]),
        ("#" + "x" * 64, [("tag", "#" + "x" * 64)]),
        ("#" + "x" * 65, []),
        ("", []),
    ],
)
def test_words_become_what_a_reader_expects(text: str, expected: list[tuple[str, str]]) -> None:
    assert _found(text) == expected


@pytest.mark.parametrize(
    "before",
    ["", "☃️ ", "👩‍👩‍👧‍👦 ", "e\u0301 ", "مرحبا ", "\u2067שלום\u2069 ", "日本語 ", "🏴󠁧󠁢󠁳󠁣󠁴󠁿\n", "a\t"],
)
def test_offsets_count_utf8_bytes_whatever_stands_before(before: str) -> None:
    text = f"{before}https://example.com/ü #Grüße @a.test ende"
    facets = facets_of(text, find_spans(text), {"a.test": "did:plc:a"})
    raw = text.encode()
    stretches = []
    for facet in facets:
        index = facet["index"]
        assert isinstance(index, dict)
        stretches.append(raw[index["byteStart"] : index["byteEnd"]].decode())
    assert stretches == ["https://example.com/ü", "#Grüße", "@a.test"]


def test_a_bare_name_links_to_https() -> None:
    facets = facets_of("example.com/a", find_spans("example.com/a"), {})
    assert facets[0]["features"] == [{"$type": "app.bsky.richtext.facet#link", "uri": "https://example.com/a"}]


def test_an_unresolved_mention_stays_plain_text() -> None:
    text = "@a.test @b.test"
    spans = find_spans(text)
    assert names_of(spans) == ("a.test", "b.test")
    facets = facets_of(text, spans, {"b.test": "did:plc:b"})
    assert [facet["features"] for facet in facets] == [
        [{"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:b"}]
    ]


def test_a_name_mentioned_twice_is_asked_once() -> None:
    assert names_of(find_spans("@A.test and @a.test")) == ("a.test",)


_PIECES = st.sampled_from(
    [
        "https://",
        "example.com",
        "/",
        "(",
        ")",
        "@",
        "a.test",
        "#",
        "tag",
        " ",
        ".",
        "…",
        "👩‍👩‍👧",
        "é",
        "\u2067",
        "،",
        "\n",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES).map("".join)))
def test_any_text_gives_ordered_facets_on_whole_characters(text: str) -> None:
    text = text.encode(errors="ignore").decode()
    end = 0
    for span in find_spans(text):
        assert end <= span.start < span.end <= len(text)
        assert span.kind in Kind
        end = span.end
    for facet in facets_of(text, find_spans(text), dict.fromkeys(names_of(find_spans(text)), "did:plc:x")):
        index = facet["index"]
        assert isinstance(index, dict)
        assert text.encode()[index["byteStart"] : index["byteEnd"]].decode()
