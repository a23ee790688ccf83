"""A post that comes again, in Slack: asked for in the composer, said on its card, and what stands in its way."""

from datetime import timedelta

from sqlalchemy import update

from bot import clock
from bot.services import recurring
from storage.tables import AccountRow
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import HOME, card, cards
from tests.handlers.slack.flows.test_composer import composing, submit
from tests.handlers.slack.person import Actor, Json, buttons, said


async def repeating(maya: Actor, text: str) -> None:
    """A post of now, and of each week for two months."""
    await composing(maya, "Bluesky", text=text)
    await maya.press_in_modal("More options")
    await maya.sees_modal("Repeat", "Until")
    maya.choose("repeat", "Every week")
    await maya.submit()
    wrong: Json = await maya.until(lambda: (maya.modal() or {}).get("errors"), "errors")
    assert wrong == {"until": "Say until when it repeats."}
    maya.fill("until", {"selected_date": (clock.now() + timedelta(days=60)).date().isoformat()})
    await maya.submit()
    await maya.sees_modal("More options: 1 set", "repeats every")
    await submit(maya)
    await card(maya, text, "Published")


async def test_the_next_one_has_a_card_until_it_comes_no_more(town: Town) -> None:
    maya = town.maya
    await repeating(maya, "Fresh beans")

    assert await recurring.plan_next(town.herald.deps) == 1

    following = await card(maya, "Fresh beans", "Scheduled")
    assert "repeats every" in said(following)
    assert "repeats" not in said(await card(maya, "Fresh beans", "Published"))
    await maya.press(following, "Edit")
    await maya.sees_modal("More options: 1 set")
    await maya.press_in_modal("More options: 1 set")
    await maya.sees_modal("Until")
    maya.choose("repeat", "Never")
    await maya.submit()
    await maya.sees_modal("More options")
    await submit(maya)
    await maya.until(lambda: all("repeats" not in said(m) for m in cards(maya, "Fresh beans")), "no repeats")
    assert await recurring.plan_next(town.herald.deps) == 0


async def test_what_stands_in_the_way_is_said_in_the_channel_with_a_way_on(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    await repeating(maya, "Fresh beans")
    async with deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(health="revoked"))

    assert await recurring.plan_next(deps) == 0

    asked = await maya.sees(HOME, "Please look", "Fresh beans", "must be reconnected first", "Herald tries again")
    assert buttons(asked) == ["Duplicate"]
    async with deps.database.transaction() as session:
        await session.execute(update(AccountRow).values(health="healthy"))
    assert await recurring.plan_next(deps) == 1
    await maya.sees(HOME, "Planned:", "The next one goes out on")
    assert cards(maya, "Please look") == []
