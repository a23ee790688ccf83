"""From nothing to the first published post by Slack and a browser alone: install, brand, accounts, post."""

import re

import pytest

from bot.services import installing, workspaces
from sandbox.slack.state import new_id
from tests.handlers.slack.flows.browser import Browser
from tests.handlers.slack.flows.conftest import Town, Wanted
from tests.handlers.slack.flows.doing import HOME, card, on_mastodon, quiet
from tests.handlers.slack.person import Json, buttons, said


@pytest.fixture(params=[False, True], ids=["socket", "http"])
def wanted(request: pytest.FixtureRequest) -> Wanted:
    """A town with nothing in it."""
    return Wanted(furnished=False, http=request.param)


def link_in(message: Json) -> str:
    """Where a message's link button leads."""
    urls = [e["url"] for block in message["blocks"] for e in block.get("elements", []) if e.get("url")]
    assert len(urls) == 1, urls
    return urls[0]


async def install(town: Town, browser: Browser) -> Json:
    """Add Herald to the workspace as Maya does; the first message she gets."""
    asked = await browser.open(f"{town.herald.public_url}/slack/install")
    assert "asks for access to Paperboat" in asked.words
    page = await browser.send(asked, asked.form("client_id", "state"), decision="allow", **{"as": town.maya.user_id})
    assert page.status == 200, page.words
    assert "Herald is in Paperboat" in page.words
    return await town.maya.sees("herald", "Hello Maya")


async def connect(town: Town, browser: Browser, platform: str, **typed: str) -> None:
    """Connect an account to the brand through the page Slack links to."""
    maya = town.maya
    await maya.command("/social", "accounts", channel=HOME)
    shown = await maya.until(lambda: [m for m in maya.messages(HOME) if "Connect an account" in buttons(m)], "accounts")
    await maya.press(shown[-1], "Connect an account")
    networks = await maya.sees(HOME, "Which network")
    await maya.press(networks, platform.title())
    offered = await maya.sees(HOME, "The link is yours alone", platform.title())
    page = await browser.open(link_in(offered))
    assert page.status == 200
    if platform == "bluesky":
        done = await browser.send(page, page.form("identifier", "password"), **typed)
    else:
        onward = await browser.send(page, page.form("instance"), **typed)
        found = re.search(r'href="([^"]+/oauth/authorize[^"]*)"', onward.text)
        assert found is not None, onward.words
        consent = await browser.open(found[1].replace("&amp;", "&"))
        done = await browser.send(consent, consent.form("client_id", "redirect_uri"), decision="yes")
    assert done.status == 200, done.words
    assert "is connected." in done.words
    again = await browser.open(link_in(offered))
    assert again.status == 410


def said_of(block: Json) -> str:
    """A block's own words."""
    return said({"blocks": [block]})


async def make_brand(town: Town) -> None:
    """Make the brand by the button of the first message."""
    maya = town.maya
    welcome = await maya.sees("herald", "Hello Maya")
    await maya.press(welcome, "Choose a channel")
    await maya.sees_modal("New brand")
    maya.fill_text("name", "Juniper")
    maya.fill("channel", {"selected_conversation": town.world.workspace.channels[HOME]})
    await maya.submit()
    await maya.until(lambda: maya.modal() is None, "the modal closing")


async def test_from_nothing_to_the_first_post(town: Town) -> None:
    maya = town.maya
    async with Browser() as browser:
        welcome = await install(town, browser)
        assert buttons(welcome) == ["Connect an account", "Choose a channel", "Write a first post"]
        await maya.do("admin", do="invite", channel=town.world.workspace.channels[HOME])
        await make_brand(town)
        await maya.until(
            lambda: "Choose a channel" not in buttons(town.maya.messages("herald")[0]), "the step ticked off"
        )
        bluesky = town.world.bluesky
        await connect(town, browser, "bluesky", identifier=bluesky.identifier, password=bluesky.password)
        await maya.sees("herald", "Connected Bluesky")
        await connect(town, browser, "mastodon", instance=town.world.mastodon.url)
        await maya.sees("herald", "Connected Mastodon")
    await maya.until(lambda: buttons(maya.messages("herald")[0]) == ["Write a first post"], "two steps ticked off")
    await maya.press(maya.messages("herald")[0], "Write a first post")
    await maya.sees_modal("Accounts")
    maya.choose("accounts", "Bluesky", "Mastodon")
    maya.fill_text("text", "Our first post")
    maya.choose("when", "Now")
    await maya.submit()
    shown = await card(maya, "Our first post", "Published")
    assert "Bluesky" in said(shown)
    assert town.on_bluesky() == ["Our first post"]
    assert on_mastodon(town) == ["Our first post"]
    await maya.until(lambda: "All three steps are done" in said(maya.messages("herald")[0]), "all steps ticked off")
    assert sum("Hello Maya" in said(message) for message in maya.messages("herald")) == 1
    assert maya.state()["refusals"] == []


async def test_no_is_an_answer_and_a_stale_way_back_is_refused(town: Town) -> None:
    async with Browser() as browser:
        asked = await browser.open(f"{town.herald.public_url}/slack/install")
        page = await browser.send(asked, asked.form("client_id", "state"), decision="cancel")
        assert "You said no in Slack, so nothing changed." in page.words
        again = await browser.open(page.url)
        assert again.status == 400
        assert "used up" in again.words
        forged = await browser.open(f"{town.herald.public_url}/slack/oauth_redirect?code={new_id('C')}&state=1.x.y")
        assert forged.status == 400
    async with Browser() as mine, Browser() as yours:
        asked = await mine.open(f"{town.herald.public_url}/slack/install")
        theirs = await yours.send(asked, asked.form("client_id", "state"), decision="allow")
        assert theirs.status == 400
    await quiet(town)
    assert not town.world.workspace.world.installed


async def test_added_again_after_a_removal_it_begins_like_the_first_time(town: Town) -> None:
    maya, deps = town.maya, town.herald.deps
    async with Browser() as browser:
        await install(town, browser)
        await maya.do("admin", do="uninstall")
        (workspace,) = await workspaces.list_workspaces(deps)
        while await installing.installation_of(deps, workspace.id) is not None:
            await quiet(town)
        asked = await browser.open(f"{town.herald.public_url}/slack/install")
        await browser.send(asked, asked.form("client_id", "state"), decision="allow", **{"as": town.omar.user_id})
    welcome = await town.omar.sees("herald", "Hello Omar")
    assert buttons(welcome) == ["Connect an account", "Choose a channel", "Write a first post"]
    await maya.command("/social", "help", channel="general")
    await maya.sees("general", "/social queue")
    assert await workspaces.list_workspaces(deps) == [workspace]
