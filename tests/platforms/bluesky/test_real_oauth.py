"""The consent of the real server: its page in a browser, its tokens, keys and nonces, and posts in between."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import uvicorn
from PIL import Image

from bot import clock
from bot.domain.accounts import Account, Connected, Health, Secret, Tokens
from bot.domain.errors import Conflict, UserError
from bot.domain.publication import State
from bot.services import connecting, consenting, credentials, linking
from bot.services.deps import Deps
from handlers.http.app import application
from platforms.base import Endpoints
from platforms.errors import AppRefused, Reconnect
from platforms.http import Sender
from platforms.proofs import new_key
from storage.engine import Database
from tests.platforms.bluesky.herald import LOOPBACK, Stage, staged
from tests.sandbox.page.conftest import chromium
from tests.servers.pds import Pds, PdsAccount
from tests.servers.pds_consent import agree

if TYPE_CHECKING:
    from playwright.async_api import Page

PUBLIC = "https://herald.paperboat.club/oauth/callback"
_PUT = "com.atproto.repo.putRecord"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here."""
    return sqlite_url


@dataclass(kw_only=True)
class Real(Stage):
    """With the real server."""

    pds: Pds

    def person(self) -> PdsAccount:
        """A new account there."""
        return self.pds.make_account(f"o{uuid4().hex[:10]}")

    async def connect(self, person: PdsAccount, redirect_uri: str = LOOPBACK, *, typed: str | None = None) -> Account:
        """By consent, without a browser."""
        return await self.consented(
            typed or f"@{person.handle}", lambda url: agree(person, url), redirect_uri=redirect_uri
        )


@pytest.fixture
async def at(database: Database, tmp_path: Path, pds: Pds) -> AsyncIterator[Real]:
    async with staged(database, tmp_path, Endpoints(api=pds.url, directory=pds.plc_url)) as stage:
        yield Real(deps=stage.deps, brand=stage.brand, transport=stage.transport, pds=pds)
        pds.order("access", seconds="3600")


