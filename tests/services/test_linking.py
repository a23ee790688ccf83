"""Connect links: for one person, one account, once; on both engines."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sqlalchemy import select, update

from bot import clock
from bot.domain.accounts import Account, Health, Secret
from bot.domain.errors import InvalidContent, NotAllowed, NotFound
from bot.domain.publication import State
from bot.services import connecting, consenting, linking, tidying, workspaces
from bot.services.deps import Deps
from bot.services.linking import Kept, NotConnected, Old, Used, WrongAccount
from sandbox.networks.mastodon.app import Server, running
from sandbox.networks.mastodon.world import Settings
from storage import accounts, posts
from storage.brands import Brand
from storage.engine import Database
from storage.tables import ConnectLinkRow, NoticeRow, OAuthStateRow, PostItemRow
from tests import factories
from tests.tools import tools

CALLBACK = "http://127.0.0.1:8000/oauth/callback"
OVER = "This link is used up or older than 10 minutes. Type /social accounts in Slack for a new one."


@pytest.fixture
async def deps(database: Database, tmp_path: Path) -> AsyncIterator[Deps]:
    async with tools(database, tmp_path) as opened:
        yield opened


@pytest.fixture
async def brand(deps: Deps) -> Brand:
    place = await workspaces.create_workspace(deps, "Paperboat")
    return await workspaces.create_brand(deps, place, "Juniper", timezone="Europe/Berlin")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(auto_approve=True)) as started:
        yield started


async def link(deps: Deps, brand: Brand, account: Account | None = None) -> str:
    """A fresh link of Maya's."""
    account_id = account.id if account is not None else None
    return await linking.make_link(
        deps, brand, "mastodon", asked_by="slack:UMAYA", asked_by_name="Maya", account_id=account_id
    )


def typed(server: Server) -> dict[str, str | Secret]:
    """What connects the first person of the server."""
    return {"instance": server.url, "token": Secret(server.token)}


async def notices(deps: Deps) -> list[tuple[str, dict[str, object]]]:
    """What is owed."""
    async with deps.database.reading() as session:
        rows = await session.scalars(select(NoticeRow).order_by(NoticeRow.id))
        return [(row.kind, row.payload) for row in rows]


async def agree(deps: Deps, url: str, *, token: str | None, username: str = "") -> Kept:
    """Agree as this person of the server, and come back with what the browser holds."""
    chosen = f"{url}&username={username}"
    async with aiohttp.ClientSession() as browser, browser.get(chosen, allow_redirects=False) as answer:
        back = parse_qs(urlsplit(answer.headers["Location"]).query)
    kept = await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]), link_token=token)
    assert isinstance(kept, Kept)
    return kept


async def test_a_link_says_what_it_is_for_and_opening_uses_nothing_up(deps: Deps, brand: Brand) -> None:
    token = await link(deps, brand)
    opened = await linking.open_link(deps, token)
    assert await linking.open_link(deps, token) == opened
    assert (opened.title, opened.brand, opened.workspace_name) == ("Mastodon", brand, "Paperboat")
    assert (opened.asked_by, opened.asked_by_name, opened.account) == ("slack:UMAYA", "Maya", None)
    assert [field.name for field in opened.fields] == ["instance", "token"]
    assert (opened.consent, opened.asks) == (True, "Your server, such as mastodon.social")
    async with deps.database.reading() as session:
        row = (await session.scalars(select(ConnectLinkRow))).one()
    assert token not in row.token_hash
    assert row.expires_at - row.created_at == pytest.approx(timedelta(minutes=10), abs=timedelta(seconds=1))


async def test_what_was_typed_connects_once_and_whoever_asked_is_owed_word(
    deps: Deps, brand: Brand, server: Server
) -> None:
    token = await link(deps, brand)
    kept = await linking.login(deps, token, typed(server))
    assert kept.account.handle.startswith("juniper@")
    assert await notices(deps) == [
        ("connected", {"account_id": kept.account.id, "asked_by": "slack:UMAYA", "waiting": 0, "again": False})
    ]
    with pytest.raises(Used, match="used up"):
        await linking.login(deps, token, typed(server))
    with pytest.raises(Used) as caught:
        await linking.open_link(deps, token)
    assert caught.value.message == OVER


