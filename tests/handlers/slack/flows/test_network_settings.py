"""What a network knows beyond text is set in a modal of its own, above its texts."""

from dataclasses import replace

from bot.domain.ids import PostId
from bot.domain.posts import PostView
from bot.services import composing, journal, workspaces
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import account_on, card, composing_to, value_of
from tests.handlers.slack.flows.test_layers import reviewed_at_home
from tests.handlers.slack.person import Actor, Json, said_in


async def _settings_of_x(town: Town) -> Actor:
    """Maya composes for X and Bluesky, and has the texts per network open with one for X typed."""
    maya = town.maya
    await account_on(town, "x", "junipercoffee")
    await composing_to(maya, "X", "Bluesky")
    await maya.sees_modal("X 0 of 280")
    maya.fill_text("text", "New beans are in.")
    await maya.press_in_modal("Text per network")
    await maya.sees_modal("Own text here", "X settings", "Bluesky settings")
    maya.fill_text("own:x", "Beans!")
    await maya.press_in_modal("X settings")
    await maya.sees_modal("Who may reply", "As usual", "Community")
    return maya


def _own_text(person: Actor) -> object:
    return person.values()["own:x"]["own:x"].get("value")


def _initial(person: Actor, block: str) -> Json:
    modal = person.modal()
    assert modal is not None
    return next(one["element"] for one in modal["view"]["blocks"] if one["block_id"] == block)


async def _post(town: Town, shown: Json) -> PostView:
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    post_id = PostId(value_of(shown, "post_edit").partition(":")[0])
    return await journal.show_post(deps, workspace.id, post_id)


async def test_settings_are_chosen_refused_where_they_stand_kept_and_taken_back(town: Town) -> None:
    maya = await _settings_of_x(town)
    maya.choose("set:x.replies", "Mentioned")
    maya.fill_text("set:x.community", "the bakers")
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    sentence = "X: community is 'the bakers'; it takes the number in the community's address."
    assert errors == {"set:x.community": sentence}
    assert maya.values()["set:x.replies"]["set:x.replies"]["selected_option"]["value"] == "mentioned"
    maya.fill_text("set:x.community", "1146654567674912769")
    await maya.submit()
    await maya.sees_modal("Own text here", "X settings: 2 set")
    assert _own_text(maya) == "Beans!"
    await maya.submit()
    await maya.sees_modal("Text per network: X", "X own text 6 of 280")
    maya.choose("when", "Next free slot")
    await maya.submit()
    shown = await card(maya, "New beans are in.", "Scheduled")
    post = await _post(town, shown)
    assert post.options == {"x": {"replies": "mentioned", "community": "1146654567674912769"}}
    assert post.variants == {"x": "Beans!"}

    await maya.press(shown, "Edit")
    await maya.sees_modal("Edit post", "Text per network: X")
    await maya.press_in_modal("Text per network: X")
    await maya.sees_modal("X settings: 2 set")
    await maya.press_in_modal("X settings: 2 set")
    await maya.sees_modal("Who may reply")
    assert _initial(maya, "set:x.replies")["initial_option"]["value"] == "mentioned"
    assert _initial(maya, "set:x.community")["initial_value"] == "1146654567674912769"
    maya.choose("set:x.replies", "As usual")
    maya.fill_text("set:x.community", "")
    await maya.submit()
    await maya.sees_modal("Own text here", "X settings")
    await maya.until(lambda: "2 set" not in said_in((maya.modal() or {})["view"]), "no settings")
    await maya.submit()
    await maya.sees_modal("Edit post", "Text per network: X")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    assert (await _post(town, shown)).options == {}


async def test_going_back_from_the_settings_changes_nothing_and_loses_no_text(town: Town) -> None:
    maya = await _settings_of_x(town)
    maya.choose("set:x.replies", "Mentioned")
    await maya.close()
    shown = await maya.sees_modal("Own text here", "X settings")
    assert "set" not in said_in(shown["view"]).replace("settings", "")
    assert _own_text(maya) == "Beans!"
    await maya.close()
    await maya.sees_modal("Text per network: X", "X own text 6 of 280")
    await maya.press_in_modal("Text per network: X")
    await maya.sees_modal("Own text here")
    maya.fill_text("own:x", "")
    await maya.submit()
    await maya.sees_modal("Text per network", "X 17 of 280")


async def test_the_composer_shows_what_was_kept_however_its_texts_are_left(town: Town) -> None:
    maya = await _settings_of_x(town)
    maya.choose("set:x.replies", "Mentioned")
    await maya.submit()
    await maya.sees_modal("X settings: 1 set")
    await maya.close()
    await maya.sees_modal("New post", "Text per network: X", "X own text 6 of 280")
    assert maya.values()["text"]["text"]["value"] == "New beans are in."


async def test_in_a_composer_above_another_modal_the_settings_take_the_place_of_the_texts(town: Town) -> None:
    omar = town.omar
    await reviewed_at_home(town)
    await omar.press_in_modal("Edit")
    await omar.sees_modal("Bluesky 11 of 300")
    await omar.press_in_modal("Text per network")
    await omar.sees_modal("Bluesky settings")
    omar.fill_text("own:bluesky", "Menu")
    await omar.press_in_modal("Bluesky settings")
    await omar.sees_modal("Languages of the text")
    omar.fill_text("set:bluesky.langs", "de")
    await omar.submit()
    await omar.sees_modal("Own text here", "Bluesky settings: 1 set")
    assert len(omar.state()["views"]) == 3
    assert omar.values()["own:bluesky"]["own:bluesky"]["value"] == "Menu"
    await omar.submit()
    await omar.sees_modal("Edit post", "Text per network: Bluesky", "Bluesky own text 4 of 300")


async def test_a_setting_that_the_network_does_not_know_survives(town: Town) -> None:
    maya = await _settings_of_x(town)
    world, deps = town.world.workspace.world, town.herald.deps
    await maya.close()
    await maya.sees_modal("Own text here")
    (workspace,) = await workspaces.list_workspaces(deps)
    metadata = str(world.modals[maya.user_id][0].payload["private_metadata"])
    composition_id = metadata.partition('"composition": "')[2].partition('"')[0]
    composition = await composing.get_composition(deps, workspace.id, maya.user_id, composition_id)
    options = {"x": {"colour": "red"}}
    form = replace(composition.form, options=options)
    await composing.save_form(deps, workspace.id, maya.user_id, composition_id, form)
    await maya.press_in_modal("X settings")
    await maya.sees_modal("colour", "Set elsewhere")
    maya.choose("set:x.replies", "Verified")
    await maya.submit()
    await maya.sees_modal("X settings: 2 set")
    kept = await composing.get_composition(deps, workspace.id, maya.user_id, composition_id)
    assert kept.form.options == {"x": {"colour": "red", "replies": "verified"}}
