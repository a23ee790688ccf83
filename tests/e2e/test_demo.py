"""The newcomer's story in a real browser: the demo as `make demo` starts it, nothing replaced."""

import asyncio
import re
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from sandbox.networks.register import STAND_INS
from tests.e2e.demo_stage import Demo, Visitor, browser, demo, visitor
from tests.ports import free_ports

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="session")
__all__ = ["browser"]

TOO_LONG = "New beans are in! " * 19
PASSWORD = "aaaa-bbbb-cccc-dddd"  # noqa: S105  # the stand-in's, shown on its page


async def write_a_wrong_text_and_mend_it(maya: Visitor) -> None:
    """`/post`, refused at its field, mended, sent."""
    page = maya.page
    await maya.compose(f"/post {TOO_LONG}")
    await maya.choose("[data-block*=accounts]", "Bluesky")
    await page.keyboard.press("Escape")
    await page.wait_for_selector(".modal >> text=41 too many")
    await maya.submit("Schedule")
    error = page.locator(".modal .field-error")
    await error.wait_for()
    assert "Bluesky: 341 of 300 characters, 41 too many." in await error.inner_text()
    await maya.picture("composer")
    await page.fill(".modal textarea", "New beans are in: Huehuetenango, washed.")
    await page.check(".modal >> text=Now")
    await maya.submitted("Publish now")
    await maya.card("Huehuetenango").locator("strong:text-is('Published')").wait_for()


async def schedule_a_few_seconds_ahead(maya: Visitor) -> None:
    """The card is scheduled first, then turns to published by itself."""
    await maya.type('/post "We open at eight tomorrow." to bluesky, mastodon in 10s')
    card = maya.card("We open at eight tomorrow.")
    await card.locator("strong:text-is('Scheduled')").wait_for()
    await card.locator("strong:text-is('Published')").wait_for()
    assert await card.locator("a >> text=open").count() == 2


async def open_what_was_published(maya: Visitor) -> None:
    """The link of the card leads to the post on the network's own page."""
    card = maya.card("We open at eight tomorrow.")
    for at, name in enumerate(("Bluesky", "Mastodon")):
        page = await maya.opened(card.locator("a >> text=open").nth(at))
        await page.wait_for_selector(f"text=stand-in for {name}")
        assert await page.locator("article.main").filter(has_text="We open at eight tomorrow.").count() == 1
        await page.close()


async def lose_the_access_and_mend_it(maya: Visitor) -> None:
    """The failure says why, and its buttons mend it."""
    await maya.weather("bluesky", "access ended")
    await maya.type('/post "Are you still there?" to bluesky now')
    card = maya.card("Are you still there?")
    await card.locator("strong:text-is('Failed')").wait_for()
    await card.locator(".button:has-text('Reconnect')").wait_for()
    await maya.page.wait_for_selector(".message >> text=does not try again by itself >> nth=1")
    await maya.picture("failure")
    await maya.weather("bluesky", "ok")
    await card.locator(".button:has-text('Reconnect')").click()
    await log_in_at_bluesky(maya)
    await card.locator(".button:has-text('Retry')").click()
    await card.locator("strong:text-is('Published')").wait_for()


async def log_in_at_bluesky(maya: Visitor) -> None:
    """Through the one-time page: no secret is typed into Slack."""
    page = await maya.opened(maya.page.locator(".message a.button:has-text('Open Bluesky')").last)
    await page.fill("[name=instance]", "junipercoffee.test")
    await page.click("button:has-text('Continue to Bluesky')")
    await page.click("button:has-text('Authorize')")
    await page.wait_for_selector("text=is connected.")
    await page.click("text=Back to Slack")
    await page.wait_for_selector("[role=tab][aria-selected=true] >> text=Home")
    await page.close()


@pytest.mark.parametrize("way", ["sockets", "http"])
async def test_a_newcomer_writes_mends_schedules_and_opens_a_post(browser: "Browser", tmp_path: Path, way: str) -> None:
    async with demo(tmp_path, *(["--http"] if way == "http" else [])) as running, visitor(browser, running) as maya:
        await write_a_wrong_text_and_mend_it(maya)
        await schedule_a_few_seconds_ahead(maya)
        await open_what_was_published(maya)
        await maya.picture("channel")
        if way == "sockets":
            await look_around(maya)
        assert "Traceback" not in running.log.read_text(encoding="utf-8")


