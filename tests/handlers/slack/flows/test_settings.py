"""`/social settings`: how a brand is set, changed in modals above, by who may."""

from datetime import timedelta

from bot.domain.approvals import Rule
from bot.services import approvers, digesting, slotting, workspaces
from bot.services.workspaces import Brand
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import scheduled
from tests.handlers.slack.person import Actor, buttons

JUNIPER = "Settings of Juniper"


async def _brand(town: Town) -> Brand:
    (workspace,) = await workspaces.list_workspaces(town.herald.deps)
    return (await workspaces.list_brands(town.herald.deps, [workspace.id]))[0]


async def _change(person: Actor, setting: str, modal: str) -> None:
    await person.sees_modal(JUNIPER, setting)
    await person.press_in_modal("Change", beside=setting)
    await person.sees_modal(modal)


async def test_each_setting_is_shown_as_it_is_and_changed_in_its_place(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    await maya.command("/social", "settings")
    await maya.sees_modal(
        JUNIPER,
        "Mon-Fri 09:00, 15:00",
        "nobody chose any",
        "Free slots",
        "up to 15 minutes late",
        "daily digest comes at",
    )

    await _change(maya, "Times to post", "Days and times")
    maya.fill_text("slots", "Mon-Wed 10:00\nSat 8pm")
    await maya.submit()
    await maya.sees_modal(JUNIPER, "Mon-Wed 10:00; Sat 20:00")

    await _change(maya, "Late posts", "A post may be late by")
    maya.choose("grace", "6 hours")
    await maya.submit()
    await maya.sees_modal(JUNIPER, "up to 6 hours late")

    await _change(maya, "Daily digest", "Digest settings")
    maya.fill("digest_at", {"selected_time": "08:30"})
    await maya.submit()
    await maya.sees_modal(JUNIPER, "daily digest comes at 08:30")

    await _change(maya, "Approval", "Edit brand")
    maya.choose("rule", "One approver")
    maya.fill("approvers", {"selected_users": [town.omar.user_id]})
    await maya.submit()
    await maya.sees_modal(JUNIPER, "Omar approves its posts")

    brand = await _brand(town)
    assert brand.grace == timedelta(hours=6)
    assert (await slotting.slots_of(deps, brand)).text == "mon-wed 10:00; sat 20:00"
    assert (await digesting.time_of(deps, brand)).time.clock == "08:30"
    assert (await approvers.rule_of(deps, brand)).rule is Rule.ONE


async def test_slots_that_cannot_be_read_stay_typed_with_the_reason(town: Town) -> None:
    maya = town.maya
    await maya.command("/social", "settings juniper")
    await _change(maya, "Times to post", "Days and times")
    maya.fill_text("slots", "someday 10:00")
    await maya.submit()
    errors = await maya.until(lambda: (maya.modal() or {}).get("errors"), "an error")
    assert "names no day" in errors["slots"]
    maya.fill_text("slots", "")
    await maya.submit()
    await maya.sees_modal(JUNIPER, "nobody chose any")


async def test_who_may_not_change_a_brand_reads_how_it_is_set(town: Town) -> None:
    await town.omar.command("/social", "settings")
    shown = await town.omar.sees_modal(JUNIPER, "up to 15 minutes late", "Admins can change these")
    assert buttons(shown["view"]) == []


async def test_of_several_brands_one_is_chosen(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    await workspaces.create_brand(deps, workspace, "Harbor Bikes", timezone="Europe/Lisbon")
    await maya.command("/social", "settings", channel="herald")
    asked = await maya.sees("herald", "Settings of which brand?")
    (block,) = asked["blocks"]
    harbor = next(one for one in block["accessory"]["options"] if one["text"]["text"] == "Harbor Bikes")
    await maya.do(
        "action",
        message={"channel": asked["channel"], "ts": asked["ts"]},
        block_id=block["block_id"],
        action_id=block["accessory"]["action_id"],
        state={"type": "static_select", "selected_option": harbor},
    )
    await maya.sees_modal("Settings of Harbor", "Lisbon time", "no channel yet")


async def test_home_leads_to_the_settings_and_shows_what_was_changed(town: Town) -> None:
    maya = town.maya
    await scheduled(maya, "Coffee is ready")
    await maya.do("home")
    await maya.until(lambda: maya.home() is not None and "Settings" in buttons(maya.home() or {}), "settings on home")
    await maya.press_at_home("Settings")
    await maya.sees_modal(JUNIPER)
