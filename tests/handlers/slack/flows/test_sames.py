"""The same text on the same account: asked about once, and sent when it is meant."""

import asyncio

from sandbox.slack import payloads
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, card, cards, network, on_mastodon, quiet, scheduled, send
from tests.handlers.slack.flows.test_composer import PNG, composing, submit, upload
from tests.handlers.slack.person import said_in

ANYWAY = "Schedule anyway"


async def _published(town: Town, text: str) -> None:
    await town.maya.command("/post", f'"{text}" to mastodon now')
    await card(town.maya, text, "Published")


async def test_what_was_said_before_goes_out_again_only_when_its_author_says_so(town: Town) -> None:
    maya = town.maya
    await _published(town, "We open at nine")
    await composing(maya, "Mastodon", text="We open at nine")
    await maya.submit()
    await maya.sees_modal("Please check", ANYWAY, "Same text went to Mastodon · @junipercoffee@social.test on")
    await maya.submit()
    assert await maya.until(lambda: (maya.modal() or {}).get("errors"), "the box has to be ticked")
    assert on_mastodon(town) == ["We open at nine"]
    maya.choose("anyway", ANYWAY)
    await submit(maya)
    await maya.until(lambda: len(on_mastodon(town)) == 2, "sent again")


async def test_the_line_typed_twice_is_asked_about(town: Town) -> None:
    maya = town.maya
    await scheduled(maya, "See you at the fair")
    await maya.command("/post", '"See you at the fair" to bluesky tomorrow 9am')
    await maya.sees_modal("Please check", "Same text is planned for Bluesky · @junipercoffee.test on")
    assert len(cards(maya, "See you at the fair")) == 1
    maya.choose("anyway", ANYWAY)
    await submit(maya)
    await maya.until(lambda: len(cards(maya, "See you at the fair")) == 2, "two cards")


async def test_another_account_a_draft_another_text_and_an_edit_are_not_asked_about(town: Town) -> None:
    maya = town.maya
    await _published(town, "Latte art")
    await composing(maya, "Bluesky", text="Latte art")
    await submit(maya)
    await composing(maya, "Mastodon", text="Latte art", when="Keep as draft")
    await submit(maya)
    shown = await scheduled(maya, "Latte art, slowly", to="mastodon")
    await maya.press(shown, "Edit")
    await maya.sees_modal("Edit post")
    await submit(maya)


async def test_changing_the_text_takes_the_question_away(town: Town) -> None:
    maya = town.maya
    await _published(town, "New beans")
    await composing(maya, "Mastodon", text="New beans")
    await maya.submit()
    await maya.sees_modal(ANYWAY)
    maya.fill_text("text", "New beans, and cake")
    await maya.act("text")
    await maya.until(lambda: ANYWAY not in said_in((maya.modal() or {}).get("view", {})), "no question")
    await submit(maya)
    await card(maya, "New beans, and cake", "Published")


async def test_pictures_are_kept_while_it_is_asked(town: Town) -> None:
    maya = town.maya
    await _published(town, "With a cup")
    await composing(maya, "Mastodon", text="With a cup")
    given = await upload(maya, "cup.png", PNG)
    maya.fill("files", {"files": [{"id": given}]})
    await maya.submit()
    await maya.sees_modal(ANYWAY, "Already added", "cup.png")
    maya.choose("anyway", ANYWAY)
    await maya.submit()
    await maya.sees_modal("Describe your media", "cup.png")
    maya.fill_text("alt:0", "A cup")
    await submit(maya)
    await maya.until(lambda: len(on_mastodon(town)) == 2, "sent again")


async def test_lines_typed_again_while_herald_stood_still_make_one_post(town: Town) -> None:
    """Slack said twice that Herald did not answer; then both lines arrive at once."""
    maya = town.maya
    world = town.world.workspace.world
    known = next(one for one in world.manifest.commands if one.command == "/post")
    words = '"Back again" to mastodon, bluesky now'
    person, place = world.people[maya.user_id], world.channel_named(HOME)
    lines = [payloads.slash_command(world, person, place, known, words) for _ in range(4)]
    await asyncio.gather(*(send(town, line, kind="slash_commands") for line in lines))
    await card(maya, "Back again", "Published")
    await maya.sees_modal("Please check", "Same text")
    await quiet(town)
    assert on_mastodon(town) == town.on_bluesky() == ["Back again"]


async def test_what_is_on_its_way_or_in_doubt_is_asked_about(town: Town) -> None:
    maya = town.maya
    network(town, "bluesky", "hides_post")
    await maya.command("/post", '"Was it sent?" to bluesky now')
    await card(maya, "Was it sent?", "Not sure yet")
    await maya.command("/post", '"Was it sent?" to bluesky now')
    await maya.sees_modal("Please check", "Same text is on its way to Bluesky · @junipercoffee.test")
    assert len(cards(maya, "Was it sent?")) == 1
