"""Files that people gave stay with the post, whatever else is done in the composer."""

import io

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from sandbox.slack import payloads
from sandbox.slack.state import Message
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, card, send
from tests.handlers.slack.flows.test_composer import composing, submit, upload
from tests.handlers.slack.flows.test_fitting import sent
from tests.handlers.slack.person import Actor, Json


def picture(shade: int) -> bytes:
    """A small picture; each shade is a file of its own."""
    content = io.BytesIO()
    Image.new("L", (8, 8), shade).save(content, "PNG")
    return content.getvalue()


async def from_message(town: Town, person: Actor, *file_ids: str) -> Json:
    """Open the composer at a message with these files."""
    channel = town.world.workspace.channels[HOME]
    message = await person.do("message", channel=channel, text="Three cups", files=list(file_ids))
    await person.do("shortcut", callback_id="compose_from_message", channel=channel, message_ts=message["ts"])
    return await person.sees_modal("Accounts")


async def test_typing_after_one_file_was_unticked_takes_no_other_out(town: Town) -> None:
    maya = town.maya
    files = [await upload(maya, f"cup{n}.png", picture(n)) for n in range(3)]
    await from_message(town, maya, *files)
    maya.choose("accounts", "Bluesky")
    maya.choose("when", "Now")
    maya.choose("kept", "cup1.png", "cup2.png")
    for text in ("Two", "Two c", "Two cups"):
        maya.fill_text("text", text)
        await maya.act("text")
        await maya.sees_modal(f"Bluesky {len(text)} of")
    await maya.submit()
    await maya.sees_modal("1 of 2 · cup1.png", "2 of 2 · cup2.png")
    await submit(maya)
    await card(maya, "Two cups", "Published")
    assert len(sent(town)) == 2


async def test_a_file_stays_when_a_slow_refusal_is_mended_by_typing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="x" * 301)
    maya.fill("files", {"files": [{"id": await upload(maya, "cup.png", picture(1))}]})
    with monkeypatch.context() as patch:
        patch.setattr("handlers.slack.app._VIEW_WAIT_S", 0.01)
        await maya.submit()
    await maya.sees_modal("301 of 300")
    maya.fill_text("text", "Short")
    await maya.act("text")
    await maya.sees_modal("Bluesky 5 of")
    maya.fill("files+", {"files": [{"id": await upload(maya, "pot.png", picture(2))}]})
    maya.fill_text("text", "Shorter")
    await maya.act("text")
    await maya.sees_modal("Bluesky 7 of")
    await maya.submit()
    await maya.sees_modal("1 of 2 · cup.png", "2 of 2 · pot.png")
    await submit(maya)
    await card(maya, "Shorter", "Published")
    assert len(sent(town)) == 2


async def test_a_file_that_is_no_picture_takes_no_other_out_of_a_message(town: Town) -> None:
    maya = town.maya
    menu = await upload(maya, "menu.pdf", b"%PDF-1.4 no picture", "application/pdf")
    await from_message(town, maya, await upload(maya, "cup.png", picture(1)), menu)
    await maya.sees_modal("Please look", "menu.pdf", "Already added", "cup.png")


async def test_a_good_file_stays_beside_one_that_was_refused_late(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="Look")
    menu = await upload(maya, "menu.pdf", b"%PDF-1.4 no picture", "application/pdf")
    maya.fill("files", {"files": [{"id": await upload(maya, "cup.png", picture(1))}, {"id": menu}]})
    with monkeypatch.context() as patch:
        patch.setattr("handlers.slack.app._VIEW_WAIT_S", 0.01)
        await maya.submit()
    await maya.sees_modal("menu.pdf")
    await maya.submit()
    await maya.sees_modal("1 of 1 · cup.png")
    await submit(maya)
    await card(maya, "Look", "Published")
    assert len(sent(town)) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (200, "Slack does not let Herald read cup.png: add it to the composer itself."),
        (404, "Slack does not find cup.png; it may have been deleted. Upload it again."),
        (503, "Slack did not hand over cup.png. Try it again in a minute."),
    ],
)
async def test_why_a_file_of_a_message_cannot_be_had_is_told_as_it_is(town: Town, status: int, sentence: str) -> None:
    maya = town.maya

    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status, text="<html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/cup.png", refuse)
    async with TestServer(app) as server:
        world = town.world.workspace.world
        place = world.channel_named(HOME)
        message = Message(ts=world.next_ts(), channel=place.id, user=maya.user_id, text="A cup")
        chosen = next(one for one in world.manifest.shortcuts if one.type == "message")
        payload = payloads.shortcut(world, world.people[maya.user_id], chosen, place, message)
        payload["message"]["files"] = [{"id": "F1", "name": "cup.png", "url_private": str(server.make_url("/cup.png"))}]
        await send(town, payload)
        await maya.sees_modal("Please look", sentence)


@pytest.mark.parametrize("there", [True, False])
async def test_a_file_of_a_channel_shared_with_another_company_is_looked_up(town: Town, *, there: bool) -> None:
    maya = town.maya
    file_id = await upload(maya, "cup.png", picture(1)) if there else "F0NOTHERE"
    world = town.world.workspace.world
    place = world.channel_named(HOME)
    message = Message(ts=world.next_ts(), channel=place.id, user=maya.user_id, text="A cup")
    chosen = next(one for one in world.manifest.shortcuts if one.type == "message")
    payload = payloads.shortcut(world, world.people[maya.user_id], chosen, place, message)
    payload["message"]["files"] = [{"id": file_id, "mode": "file_access", "file_access": "check_file_info"}]
    await send(town, payload)
    if there:
        await maya.sees_modal("Already added", "cup.png")
    else:
        await maya.sees_modal("Please look", "Slack does not find a file of this channel; it may have been deleted.")


async def test_what_is_typed_after_somebody_else_was_faster_stays_in_its_box(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await maya.command("/post", '"As it was" to bluesky tomorrow 9am')
    shown = await card(maya, "As it was", "Scheduled")
    for person in (maya, omar):
        await person.press(shown, "Edit")
        await person.sees_modal("Accounts")
    omar.fill_text("text", "Tom & Omar like it so")
    await submit(omar)
    maya.fill_text("text", "As Maya likes it")
    await maya.submit()
    modal = await maya.sees_modal("Omar changed this post at", "Tom &amp; Omar like it so")
    maya.fill_text("text", "As both like it")
    await maya.act("text")
    after = await maya.sees_modal("Bluesky 15 of")
    assert inputs(after) == inputs(modal)


def inputs(modal: Json) -> list[str]:
    """The names of a modal's inputs: what is typed in one stays as long as its name does."""
    return [block["block_id"] for block in modal["view"]["blocks"] if block["type"] == "input"]