async def test_of_two_that_press_at_once_one_connects(deps: Deps, brand: Brand, server: Server) -> None:
    token = await link(deps, brand)
    ended = await asyncio.gather(*(linking.login(deps, token, typed(server)) for _ in range(2)), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ended) == ["Kept", "Used"]
    assert len(await notices(deps)) == 1


async def test_a_wrong_secret_changes_nothing_and_leaves_the_link_good(
    deps: Deps, brand: Brand, server: Server
) -> None:
    token = await link(deps, brand)
    with pytest.raises(NotConnected) as caught:
        await linking.login(deps, token, {"instance": server.url, "token": Secret("very-wrong")})
    assert caught.value.answered
    assert len(caught.value.reference) == 8
    assert "very-wrong" not in caught.value.message
    assert await connecting.list_accounts(deps, [brand.workspace_id]) == []
    assert await notices(deps) == []
    await linking.login(deps, token, typed(server))


async def test_a_network_that_does_not_answer_is_told_apart(deps: Deps, brand: Brand) -> None:
    token = await link(deps, brand)
    with pytest.raises(NotConnected) as caught:
        await linking.login(deps, token, {"instance": "http://127.0.0.1:9", "token": Secret("t")})
    assert not caught.value.answered
    with pytest.raises(NotConnected):
        await linking.ask_consent(deps, token, "http://127.0.0.1:9", CALLBACK)
    await linking.open_link(deps, token)


async def test_fields_left_empty_are_named(deps: Deps, brand: Brand) -> None:
    token = await link(deps, brand)
    with pytest.raises(InvalidContent) as caught:
        await linking.login(deps, token, {"instance": " ", "surprise": "x"})
    assert [problem.field for problem in caught.value.problems] == ["instance", "token"]
    with pytest.raises(InvalidContent) as caught:
        await linking.ask_consent(deps, token, " ", CALLBACK)
    assert caught.value.field == "instance"
    with pytest.raises(InvalidContent):
        await linking.login(deps, token, {"instance": "a\0b", "token": Secret("t")})


async def test_an_old_or_forged_link_opens_nothing(deps: Deps, brand: Brand, server: Server) -> None:
    token = await link(deps, brand)
    async with deps.database.transaction() as session:
        await session.execute(update(ConnectLinkRow).values(expires_at=clock.now()))
    for attempt in (
        linking.open_link(deps, token),
        linking.login(deps, token, typed(server)),
        linking.ask_consent(deps, token, server.url, CALLBACK),
    ):
        with pytest.raises(Old, match="older than 10 minutes"):
            await attempt
    with pytest.raises(Used):
        await linking.open_link(deps, "forged")
    assert server.world.applications == {}


async def test_a_link_is_made_for_accounts_of_the_brand_alone(deps: Deps, brand: Brand) -> None:
    theirs = await factories.make_account(deps.database)
    with pytest.raises(NotFound):
        await link(deps, brand, theirs)
    bluesky = await factories.make_account(deps.database, brand, platform="bluesky")
    with pytest.raises(NotFound, match="no Mastodon account"):
        await link(deps, brand, bluesky)
    with pytest.raises(NotFound):
        await link(deps, replace(brand, workspace_id=theirs.workspace_id))
    with pytest.raises(NotFound):
        await linking.make_link(deps, brand, "myspace", asked_by="slack:U1")


# --- Consent -----------------------------------------------------------------------------------------------------


async def test_consent_uses_the_link_up_where_it_was_begun(deps: Deps, brand: Brand, server: Server) -> None:
    token = await link(deps, brand)
    url = await linking.ask_consent(deps, token, server.url, CALLBACK)
    assert token not in url
    await linking.open_link(deps, token)
    kept = await agree(deps, url, token=token)
    assert (kept.brand.name, kept.account.handle.partition("@")[0]) == ("Juniper", "juniper")
    assert [kind for kind, _ in await notices(deps)] == ["connected"]
    with pytest.raises(Used):
        await linking.open_link(deps, token)


