"""Accounts: connected by token and by consent, checked, disconnected, on both engines."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from bot.domain.accounts import Connected, Health, Secret
from bot.domain.errors import Conflict, NotFound
from bot.services import connecting, consenting, doctor, workspaces
from bot.services.deps import Deps
from bot.services.keeping import Kept
from platforms.base import Identity, Wire
from platforms.errors import PlatformError, Reconnect
from sandbox.networks.mastodon.app import Server, running
from sandbox.networks.mastodon.others import takahe
from sandbox.networks.mastodon.world import Settings
from storage.brands import Brand
from storage.engine import Database
from tests.tools import tools

CALLBACK = "http://127.0.0.1:8000/oauth/callback"


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


async def test_a_token_connects_and_connecting_again_keeps_the_account(
    deps: Deps, brand: Brand, server: Server
) -> None:
    typed = {"instance": server.url, "token": Secret(server.token)}
    first = await connecting.connect(deps, brand, "mastodon", typed, asked_by="test")
    again = await connecting.connect(deps, brand, "mastodon", typed, asked_by="test")
    assert first.id == again.id
    assert first.handle.startswith("juniper@")
    checked = await connecting.check(deps, first)
    assert (checked.trouble, checked.account.health) == (None, Health.HEALTHY)


async def test_a_wrong_token_connects_nothing(deps: Deps, brand: Brand, server: Server) -> None:
    typed = {"instance": server.url, "token": Secret("wrong-token")}
    with pytest.raises(PlatformError) as caught:
        await connecting.connect(deps, brand, "mastodon", typed, asked_by="test")
    assert "wrong-token" not in str(caught.value)
    assert await connecting.list_accounts(deps, [brand.workspace_id]) == []


async def consent(asked: consenting.Asked) -> dict[str, list[str]]:
    """Open the link as a browser would, and read where it sends the person back to."""
    async with aiohttp.ClientSession() as browser, browser.get(asked.url, allow_redirects=False) as answer:
        assert answer.status in {302, 303}
        return parse_qs(urlsplit(answer.headers["Location"]).query)


def kept(ended: Kept | consenting.Choosing) -> Kept:
    """The account; nobody was asked to pick."""
    assert isinstance(ended, Kept)
    return ended


async def test_consent_connects_once_and_registers_once(deps: Deps, brand: Brand, server: Server) -> None:
    ask = {"redirect_uri": CALLBACK, "asked_by": "test"}
    asked = await consenting.ask_consent(deps, brand, "mastodon", server.url, **ask)
    assert await consenting.consent_outcome(deps, asked) is None
    back = await consent(asked)
    account = kept(await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]))).account
    assert await consenting.consent_outcome(deps, asked) == account
    with pytest.raises(Conflict):
        await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]))
    await consenting.ask_consent(deps, brand, "mastodon", server.url, **ask)
    assert len(server.world.applications) == 1


async def test_a_server_without_fine_scopes_is_asked_for_whole_ones_each_time(deps: Deps, brand: Brand) -> None:
    async with running(replace(takahe(), auto_approve=True)) as started:
        for _ in range(2):
            asked = await consenting.ask_consent(
                deps, brand, "mastodon", started.url, redirect_uri=CALLBACK, asked_by="test"
            )
            assert parse_qs(urlsplit(asked.url).query)["scope"] == ["read write"]
            back = await consent(asked)
            account = kept(await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]))).account
            assert account.limits["software"] == "takahe"
        assert len(started.world.applications) == 1


async def test_saying_no_changes_nothing_and_is_told(deps: Deps, brand: Brand, server: Server) -> None:
    asked = await consenting.ask_consent(deps, brand, "mastodon", server.url, redirect_uri=CALLBACK, asked_by="test")
    with pytest.raises(Conflict, match="You said no on Mastodon"):
        await consenting.finish_consent(deps, asked.state, None)
    with pytest.raises(Conflict, match="You said no on Mastodon"):
        await consenting.consent_outcome(deps, asked)
    assert await connecting.list_accounts(deps, [brand.workspace_id]) == []


async def test_a_forged_state_is_not_found(deps: Deps, brand: Brand) -> None:
    assert brand.name == "Juniper"
    with pytest.raises(NotFound):
        await consenting.finish_consent(deps, "forged", Secret("code"))


async def test_a_revoked_token_is_noticed_by_the_check(deps: Deps, brand: Brand, server: Server) -> None:
    typed = {"instance": server.url, "token": Secret(server.token)}
    account = await connecting.connect(deps, brand, "mastodon", typed, asked_by="test")
    server.world.tokens.clear()
    checked = await connecting.check(deps, account)
    assert checked.account.health is Health.REVOKED
    assert checked.trouble
    assert checked.guide is None
    known = replace(deps, public_url="https://herald.example", guides={"mastodon": Path("mastodon.md")})
    assert (await connecting.check(known, account)).guide == "https://herald.example/guides/mastodon#when-it-breaks"
    (finding,) = [one async for one in doctor.examine(known, public_url=server.url) if one.check.startswith("mastodon")]
    assert finding.detail.endswith(" How: https://herald.example/guides/mastodon#when-it-breaks")
    assert (await connecting.list_accounts(deps, [brand.workspace_id]))[0].health is Health.REVOKED


async def test_a_token_that_another_workspace_lives_by_is_not_given_back(
    deps: Deps, brand: Brand, server: Server
) -> None:
    """Mastodon gives one token for one person and one app, however often it is asked for."""
    place = await workspaces.create_workspace(deps, "Harbor")
    other = await workspaces.create_brand(deps, place, "Harbor", timezone="Europe/Berlin")
    accounts = []
    for one in (brand, other):
        asked = await consenting.ask_consent(deps, one, "mastodon", server.url, redirect_uri=CALLBACK, asked_by="test")
        back = await consent(asked)
        accounts.append(kept(await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]))).account)
    await connecting.disconnect(deps, accounts[0], asked_by="test")
    assert (await connecting.check(deps, accounts[1])).trouble is None
    assert not any(token.revoked for token in server.world.tokens.values())
    await connecting.disconnect(deps, accounts[1], asked_by="test")
    assert any(token.revoked for token in server.world.tokens.values())


async def test_a_refusal_says_nothing_of_what_was_connected_anew_meanwhile(
    deps: Deps, brand: Brand, server: Server
) -> None:
    typed = {"instance": server.url, "token": Secret(server.token)}
    account = await connecting.connect(deps, brand, "mastodon", typed, asked_by="test")

    async def slow(_wire: Wire, _account: Connected) -> Identity:
        await connecting.connect(deps, brand, "mastodon", typed, asked_by="test")
        raise Reconnect("The old token is no good any more.")

    connectors = {"mastodon": replace(deps.connectors["mastodon"], identify=slow)}
    checked = await connecting.check(replace(deps, connectors=connectors), account)
    assert (checked.trouble, checked.account.health) == (None, Health.HEALTHY)
    assert (await connecting.list_accounts(deps, [brand.workspace_id]))[0].health is Health.HEALTHY


async def test_an_app_that_its_server_has_forgotten_is_registered_anew(
    deps: Deps, brand: Brand, server: Server
) -> None:
    """Mastodon deletes what nobody used for a day; its page tells the person so, who then never comes back."""
    ask = {"redirect_uri": CALLBACK, "asked_by": "test"}
    await consenting.ask_consent(deps, brand, "mastodon", server.url, **ask)
    server.world.applications.clear()
    asked = await consenting.ask_consent(deps, brand, "mastodon", server.url, **ask)
    back = await consent(asked)
    account = kept(await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]))).account
    assert (await connecting.check(deps, account)).trouble is None
    assert len(server.world.applications) == 1


async def test_disconnecting_forgets_the_account_even_when_its_server_is_gone(deps: Deps, brand: Brand) -> None:
    async with running(Settings(auto_approve=True)) as server:
        asked = await consenting.ask_consent(
            deps, brand, "mastodon", server.url, redirect_uri=CALLBACK, asked_by="test"
        )
        back = await consent(asked)
        account = kept(await consenting.finish_consent(deps, back["state"][0], Secret(back["code"][0]))).account
    assert await connecting.disconnect(deps, account, asked_by="test") == 0
    assert await connecting.list_accounts(deps, [brand.workspace_id]) == []
    with pytest.raises(NotFound):
        await connecting.check(deps, account)
