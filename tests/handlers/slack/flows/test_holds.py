"""Hold and release from Slack, the next free slot, and many missed posts answered together."""

import asyncio
import re
from datetime import timedelta

from sqlalchemy import update

from bot import clock
from bot.domain.ids import PostId
from bot.services import installing, journal, scheduling, workspaces
from bot.services.scheduling import At, Wish
from storage.tables import PostItemRow, PostRow
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import (
    HOME,
    card,
    cards,
    pressing,
    quiet,
    scheduled,
    send,
    threaded,
    told,
    value_of,
)
from tests.handlers.slack.person import Json, buttons, menu, said


async def test_a_hold_stops_everything_and_a_release_lets_it_go(town: Town) -> None:
    maya = town.maya
    await scheduled(maya, "Later on")
    await maya.command("/social", "hold until in 3h outage at the printer")
    await told(maya, "Juniper is on hold", "until", "1 post waits")
    line = await maya.sees(HOME, "Maya put Juniper on hold", "outage at the printer")
    held = await card(maya, "Later on", "On hold", "by Maya", "outage at the printer", "was")
    assert buttons(held) == ["Release", "Move"]
    await maya.command("/post", '"Right away" to bluesky now')
    await card(maya, "Right away", "On hold")
    await quiet(town)
    assert town.on_bluesky() == []
    await maya.command("/social", "hold")
    await told(maya, "is on hold by Maya since")
    await town.omar.press(held, "Release")
    await card(maya, "Right away", "Published")
    await card(maya, "Later on", "Scheduled")
    await maya.sees(HOME, "Juniper goes on", "Released by Omar")
    await maya.until(
        lambda: [m for m in maya.messages(HOME) if m["ts"] == line["ts"] and "Omar released it" in said(m)]
    )
    await send(town, pressing(town, maya, "hold_release", value_of(held, "hold_release")))
    await told(maya, "is not on hold")
    assert town.on_bluesky() == ["Right away"]


async def test_one_post_is_put_on_hold_from_its_menu_and_released_on_its_card(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await scheduled(maya, "Hold me", when="in 4s")
    assert "Put on hold" in menu(shown)
    await maya.press(shown, "Put on hold")
    held = await card(maya, "Hold me", "On hold", "by Maya", "was")
    assert buttons(held) == ["Release", "Move"]
    assert "Put on hold" not in menu(held)
    await threaded(maya, held, "Maya put it on hold")
    await maya.command("/post", '"Not me" to bluesky now')
    await card(maya, "Not me", "Published")
    await maya.command("/social", "queue")
    await told(maya, "⏸️ on hold", "Hold me")
    await send(town, pressing(town, omar, "post_hold", value_of(held, "post_release")))
    await told(omar, "Maya already did this")
    await omar.press(held, "Release")
    done = await card(maya, "Hold me", "Published")
    await threaded(maya, done, "Omar released it")
    await send(town, pressing(town, maya, "post_release", value_of(held, "post_release")))
    await told(maya, "Omar already did this")
    await maya.command("/social", f"why {code_of(done)}")
    why = said(await told(maya, "Why", "Hold me", "published"))
    assert "hold On hold. (by Maya)" in why
    assert "release Released. (by Omar)" in why
    await quiet(town)
    assert sorted(town.on_bluesky()) == ["Hold me", "Not me"]


async def test_a_post_released_too_late_is_asked_about_and_one_under_two_holds_waits(town: Town) -> None:
    maya = town.maya
    shown = await scheduled(maya, "Forgotten")
    await maya.press(shown, "Put on hold")
    held = await card(maya, "Forgotten", "On hold")
    await passed(town, "Forgotten")
    await maya.do("home")
    await maya.until(lambda: "⏸️ On hold on Bluesky: “Forgotten”" in said_at_home(town), "Home asking about it")
    await maya.press_at_home("Release")
    await maya.sees_modal("came too late")
    await maya.close()
    await card(maya, "Forgotten", "Missed", "The post was on hold")
    other = await scheduled(maya, "Twice")
    await maya.press(other, "Put on hold")
    held = await card(maya, "Twice", "On hold")
    await maya.command("/social", "hold Juniper outage")
    await told(maya, "Juniper is on hold")
    await maya.press(held, "Release")
    await told(maya, "still waits: its brand is on hold")
    await card(maya, "Twice", "On hold", "outage")
    assert town.on_bluesky() == []


async def passed(town: Town, text: str) -> None:
    """Its time was over long ago."""
    deps = town.herald.deps
    installed = (await installing.list_installations(deps))[0]
    posts = await journal.list_posts(deps, installed.workspace_id)
    (post_id,) = [post.post_id for post in posts if post.text == text]
    past = clock.now() - timedelta(days=2)
    async with deps.database.transaction() as session:
        times = {"scheduled_at": past, "due_at": past, "held_missed_after": past + timedelta(minutes=15)}
        await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(**times))
        await session.execute(update(PostRow).where(PostRow.id == post_id).values(scheduled_at=past))


def said_at_home(town: Town) -> str:
    """All words of Maya's Home."""
    return str(town.maya.home())


def code_of(shown: Json) -> str:
    """What a card calls its post."""
    found = re.search(r"post ([0-9A-Z]{6})", said(shown))
    assert found is not None
    return found[1]


async def test_everything_is_held_and_released_by_word(town: Town) -> None:
    maya = town.maya
    await maya.command("/social", "hold all")
    await told(maya, "Everything is on hold", "No posts were planned")
    await maya.do("home")
    await maya.until(lambda: "Everything is on hold" in str(maya.home()), "Home saying so")
    await maya.command("/social", "release")
    await told(maya, "on hold with the whole workspace")
    await maya.command("/social", "release all")
    await told(maya, "Everything goes on")