@pytest.mark.parametrize("held", [None, "another-token"])
async def test_nobody_finishes_what_another_browser_began(
    deps: Deps, brand: Brand, server: Server, held: str | None
) -> None:
    token = await link(deps, brand)
    url = await linking.ask_consent(deps, token, server.url, CALLBACK)
    with pytest.raises(NotAllowed, match="another browser"):
        await agree(deps, url, token=held)
    assert await connecting.list_accounts(deps, [brand.workspace_id]) == []
    url = await linking.ask_consent(deps, token, server.url, CALLBACK)
    await agree(deps, url, token=token)


async def test_of_two_consents_from_one_link_one_connects(deps: Deps, brand: Brand, server: Server) -> None:
    token = await link(deps, brand)
    urls = [await linking.ask_consent(deps, token, server.url, CALLBACK) for _ in range(2)]
    await agree(deps, urls[0], token=token)
    with pytest.raises(Used):
        await agree(deps, urls[1], token=token, username="rowan")
    assert len(await connecting.list_accounts(deps, [brand.workspace_id])) == 1


# --- Again -------------------------------------------------------------------------------------------------------


async def broken(deps: Deps, brand: Brand, server: Server) -> Account:
    """An account that lost its access: of its posts one waits, one failed for that, one for another reason."""
    account = (await linking.login(deps, await link(deps, brand), typed(server))).account
    for state, error in ((State.SCHEDULED, None), (State.FAILED, "account"), (State.FAILED, "content")):
        post_id = await factories.make_post(deps.database, brand, str(error))
        item_id = await factories.make_item(deps.database, account, post_id, state=state)
        async with deps.database.transaction() as session:
            await session.execute(update(PostItemRow).where(PostItemRow.id == item_id).values(error_class=error))
    async with deps.database.transaction() as session:
        await accounts.set_health(session, account.workspace_id, account.id, Health.REVOKED, "gone")
    return account


async def test_reconnecting_keeps_the_account_its_queue_and_counts_what_failed(
    deps: Deps, brand: Brand, server: Server
) -> None:
    account = await broken(deps, brand, server)
    token = await link(deps, brand, account)
    opened = await linking.open_link(deps, token)
    assert opened.account is not None
    assert opened.account.health is Health.REVOKED
    url = await linking.ask_consent(deps, token, server.url, CALLBACK)
    kept = await agree(deps, url, token=token, username="juniper")
    assert (kept.account.id, kept.account.health, kept.waiting) == (account.id, Health.HEALTHY, 1)
    expected = {"account_id": account.id, "asked_by": "slack:UMAYA", "waiting": 1, "again": True}
    assert (await notices(deps))[-1] == ("connected", expected)
    async with deps.database.reading() as session:
        waiting = await posts.count_items(session, brand.workspace_id, [account.id], among={State.SCHEDULED})
    assert waiting == {account.id: 1}
    again = await linking.login(deps, await link(deps, brand, account), typed(server))
    assert again.waiting == 0


async def test_another_account_cannot_take_its_place(deps: Deps, brand: Brand, server: Server) -> None:
    account = await broken(deps, brand, server)
    token = await link(deps, brand, account)
    url = await linking.ask_consent(deps, token, server.url, CALLBACK)
    with pytest.raises(WrongAccount) as caught:
        await agree(deps, url, token=token, username="rowan")
    domain = account.handle.partition("@")[2]
    assert caught.value.message == f"You are logged in as @rowan@{domain}; Juniper's is @juniper@{domain}."
    (stored,) = await connecting.list_accounts(deps, [brand.workspace_id])
    assert (stored.id, stored.health) == (account.id, Health.REVOKED)
    await linking.login(deps, token, typed(server))


# --- Tidying -----------------------------------------------------------------------------------------------------


async def test_links_consents_and_seen_requests_are_dropped_after_a_day(
    deps: Deps, brand: Brand, server: Server
) -> None:
    token = await link(deps, brand)
    await linking.ask_consent(deps, token, server.url, CALLBACK)
    assert await tidying.tidy(deps) == 0
    long_ago = clock.now() - timedelta(days=2)
    async with deps.database.transaction() as session:
        await session.execute(update(ConnectLinkRow).values(expires_at=long_ago))
        await session.execute(update(OAuthStateRow).values(expires_at=long_ago))
    assert await tidying.tidy(deps) == 2
    with pytest.raises(Used):
        await linking.open_link(deps, token)
