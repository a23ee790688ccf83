"""Modals above modals and above Home: what lies below is still there afterwards, and knows what was done above it."""

from bot.domain.approvals import Rule
from bot.services import approvers, installing, workspaces
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME
from tests.handlers.slack.person import said_in


async def reviewed_at_home(town: Town) -> None:
    """Omar looks, from Home, at what waits for his word."""
    maya, omar, deps = town.maya, town.omar, town.herald.deps
    installed = (await installing.list_installations(deps))[0]
    brand = await workspaces.get_brand(deps, installed.workspace_id, "Juniper")
    await approvers.set_rule(deps, brand, rule=Rule.ONE, approvers=[omar.user_id], asked_by="tests")
    await maya.command("/post", '"Spring menu" to bluesky in 3d')
    await maya.sees(HOME, "Omar, please approve")
    await omar.do("home")
    await omar.until(lambda: "Needs you (1)" in said_in(omar.home()), "it stands on Home")
    await omar.press_at_home("Review")
    await omar.sees_modal("Omar, please approve", "Spring menu")


async def test_moving_and_cancelling_in_a_modal_keep_what_was_looked_at(town: Town) -> None:
    omar = town.omar
    await reviewed_at_home(town)
    await omar.press_in_modal("Move")
    await omar.sees_modal("Date")
    assert len(omar.state()["views"]) == 2
    await omar.close()
    await omar.sees_modal("Omar, please approve", "Spring menu")
    await omar.press_in_modal("Cancel post")
    await omar.sees_modal("It will not go out on")
    await omar.close()
    await omar.sees_modal("Omar, please approve", "Spring menu")


async def test_a_composer_above_another_modal_takes_back_what_was_typed_above_it(town: Town) -> None:
    omar = town.omar
    await reviewed_at_home(town)
    await omar.press_in_modal("Edit")
    await omar.sees_modal("Text per network", "Bluesky 11 of 300")
    await omar.press_in_modal("Text per network")
    await omar.sees_modal("Same as the main text")
    omar.fill_text("own:bluesky", "Menu")
    await omar.submit()
    await omar.sees_modal("Bluesky own text 4 of 300")
    review, composer = omar.state()["views"]
    assert (review["view"]["title"]["text"], composer["view"]["title"]["text"]) == ("Herald", "Edit post")


async def test_what_is_rejected_from_home_no_longer_needs_anybody_there(town: Town) -> None:
    omar = town.omar
    await reviewed_at_home(town)
    await omar.press_in_modal("Reject")
    await omar.sees_modal("Why not?")
    omar.fill_text("reason", "Not us")
    await omar.submit()
    await omar.until(lambda: "Spring menu" not in said_in(omar.home()), "nothing waits for his word any more")


async def test_home_shows_what_was_done_in_the_modals_that_were_opened_from_it(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Own words" to bluesky in 3d')
    await maya.sees(HOME, "Scheduled", "Own words")
    await maya.do("home")
    await maya.until(lambda: "Own words" in said_in(maya.home()), "it stands on Home")
    await maya.press_at_home("Edit")
    await maya.sees_modal("Bluesky 9 of 300")
    maya.fill_text("text", "Other words")
    await maya.submit()
    await maya.until(lambda: "Other words" in said_in(maya.home()), "it has another text on Home")
    await maya.press_at_home("Cancel post")
    await maya.sees_modal("It will not go out on")
    await maya.submit()
    await maya.until(lambda: "Other words" not in said_in(maya.home()), "it is no longer planned on Home")
    await maya.press_at_home("New post")
    await maya.sees_modal("Text per network")
    maya.fill_text("text", "Half a thought")
    await maya.close()
    await maya.until(lambda: "Half a thought" in said_in(maya.home()), "it is kept among the drafts on Home")
