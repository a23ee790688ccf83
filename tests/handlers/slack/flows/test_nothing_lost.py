"""Nothing typed is lost: whatever is closed, crashes or changes between the opening of a modal and its end."""

from sqlalchemy import update

from bot import clock
from sandbox.slack import payloads
from storage.tables import AccountRow
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import card, quiet, send
from tests.handlers.slack.flows.test_composer import PNG, composing, submit, upload
from tests.handlers.slack.person import said


async def test_closing_with_an_account_that_vanished_hands_the_text_back(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Words worth keeping" to bluesky')
    await maya.sees_modal("New post", "Accounts")
    async with town.herald.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(disconnected_at=clock.now()))
    await maya.close()
    message = await maya.sees("herald", "could not keep this as a draft")
    assert "Words worth keeping" in str(message)


async def test_closing_a_whole_stack_keeps_one_draft_and_says_nothing_else(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Half a thought" to bluesky')
    await maya.sees_modal("New post", "Accounts")
    await maya.close(everything=True)
    await maya.sees("herald", "Half a thought")
    assert not [m for m in maya.messages("juniper-social") if "composer is closed" in said(m)]


async def test_what_is_typed_while_no_account_is_connected_becomes_a_draft(town: Town) -> None:
    maya = town.maya
    async with town.herald.deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(disconnected_at=clock.now()))
    await maya.command("/post", "Our first words")
    await maya.sees_modal("no accounts yet")
    await maya.sees("herald", "Draft", "Our first words")


async def test_closing_keeps_a_text_that_one_network_alone_has(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky")
    await maya.press_in_modal("Text per network")
    await maya.sees_modal("Own text here is not touched")
    maya.fill_text("own:bluesky", "For Bluesky alone")
    await maya.submit()
    await maya.sees_modal("own text 17 of")
    await maya.close()
    shown = await maya.sees("herald", "Draft")
    await maya.press(shown, "Edit")
    await maya.sees_modal("own text 17 of")


async def test_closing_keeps_pictures_without_a_word(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky")
    maya.fill("files", {"files": [{"id": await upload(maya, "cup.png", PNG)}]})
    await maya.submit()
    await maya.sees_modal("1 of 1 · cup.png")
    await maya.close(everything=True)
    await maya.sees("herald", "Draft", "1 image")


async def test_a_letter_that_comes_behind_its_submission_is_no_reason_to_write_to_anybody(town: Town) -> None:
    maya, world = town.maya, town.world.workspace.world
    await composing(maya, "Bluesky", text="Sent already")
    view = world.modals[maya.user_id][-1]
    view.values = maya.values()
    action = {"type": "plain_text_input", "action_id": "text", "block_id": "text", "value": "Sent already"}
    letter = payloads.view_action(world, world.people[maya.user_id], view, action)
    await submit(maya)
    await send(town, letter)
    await card(maya, "Sent already", "Published")
    await quiet(town)
    assert maya.messages("herald") == []


async def test_closing_the_composer_of_ones_own_draft_keeps_what_was_changed_in_it(town: Town) -> None:
    maya = town.maya
    await composing(maya, "Bluesky", text="First words", when="Keep as draft")
    await submit(maya)
    await maya.press(await maya.sees("herald", "Draft", "First words"), "Edit")
    await maya.sees_modal("Edit post", "Accounts")
    maya.fill_text("text", "Better words")
    await maya.close()
    await maya.press(await maya.sees("herald", "Draft", "Better words"), "Edit")
    await maya.sees_modal("Edit post", "Accounts")
    await maya.press_in_modal("More options")
    await maya.sees_modal("Link card")
    maya.fill_text("link", "https://example.com/menu")
    await maya.submit()
    await maya.sees_modal("More options: 1 set")
    await maya.close()
    await quiet(town)
    await maya.press(await maya.sees("herald", "Draft", "Better words"), "Edit")
    await maya.sees_modal("More options: 1 set")
    await maya.close()
    await quiet(town)
    assert len(maya.messages("herald")) == 1


async def test_closing_the_composer_of_a_post_that_is_planned_hands_back_what_was_typed(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Planned words" to bluesky in 3d')
    await maya.press(await card(maya, "Planned words", "Scheduled"), "Edit")
    await maya.sees_modal("Edit post", "Accounts")
    maya.fill_text("text", "Words that took an hour")
    await maya.close()
    message = await maya.sees("herald", "stays as it was")
    assert "Words that took an hour" in str(message)
    await card(maya, "Planned words", "Scheduled")
    await maya.press(await card(maya, "Planned words", "Scheduled"), "Edit")
    await maya.sees_modal("Edit post", "Accounts")
    await maya.close()
    await quiet(town)
    assert len(maya.messages("herald")) == 1
