"""A network takes the post, never answers, and refuses to show it: one card asks, and each of its buttons ends it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot import clock
from bot.domain.errors import Conflict
from bot.domain.ids import PostId
from bot.services import journal, workspaces
from bot.services.deciding import Drop, SendAgain, decide_each
from platforms import REGISTER
from platforms.base import Connector
from storage.conditions import ITEMS
from tests.handlers.slack.flows.conftest import Town, Wanted
from tests.handlers.slack.flows.doing import (
    GONE_WRONG,
    HOME,
    card,
    cards,
    network,
    on_mastodon,
    pressing,
    quiet,
    send,
    threaded,
    told,
    value_of,
)
from tests.handlers.slack.person import Json, buttons, said

ASKING = "Not sure it is live"


def _soon(connector: Connector) -> Connector:
    """The network, with a deadline that a test can wait for."""
    spec = connector.spec
    return replace(connector, spec=replace(spec, find=replace(spec.find, deadline_s=2.0)))


@pytest.fixture
def wanted() -> Wanted:
    return Wanted(connectors={name: _soon(connector) for name, connector in REGISTER.items()})


async def asked(town: Town, text: str) -> Json:
    """The card of a post that is live and that Herald cannot find, once it asks."""
    network(town, "bluesky", "hides_post")
    await town.maya.command("/post", f'"{text}" to bluesky now')
    shown = await card(town.maya, text, ASKING)
    assert buttons(shown) == ["It is live (paste link)", "Send again", "Drop"]
    return shown


async def age(town: Town) -> None:
    """Let a minute have passed since the first try: nothing of it can arrive any more."""
    async with town.herald.deps.database.transaction() as session:
        await session.execute(update(ITEMS).values(armed_at=clock.now() - timedelta(minutes=1)))


def aloud(town: Town, shown: Json) -> list[Json]:
    """Where the channel was asked, beside the card."""
    return [m for m in town.maya.messages(HOME) if "Please look at" in said(m) and m["ts"] != shown["ts"]]


async def test_one_card_asks_and_a_pasted_link_ends_it(town: Town) -> None:
    maya = town.maya
    shown = await asked(town, "Where is it?")
    await maya.until(lambda: aloud(town, shown), "the question to the channel")
    await quiet(town)
    assert len(cards(maya, "Where is it?")) == len(aloud(town, shown)) == 1
    await maya.press(shown, "It is live (paste link)")
    await maya.sees_modal("Link to the post on Bluesky")
    block = next(b["block_id"] for b in maya.modal()["view"]["blocks"] if b["type"] == "input")  # pyright: ignore[reportOptionalSubscript]
    maya.fill_text(block, "https://bsky.app/profile/junipercoffee.test/post/3k2abc")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    await card(maya, "Where is it?", "Published", "confirmed by Maya")
    await maya.sees(HOME, "✅ Mended by Maya")
    await quiet(town)
    assert town.on_bluesky() == ["Where is it?"]
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME))


async def test_send_again_pressed_twice_and_by_two_sends_once(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await asked(town, "Once more")
    value = value_of(shown, "post_send_again")
    await send(town, pressing(town, maya, "post_send_again", value))
    await told(maya, "may still be on its way")
    await age(town)
    network(town, "bluesky", "ok")
    await asyncio.gather(
        send(town, pressing(town, maya, "post_send_again", value)),
        send(town, pressing(town, maya, "post_send_again", value)),
        send(town, pressing(town, omar, "post_send_again", value)),
    )
    shown = await card(maya, "Once more", "Published")
    await send(town, pressing(town, omar, "post_send_again", value))
    await told(omar, "already did this at")
    await quiet(town)
    # Bluesky takes a post's own key once: the second try meets the first post.
    assert town.on_bluesky() == ["Once more"]
    await threaded(maya, shown, "decided")
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME))


async def test_drop_ends_it_and_the_second_learns_who_was_first(town: Town) -> None:
    maya, omar = town.maya, town.omar
    shown = await asked(town, "Let it be")
    value = value_of(shown, "post_give_up")
    await send(town, pressing(town, maya, "post_give_up", value))
    await threaded(maya, await card(maya, "Let it be", "Cancelled"), "It may be live on Bluesky; Herald looks no more.")
    await asyncio.gather(
        send(town, pressing(town, omar, "post_give_up", value)),
        send(town, pressing(town, omar, "post_send_again", value_of(shown, "post_send_again"))),
    )
    await told(omar, "Maya", "already did this at")
    await quiet(town)
    assert town.on_bluesky() == ["Let it be"]
    assert not any(GONE_WRONG in said(m) for m in maya.messages(HOME))


async def test_the_story_says_that_a_person_was_asked_and_what_they_said(town: Town) -> None:
    maya = town.maya
    shown = await asked(town, "Tell me all")
    await send(town, pressing(town, maya, "post_give_up", value_of(shown, "post_give_up")))
    shown = await card(maya, "Tell me all", "Cancelled")
    await maya.press(shown, "Why")
    story = said(await told(maya, "*Why", "Tell me all"))
    for words in (
        "claim Worker",
        "create com.atproto.repo.putRecord: lost",
        "read com.atproto.repo.getRecord: HTTP 400",
    ):
        assert words in story, story
    assert "ask " in story
    assert "a person is asked" in story
    assert "Dropped, though it may be live. (by Maya" in story


async def test_each_of_several_accounts_gets_an_answer_of_its_own(town: Town) -> None:
    maya = town.maya
    for name in ("bluesky", "mastodon"):
        network(town, name, "hides_post")
    await maya.command("/post", '"Where are they?" to bluesky, mastodon now')
    shown = await card(maya, "Where are they?", ASKING)
    await maya.until(lambda: "Answer for 2 accounts" in buttons(cards(maya, "Where are they?")[-1]), "both asking")
    shown = cards(maya, "Where are they?")[-1]
    assert buttons(shown) == ["Answer for 2 accounts"]
    await maya.press(shown, "Answer for 2 accounts")
    await maya.sees_modal("Is it live?", "Bluesky · @junipercoffee.test", "Mastodon · @juniper")
    await maya.submit()
    await maya.until(lambda: "Choose what became of it" in str(maya.modal()), "the need of an answer")
    blocks = [b["block_id"] for b in maya.modal()["view"]["blocks"] if b["type"] == "input"]  # pyright: ignore[reportOptionalSubscript]
    bluesky, its_link, mastodon, _ = blocks
    maya.choose(bluesky, "It is live")
    maya.choose(mastodon, "Drop")
    await maya.submit()
    await maya.until(lambda: "Paste the link of the post" in str(maya.modal()), "the need of a link")
    maya.fill_text(its_link, "https://bsky.app/profile/junipercoffee.test/post/3k2abc")
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")
    ended = await card(maya, "Where are they?", "confirmed by Maya", "cancelled")
    await threaded(maya, ended, "Maya decided: Bluesky, ", "It is live at https:", "Mastodon, ", "Dropped.")
    await quiet(town)
    assert town.on_bluesky() == ["Where are they?"]
    assert on_mastodon(town) == ["Where are they?"]


async def test_what_is_still_looked_for_can_only_be_said_to_be_live(town: Town) -> None:
    shown = await asked(town, "Not yet")
    async with town.herald.deps.database.transaction() as session:
        await session.execute(update(ITEMS).values(asked_at=None, check_at=clock.now() + timedelta(hours=1)))
    post_id = PostId(value_of(shown, "post_give_up").partition(":")[0])
    (workspace,) = await workspaces.list_workspaces(town.herald.deps)
    (item,) = (await journal.show_post(town.herald.deps, workspace.id, post_id)).items
    for decision in (Drop(), SendAgain()):
        with pytest.raises(Conflict, match="still looks"):
            await decide_each(
                town.herald.deps,
                workspace.id,
                post_id,
                {item.item_id: decision},
                only_asked=True,
                decided_by="slack:U1",
            )