async def test_a_guest_holds_and_releases_nothing_and_wrong_words_are_refused(town: Town) -> None:
    maya, ines = town.maya, town.ines
    await ines.command("/social", "hold")
    await told(ines, "Only members of Juniper can hold its posts")
    await maya.command("/social", "hold until the cows come home")
    await told(maya, "cannot read until when")
    await maya.command("/social", "hold Juniper")
    line = await maya.sees(HOME, "Maya put Juniper on hold")
    await ines.press(line, "Release")
    await told(ines, "Only members of Juniper")
    await send(town, pressing(town, maya, "hold_release", "brand_of_somebody_else"))
    await told(maya, "no brand")
    await quiet(town)
    installed = (await installing.list_installations(town.herald.deps))[0]
    (brand,) = await workspaces.list_brands(town.herald.deps, [installed.workspace_id])
    assert brand.held_since is not None


async def test_a_post_goes_into_the_next_free_slot_by_word_composer_and_menu(town: Town) -> None:
    maya = town.maya
    await maya.command("/post", '"Slotted" to bluesky next slot')
    first = await card(maya, "Slotted", "Scheduled")
    await maya.command("/post", '"Composed" to bluesky')
    await maya.sees_modal("Next free slot:")
    maya.choose("when", "Next free slot")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    await card(maya, "Composed", "Scheduled")
    installed = (await installing.list_installations(town.herald.deps))[0]
    posts = {post.text: post for post in await journal.list_posts(town.herald.deps, installed.workspace_id)}
    one, two = posts["Slotted"].scheduled_at, posts["Composed"].scheduled_at
    assert one is not None
    assert two is not None
    assert one < two
    await maya.press(first, "Next slot")
    await threaded(maya, first, "Moved")
    moved = await journal.show_post(town.herald.deps, installed.workspace_id, posts["Slotted"].post_id)
    assert moved.scheduled_at is not None
    assert moved.scheduled_at > two
    assert "Next slot" in menu(first)


async def test_one_missed_post_asks_and_goes_into_the_next_slot(town: Town) -> None:
    maya = town.maya
    (post_id,) = await missed(town, "Too late")
    shown = await card(maya, "Too late", "Missed", "Herald was not running")
    assert buttons(shown) == ["Post now", "Next slot", "Drop"]
    await maya.press(shown, "Next slot")
    await card(maya, "Too late", "Scheduled")
    installed = (await installing.list_installations(town.herald.deps))[0]
    post = await journal.show_post(town.herald.deps, installed.workspace_id, post_id)
    assert post.scheduled_at is not None
    assert post.scheduled_at > clock.now()


async def test_many_missed_posts_are_asked_about_once_and_posted_together(town: Town) -> None:
    maya, omar = town.maya, town.omar
    await missed(town, "First one", "Second one", "Third one")
    asking = await maya.sees(HOME, "3 posts of Juniper", "None of them was sent")
    assert buttons(asking) == ["Post all now (paced)", "Next slots", "Drop all"]
    await town.ines.press(asking, "Drop all")
    await told(town.ines, "not write them")
    value = value_of(asking, "missed_post_all")
    pressed = [send(town, pressing(town, who, "missed_post_all", value)) for who in (maya, omar)]
    await asyncio.gather(*pressed)
    for text in ("First one", "Second one", "Third one"):
        await card(maya, text, "Published")
    settled = await maya.until(
        lambda: next((m for m in maya.messages(HOME) if m["ts"] == asking["ts"] and "Settled by" in said(m)), None)
    )
    assert buttons(settled) == []
    await quiet(town)
    assert sorted(town.on_bluesky()) == ["First one", "Second one", "Third one"]
    assert len([m for m in cards(maya, "missed post") if "Settled" in said(m)]) == 1
    await send(town, pressing(town, omar, "missed_drop_all", value))
    await told(omar, "already did this")
    await send(town, pressing(town, maya, "missed_drop_all", "ntc_of_somebody_else"))
    await told(maya, "no longer asked about")


async def test_many_missed_posts_are_dropped_together(town: Town) -> None:
    maya = town.maya
    await missed(town, "Old news", "Older news")
    asking = await maya.sees(HOME, "2 posts of Juniper")
    await maya.press(asking, "Drop all")
    await told(maya, "2 posts dropped")
    await card(maya, "Old news", "Cancelled")
    await maya.sees(HOME, "Settled by Maya", "2 dropped")
    assert town.on_bluesky() == []


async def missed(town: Town, *texts: str) -> list[PostId]:
    """Posts to Bluesky whose time was over long before anybody found them."""
    deps = town.herald.deps
    installed = (await installing.list_installations(deps))[0]
    (brand,) = await workspaces.list_brands(deps, [installed.workspace_id])
    ahead = At(text=(clock.now() + timedelta(hours=2)).isoformat())
    by = f"slack:{town.maya.user_id}"
    wishes = [Wish(brand=brand, to=("bluesky",), text=text, when=ahead, asked_by=by) for text in texts]
    posts = [(await scheduling.schedule_post(deps, wish)).post_id for wish in wishes]
    for text in texts:
        await card(town.maya, text, "Scheduled")
    past = clock.now() - timedelta(minutes=40)
    async with deps.database.transaction() as session:
        for number, post_id in enumerate(posts):
            at = past + timedelta(seconds=number)
            times = {"scheduled_at": at, "due_at": at, "claim_at": at, "missed_after": at + brand.grace}
            await session.execute(update(PostItemRow).where(PostItemRow.post_id == post_id).values(**times))
    return posts
