"""Brands in Slack: who may change which, and one of many by its name."""

from bot.domain.approvals import Rule
from bot.services import approvers, workspaces
from handlers.slack.flows import social
from handlers.slack.wording import COMMANDS
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.person import buttons, said


async def _more_brands(town: Town, count: int, *, manager: str | None = None) -> None:
    """Brands beside Juniper, the first of them with this manager, a user id."""
    deps = town.herald.deps
    workspace = (await workspaces.list_workspaces(deps))[0]
    for number in range(count):
        brand = await workspaces.create_brand(deps, workspace, f"Harbor {number:02}", timezone="Europe/Berlin")
        if number == 0 and manager is not None:
            await workspaces.change_brand(deps, brand, asked_by="test", managers=[manager])


async def test_a_manager_may_change_their_brand_and_no_other(town: Town) -> None:
    omar = town.omar
    await _more_brands(town, 1, manager=omar.user_id)
    await omar.command("/social", "brand")
    listed = await omar.sees("juniper-social", "2 brands", "Harbor 00", "Juniper")
    assert buttons(listed) == ["Change"]
    await omar.press(listed, "Change")
    modal = await omar.sees_modal("Edit brand")
    assert omar.values()["name"]["name"]["value"] == "Harbor 00", modal


async def test_any_of_many_brands_can_be_changed_by_its_name(town: Town) -> None:
    maya = town.maya
    await _more_brands(town, 20)
    await maya.command("/social", "brand")
    listed = await maya.sees("juniper-social", "21 brands", "`/social brand NAME`")
    assert "Harbor 19" in said(listed)
    await maya.command("/social", "brand harbor 19")
    alone = await maya.sees("juniper-social", "1 brand", "Harbor 19", count=2)
    await maya.press(alone, "Change")
    await maya.sees_modal("Edit brand")
    assert maya.values()["name"]["name"]["value"] == "Harbor 19"


async def test_a_brand_is_shown_with_who_approves_its_posts(town: Town) -> None:
    maya, omar, ines, deps = town.maya, town.omar, town.ines, town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    await maya.command("/social", "brand")
    await maya.sees("juniper-social", "1 brand", "nobody has to approve its posts")
    for rule, whom, told in (
        (Rule.ONE, [omar], "Omar approves its posts"),
        (Rule.ONE, [omar, ines], " or "),
        (Rule.ALL, [omar, ines], "all approve its posts"),
    ):
        ids = [one.user_id for one in whom]
        await approvers.set_rule(deps, brand, rule=rule, approvers=ids, asked_by="test")
        await maya.command("/social", "brand juniper")
        await maya.sees("juniper-social", "1 brand", told)


async def test_a_brand_that_is_not_there_is_answered_with_those_that_are(town: Town) -> None:
    await town.maya.command("/social", "brand Junpier")
    await town.maya.sees("juniper-social", "There is no brand “Junpier” here", "Juniper")


def test_every_word_of_the_command_is_known_to_who_mends_a_wrong_one() -> None:
    assert {*COMMANDS} == {*social.WORDS} - {""}
