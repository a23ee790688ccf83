"""Digest and report in Slack: asked for, set, posted, and handed over as files."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import update

from bot import clock
from bot.services import digesting, workspaces
from storage.brands import Brand
from storage.tables import BrandDigestRow
from tests import history
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, pressing, send, told, value_of
from tests.handlers.slack.person import buttons, said

BERLIN = ZoneInfo("Europe/Berlin")


async def juniper(town: Town) -> Brand:
    (workspace,) = await workspaces.list_workspaces(town.herald.deps)
    (brand,) = await workspaces.list_brands(town.herald.deps, [workspace.id])
    return brand


async def with_past(town: Town) -> history.Past:
    brand = await juniper(town)
    return await history.make_past(town.herald.deps.database, brand, clock.now(), ("linkedin", "x", "bluesky"))


def kinds(message: dict[str, object]) -> list[str]:
    blocks = message["blocks"]
    assert isinstance(blocks, list)
    return [block["type"] for block in blocks]


async def test_a_digest_asked_for_stands_in_the_channel_with_its_chart(town: Town) -> None:
    await with_past(town)

    await town.maya.command("/social", "digest now")

    await told(town.maya, "The digest is on its way to")
    shown = await town.maya.sees(HOME, "3 published yesterday", "*Best*", "*Today*", "times in Berlin")
    assert kinds(shown)[:3] == ["header", "section", "data_visualization"]
    assert len(kinds(shown)) <= 12
    assert " views" in said(shown)


async def test_a_slack_without_charts_gets_the_numbers_in_code_font(town: Town) -> None:
    town.world.workspace.world.refused_blocks |= {"data_visualization"}
    await with_past(town)

    await town.maya.command("/social", "digest now")

    shown = await town.maya.sees(HOME, "3 published yesterday", "Views per day, last 7 days", "█")
    assert "data_visualization" not in kinds(shown)
    assert "Digest settings" in buttons(shown)


async def test_the_time_is_set_in_a_line_or_behind_the_button(town: Town) -> None:
    maya, brand = town.maya, await juniper(town)
    await maya.command("/social", "digest at 08:30")
    await told(maya, "Juniper's daily digest comes at 08:30 Berlin to")

    await maya.command("/social", "digest")
    shown = await told(maya, "comes at 08:30 Berlin", "Type `/social digest now`")
    await maya.press(shown, "Digest settings")
    await maya.sees_modal("Juniper", "Daily digest", "On", "Off")
    assert "08:30" in str(maya.values()["digest_at"])
    maya.choose("digest_on", "Off")
    maya.fill("digest_at", {"selected_time": "10:15"})
    await maya.submit()
    await maya.sees("herald", "Juniper has no daily digest")

    state = await digesting.time_of(town.herald.deps, brand)
    assert (state.time.enabled, state.time.clock) == (False, "10:15")


async def test_a_guest_may_read_a_report_and_set_nothing(town: Town) -> None:
    brand = await juniper(town)
    await town.ines.command("/social", "digest off")
    await told(town.ines, "Ask")
    await town.ines.command("/social", "report")
    await told(town.ines, "0 published")
    outcome = await send(town, pressing(town, town.ines, "digest_settings", brand.id))

    assert outcome is not None
    assert (await digesting.time_of(town.herald.deps, brand)).time.enabled
    assert town.ines.modal() is None


async def test_a_report_is_private_until_it_is_posted_and_becomes_files_below_it(town: Town) -> None:
    await with_past(town)
    maya = town.maya

    await maya.command("/social", "report juniper")
    alone = await told(maya, "published", "These days brought", "numbers go back to")
    assert buttons(alone) == ["Post to channel", "Download CSV", "Chart as picture"]
    await maya.press(alone, "Post to channel")

    def posted() -> dict[str, object] | None:
        fits = [m for m in maya.messages(HOME) if "These days brought" in said(m) and not m["ephemeral"]]
        return fits[-1] if fits else None

    shown = await maya.until(posted, "the report in the channel")
    assert {"table", "data_visualization"} <= set(kinds(shown))
    await maya.press(shown, "Download CSV")
    await maya.press(shown, "Chart as picture")

    def files() -> list[str]:
        message = next(m for m in maya.messages(HOME) if m["ts"] == shown["ts"])
        names = [file["name"] for reply in message["replies"] for file in reply["files"]]
        return sorted(names) if len(names) > 1 else []

    csv_name, png_name = await maya.until(files, "the two files")
    of_slack = {file.name: file for file in town.world.workspace.world.files.values()}
    lines = of_slack[csv_name].content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("date,time,zone,network,account,state,post,text,link,views,likes,comments")
    assert len(lines) == 15 + 1
    assert any(",LinkedIn," in line for line in lines)
    assert of_slack[png_name].content.startswith(b"\x89PNG")
    assert "Views, " in of_slack[png_name].alt


async def test_a_private_report_s_files_come_in_the_talk_with_herald(town: Town) -> None:
    await with_past(town)
    await town.maya.command("/social", "report last week")
    alone = await told(town.maya, "These days brought")

    await town.maya.press(alone, "Download CSV")

    shown = await town.maya.sees("herald", "Here is juniper-")
    await town.maya.until(
        lambda: [m for m in town.maya.messages("herald") if m["ts"] == shown["ts"] and m["replies"]], "the file"
    )


async def test_days_that_cannot_be_and_forged_buttons_change_nothing(town: Town) -> None:
    maya = town.maya
    await maya.command("/social", "report next year")
    await told(maya, "names no days", "last week")
    await maya.command("/social", "digest at 25:99")
    await told(maya, "not a time of day")
    for value in ("brand_of_others:2026-11-01:2026-11-02", "x", f"{(await juniper(town)).id}:1900-01-01:2026-11-02"):
        await send(town, pressing(town, maya, "report_csv", value))
    assert not town.world.workspace.world.files


async def test_a_digest_that_is_due_comes_by_itself(town: Town) -> None:
    past, brand = await with_past(town), await juniper(town)
    deps, now = town.herald.deps, clock.now()
    await history.ends(deps.database, past.accounts[0], now + timedelta(days=6))
    for day in (7, 8, 9, 10):
        await history.plan(deps.database, brand, past.accounts[:1], "Advent", now + timedelta(days=day))
    there = datetime.now(BERLIN)
    await digesting.set_time(deps, brand, enabled=True, minute=there.hour * 60 + there.minute, asked_by="slack:U1")
    async with deps.database.transaction() as session:
        await session.execute(update(BrandDigestRow).values(next_at=now))
    await digesting.tell_due(deps)

    shown = await town.maya.sees(HOME, "*Access*", "ends in 6 days", "4 posts after")

    assert value_of(shown, "account_reconnect") == past.accounts[0].id
