"""The page in a real browser, before a real workspace with a real Bolt app.

Without Chromium and Playwright these tests are skipped, aloud.
"""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from sandbox.slack.app import Workspace, running
from sandbox.slack.settings import Network, Settings
from tests.sandbox.slack.desk import bolt, over_socket

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MS = 8000

Json = dict[str, Any]


def chromium() -> str:
    """Where the browser is; CHROMIUM names one that is not on the path."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium was found: NOTHING OF THE PAGE WAS TESTED IN A BROWSER")
    return found


@dataclass(slots=True, kw_only=True)
class Stage:
    """One open page, the workspace behind it, and what the browser complained about."""

    page: "Page"
    workspace: Workspace
    app: AsyncApp
    handler: AsyncSocketModeHandler
    complaints: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])

    @property
    def channel(self) -> str:
        """The channel the page shows first."""
        return self.workspace.channels["juniper-social"]

    async def say(self, **message: Any) -> str:  # noqa: ANN401  # any JSON
        """The app posts; returns its ts."""
        answer = await self.app.client.chat_postMessage(channel=self.channel, **message)
        return str(answer["ts"])

    def offers(self, view: Json) -> list[Json]:
        """`/post` opens this view from now on; returns the list of submitted values, which grows."""
        got: list[Json] = []

        async def opens(ack: Any, body: Json) -> None:  # noqa: ANN401  # Bolt's own callable
            await ack()
            await self.app.client.views_open(trigger_id=body["trigger_id"], view=view)

        async def takes(ack: Any, view: Json) -> None:  # noqa: ANN401  # Bolt's own callable
            got.append(view["state"]["values"])
            await ack()

        self.app.command("/post")(opens)
        self.app.view(view["callback_id"])(takes)
        return got

    async def type(self, line: str) -> None:
        """A line in the composer, sent."""
        await self.page.fill("#composer-text", line)
        await self.page.press("#composer-text", "Enter")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """One browser for all tests: starting it costs more than most of them."""
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415  # its absence must not break the other tests
    except ImportError:
        pytest.skip("Playwright is not installed: NOTHING OF THE PAGE WAS TESTED IN A BROWSER")
    path = chromium()
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()


@pytest.fixture
def networks() -> Sequence[Network]:
    """None, unless a file of tests says otherwise."""
    return ()


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: "Browser", networks: Sequence[Network]) -> AsyncIterator[Stage]:
    async with running(Settings(networks=networks)) as workspace:
        app = bolt(workspace)
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(WAIT_MS)
        async with over_socket(workspace, app) as handler:
            shown = Stage(page=page, workspace=workspace, app=app, handler=handler)
            page.on("pageerror", lambda error: shown.complaints.append(str(error)))
            page.on("request", lambda request: shown.asked.append(request.url))
            await page.goto(workspace.url)
            await page.wait_for_selector(".composer-text")
            yield shown
        assert shown.complaints == []
        await page.close()
