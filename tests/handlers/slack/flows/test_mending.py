"""When a network says no or nothing: each cause ends in the button that mends it."""

import re

import pytest

from tests.handlers.slack.flows.browser import Browser
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import (
    GONE_WRONG,
    HOME,
    card,
    cards,
    failed,
    network,
    on_mastodon,
    quiet,
    scheduled,
    threaded,
    told,
)
from tests.handlers.slack.person import Json, buttons, menu, said


def link_in(message: Json) -> str:
    """Where a message's link button leads."""
    (url,) = [e["url"] for block in message["blocks"] for e in block.get("elements", []) if e.get("url")]
    return str(url)


async def test_access_ended_then_reconnected_then_retried(town: Town) -> None:
    maya = town.maya
    network(town, "bluesky", "access_ended")
    await maya.command("/post", '"Locked out" to bluesky now')
    shown = await card(maya, "Locked out", "Failed", "no longer lets Herald in", "Not posted")
    assert buttons(shown)[0] == "Reconnect"
    (guide,) = re.findall(r"<([^|>]+)[|]How to reconnect Bluesky>", said(shown))
    network(town, "bluesky", "ok")
    await maya.press(shown, "Reconnect")
    offered = await told(maya, "The link is yours alone", "Reconnect Bluesky")
    assert guide in str(offered["blocks"])
    bluesky = town.world.bluesky
    async with Browser() as browser:
        read = await browser.open(guide)
        assert (read.status, "When it breaks" in read.words) == (200, True)
        page = await browser.open(link_in(offered))
        wrong = await browser.send(page, page.form("password"), identifier="rowan.test", password=bluesky.password)
        assert "You are logged in as @rowan.test; Juniper's is @junipercoffee.test." in wrong.words
        done = await browser.send(page, page.form("password"), identifier=bluesky.identifier, password=bluesky.password)
        assert "is connected." in done.words
        assert "1 post failed while it was disconnected" in done.words
    await maya.sees("herald", "Reconnected Bluesky")
    shown = await card(maya, "Locked out", "This post still waits for you")
    assert buttons(shown) == ["Retry", "Next slot", "Drop"]
    await maya.press(shown, "Retry")
    await card(maya, "Locked out", "Published")
    assert town.on_bluesky() == ["Locked out"]


async def test_a_refused_text_is_edited_and_goes_out(town: Town) -> None:
    maya = town.maya
    shown = await failed(town, "Unwanted words")
    assert buttons(shown)[0] == "Edit"
    assert "Not posted" in said(shown)
    await maya.sees(HOME, "❌", "does not take this post")
    await maya.press(shown, "Edit")
    await maya.sees_modal("Accounts")
    maya.fill_text("text", "Wanted words")
    maya.choose("when", "Now")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    shown = await card(maya, "Wanted words", "Published")
    await maya.sees(HOME, "✅ Mended by Maya")
    assert town.on_bluesky() == ["Wanted words"]
    assert len([m for m in cards(maya, "words") if "post " in said(m) and buttons(m)]) == 1
    await threaded(maya, shown, "Maya changed", "Published")


async def test_one_network_refuses_and_the_other_does_not(town: Town) -> None:
    maya = town.maya
    network(town, "bluesky", "refuses_text")
    await maya.command("/post", '"Half of it" to all now')
    shown = await card(maya, "Half of it", "1 of 2 published")
    network(town, "bluesky", "ok")
    await maya.press(shown, "Retry the failed ones" if "Retry the failed ones" in buttons(shown) else menu(shown)[0])
    modal = maya.modal()
    assert modal is None
    await card(maya, "Half of it", "Published")
    assert town.on_bluesky() == on_mastodon(town) == ["Half of it"]


