"""herald posts decide: what a person saw on an account that Herald could not look at."""

from typing import Any

import pytest

from tests.cli.desk import Desk

LINK = "https://social.example/@juniper/1"


@pytest.fixture
def unsure(juniper: Desk) -> Any:  # noqa: ANN401  # a post as printed
    """A post on two accounts of which nobody knows whether it is live."""
    made = juniper.good("posts", "create", "--brand", "Juniper", "--to", "mastodon", "--to", "bluesky", "--slot", "Hi")
    juniper.write(
        "UPDATE post_items SET state = 'unconfirmed', asked_at = due_at, armed_at = 0 WHERE post_id = ?",
        (made["post_id"],),
    )
    return made


def states(juniper: Desk, post: Any) -> dict[str, str]:  # noqa: ANN401  # a post as printed
    """How it stands on each network."""
    items = juniper.good("posts", "show", post["post_id"])["items"]
    return {item["platform"]: item["status"] for item in items}


def test_of_several_accounts_each_gets_its_own_word(juniper: Desk, unsure: Any) -> None:  # noqa: ANN401  # as above
    said = juniper.herald("posts", "decide", unsure["post_id"], "--live", LINK)
    assert (said.code, "Say of which" in said.err) == (1, True)
    juniper.good("posts", "decide", unsure["post_id"], "--live", LINK, "--on", "Mastodon")
    assert states(juniper, unsure) == {"mastodon": "published", "bluesky": "unconfirmed"}
    said = juniper.herald("posts", "decide", unsure["post_id"], "--drop", "--on", "mastodon")
    assert (said.code, "Nothing is unconfirmed on mastodon. It is on: bluesky:" in said.err) == (1, True)
    juniper.good("posts", "decide", unsure["post_id"], "--send-again", "--on", "bluesky")
    assert states(juniper, unsure) == {"mastodon": "published", "bluesky": "scheduled"}


def test_without_a_name_all_of_them_are_meant(juniper: Desk, unsure: Any) -> None:  # noqa: ANN401  # as above
    juniper.good("posts", "decide", unsure["post_id"], "--drop")
    assert states(juniper, unsure) == {"mastodon": "cancelled", "bluesky": "cancelled"}
    assert juniper.herald("posts", "decide", unsure["post_id"], "--drop", "--live", LINK).code == 2
