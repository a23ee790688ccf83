"""Files that people gave stay with the post, whatever else is done in the composer."""

import io

import pytest
from PIL import Image

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, card
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


async def test_what_is_typed_after_somebody_else_was_faster_stays_in_its_box(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await maya.command("/post", '"As it was" to bluesky tomorrow 9am')
    shown = await card(maya, "As it was", "Scheduled")
    for person in (maya, omar):
        await person.press(shown, "Edit")
        await person.sees_modal("Accounts")
    omar.fill_text("text", "As Omar likes it")
    await submit(omar)
    maya.fill_text("text", "As Maya likes it")
    await maya.submit()
    modal = await maya.sees_modal("Omar changed this post at")
    maya.fill_text("text", "As both like it")
    await maya.act("text")
    after = await maya.sees_modal("Bluesky 15 of")
    assert inputs(after) == inputs(modal)


def inputs(modal: Json) -> list[str]:
    """The names of a modal's inputs: what is typed in one stays as long as its name does."""
    return [block["block_id"] for block in modal["view"]["blocks"] if block["type"] == "input"]
