"""Files that people gave stay with the post, whatever else is done in the composer."""

import io

from PIL import Image

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, card
from tests.handlers.slack.flows.test_composer import submit, upload
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
