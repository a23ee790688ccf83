"""Addresses in people's texts."""

import pytest

from bot.domain.links import addresses_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("See https://juniper.example/menu.", ("https://juniper.example/menu",)),
        ("(https://juniper.example/a_(b))", ("https://juniper.example/a_(b)",)),
        (
            "“http://juniper.example”, HTTPS://X.EXAMPLE/?a=1&b=2!",
            ("http://juniper.example", "HTTPS://X.EXAMPLE/?a=1&b=2"),
        ),
        ("https://a.example https://a.example", ("https://a.example",)),
        ("juniper.example/menu, mailto:me@juniper.example, ftp://x", ()),
        ("*https://a.example/b*\nhttps://ü.example/ö…", ("https://a.example/b", "https://ü.example/ö")),
        ("", ()),
    ],
)
def test_addresses_are_found_without_what_surrounds_them(text: str, found: tuple[str, ...]) -> None:
    assert addresses_in(text) == found