@pytest.mark.parametrize("name", ["bluesky", "mastodon"])
async def test_a_lost_answer_is_not_sure_yet_and_then_published_once(town: Town, name: str) -> None:
    maya = town.maya
    network(town, name, "loses_answer")
    await maya.command("/post", f'"Hello?" to {name} now')
    shown = await card(maya, "Hello?")
    if "Not sure yet" in said(shown):  # unless Herald found it before the card was shown
        assert "It will not be sent again meanwhile" in said(shown)
        assert buttons(shown) == []
    await maya.until(lambda: town.on_bluesky() + on_mastodon(town), "the post on its network")
    network(town, name, "ok")
    shown = await card(maya, "Hello?", "Published")
    await threaded(maya, shown, "Nothing was sent twice")
    await quiet(town)
    assert town.on_bluesky() + on_mastodon(town) == ["Hello?"]


async def test_posted_by_hand_with_a_wrong_link_and_then_the_right_one(town: Town) -> None:
    maya = town.maya
    shown = await failed(town, "I did it myself")
    await maya.press(shown, "I posted it by hand")
    await maya.sees_modal("Link to the post on Bluesky")
    block = next(b["block_id"] for b in maya.modal()["view"]["blocks"] if b["type"] == "input")  # pyright: ignore[reportOptionalSubscript]
    for wrong in ("not a link", "javascript:alert(1)"):
        maya.fill_text(block, wrong)
        await maya.submit()
        assert await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    link = "https://bsky.app/profile/junipercoffee.test/post/3k2abc"
    maya.fill_text(block, link)
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    shown = await card(maya, "I did it myself", "Published", "confirmed by Maya")
    assert link_in(shown) == link
    assert town.on_bluesky() == []


async def test_dropped_it_is_over_and_can_be_duplicated(town: Town) -> None:
    maya = town.maya
    shown = await failed(town, "Never mind")
    await maya.press(shown, "Drop")
    await maya.sees_modal("It stays in Herald as cancelled and is not sent.")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the question closing")
    shown = await card(maya, "Never mind", "Cancelled")
    assert buttons(shown) == ["Duplicate"]
    await quiet(town)
    assert town.on_bluesky() == []


async def test_why_tells_the_story_and_no_secret(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"A long story" to bluesky in 1s')
    shown = await card(maya, "A long story", "Published")
    await maya.press(shown, "Why")
    story = said(await told(maya, "Why", "A long story"))
    assert "Maya" in story, story
    code = re.search(r"post ([0-9A-Z]{6})", said(shown))
    assert code is not None
    await maya.command("/social", f"why {code[1]}")
    await maya.until(lambda: sum("*Why" in said(m) for m in maya.messages(HOME)) == 2, "the story again")
    await maya.command("/social", f"why {link_in(shown)}")
    await maya.until(lambda: sum("*Why" in said(m) for m in maya.messages(HOME)) == 3, "the story by link")
    secrets = (town.world.bluesky.password, town.world.mastodon.token, town.world.workspace.bot_token)
    assert not any(secret in story for secret in secrets)


async def test_accounts_are_checked_and_disconnected_after_a_question(town: Town) -> None:
    maya = town.maya
    await scheduled(maya, "Will not go out")
    await maya.command("/social", "accounts")
    shown = await told(maya, "Juniper: 2 accounts, all fine")
    network(town, "bluesky", "access_ended")
    await maya.press(shown, "Check all now")
    shown = await told(maya, "1 of 2", "Bluesky")
    assert "Reconnect" in buttons(shown)
    network(town, "bluesky", "ok")
    await maya.press(shown, "Check all now")
    await quiet(town)
    row = await told(maya, "Juniper: 2 accounts")
    await maya.press(row, "Disconnect")
    question = await maya.sees_modal("Disconnect this account?") if maya.modal() else None
    assert question is None or "cancelled" in str(question)


async def test_a_disconnected_account_cancels_what_waits_for_it(town: Town) -> None:
    maya = town.maya
    await scheduled(maya, "Will not go out")
    await maya.command("/social", "accounts")
    shown = await told(maya, "Juniper: 2 accounts, all fine")
    await maya.press(shown, "Disconnect")
    await maya.sees_modal("1 planned post will be cancelled. Numbers are kept.")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the question closing")
    await maya.sees("herald", "Disconnected Bluesky", "1 planned post cancelled")
    await card(maya, "Will not go out", "Cancelled")
    await maya.command("/social", "accounts")
    await told(maya, "Juniper: 1 account")
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME))
