"""Told before it fails: an access that ends, a post that will not go out, the month's accounts; and mended in place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
from sqlalchemy import delete, update

from bot import clock
from bot.domain.accounts import Account
from bot.domain.people import actor_of
from bot.domain.posts import PostView
from bot.services import alerting, checking, connecting, journal, preflight, scheduling, workspaces
from bot.services.deps import Deps
from bot.services.planning import At, Wish
from bot.services.preflight import Step
from bot.services.workspaces import Brand
from platforms.web import WebPages
from storage import audit, outbox
from storage.tables import AccountRow, PostItemRow, PreflightRow
from tests.handlers.slack.flows.browser import Browser
from tests.handlers.slack.flows.conftest import Town
from tests.handlers.slack.flows.doing import GONE_WRONG, HOME, card, pressing, send, told, value_of
from tests.handlers.slack.flows.test_mending import link_in
from tests.handlers.slack.person import Actor, Json, buttons, said

DM = "herald"


async def juniper(town: Town) -> tuple[Brand, Account]:
    """The brand and its account on Bluesky."""
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    known = await connecting.list_accounts(deps, [workspace.id], brand=brand)
    return brand, next(account for account in known if account.platform == "bluesky")


async def planned(town: Town, text: str, ahead: timedelta) -> PostView:
    """A post that Maya planned long ago."""
    brand, account = await juniper(town)
    at = At(text=(clock.now() + ahead).isoformat())
    wish = Wish(brand=brand, text=text, to=(account.id,), when=at, asked_by=actor_of(town.maya.user_id))
    post = await scheduling.schedule_post(town.herald.deps, wish)
    long_ago = clock.now() - timedelta(days=9)
    async with town.herald.deps.database.transaction() as session:
        await session.execute(
            update(PostItemRow).where(PostItemRow.post_id == post.post_id).values(created_at=long_ago)
        )
    await card(town.maya, text, "Scheduled")
    return post


async def changed(town: Town, **values: object) -> Account:
    """Let the account be like this."""
    _, account = await juniper(town)
    async with town.herald.deps.database.transaction() as session:
        await session.execute(update(AccountRow).where(AccountRow.id == account.id).values(**values))
    return account


async def owned_by_maya(town: Town, **values: object) -> None:
    account = await changed(town, **values)
    event = audit.AuditEvent(
        at=clock.now(), actor=actor_of(town.maya.user_id), event="account_connected", account_id=account.id
    )
    async with town.herald.deps.database.transaction() as session:
        await audit.add_event(session, account.workspace_id, event)


async def never_looked(town: Town) -> None:
    """Herald's own rhythm may have looked while all was fine."""
    async with town.herald.deps.database.transaction() as session:
        await session.execute(delete(PreflightRow))


async def replied(person: Actor, post: str, *words: str) -> Json:
    """A line below the card of a post, once it is there."""

    def found() -> Json | None:
        replies = [r for m in person.messages(HOME) if post in said(m) for r in m["replies"] or []]
        return next((reply for reply in replies if all(word in said(reply) for word in words)), None)

    return await person.until(found, f"{words} below {post}")


async def test_an_access_that_ends_is_told_to_its_owner_and_says_so_once_connected_again(town: Town) -> None:
    maya = town.maya
    await planned(town, "Before it ends", timedelta(days=2))
    for number in range(4):
        await planned(town, f"Advent {number}", timedelta(days=7 + number))
    await owned_by_maya(town, ends_at=clock.now() + timedelta(days=6, hours=1), renews=False)
    await alerting.warn(town.herald.deps)
    warning = await maya.sees(DM, "🔑", "ends in 6 days", "4 posts after that will fail:", "Advent 0", "Advent 3")
    assert "Before it ends" not in said(warning)
    assert buttons(warning) == ["Reconnect", "Remind me tomorrow"]
    await maya.press(warning, "Remind me tomorrow")
    warning = await maya.sees(DM, "Herald reminds you on", "09:00")
    assert buttons(warning) == ["Reconnect"]
    await maya.press(warning, "Reconnect")
    offered = await told(maya, "The link is yours alone", "Reconnect Bluesky", channel=DM)
    async with Browser() as browser:
        bluesky = town.world.bluesky
        page = await browser.open(link_in(offered))
        done = await browser.send(page, page.form("password"), identifier=bluesky.identifier, password=bluesky.password)
        assert "is connected." in done.words
    mended = await maya.sees(DM, "✅ Reconnected by Maya; 4 posts are safe.")
    assert mended["ts"] == warning["ts"]
    assert buttons(mended) == []
    assert not [m for m in maya.messages(HOME) if "🔑" in said(m)]


