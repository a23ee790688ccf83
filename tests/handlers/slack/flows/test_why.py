"""A post's story: to the asker alone, below its card for everybody, and as a file."""

from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, pressing, quiet, scheduled, send, threaded, told, value_of
from tests.handlers.slack.person import Json, buttons, said


async def asked_why(town: Town, text: str) -> tuple[Json, Json]:
    """The card of a post, and its story as Maya alone sees it."""
    shown = await scheduled(town.maya, text)
    await town.maya.press(shown, "Why")
    return shown, await told(town.maya, "*Why")


async def test_a_story_is_shown_below_the_card_once(town: Town) -> None:
    shown, alone = await asked_why(town, "All of it")
    assert buttons(alone) == ["Show in thread", "Download all"]
    await town.maya.press(alone, "Show in thread")
    await told(town.maya, "on its way to the thread")
    await town.maya.press(alone, "Show in thread")
    await told(town.maya, "already on its way")
    await threaded(town.maya, shown, "*Why", "shown by Maya")
    await quiet(town)
    replies = next(m for m in town.maya.messages(HOME) if m["ts"] == shown["ts"])["replies"]
    stories = [reply for reply in replies if "*Why" in said(reply)]
    assert len(stories) == 1
    assert buttons(stories[0]) == []


async def test_a_story_comes_as_a_file_with_every_line(town: Town) -> None:
    shown, alone = await asked_why(town, "Every <word> & line")
    await town.maya.press(alone, "Download all")
    talk = await town.maya.sees("herald", "Here is why-")
    await town.maya.until(
        lambda: [m for m in town.maya.messages("herald") if m["ts"] == talk["ts"] and m["replies"]], "the file"
    )
    (file,) = town.world.workspace.world.files.values()
    lines = file.content.decode().splitlines()
    code = said(shown).rpartition("post ")[2].split()[0]
    assert file.name == f"why-{code}.txt"
    assert lines[0].startswith("Why: “Every <word> & line” · Bluesky — scheduled")
    assert lines[1].endswith(f"post {code}")
    assert any("schedule" in line and "(by Maya)" in line for line in lines[3:])


async def test_who_may_not_write_shows_nothing_to_everybody(town: Town) -> None:
    shown = await scheduled(town.maya, "Maya's own")
    await town.ines.press(shown, "Why")
    assert buttons(await told(town.ines, "*Why")) == ["Download all"]
    post_id = value_of(shown, "post_now").partition(":")[0]
    await send(town, pressing(town, town.ines, "why_thread", post_id))
    await told(town.ines, "but not write them")
    for verb in ("why_thread", "why_file"):
        await send(town, pressing(town, town.actor("theo"), verb, post_id))
        await send(town, pressing(town, town.maya, verb, "post_of_others"))
    await quiet(town)
    replies = next(m for m in town.maya.messages(HOME) if m["ts"] == shown["ts"])["replies"]
    assert not [reply for reply in replies if "*Why" in said(reply)]
    assert not town.world.workspace.world.files