async def test_every_step_of_the_tour_ticks_itself_by_doing_it(browser: "Browser", tmp_path: Path) -> None:
    async with demo(tmp_path) as running, visitor(browser, running) as maya:
        await write_a_wrong_text_and_mend_it(maya)
        await the_tour_says(maya, "Publish one now")
        await maya.type('/post "Hello from the sandbox" to bluesky now')
        opened = await maya.opened(maya.card("Hello from the sandbox").locator("a.button:has-text('Open')"))
        await opened.close()
        await the_tour_says(maya, "Schedule one to the second")
        await schedule_a_few_seconds_ahead(maya)
        await the_tour_says(maya, "Lose the access")
        await lose_the_access_and_mend_it(maya)
        await the_tour_says(maya, "Lose the answer")
        await lose_the_answer(maya)
        await the_tour_says(maya, "Ask what happened")
        await maya.type("/social why")
        await maya.page.locator(".message").filter(has_text=re.compile("Why: .Only once")).wait_for()
        await maya.go("Home")
        await the_tour_says(maya, "That is Herald.")


async def the_tour_says(maya: Visitor, title: str) -> None:
    """The step the tour has come to."""
    await maya.page.wait_for_selector(f".tour h3 >> text={title}")


async def lose_the_answer(maya: Visitor) -> None:
    """Herald looks before it does anything, and one post stands there."""
    await maya.weather("bluesky", "takes the post, loses the answer")
    await maya.type('/post "Only once, please" to bluesky now')
    card = maya.card("Only once, please")
    await card.locator("strong:text-is('Published')").wait_for()
    await maya.weather("bluesky", "ok")
    page = await maya.opened(maya.page.locator(".net-open").first)
    assert await page.locator("article >> text=Only once, please").count() == 1
    await page.close()


async def look_around(maya: Visitor) -> None:
    """Home and the network's page, with something on them."""
    page = maya.page
    await lose_the_access_and_mend_it(maya)
    await maya.type('/post "Latte art class on Sunday, two seats left." to bluesky tomorrow 11am')
    await maya.card("Latte art").wait_for()
    await maya.type('/post "Holiday hours are on the door." to all tomorrow 17:30')
    await maya.card("Holiday hours").wait_for()
    await maya.go("Home")
    await page.wait_for_selector("#main >> text=Latte art")
    await maya.picture("home")
    network = await maya.opened(page.locator(".net-open").first)
    await network.wait_for_selector("text=We open at eight tomorrow.")
    assert PASSWORD in await network.inner_text(".login")
    await maya.picture("network", network)
    await network.close()


async def test_one_more_network_is_connected_by_consent_and_published_to(browser: "Browser", tmp_path: Path) -> None:
    async with demo(tmp_path) as running, visitor(browser, running) as maya:
        page = maya.page
        more = page.locator("[data-fid=more-networks]")
        assert await more.locator(".soft-count").inner_text() == str(len(STAND_INS))
        assert await page.locator(".net:visible").count() == 2
        await maya.type("/social accounts")
        await page.click(".message .button:has-text('Connect an account')")
        await page.click(".message:has-text('Which network') .button:text-is('LinkedIn')")
        await allow_at_linkedin(maya)
        await page.wait_for_selector(".net:visible >> text=LinkedIn")
        await page.focus("[data-fid=more-networks]")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("[data-fid=more-networks][aria-expanded=true]:focus")
        assert await page.locator(".net:visible").count() == 2 + len(STAND_INS)
        await maya.type('/post "We are hiring a barista." to linkedin now')
        card = maya.card("We are hiring a barista.")
        await card.locator("strong:text-is('Published')").wait_for()
        await maya.picture("networks")
        post = await maya.opened(card.locator("a:text-is('open')"))
        await post.wait_for_selector("text=stand-in for LinkedIn")
        assert await post.locator("article.main").filter(has_text="We are hiring a barista.").count() == 1
        await post.close()


async def allow_at_linkedin(maya: Visitor) -> None:
    """Consent at the stand-in, then which of several accounts."""
    page = await maya.opened(maya.page.locator(".message a.button:has-text('Open LinkedIn')").last)
    await page.click("button:has-text('Continue to LinkedIn')")
    await page.click("button:has-text('Allow')")
    await page.check(".choice input >> nth=0")
    await page.click("button:has-text('Connect')")
    await page.wait_for_selector("text=is connected.")
    await page.close()


