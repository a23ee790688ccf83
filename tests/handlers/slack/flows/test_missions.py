"""A post's mission, in Slack: chosen in the composer, said on its card, and what a paused one says."""

from bot.domain.missions import NewMission
from bot.services import installing, missions, workspaces
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import card, cards
from tests.handlers.slack.flows.test_composer import composing, submit
from tests.handlers.slack.person import Actor, said


async def a_mission(town: Town, name: str) -> missions.Mission:
    deps = town.herald.deps
    installed = (await installing.list_installations(deps))[0]
    brand = await workspaces.get_brand(deps, installed.workspace_id, "Juniper")
    return await missions.create(deps, installed.workspace_id, NewMission(name=name, brand_id=brand.id, constraints={}))


async def put_into(person: Actor, text: str, mission: str) -> None:
    """A draft in that mission, up to the composer that says so."""
    await composing(person, "Bluesky", text=text, when="Keep as draft")
    await person.press_in_modal("More options")
    await person.sees_modal("Repeat", "Mission")
    person.choose("mission", mission)
    await person.submit()
    await person.sees_modal("More options: 1 set")


async def test_a_post_is_put_into_a_mission_and_taken_out_again(town: Town) -> None:
    maya = town.maya
    await a_mission(town, "Spring *menu*")
    await put_into(maya, "Fresh beans", "Spring *menu*")
    maya.choose("when", "Now")
    await submit(maya)
    published = await card(maya, "Fresh beans", "Published")
    assert "mission Spring" in said(published)
    await maya.press(published, "Duplicate")
    await maya.sees_modal("More options: 1 set")
    maya.fill_text("text", "More beans")
    await submit(maya)
    planned = await card(maya, "More beans", "Scheduled")
    assert "mission Spring" in said(planned)
    await maya.press(planned, "Edit")
    await maya.sees_modal("More options: 1 set")
    await maya.press_in_modal("More options: 1 set")
    await maya.sees_modal("Mission")
    maya.choose("mission", "None")
    await maya.submit()
    await maya.sees_modal("More options")
    await submit(maya)
    await maya.until(lambda: "mission" not in said(cards(maya, "More beans")[-1]), "it has left it")


async def test_nothing_goes_out_of_a_paused_mission_and_nothing_typed_is_lost(town: Town) -> None:
    maya = town.maya
    mission = await a_mission(town, "Spring")
    await put_into(maya, "Fresh beans", "Spring")
    args = (town.herald.deps, mission.workspace_id, mission.id)
    await missions.pause(*args, brand_id=None, asked_by="tests")
    maya.choose("when", "Now")
    await maya.submit()
    await maya.until(
        lambda: "Publishing is switched off for the mission Spring" in str((maya.modal() or {}).get("errors")),
        "why not",
    )
    await maya.press_in_modal("More options: 1 set")
    await maya.sees_modal("Mission", "Paused: nothing of it goes out")
    maya.choose("mission", "None")
    await maya.submit()
    await maya.sees_modal("Text per network")
    await submit(maya)
    assert "mission" not in said(await card(maya, "Fresh beans", "Published"))


async def test_without_missions_nobody_is_asked_for_one(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Fresh beans")
    await maya.press_in_modal("More options")
    assert "Mission" not in str(await maya.sees_modal("Repeat", "Until"))
