"""What a network demands of each post has its own input in the composer."""

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import account_on, card, composing_to
from tests.handlers.slack.person import said_in


async def test_a_community_and_a_title_are_asked_for_where_reddit_is_chosen(town: Town) -> None:
    maya = town.maya
    await account_on(town, "reddit", "junipercoffee")
    await composing_to(maya, "Reddit")
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
    await account_on(town, "tiktok", "junipercoffee")
    await composing_to(maya, "TikTok")
    await maya.sees_modal("TikTok: who can see it", "Everyone", "Only the account itself")
    assert "selected_option" not in maya.values()["ask:tiktok.privacy"]["ask:tiktok.privacy"]
    maya.choose("ask:tiktok.privacy", "Followers who are followed back")
    await maya.press_in_modal("Text per network")
    await maya.sees_modal("Own text here")
    await maya.press_in_modal("TikTok settings")
    shown = await maya.sees_modal("TikTok settings", "Allow comments")
    assert "Privacy" not in said_in(shown["view"])
    assert "Own brand" not in said_in(shown["view"])
    maya.choose("set:tiktok.allow_comments", "No")
    await maya.submit()
    await maya.sees_modal("TikTok settings: 1 set")
    await maya.submit()
    await maya.sees_modal("Text per network: TikTok", "TikTok: who can see it")
    chosen = maya.values()["ask:tiktok.privacy"]["ask:tiktok.privacy"]["selected_option"]
    assert chosen["value"] == "friends"
    await maya.press_in_modal("Text per network: TikTok")
    await maya.sees_modal("Own text here")
    await maya.press_in_modal("TikTok settings: 1 set")
    await maya.sees_modal("Allow comments")
    maya.choose("set:tiktok.mode", "Draft")
    await maya.submit()
    await maya.sees_modal("Own text here", "TikTok settings: 3 set")
    await maya.press_in_modal("TikTok settings: 3 set")
    await maya.sees_modal("Privacy", "Followers who are followed back")
    await maya.close()
    await maya.sees_modal("Own text here")
    await maya.submit()
    await maya.until(lambda: "who can see it" not in str(maya.modal()), "no question for the inbox")


async def test_what_a_post_promotes_is_asked_once_on_tiktok_and_never_answered_for_anybody(town: Town) -> None:
    maya = town.maya
    await account_on(town, "tiktok", "junipercoffee")
    await composing_to(maya, "TikTok")
    await maya.sees_modal("TikTok: promotion?", "Nothing", "A paid partnership with somebody else", "Both")
    assert "selected_option" not in maya.values()["ask:tiktok.promotion"]["ask:tiktok.promotion"]
    maya.fill_text("text", "New beans")
    maya.choose("ask:tiktok.privacy", "Only the account itself")
    maya.choose("when", "Next free slot")
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    assert set(errors) == {"ask:tiktok.promotion"}
    maya.choose("ask:tiktok.promotion", "Both")
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error of Herald's")
    assert "branded content cannot be private" in errors["ask:tiktok.privacy"]


async def test_the_inputs_of_a_network_go_with_itsaccount_on(town: Town) -> None:
    maya = town.maya
    await account_on(town, "pinterest", "junipercoffee")
    await composing_to(maya, "Pinterest")
    await maya.sees_modal("Pinterest: board")
    maya.choose("accounts", "Bluesky")
    await maya.act("accounts")
    await maya.until(lambda: "Pinterest: board" not in str(maya.modal()), "no board")
