"""The pages for connecting an account, as a browser meets them."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from bot import clock
from bot.domain.accounts import Account, Secret
from bot.domain.publication import State
from bot.services import connecting, installing, linking, workspaces
from bot.services.deps import Deps
from handlers.http.app import application
from sandbox.networks.mastodon.app import Server, running
from sandbox.networks.mastodon.world import Settings
from storage.brands import Brand
from storage.engine import Database
from storage.tables import AccountRow, ConnectLinkRow, PostItemRow
from tests import factories
from tests.tools import tools

HERE = "http://herald.example"
NEW = installing.NewInstallation(
    team_id="T1",
    team_name="Paper <boat>",
    enterprise_id=None,
    app_id="A1",
    bot_id="B1",
    bot_user_id="UBOT",
    scopes=(),
    installed_by=None,
    token=Secret("xoxb-secret"),
)


pytestmark = pytest.mark.one_engine


@dataclass(kw_only=True)
class Browser:
    """A person with a browser, and the Herald they look at."""

    deps: Deps
    brand: Brand
    client: httpx.AsyncClient

    async def link(self, platform: str = "mastodon", account: Account | None = None) -> str:
        """The path of a fresh link."""
        account_id = account.id if account is not None else None
        token = await linking.make_link(
            self.deps, self.brand, platform, asked_by="slack:U1", asked_by_name="Maya & Co", account_id=account_id
        )
        return f"/connect/{token}"

    async def agree(self, server: Server, path: str, **answer: str) -> httpx.Response:
        """Fill in the server, go there, answer, come back."""
        away = await self.client.post(path, data={"way": "consent", "instance": server.url})
        assert away.status_code == 200, away.text
        async with httpx.AsyncClient() as there:
            if answer.get("decision") == "no":
                asked = dict(httpx.URL(address_in(away)).params)
                back = await there.post(f"{server.url}/oauth/authorize", data={**asked, **answer})
            else:
                back = await there.get(address_in(away), params={**httpx.URL(address_in(away)).params, **answer})
        return await self.client.get(httpx.URL(back.headers["Location"]).raw_path.decode())


def address_in(page: httpx.Response) -> str:
    """Where the page moves on to by itself."""
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)
    assert found is not None
    return unescape(found[1])


@pytest.fixture
async def browser(database: Database, tmp_path: Path) -> AsyncIterator[Browser]:
    async with tools(database, tmp_path) as deps:
        place = await installing.install(deps, NEW)
        brand = await workspaces.create_brand(deps, place, "Juniper", timezone="Europe/Berlin")
        transport = httpx.ASGITransport(app=application(deps, public_url=HERE))
        async with httpx.AsyncClient(transport=transport, base_url=HERE) as client:
            yield Browser(deps=deps, brand=brand, client=client)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings(auto_approve=True)) as started:
        yield started


async def test_the_page_says_what_it_is_for_and_lets_nothing_in_or_out(browser: Browser) -> None:
    page = await browser.client.get(await browser.link("bluesky"))
    assert page.status_code == 200
    assert "<h1>Connect Bluesky</h1>" in page.text
    assert "for Juniper, asked by Maya &amp; Co in Paper &lt;boat&gt;" in page.text
    assert re.search(r'<input id="login-password" name="password" type="password"', page.text)
    assert "<script" not in page.text
    assert "http" not in re.sub(r"<meta http-equiv[^>]*>", "", page.text).partition("<body>")[2].replace(HERE, "")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")


async def test_an_address_that_leads_nowhere_is_answered_with_a_page(browser: Browser) -> None:
    page = await browser.client.get("/no-such-page")
    assert page.status_code == 404
    assert "<h1>There is no such page.</h1>" in page.text
    assert "Not Found" not in page.text


async def test_a_login_connects_and_leads_back_to_slack(browser: Browser, server: Server) -> None:
    path = await browser.link()
    form = {"way": "login", "instance": server.url, "token": server.token}
    done = await browser.client.post(path, data=form)
    assert done.status_code == 200
    assert re.search(r"<h1>Mastodon · @juniper@[^<]+ is connected.</h1>", done.text)
    assert 'href="https://slack.com/app_redirect?app=A1&amp;team=T1">Back to Slack</a>' in done.text
    for again in (await browser.client.get(path), await browser.client.post(path, data=form)):
        assert again.status_code == 410
        assert "This link is used up or older than 10 minutes." in again.text
        assert "Type /social accounts in Slack for a new one." in again.text


async def test_a_refused_login_shows_what_was_typed_but_never_the_secret(
    browser: Browser, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = await browser.link()
    form = {"way": "login", "instance": server.url, "token": 'very-"secret'}
    page = await browser.client.post(path, data=form)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert f'value="{server.url}"' in page.text
    assert "<details open>" in page.text
    assert "very-" not in page.text
    reference = re.search(r"Reference ([0-9a-f]{8})", page.text)
    assert reference is not None
    assert any(getattr(record, "reference", "") == reference[1] for record in caplog.records)
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    said = " ".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert "very-" not in said
    assert path.rpartition("/")[2] not in said
    assert (await browser.client.get(path)).status_code == 200


async def test_faults_stand_at_their_fields(browser: Browser) -> None:
    path = await browser.link("bluesky")
    page = await browser.client.post(path, data={"way": "login", "identifier": "<juniper>", "password": ""})
    assert page.status_code == 422
    assert 'value="&lt;juniper&gt;"' in page.text
    assert '<p class="wrong" id="login-password-wrong">Fill this in.</p>' in page.text
    page = await browser.client.post(await browser.link(), data={"way": "consent", "instance": "not a server"})
    assert page.status_code == 422
    assert 'id="consent-instance-wrong"' in page.text


async def test_a_network_that_is_away_changes_nothing(browser: Browser) -> None:
    path = await browser.link()
    page = await browser.client.post(path, data={"way": "consent", "instance": "http://127.0.0.1:9"})
    assert page.status_code == 422
    assert "Nothing changed." in page.text
    assert "Reference" in page.text


async def test_consent_connects_and_comes_back(browser: Browser, server: Server) -> None:
    path = await browser.link()
    done = await browser.agree(server, path)
    assert done.status_code == 200
    assert "is connected." in done.text
    assert (await browser.client.get(path)).status_code == 410
    assert not browser.client.cookies


async def test_saying_no_changes_nothing_and_offers_another_try(browser: Browser, server: Server) -> None:
    path = await browser.link()
    page = await browser.agree(server, path, decision="no")
    assert page.status_code == 400
    assert "You said no on Mastodon, so nothing changed." in page.text
    assert f'href="{HERE}{path}">Try again</a>' in page.text
    assert (await browser.agree(server, path)).status_code == 200


async def test_a_network_that_cannot_ask_is_not_taken_for_a_no(browser: Browser, server: Server) -> None:
    path = await browser.link()
    away = await browser.client.post(path, data={"way": "consent", "instance": server.url})
    state = httpx.URL(address_in(away)).params["state"]
    page = await browser.client.get("/oauth/callback", params={"state": state, "error": "server_error"})
    assert page.status_code == 400
    assert "<h1>Mastodon did not ask you, so nothing changed. Try again later.</h1>" in page.text
    assert ">Try again</a>" in page.text


async def test_the_page_says_what_failed_meanwhile(browser: Browser, server: Server) -> None:
    form = {"way": "login", "instance": server.url, "token": server.token}
    await browser.client.post(await browser.link(), data=form)
    (account,) = await connecting.list_accounts(browser.deps, [browser.brand.workspace_id])
    database = browser.deps.database
    for words in ("1 post failed while it was disconnected; Slack asks you about it.", "2 posts failed while it was"):
        async with database.transaction() as session:
            await session.execute(update(AccountRow).values(connected_at=clock.now() - timedelta(hours=1)))
        post_id = await factories.make_post(database, browser.brand, "Hello")
        item_id = await factories.make_item(database, account, post_id, state=State.FAILED)
        async with database.transaction() as session:
            await session.execute(update(PostItemRow).where(PostItemRow.id == item_id).values(error_class="account"))
        page = await browser.client.post(await browser.link(account=account), data=form)
        assert words in page.text


async def test_the_wrong_account_is_refused_by_name(browser: Browser, server: Server) -> None:
    typed = {"instance": server.url, "token": Secret(server.token)}
    account = await connecting.connect(browser.deps, browser.brand, "mastodon", typed, asked_by="test")
    path = await browser.link(account=account)
    asked = await browser.client.get(path)
    assert "<h1>Reconnect Mastodon</h1>" in asked.text
    assert f"Log in as @{account.handle}." in asked.text
    assert f'value="{account.service_url}"' in asked.text
    page = await browser.agree(server, path, username="rowan")
    assert page.status_code == 400
    assert "You are logged in as @rowan@" in page.text
    assert "Juniper&#x27;s is @juniper@" in page.text
    assert ">Use another account</a>" in page.text
    assert (await browser.agree(server, path, username="juniper")).status_code == 200


async def test_what_went_wrong_leads_to_the_guide(browser: Browser, server: Server) -> None:
    typed = {"instance": server.url, "token": Secret(server.token)}
    account = await connecting.connect(browser.deps, browser.brand, "mastodon", typed, asked_by="test")
    app = application(replace(browser.deps, guides={"mastodon": Path("mastodon.md")}), public_url=HERE)
    path, again = await browser.link(), await browser.link(account=account)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=HERE) as client:
        informed = replace(browser, client=client)
        calm = await client.get(path)
        refused = await client.post(path, data={"way": "login", "instance": server.url, "token": "wrong"})
        other = await informed.agree(server, again, username="rowan")
        spent = await client.get("/connect/forged")
    assert "the guide" not in calm.text
    assert f'<a href="{HERE}/guides/mastodon#connect">How to connect Mastodon: the guide</a>' in refused.text
    link = f'<a href="{HERE}/guides/mastodon#when-it-breaks">How to reconnect Mastodon: the guide</a>'
    assert (other.status_code, link in other.text) == (400, True)
    assert "the guide" not in spent.text


async def test_another_browser_cannot_finish_it(browser: Browser, server: Server) -> None:
    path = await browser.link()
    away = await browser.client.post(path, data={"way": "consent", "instance": server.url})
    cookie = away.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/oauth/callback" in cookie
    browser.client.cookies.clear()
    async with httpx.AsyncClient() as there:
        back = await there.get(address_in(away))
    page = await browser.client.get(httpx.URL(back.headers["Location"]).raw_path.decode())
    assert page.status_code == 400
    assert "another browser" in page.text
    assert await connecting.list_accounts(browser.deps, [browser.brand.workspace_id]) == []


async def test_two_links_opened_side_by_side_are_both_finished(browser: Browser, server: Server) -> None:
    backs = []
    for _ in range(2):
        away = await browser.client.post(await browser.link(), data={"way": "consent", "instance": server.url})
        async with httpx.AsyncClient() as there:
            backs.append((await there.get(address_in(away))).headers["Location"])
    for back in backs:
        page = await browser.client.get(httpx.URL(back).raw_path.decode())
        assert page.status_code == 200, page.text
    assert not browser.client.cookies


async def test_over_https_the_cookie_travels_there_alone(browser: Browser, server: Server) -> None:
    public = "https://herald.example/team"
    transport = httpx.ASGITransport(app=application(browser.deps, public_url=public))
    async with httpx.AsyncClient(transport=transport, base_url="https://herald.example") as client:
        away = await client.post(await browser.link(), data={"way": "consent", "instance": server.url})
    assert "; Secure" in away.headers["Set-Cookie"]
    assert "Path=/team/oauth/callback" in away.headers["Set-Cookie"]
    assert "redirect_uri=https%3A%2F%2Fherald.example%2Fteam%2Foauth%2Fcallback" in address_in(away)


@pytest.mark.parametrize("path", ["/connect/forged", f"/connect/{'x' * 5000}"])
async def test_a_forged_link_looks_like_a_used_one(browser: Browser, path: str) -> None:
    for page in (await browser.client.get(path), await browser.client.post(path, data={"way": "login"})):
        assert page.status_code == 410
        assert "This link is used up" in page.text


async def test_an_old_link_is_refused(browser: Browser) -> None:
    path = await browser.link()
    async with browser.deps.database.transaction() as session:
        await session.execute(update(ConnectLinkRow).values(expires_at=clock.now()))
    assert (await browser.client.get(path)).status_code == 410


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"way=login&token=" + b"x" * 20_000, "application/x-www-form-urlencoded"),
        (b'{"way": "login"}', "application/json"),
        (b"way=\xff", "application/x-www-form-urlencoded"),
        (b"way=%ff", "application/x-www-form-urlencoded"),
    ],
)
async def test_what_is_no_form_of_ours_is_refused(browser: Browser, content: bytes, kind: str) -> None:
    page = await browser.client.post(await browser.link(), content=content, headers={"Content-Type": kind})
    assert page.status_code == 400
    assert "Nothing changed." in page.text


async def test_a_callback_that_is_not_whole_or_forged_is_refused(browser: Browser) -> None:
    for query in ("", "?state=", f"?state={'x' * 5000}", "?state=forged&code=1"):
        page = await browser.client.get(f"/oauth/callback{query}")
        assert page.status_code == 400
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


async def test_the_other_addresses_still_answer(browser: Browser) -> None:
    assert (await browser.client.get("/healthz")).json() == {"status": "ok"}
    assert (await browser.client.get("/readyz")).json() == {"status": "ok"}


async def test_herald_describes_itself_where_a_network_reads_it(browser: Browser) -> None:
    public = application(browser.deps, public_url="https://herald.paperboat.club")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=public), base_url="https://h") as client:
        first, again = [await client.get("/oauth/client/bluesky.json") for _ in range(2)]
        assert first.json()["client_id"] == "https://herald.paperboat.club/oauth/client/bluesky.json"
        assert first.json()["redirect_uris"] == ["https://herald.paperboat.club/oauth/callback"]
        assert first.json() == again.json()
        assert [set(key) for key in first.json()["jwks"]["keys"]] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]
        for other in ("mastodon", "nobody"):
            assert (await client.get(f"/oauth/client/{other}.json")).status_code == 404
    assert (await browser.client.get("/oauth/client/bluesky.json")).status_code == 404


async def test_consent_is_offered_first_where_it_can_come_back(browser: Browser) -> None:
    path = await browser.link("bluesky")
    here = (await browser.client.get(path)).text
    assert "Continue to Bluesky" not in here
    assert "App password" in here
    loopback = application(browser.deps, public_url="http://127.0.0.1:8000")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=loopback), base_url="http://127.0.0.1") as client:
        page = (await client.get(path)).text
        assert page.index("Continue to Bluesky") < page.index("Use an app password instead")
        assert "Your handle, such as juniper.bsky.social" in page
        empty = await client.post(path, data={"way": "consent", "instance": " "})
        assert (empty.status_code, "Fill this in." in empty.text) == (422, True)
