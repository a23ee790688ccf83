"""Everything done twice: by an impatient finger, by two people at once, by Slack itself."""

import asyncio

import pytest

from sandbox.slack import payloads
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import (
    GONE_WRONG,
    HOME,
    card,
    cards,
    failed,
    network,
    pressing,
    quiet,
    scheduled,
    send,
    told,
    value_of,
)
from tests.handlers.slack.person import said


async def test_post_now_pressed_twice_publishes_once(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "Only once")
    await asyncio.gather(maya.press(shown, "Post now"), maya.press(shown, "Post now"))
    await card(maya, "Only once", "Published")
    await quiet(town)
    assert town.on_bluesky() == ["Only once"]
    assert len(cards(maya, "Only once")) == 1
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME))


async def test_nobody_is_asked_to_try_again_what_is_scheduled_already(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError("the database is away for a moment")

    maya = town.maya
    with monkeypatch.context() as patch:
        patch.setattr("handlers.slack.flows.one_line.gather.card", fail)
        await maya.command("/post", '"Told badly" to bluesky in 2h')
        await told(maya, "is kept. `/social why")
    await card(maya, "Told badly", "Scheduled")
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME) + maya.messages("herald"))


async def test_two_people_cancel_and_the_second_learns_who_was_first(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await scheduled(maya, "Taken back")
    value = value_of(shown, "post_cancel")
    await send(town, pressing(town, maya, "post_cancel", value))
    await card(maya, "Taken back", "Cancelled")
    await send(town, pressing(town, omar, "post_cancel", value))
    await told(omar, "Maya", "already did this at")


async def test_two_people_post_now_and_the_second_learns_who_was_first(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await scheduled(maya, "At once")
    value = value_of(shown, "post_now")
    await send(town, pressing(town, maya, "post_now", value))
    await card(maya, "At once", "Published")
    await send(town, pressing(town, omar, "post_now", value))
    await told(omar, "Maya", "already did this at")
    assert town.on_bluesky() == ["At once"]


async def test_retry_pressed_twice_sends_once_and_the_second_learns_who_was_first(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await failed(town, "Mended")
    value = value_of(shown, "post_retry")
    await asyncio.gather(
        send(town, pressing(town, maya, "post_retry", value)), send(town, pressing(town, maya, "post_retry", value))
    )
    await card(maya, "Mended", "Published")
    await send(town, pressing(town, omar, "post_retry", value))
    await told(omar, "Maya", "already did this at")
    await quiet(town)
    assert town.on_bluesky() == ["Mended"]


async def test_drop_pressed_twice_drops_once(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await failed(town, "Let go")
    value = value_of(shown, "post_drop")
    await send(town, pressing(town, maya, "post_drop", value))
    await card(maya, "Let go", "Cancelled")
    await send(town, pressing(town, omar, "post_drop", value))
    await told(omar, "Maya", "already did this at")
    assert town.on_bluesky() == []


async def test_edit_move_and_duplicate_pressed_twice_change_nothing_by_themselves(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "Looked at")
    for label in ("Edit", "Move"):
        await asyncio.gather(maya.press(shown, label), maya.press(shown, label))
        await maya.sees_modal("Time zone")
        await maya.close(everything=True)
    await asyncio.gather(maya.press(shown, "Duplicate"), maya.press(shown, "Duplicate"))
    await maya.sees_modal("New post", "Time zone")
    await maya.close(everything=True)
    await quiet(town)
    assert len(cards(maya, "Looked at")) == 1
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME) + maya.messages("herald"))


async def test_a_draft_deleted_twice_is_deleted_once(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Half an idea" to bluesky draft')
    shown = await maya.sees("herald", "Draft", "Half an idea")
    await asyncio.gather(maya.press(shown, "Delete"), maya.press(shown, "Delete"))
    await maya.sees("herald", "Cancelled")
    await quiet(town)
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME) + maya.messages("herald"))


@pytest.mark.parametrize("retries", [1, 3])
async def test_a_submission_sent_again_by_slack_makes_one_post(town: Town, retries: int) -> None:
    maya = town.maya
    await maya.command("/post")
    await maya.sees_modal("Accounts")
    maya.choose("accounts", "Bluesky")
    maya.fill_text("text", "Submitted once")
    maya.choose("when", "Now")
    world = town.world.workspace.world
    person = world.people[maya.user_id]
    view = world.modals[maya.user_id][-1]
    view.values = maya.values()
    payload = payloads.submission(world, person, view)
    answers = await asyncio.gather(*(send(town, payload, retry=n) for n in range(1 + retries)))
    assert all(answer.error is None for answer in answers)
    await card(maya, "Submitted once", "Published")
    again = await send(town, payload)
    assert (again.error, again.body) == (None, None)  # closed, like the first time, and nothing refused
    await quiet(town)
    assert town.on_bluesky() == ["Submitted once"]
    assert len(cards(maya, "Submitted once")) == 1


async def test_a_command_sent_again_by_slack_makes_one_post(town: Town) -> None:
    maya = town.maya
    world = town.world.workspace.world
    known = next(one for one in world.manifest.commands if one.command == "/post")
    channel = world.channel_named(HOME)
    typed = '"Typed once" to bluesky now'
    payload = payloads.slash_command(world, world.people[maya.user_id], channel, known, typed)
    await asyncio.gather(*(send(town, payload, kind="slash_commands", retry=n) for n in range(3)))
    await card(maya, "Typed once", "Published")
    await send(town, payload, kind="slash_commands", retry=3)
    await quiet(town)
    assert town.on_bluesky() == ["Typed once"]


async def test_an_event_sent_again_by_slack_is_heard_once(town: Town) -> None:
    world, maya = town.world.workspace.world, town.maya
    event = payloads.home_opened(world, world.people[maya.user_id], "home")
    payload = {
        "team_id": world.team_id,
        "api_app_id": world.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": "Ev0SAME",
        "event_time": 1_795_000_000,
        "authorizations": [{"team_id": world.team_id, "user_id": world.bot_user_id, "is_bot": True}],
    }
    for attempt in range(3):
        await send(town, payload, kind="events_api", retry=attempt)
    await maya.until(maya.home, "Home")
    await quiet(town)
    assert sum(call.method == "views.publish" for call in world.wire) == 1


async def test_two_decide_about_an_unsure_post_and_it_goes_out_once(town: Town) -> None:
    maya, omar = town.maya, town.omar
    network(town, "bluesky", "loses_answer")
    await maya.command("/post", '"Heard nothing" to bluesky now')
    await maya.until(town.on_bluesky, "the post on its network")
    network(town, "bluesky", "ok")
    shown = await card(maya, "Heard nothing", "Published")
    value = value_of(shown, "post_open") if "Open" in said(shown) else value_of(shown, "post_why")
    await asyncio.gather(
        send(town, pressing(town, maya, "post_send_again", value)),
        send(town, pressing(town, omar, "post_send_again", value)),
        send(town, pressing(town, omar, "post_drop", value)),
    )
    await told(omar, "unconfirmed")
    await quiet(town)
    assert town.on_bluesky() == ["Heard nothing"]
