"""The tour ticks by what happened; what is missing is said."""

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.page.conftest import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Weathered:
    """A network whose condition can be set."""

    def __init__(self, name: str, *, in_use: bool = True) -> None:
        self.name, self.title, self.handle, self.open_url = name, name.title(), "juniper", "http://127.0.0.1:9/net"
        self.conditions = [("ok", "ok"), ("access_ended", "access ended"), ("loses_answer", "loses the answer")]
        self.condition, self.in_use = "ok", in_use
        self.login = [("Handle", "juniper"), ("App password", "aaaa-bbbb")]
        self.on_publish: list[Callable[..., object]] = []

    def set_condition(self, condition: str) -> None:
        self.condition = condition


@pytest.fixture
def networks() -> list[Weathered]:
    return [Weathered("bluesky"), Weathered("mastodon"), *[Weathered(f"net{n:02}", in_use=False) for n in range(20)]]


async def title(stage: Stage, words: str) -> None:
    await stage.page.wait_for_selector(f".tour h3 >> text={words}")


async def weather(stage: Stage, label: str) -> None:
    await stage.page.click("[data-fid=net-bluesky]")
    await stage.page.click(f"[role=menuitem] >> text={label}")
    await stage.page.wait_for_selector(f"[data-fid=net-bluesky] >> text={label}")


async def test_each_step_ticks_itself_by_what_happened(stage: Stage) -> None:
    page, world = stage.page, stage.workspace.world
    await title(stage, "Write one that is too long")
    await page.click(".tour >> text=Fill")
    await page.wait_for_selector("#composer-text:focus")
    assert len(await page.input_value("#composer-text")) > 300 + len("/post ")
    await page.fill("#composer-text", "")
    for fact in ("view_opened", "view_errors:move_post", "view_submitted:move_post"):
        world.note(fact)
    await page.wait_for_selector(".ticks .done >> text=The composer opens")
    assert not await page.query_selector(".ticks .done >> text=Fixed")
    for fact in ("view_errors:composer", "view_submitted:composer"):
        world.note(fact)
    await title(stage, "Publish one now")
    world.note("published:bluesky")
    world.note("command:/post")
    world.note("published:bluesky")
    await page.wait_for_selector(".ticks .done >> text=Published on Bluesky")
    world.note("action:open")
    await title(stage, "Schedule one to the second")
    world.note("command:/post")
    world.note("published:mastodon")
    await title(stage, "Lose the access")
    assert "app password aaaa-bbbb" in await page.inner_text(".tour")
    await weather(stage, "access ended")
    world.note("command:/post")
    await weather(stage, "ok")
    await stage.say(text="<http://127.0.0.1:9/connect/abc|Reconnect>")
    await page.click(".message >> text=Reconnect", modifiers=["Alt"])
    world.note("published:bluesky")
    await title(stage, "Lose the answer")
    await weather(stage, "loses the answer")
    world.note("command:/post")
    world.note("published:bluesky")
    await title(stage, "Ask what happened")
    world.note("command:/social")
    await page.click("[data-fid=go-home]")
    await title(stage, "That is Herald.")
    await page.click(".tour >> text=Hide tour")
    await page.wait_for_selector(".tour", state="detached")


async def test_who_allowed_the_app_by_hand_is_led_through_setting_it_up_first(stage: Stage) -> None:
    world = stage.workspace.world
    world.note("allowed")
    await title(stage, "Set it up")
    assert "aaaa-bbbb" in await stage.page.inner_text(".tour")


async def test_networks_without_an_account_are_folded_and_the_list_stays_where_it_was(
    stage: Stage,
) -> None:
    page, fold = stage.page, stage.page.locator("[data-fid=more-networks]")
    assert await page.locator(".net:visible").count() == 2
    assert await fold.locator(".soft-count").inner_text() == "20"

    await fold.press("Enter")
    assert await page.locator(".net:visible").count() == 22
    assert await fold.get_attribute("aria-expanded") == "true"
    await page.click("[data-fid=net-net19]")
    await page.click("[role=menuitem] >> text=loses the answer")
    await page.wait_for_selector("[data-fid=net-net19].odd:focus")
    scrolled = await page.evaluate("document.querySelector('.side-scroll').scrollTop")
    assert scrolled > 0
    deed = {"as": stage.workspace.people["maya"], "name": "net18", "condition": "access_ended"}
    await page.request.post(f"{stage.workspace.url}/_page/network", data=deed)
    await page.wait_for_selector("[data-fid=net-net18].odd")
    assert await page.evaluate("document.querySelector('.side-scroll').scrollTop") == scrolled

    await fold.press("Enter")
    assert await page.locator(".net:visible").count() == 2
    assert await fold.locator(".dot").get_attribute("title") == "2 not ok"


async def test_a_link_into_the_app_leads_to_its_home(stage: Stage) -> None:
    page, app = stage.page, stage.workspace.world.app_id
    await stage.say(text=f"<slack://app?team=T1&id={app}&tab=home|Open Home>")
    await page.click(".message >> text=Open Home")
    await page.wait_for_selector("[role=tab][aria-selected=true] >> text=Home")

    await page.goto(f"{stage.workspace.url}/app_redirect?app={app}&team=T1")
    await page.wait_for_selector("[role=tab][aria-selected=true] >> text=Home")


async def test_an_app_that_is_away_is_said_to_be_away(stage: Stage) -> None:
    page, world = stage.page, stage.workspace.world
    await stage.handler.close_async()
    await page.wait_for_selector("text=Herald is not connected. Commands fail until it is back.")
    await page.fill("#composer-text", "/post hello")
    await page.press("#composer-text", "Enter")
    await page.wait_for_selector(".toast >> text=/post failed")
    await page.click(".toast [aria-label=Dismiss]")
    await page.wait_for_selector(".toast", state="detached")
    await page.request.post(
        f"{stage.workspace.url}/_page/admin", data={"as": stage.workspace.people["maya"], "do": "uninstall"}
    )
    await page.wait_for_selector("h2 >> text=Herald is not in this workspace yet")

    assert not world.installed