async def test_whoever_does_not_own_it_is_not_reminded_of_it(town: Town) -> None:
    await owned_by_maya(town, ends_at=clock.now() + timedelta(days=2, hours=1), renews=False)
    await alerting.warn(town.herald.deps)
    aloud = await town.maya.sees(HOME, "🔑", "ends in 2 days", "No planned post is affected.")
    assert buttons(aloud) == ["Reconnect"]
    warning = await town.maya.sees(DM, "🔑")
    await send(town, pressing(town, town.omar, "alert_remind", value_of(warning, "alert_remind")))
    await told(town.omar, "Only who connected this account is reminded of it.")
    await town.omar.press(aloud, "Reconnect")
    await told(town.omar, "managers change Juniper's settings and accounts. Ask one of them.")
    assert GONE_WRONG not in str(town.omar.messages(HOME))


async def test_a_post_that_will_fail_is_told_a_day_ahead_and_taken_back_once_mended(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    await planned(town, "Spring menu", timedelta(hours=23))
    await changed(town, health="revoked")
    await never_looked(town)
    await preflight.look_ahead(deps, Step.DAY)
    warning = await maya.sees(DM, "⚠️", "Will fail", "must be reconnected", "Spring menu")
    assert buttons(warning) == ["Reconnect"]
    await replied(maya, "Spring menu", "⚠️", "must be reconnected")
    await card(maya, "Spring menu", "Scheduled", "⚠️ *Will fail")
    await changed(town, health="healthy", connected_at=clock.now() + timedelta(seconds=1))
    await preflight.look_again(deps)
    mended = await maya.sees(DM, "✅ Checked again: all fine.")
    assert mended["ts"] == warning["ts"]
    await replied(maya, "Spring menu", "✅ Checked again: all fine.")
    await maya.until(
        lambda: [m for m in maya.messages(HOME) if "Spring menu" in said(m) and "Will fail" not in said(m)],
        "a card without its warning",
    )


async def test_shortly_before_the_whole_channel_hears_of_it(town: Town) -> None:
    maya = town.maya
    await planned(town, "In ten minutes", timedelta(minutes=10))
    await changed(town, health="revoked")
    await never_looked(town)
    await preflight.look_ahead(town.herald.deps, Step.SOON)
    aloud = await maya.sees(HOME, f"<@{maya.user_id}>", "Will fail", "must be reconnected")
    assert buttons(aloud) == ["Reconnect"]
    await maya.press(aloud, "Reconnect")
    await told(maya, "The link is yours alone", "Reconnect Bluesky")


async def test_a_link_that_leads_nowhere_may_stay_and_the_post_is_what_it_was(town: Town) -> None:
    maya = town.maya
    deps = surfing(town.herald.deps, lambda _: httpx.Response(404))
    post = await planned(town, "See https://juniper.example/menu", timedelta(hours=23))
    await never_looked(town)
    await preflight.look_ahead(deps, Step.DAY)
    warning = await maya.sees(DM, "Please look again", "answers 404: juniper.example/menu")
    assert buttons(warning) == ["Edit", "Keep as is"]
    await town.ines.press(warning, "Keep as is")
    await maya.press(warning, "Keep as is")
    await maya.sees(DM, "👌 Kept as it is by Maya.")
    now = await journal.show_post(deps, post.workspace_id, post.post_id)
    assert (now.version, now.status, now.scheduled_at) == (post.version, post.status, post.scheduled_at)


def surfing(deps: Deps, answer: Callable[[httpx.Request], httpx.Response]) -> Deps:
    """The web as this function plays it."""
    return replace(deps, web=WebPages(httpx.MockTransport(answer)))


async def test_the_month_begins_with_a_table_of_accounts_and_each_can_be_asked_for(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    brand, _ = await juniper(town)
    await owe_table(town, brand, "first")
    await maya.sees(DM, "*Accounts, 1 December* · all 2 fine. Nothing to do.")
    await changed(town, health="revoked")
    await owe_table(town, brand, "second")
    table = await maya.sees(DM, "1 of 2 fine, 1 needs you")
    assert "withdrawn" in str(table["blocks"])
    assert buttons(table) == ["Reconnect Juniper · Bluesky"]
    await maya.press(table, "Reconnect Juniper · Bluesky")
    await told(maya, "The link is yours alone", "Reconnect Bluesky", channel=DM)
    await maya.command("/social", "accounts check")
    await told(maya, "2 accounts, all fine")
    assert deps.connectors


async def owe_table(town: Town, brand: Brand, key: str) -> None:
    """The notice of a month's check for Maya."""
    payload = {"month": "2026-12-01", "user": town.maya.user_id}
    async with town.herald.deps.database.transaction() as session:
        await outbox.add(
            session, brand.workspace_id, kind=checking.KIND, dedupe_key=key, payload=payload, now=clock.now()
        )
