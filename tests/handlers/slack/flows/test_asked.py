"""What a network demands of each post has its own input in the composer."""

from bot.services import workspaces
from tests import factories
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import card
from tests.handlers.slack.person import Actor


async def another_account(town: Town, platform: str, handle: str) -> None:
    """An account of the town's brand, also on networks that do not stand there."""
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    await factories.make_account(deps.database, brand, platform=platform, handle=handle)


async def composing(person: Actor, *accounts: str) -> None:
    """The composer, with these accounts chosen."""
    await person.command("/post")
    await person.sees_modal("Accounts")
    person.choose("accounts", *accounts)
    await person.act("accounts")


async def test_a_community_and_a_title_are_asked_for_where_reddit_is_chosen(town: Town) -> None:
    maya = town.maya
    await another_account(town, "reddit", "junipercoffee")
    await composing(maya, "Reddit")
    await maya.sees_modal("Reddit: community", "Reddit: title", "r/name, or u/name for a profile")
    maya.fill_text("text", "Which beans do you want next?")
    maya.fill_text("ask:reddit.subreddit", "where coffee is")
    maya.fill_text("ask:reddit.title", "New beans")
    maya.choose("when", "Next free slot")
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    assert set(errors) == {"ask:reddit.subreddit"}
    assert "Reddit: subreddit" in errors["ask:reddit.subreddit"]
    maya.fill_text("ask:reddit.subreddit", "r/coffee")
    await maya.submit()
    shown = await card(maya, "Which beans do you want next?", "Scheduled")

    await maya.press(shown, "Edit")
    await maya.sees_modal("Edit post", "Reddit: title")
    values = maya.values()
    assert values["ask:reddit.title"]["ask:reddit.title"]["value"] == "New beans"
    assert values["ask:reddit.subreddit"]["ask:reddit.subreddit"]["value"] == "r/coffee"


async def test_who_can_see_it_is_chosen_anew_for_each_post_on_tiktok_but_not_for_its_inbox(town: Town) -> None:
    maya = town.maya
    await another_account(town, "tiktok", "junipercoffee")
    await composing(maya, "TikTok")
    await maya.sees_modal("TikTok: who can see it", "Everyone", "Only the account itself")
    assert "selected_option" not in maya.values()["ask:tiktok.privacy"]["ask:tiktok.privacy"]
    maya.choose("ask:tiktok.privacy", "Followers who are followed back")
    await maya.press_in_modal("Text and settings per network")
    shown = await maya.sees_modal("TikTok settings", "allow_comments")
    assert "privacy:" not in str(shown["view"])
    maya.fill_text("set:tiktok", "allow_comments=false")
    await maya.submit()
    await maya.sees_modal("Text and settings: TikTok", "TikTok: who can see it")
    chosen = maya.values()["ask:tiktok.privacy"]["ask:tiktok.privacy"]["selected_option"]
    assert chosen["value"] == "friends"
    await maya.press_in_modal("Text and settings: TikTok")
    await maya.sees_modal("TikTok settings")
    maya.fill_text("set:tiktok", "mode=draft")
    await maya.submit()
    await maya.until(lambda: "who can see it" not in str(maya.modal()), "no question for the inbox")


async def test_the_inputs_of_a_network_go_with_its_account(town: Town) -> None:
    maya = town.maya
    await another_account(town, "pinterest", "junipercoffee")
    await composing(maya, "Pinterest")
    await maya.sees_modal("Pinterest: board")
    maya.choose("accounts", "Bluesky")
    await maya.act("accounts")
    await maya.until(lambda: "Pinterest: board" not in str(maya.modal()), "no board")