async def test_from_nothing_to_a_published_post_by_clicking_alone(browser: "Browser", tmp_path: Path) -> None:
    async with demo(tmp_path, "--empty") as running, visitor(browser, running) as maya:
        await add_herald(maya)
        await make_a_brand(maya)
        await maya.page.click(".message .button:has-text('Connect an account')")
        await maya.page.click(".message:has-text('Which network') .button >> nth=0")
        await log_in_at_bluesky(maya)
        await maya.go("juniper-social")
        await maya.type("/invite @Herald")
        await maya.page.wait_for_selector(".message >> text=added an integration")
        await maya.go("Chat")
        await maya.page.click(".message .button:has-text('Write a first post')")
        await maya.page.wait_for_selector(".modal >> text=Accounts")
        await maya.choose("[data-block*=accounts]", "Bluesky")
        await maya.page.keyboard.press("Escape")
        await maya.page.fill(".modal textarea", "Our first post from Slack.")
        await maya.page.check(".modal >> text=Now")
        await maya.submitted("Publish now")
        await maya.go("juniper-social")
        await maya.card("Our first post from Slack.").locator("strong:text-is('Published')").wait_for()


async def add_herald(maya: Visitor) -> None:
    """Add Herald, Allow, and back to the workspace."""
    consent = await maya.opened(maya.page.locator("a.button:has-text('Add Herald')").first)
    await consent.click("button:has-text('Allow')")
    await consent.click("text=Back to Slack")
    await consent.wait_for_selector("[role=tab][aria-selected=true] >> text=Home")
    await consent.close()
    await maya.page.wait_for_selector(".tour >> text=Set it up")


async def make_a_brand(maya: Visitor) -> None:
    """From the first message Herald writes."""
    await maya.go("Chat")
    await maya.page.click(".message .button:has-text('Choose a channel')")
    await maya.page.fill(".modal input[type=text] >> nth=0", "Juniper")
    await maya.choose("[data-block*=channel]", "juniper-social")
    await maya.submitted("Make brand")
    await maya.page.wait_for_selector(".message >> text=Posts appear in")


# --- Starting and ending -------------------------------------------------------------------------------------------


async def nobody_answers(*urls: str) -> bool:
    """Whether all of these are gone, within a few seconds."""
    async with httpx.AsyncClient(timeout=1) as client:
        for _ in range(100):
            alive = 0
            for url in urls:
                try:
                    await client.get(url)
                    alive += 1
                except httpx.HTTPError:
                    continue
            if not alive:
                return True
            await asyncio.sleep(0.1)
    return False


def neighbours(running: Demo) -> list[str]:
    """Every address of the stand-ins."""
    port = int(running.url.rpartition(":")[2])
    return [f"http://127.0.0.1:{one}/" for one in (port, port + 1, port + 2)]


@pytest.mark.alone
@pytest.mark.parametrize("wish", [signal.SIGINT, signal.SIGTERM])
async def test_it_starts_quickly_and_a_signal_stops_everything(tmp_path: Path, wish: signal.Signals) -> None:
    async with demo(tmp_path) as running:
        assert running.took_s < 8
        assert not re.search(r"\d{4}-\d\d-\d\dT|warning|Traceback", running.said)
        running.process.send_signal(wish)
        assert await running.ended() == 0
        assert (await running.rest()).strip() == "Stopped. Nothing is left running."
        assert await nobody_answers(*neighbours(running))


async def test_nothing_is_left_when_it_is_killed(tmp_path: Path) -> None:
    async with demo(tmp_path) as running:
        running.process.kill()
        await running.ended()
        assert await nobody_answers(*neighbours(running))


async def test_a_taken_port_falls_back_and_two_demos_do_not_disturb_each_other(tmp_path: Path) -> None:
    port = free_ports(3)[0]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        own_port = taken.getsockname()[1]
        async with demo(tmp_path, port=port) as first, demo(tmp_path, port=port, own_port=own_port) as second:
            assert first.url != second.url
            assert f"(Port {port} is taken.)" in second.said
            assert first.log.exists()
            assert first.log != second.log
            async with httpx.AsyncClient() as client:
                assert [(await client.get(one.url)).status_code for one in (first, second)] == [200, 200]
