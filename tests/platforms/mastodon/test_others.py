"""Servers that only speak Mastodon's API: which they are, and how they count (measured, sandbox others.py)."""

from dataclasses import replace

import pytest

from bot.domain.capabilities import check
from platforms.base import Key
from platforms.errors import ContentRefused
from platforms.mastodon import CONNECTOR
from platforms.mastodon.limits import from_json, read_instance
from platforms.mastodon.servers import software_of
from sandbox.networks.mastodon.others import gotosocial, takahe
from tests.platforms.mastodon.conftest import KEY, Bench, draft

LINK = "https://example.com/" + "p" * 80


@pytest.mark.parametrize(
    ("version", "more", "software"),
    [
        ("4.5.2", {}, "mastodon"),
        ("4.4.0-alpha.2+glitch", {}, "mastodon"),
        (
            "0.20.0-rc1-8-g57cb4fe74",
            {"source_url": "https://codeberg.org/superseriousbusiness/gotosocial"},
            "gotosocial",
        ),
        ("4.3.8+0.20.0", {"configuration": {"accounts": {"allow_custom_css": False}}}, "gotosocial"),
        ("takahe/0.11.0", {}, "takahe"),
        ("4.0.0 (not true; really snac/2.94)", {}, "snac"),
        ("3.5.3 (compatible; Pixelfed 0.12.7)", {}, "pixelfed"),
        ("2.7.2 (compatible; Pleroma 2.9.1)", {}, "pleroma"),
        ("4.0.0 (something else)", {}, "unknown"),
        ("one", {}, "unknown"),
    ],
)
def test_a_server_is_known_by_what_it_says_of_itself(version: str, more: dict[str, object], software: str) -> None:
    instance = {"version": version, **more}
    assert software_of(instance) == read_instance(instance).software == software


@pytest.mark.parametrize("settings", [replace(gotosocial(), max_characters=500), takahe()])
async def test_herald_counts_what_is_written_where_the_server_does(bench: Bench) -> None:
    capabilities = await bench.meet()
    for number, (fits, over) in enumerate(
        (
            (f"{LINK} " + "a" * (499 - len(LINK)), f"{LINK} " + "a" * (500 - len(LINK))),
            ("a" * 493 + "👩‍👩‍👧‍👦", "a" * 494 + "👩‍👩‍👧‍👦"),
            ("a" * 480 + " @rowan@else.where x", "a" * 481 + " @rowan@else.where x"),
        )
    ):
        assert (len(fits), len(over)) == (500, 501)
        assert not check(draft(fits), capabilities)
        assert check(draft(over), capabilities)
        await bench.post(draft(fits), Key(value=f"{number:032x}", at=KEY.at))
        with pytest.raises(ContentRefused, match="exceed max chars"):
            await bench.post(draft(over))


async def test_mastodon_still_counts_a_link_short(bench: Bench) -> None:
    assert not check(draft(f"{LINK} " + "a" * 476), await bench.meet())


@pytest.mark.parametrize("settings", [replace(takahe(), poll_max_characters=10)])
async def test_a_polls_choice_is_counted_the_same_way(bench: Bench) -> None:
    capabilities = await bench.meet()
    assert not check(draft("x", options={"poll": "a|bbb👩‍👩‍👧‍👦"}), capabilities)
    assert check(draft("x", options={"poll": "a|bbbb👩‍👩‍👧‍👦"}), capabilities)


def test_limits_that_were_stored_without_a_name_are_mastodons() -> None:
    assert from_json({}).software == ""
    assert not check(draft(f"{LINK} " + "a" * 476), CONNECTOR.spec.capabilities)
