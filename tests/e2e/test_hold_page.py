"""One post put on hold and released as a person does it: by the menu and the button of its card, in a real browser."""

from typing import TYPE_CHECKING

import pytest

from tests.e2e.demo_stage import Visitor, browser, demo, visitor

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Browser

__all__ = ["browser"]

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_post_is_held_by_its_menu_and_released_by_its_button(browser: "Browser", tmp_path: "Path") -> None:
    async with demo(tmp_path) as running, visitor(browser, running) as maya:
        await maya.type('/post "Latte art, live" to bluesky tomorrow 9am')
        card = maya.card("Latte art, live")
        await card.locator("strong:text-is('Scheduled')").wait_for()
        await _choose(maya, "Latte art, live", "Put on hold")
        await card.locator("strong:text-is('On hold')").wait_for()
        words = await card.inner_text()
        assert "by Maya since" in words
        assert "was" in words
        await maya.type("/social queue")
        listed = maya.page.locator(".message").filter(has_text="next 7 days")
        await listed.wait_for()
        assert "⏸️ on hold" in await listed.inner_text()
        await maya.go("Home")
        await maya.page.locator("text=⏸️ on hold").wait_for()
        await maya.go("juniper-social")
        await card.locator(".button:text-is('Release')").click()
        await card.locator("strong:text-is('Scheduled')").wait_for()
        assert "Traceback" not in running.log.read_text(encoding="utf-8")


async def _choose(maya: Visitor, text: str, label: str) -> None:
    """A line of the `⋯` menu of a card."""
    await maya.card(text).locator(".button.overflow").click()
    await maya.page.get_by_role("menuitem", name=label).click()