@asynccontextmanager
async def listening(deps: Deps, public_url: str = "") -> AsyncIterator[str]:
    """Herald's pages on loopback, at the address that is given out unless `public_url` says another."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        own = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = application(deps, public_url=public_url or own)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield own
        finally:
            server.should_exit = True
            with suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def browsing() -> AsyncIterator["Page"]:
    """A page of a real browser."""
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415  # its absence must not break other tests
    except ImportError:
        pytest.skip("Playwright is not installed: THE CONSENT PAGE WAS NOT TRIED IN A BROWSER")
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await browser.new_page(viewport={"width": 900, "height": 800})
        page.set_default_timeout(30_000)
        yield page
        await browser.close()


async def _shot(page: "Page", name: str) -> None:
    if folder := os.environ.get("HERALD_PICTURES"):
        _ = await page.screenshot(path=Path(folder) / f"bluesky-{name}.png")


async def _agree_in_browser(page: "Page", person: PdsAccount) -> None:
    await page.fill("#consent-instance", person.handle)
    await _shot(page, "1-connect")
    await page.click("button:has-text('Continue to Bluesky')")
    await page.fill("input[type=password]", person.password)
    await _shot(page, "2-sign-in")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("button:has-text('Authorize')")
    await _shot(page, "3-authorize")
    await page.click("button:has-text('Authorize')")
    await page.wait_for_selector("text=is connected")
    await _shot(page, "4-connected")


async def test_a_person_agrees_in_a_browser_and_posts_until_they_disconnect(
    at: Real, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = await asyncio.to_thread(at.person)
    at.pds.order("access", seconds="2")
    token = await linking.make_link(at.deps, at.brand, "bluesky", asked_by="slack:U1", asked_by_name="Maya")
    async with listening(at.deps) as url, browsing() as page:
        await page.goto(f"{url}/connect/{token}")
        await _agree_in_browser(page, person)
        assert f"@{person.handle} is connected" in await page.inner_text("h1")
        assert "Renews itself until" in await page.inner_text("main")
    (account,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
    assert (account.platform_account_id, account.service_url.startswith("http://localhost")) == (person.did, True)
    first = (await at.login(account)).connected.tokens
    picture = tmp_path / "blue.png"
    Image.new("RGB", (40, 30), (40, 60, 200)).save(picture, "PNG")

    item = await at.publish(account, "By consent", media=((picture, "A sheet of blue"),))

    assert item.status is State.PUBLISHED, item.error
    (record,) = at.pds.posts(person.did)
    value = record["value"]
    assert isinstance(value, dict)
    assert (record["uri"], value["text"]) == (item.platform_post_id, "By consent")
    (shown,) = value["embed"]["images"]
    assert at.pds.blob(person.did, shown["image"]["ref"]["$link"]) == picture.read_bytes()
    renewed = await at.login(account)
    assert renewed.connected.tokens.refresh != first.refresh
    at.pds.order("nonces")
    await asyncio.sleep(2)
    assert (await at.publish(account, "One", "Two", "Three")).status is State.PUBLISHED
    assert len(at.pds.posts(person.did)) == 4
    last = (await at.login(account)).connected.tokens
    _ = await connecting.disconnect(at.deps, account, asked_by="tests")
    with pytest.raises(Reconnect):
        await _refresh(at, replace(renewed.connected, tokens=last))
    secrets = [last.access, last.refresh, first.access, first.refresh, last.extra["dpop_key"]]
    told = "".join(repr(record.__dict__) for record in caplog.records)
    assert not [secret for secret in secrets if secret is not None and secret.reveal() in told]


async def _refresh(at: Real, connected: Connected) -> Tokens:
    connector = at.deps.connectors["bluesky"]
    assert connector.refresh is not None
    wire = at.deps.sender.wire(connector.spec)
    return await connector.refresh(wire, at.deps.endpoints["bluesky"], connected)


async def test_a_lost_answer_is_found_and_a_lost_nonce_costs_nothing(at: Real) -> None:
    person = await asyncio.to_thread(at.person)
    account = await at.connect(person)
    at.transport.word, at.transport.times = _PUT, 1
    at.pds.order("nonces")
    item = await at.publish(account, "Lost and found")
    assert (item.status, item.error, at.transport.times) == (State.PUBLISHED, None, 0)
    (record,) = at.pds.posts(person.did)
    assert record["uri"] == item.platform_post_id


async def test_two_workers_that_renew_at_once_keep_the_consent(at: Real) -> None:
    account = await at.connect(await asyncio.to_thread(at.person))
    login = await at.login(account)
    other = replace(at.deps, sender=Sender(at.transport))
    renewed = await asyncio.gather(*(credentials.renew(deps, login) for deps in (at.deps, other, at.deps, other)))
    assert {(one.version, one.connected.tokens.refresh) for one in renewed} == {
        (login.version + 1, renewed[0].connected.tokens.refresh)
    }
    again = await credentials.renew(at.deps, renewed[0])
    assert again.version == login.version + 2
    assert (await connecting.check(at.deps, account)).trouble is None


async def test_a_used_refresh_token_ends_the_consent_and_asks_for_a_person(at: Real) -> None:
    account = await at.connect(await asyncio.to_thread(at.person))
    first = await at.login(account)
    second = await credentials.renew(at.deps, first)
    await at.keep(account, first.connected.tokens)
    with pytest.raises(Reconnect, match="Connect the account again"):
        await credentials.renew(at.deps, await at.login(account))
    (shown,) = await connecting.list_accounts(at.deps, [at.brand.workspace_id])
    assert shown.health is Health.REVOKED
    with pytest.raises(Reconnect):
        await _refresh(at, second.connected)


async def test_tokens_are_of_no_use_without_their_key(at: Real) -> None:
    account = await at.connect(await asyncio.to_thread(at.person))
    tokens = (await at.login(account)).connected.tokens
    stolen = replace(tokens, extra={**tokens.extra, "dpop_key": new_key()})
    with pytest.raises(Reconnect):
        await _refresh(at, replace((await at.login(account)).connected, tokens=stolen))


async def test_somebody_else_may_not_answer(at: Real) -> None:
    person, other = [await asyncio.to_thread(at.person) for _ in range(2)]
    asked = await consenting.ask_consent(
        at.deps, at.brand, "bluesky", person.handle, redirect_uri=LOOPBACK, asked_by="tests"
    )
    back = await asyncio.to_thread(agree, other, asked.url)
    with pytest.raises(UserError, match="another account than was asked"):
        await consenting.finish_consent(at.deps, back.state, Secret(back.code), issuer=back.issuer)
    for issuer in (None, "https://evil.example"):
        asked = await consenting.ask_consent(
            at.deps, at.brand, "bluesky", person.handle, redirect_uri=LOOPBACK, asked_by="tests"
        )
        back = await asyncio.to_thread(agree, person, asked.url)
        with pytest.raises(UserError, match="another server than was asked"):
            await consenting.finish_consent(at.deps, back.state, Secret(back.code), issuer=issuer)
    assert await connecting.list_accounts(at.deps, [at.brand.workspace_id]) == []


async def test_the_server_alone_will_do_and_an_app_password_still_does(at: Real) -> None:
    person = await asyncio.to_thread(at.person)
    account = await at.connect(person, typed=at.pds.url.replace("127.0.0.1", "localhost"))
    assert (account.handle, account.platform_account_id) == (person.handle, person.did)
    typed = {"identifier": person.handle, "password": Secret(person.app_password)}
    again = await connecting.connect(at.deps, at.brand, "bluesky", typed, asked_by="tests")
    assert again.id == account.id
    assert (await at.publish(again, "By app password")).status is State.PUBLISHED
    assert (await at.connect(person)).id == account.id
    assert (await at.publish(account, "By consent again")).status is State.PUBLISHED
    assert len(at.pds.posts(person.did)) == 2


async def test_at_a_public_address_herald_describes_itself_and_proves_its_key(at: Real) -> None:
    person = await asyncio.to_thread(at.person)
    async with listening(at.deps, PUBLIC.removesuffix("/oauth/callback")) as own:
        client_id = "https://herald.paperboat.club/oauth/client/bluesky.json"
        at.pds.order("describe", client=client_id, at=f"{own}/oauth/client/bluesky.json")
        account = await at.connect(person, PUBLIC)
        tokens = (await at.login(account)).connected.tokens
        assert tokens.extra["client_id"].reveal() == client_id
        assert account.ends_at == pytest.approx(clock.now() + timedelta(days=90), abs=timedelta(minutes=5))
        renewed = await credentials.renew(at.deps, await at.login(account))
        assert renewed.version == 2
        assert (await at.publish(account, "From a public address")).status is State.PUBLISHED
        forged = replace(tokens, extra={**tokens.extra, "client_secret": new_key()})
        with pytest.raises(AppRefused, match="does not accept Herald as an app"):
            await _refresh(
                at, replace(renewed.connected, tokens=replace(forged, refresh=renewed.connected.tokens.refresh))
            )
        assert (await connecting.check(at.deps, account)).trouble is None


async def test_where_no_consent_can_come_back_the_sentence_says_so(at: Real) -> None:
    for origin in ("http://herald.lan", "https://10.0.0.8", "https://herald", "https://herald.local"):
        with pytest.raises(Conflict, match="HERALD_PUBLIC_URL"):
            await consenting.ask_consent(
                at.deps, at.brand, "bluesky", "a.test", redirect_uri=f"{origin}/oauth/callback", asked_by="tests"
            )
