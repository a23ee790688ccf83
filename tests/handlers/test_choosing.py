"""The page where a person picks among the accounts behind one consent, as a browser meets it."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from bot.services import connecting, consenting, linking, workspaces
from handlers.http.app import application
from storage.engine import Database
from tests.oauth_toy import Stage, stage
from tests.platforms.oauth_styles import case

HERE = "http://herald.example"
CALLBACK = "/oauth/callback"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


pytestmark = pytest.mark.one_engine


@dataclass(kw_only=True)
class Browser:
    """A person with a browser at a network that lets Herald publish to several pages."""

    at: Stage
    client: httpx.AsyncClient

    async def consent(self) -> httpx.Response:
        """Open a fresh link, go to the network, say yes, come back."""
        token = await linking.make_link(self.at.deps, self.at.brand, "toy", asked_by="slack:U1")
        away = await self.client.post(f"/connect/{token}", data={"way": "consent"})
        found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', away.text)
        assert found is not None, away.text
        state, code = await self.at.agree(unescape(found[1]))
        return await self.client.get(CALLBACK, params={"state": state, "code": f"{code.reveal()}#_"})

    async def pick(self, page: httpx.Response, *ids: str) -> httpx.Response:
        """Tick these and press the button."""
        state = re.search(r'name="state" value="([^"]+)"', page.text)
        assert state is not None
        content = "&".join([f"state={state[1]}", *(f"choice={one}" for one in ids)])
        return await self.client.post(CALLBACK, content=content, headers=FORM)


@pytest.fixture
async def browser(database: Database, tmp_path: Path) -> AsyncIterator[Browser]:
    async with stage(database, tmp_path, case("facebook"), picks=True) as at:
        at.server.grants.apps["the id"] = replace(at.server.grants.apps["the id"], redirect_uris=(HERE + CALLBACK,))
        at.toy.pages = {"juniper": ["beans", "cups & <tea>"]}
        transport = httpx.ASGITransport(app=application(at.deps, public_url=HERE))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            yield Browser(at=at, client=client)


async def test_the_page_offers_each_with_its_name_handle_kind_and_picture(browser: Browser) -> None:
    page = await browser.consent()
    assert page.status_code == 200
    assert "<legend>Which may Herald publish to?</legend>" in page.text
    assert 'type="checkbox" name="choice" value="id-beans">' in page.text
    assert '<span>Beans<span class="hint">Page · @beans</span></span>' in page.text
    assert "Cups &amp; &lt;Tea&gt;" in page.text
    assert '<img src="https://pictures.toy.example/beans.png" alt=""' in page.text
    assert "img-src https://pictures.toy.example" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    assert not any(token in page.text for token in browser.at.server.grants.access)
    assert await connecting.list_accounts(browser.at.deps, [browser.at.brand.workspace_id]) == []


async def test_what_is_ticked_is_connected_and_once(browser: Browser) -> None:
    page = await browser.consent()
    done = await browser.pick(page, "id-beans", "id-cups %26 %3Ctea%3E")
    assert done.status_code == 200
    assert "<h1>Toy · 2 accounts are connected.</h1>" in done.text
    assert "@beans, @cups &amp; &lt;tea&gt;" in done.text
    assert not browser.client.cookies
    again = await browser.pick(page, "id-beans")
    assert again.status_code == 400


async def test_one_of_several_reads_as_always(browser: Browser) -> None:
    done = await browser.pick(await browser.consent(), "id-beans")
    assert "<h1>Toy · @beans is connected.</h1>" in done.text
    (account,) = await connecting.list_accounts(browser.at.deps, [browser.at.brand.workspace_id])
    assert account.ends_at is not None
    day = account.ends_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"Connect it again before {day.day} {day:%b %Y}." in done.text


async def test_nothing_ticked_asks_again_and_loses_nothing(browser: Browser) -> None:
    page = await browser.consent()
    refused = await browser.pick(page)
    assert refused.status_code == 422
    assert '<fieldset aria-describedby="choice-wrong">' in refused.text
    assert 'id="choice-wrong" role="alert">Choose at least one.</p>' in refused.text
    refused = await browser.pick(page, "id-beans", "id-forged")
    assert 'value="id-beans" checked' in refused.text
    assert (await browser.pick(refused, "id-beans")).status_code == 200


async def test_one_of_another_brand_cannot_be_ticked(browser: Browser) -> None:
    await browser.pick(await browser.consent(), "id-beans")
    at = browser.at
    (place,) = await workspaces.list_workspaces(at.deps)
    other = await workspaces.create_brand(at.deps, place, "Harbor & Co", timezone="UTC")
    page = await replace(browser, at=replace(at, brand=other)).consent()
    assert 'value="id-beans" disabled>' in page.text
    assert "already in Juniper" in page.text


async def test_another_browser_cannot_pick(browser: Browser) -> None:
    page = await browser.consent()
    browser.client.cookies.clear()
    refused = await browser.pick(page, "id-beans")
    assert refused.status_code == 400
    assert "another browser" in refused.text


@pytest.mark.parametrize("content", ["", "choice=id-beans", "state=forged&choice=id-beans", f"state={'x' * 5000}"])
async def test_a_form_that_is_not_whole_or_forged_changes_nothing(browser: Browser, content: str) -> None:
    page = await browser.client.post(CALLBACK, content=content, headers=FORM)
    assert page.status_code == 400


async def test_begun_in_the_terminal_it_is_picked_there(browser: Browser) -> None:
    at = browser.at
    asked = await consenting.ask_consent(at.deps, at.brand, "toy", "", redirect_uri=HERE + CALLBACK, asked_by="cli")
    state, code = await at.agree(asked.url)
    page = await browser.client.get(CALLBACK, params={"state": state, "code": code.reveal()})
    assert "<h1>Choose in the terminal.</h1>" in page.text
    waiting = await consenting.consent_outcome(at.deps, asked)
    assert isinstance(waiting, consenting.Choosing)
    kept = await consenting.pick(at.deps, asked.state, {"id-beans"})
    assert await consenting.consent_outcome(at.deps, asked) == kept.account


async def test_without_an_app_the_page_says_what_to_set(browser: Browser) -> None:
    token = await linking.make_link(browser.at.deps, browser.at.brand, "toy", asked_by="slack:U1")
    transport = httpx.ASGITransport(app=application(replace(browser.at.deps, apps={}), public_url=HERE))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
        page = await client.get(f"/connect/{token}")
    assert page.status_code == 409
    assert "Toy needs an app: ask whoever runs Herald to set TOY_CLIENT_ID and TOY_CLIENT_SECRET." in page.text
