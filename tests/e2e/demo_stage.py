"""`herald demo` as a newcomer starts it, another process, and its page in a real browser."""

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image

from tests.ports import free_ports
from tests.sandbox.page.conftest import chromium

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page

ROOT = Path(__file__).parents[2]
PICTURES = "HERALD_PICTURES"
"""Names the folder screenshots are written to; none are taken without it. `make pictures` sets it."""
LARGEST_PICTURE_BYTES = 150_000
WIDE = {"width": 1280, "height": 800}
START_WITHIN_S = 30.0
WAIT_MS = 20_000
_OPENS_WITHIN_MS = 8_000
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)$", re.MULTILINE)


@dataclass(slots=True, kw_only=True)
class Demo:
    """One running demo. `took_s` is from the start to the printed address."""

    process: asyncio.subprocess.Process
    said: str
    url: str
    took_s: float
    log: Path

    async def ended(self, within_s: float = 15.0) -> int:
        """Its exit code."""
        return await asyncio.wait_for(self.process.wait(), within_s)

    async def rest(self) -> str:
        """What it said after the address."""
        assert self.process.stdout is not None
        return (await self.process.stdout.read()).decode()


@asynccontextmanager
async def demo(folder: Path, *options: str, port: int | None = None, own_port: int = 0) -> AsyncGenerator[Demo]:
    """A demo while the block runs."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("HERALD_", "SLACK_"))}
    environ |= {"HERALD_DATA_DIR": str(folder), "HERALD_PORT": str(own_port)}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.cli",
        "demo",
        *("--port", str(port or free_ports(3)[0]), *options),
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        said = await asyncio.wait_for(_until_ready(process), START_WITHIN_S)
        took_s = time.monotonic() - began
        found = _ADDRESS.search(said)
        assert found, said
        log = re.search(r"log:  (.+)$", said, re.MULTILINE)
        assert log, said
        yield Demo(process=process, said=said, url=found[0], took_s=took_s, log=Path(log[1]))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 15)


async def _until_ready(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = await process.stdout.readline()
        if not line:
            pytest.fail(f"the demo ended: {said}")
        said += line.decode()
    return said


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """One browser for all of these tests."""
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415  # its absence must not break the other tests
    except ImportError:
        pytest.skip("Playwright is not installed: THE DEMO WAS NOT TESTED IN A BROWSER")
    path = chromium()
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        await started.close()


@dataclass(slots=True, kw_only=True)
class Visitor:
    """Somebody at the demo's page."""

    page: "Page"
    demo: Demo
    complaints: list[str] = field(default_factory=list[str])

    def card(self, text: str) -> "Locator":
        """The card of the post with this text: what the channel sees, not the private echo of the command."""
        messages = self.page.locator(".message").filter(has_text=text)
        return messages.filter(has_text=re.compile("post [0-9A-Z]{4,}")).last

    async def type(self, line: str) -> None:
        """A line in the composer, sent."""
        await self.page.fill("#composer-text", line)
        await self.page.press("#composer-text", "Enter")

    async def compose(self, line: str) -> None:
        """A line that opens the composer; typed once more, as a person would, when Herald says Slack did not wait."""
        opened = self.page.locator(".modal >> text=Accounts")
        for times in range(5):
            await self.type(line)
            late = self.page.locator(".message").filter(has_text="Please do it once more").nth(times)
            await opened.or_(late).first.wait_for()
            if await opened.count():
                return
        pytest.fail(f"the composer did not open: {await self.page.inner_text('body')}")

    async def go(self, name: str) -> None:
        """To a channel, `Home` or `Chat`, on the left."""
        await self.page.click(f"#side .side-row >> text={name}")

    async def weather(self, network: str, label: str) -> None:
        """Set a network's condition."""
        await self.page.click(f"[data-fid=net-{network}]")
        await self.page.click(f"[role^=menuitem] >> text={label}")
        await self.page.wait_for_selector(f"[data-fid=net-{network}] >> text={label}")

    async def choose(self, place: str, words: str) -> None:
        """An option of a select in the open modal."""
        await self.page.click(f"{place} .select")
        await self.page.click(f".select-popup [role=option]:has-text('{words}')")

    async def submit(self, label: str) -> None:
        """Press the modal's own button, which has to say this."""
        await self.page.click(f".modal-foot .primary:has-text('{label}')")

    async def submitted(self, label: str) -> None:
        """Press it, and see the modal go."""
        await self.submit(label)
        await self.page.wait_for_selector(".modal", state="detached")

    async def opened(self, link: "Locator") -> "Page":
        """The page a link opens. A card that is drawn anew between press and release takes no click: once more then."""
        page = await self._clicked_open(link, _OPENS_WITHIN_MS) or await self._clicked_open(link, WAIT_MS)
        assert page is not None, "the link opens no page"
        page.set_default_timeout(WAIT_MS)
        await page.wait_for_load_state()
        return page

    async def _clicked_open(self, link: "Locator", within_ms: float) -> "Page | None":
        from playwright.async_api import TimeoutError as TooLate  # noqa: PLC0415  # loaded when used

        try:
            async with self.page.context.expect_page(timeout=within_ms) as opening:
                await link.click()
            return await opening.value
        except TooLate:
            return None

    async def picture(self, name: str, page: "Page | None" = None) -> None:
        """Keep a picture for the documentation, if somebody asked for them."""
        folder = os.environ.get(PICTURES)
        if not folder:
            return
        page = page or self.page
        await page.mouse.move(1, 1)
        await page.wait_for_timeout(400)
        picture = Image.open(io.BytesIO(await page.screenshot()))
        path = Path(folder) / f"{name}.png"
        picture.convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
        assert path.stat().st_size < LARGEST_PICTURE_BYTES


@asynccontextmanager
async def visitor(browser: "Browser", demo: Demo) -> AsyncGenerator[Visitor]:
    """Somebody opens the printed address. Nothing may go wrong in the page or be asked of the internet."""
    context = await browser.new_context(viewport=WIDE, color_scheme="light", reduced_motion="reduce")  # pyright: ignore[reportArgumentType]
    page = await context.new_page()
    page.set_default_timeout(WAIT_MS)
    found = Visitor(page=page, demo=demo)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    context.on("request", lambda request: _judge(found, request.url))
    await page.goto(demo.url)
    await page.wait_for_selector(".composer-text")
    try:
        yield found
    except Exception as error:
        error.add_note(f"The page said:\n{await page.inner_text('body')}\nHerald said:\n{_end(demo.log)}")
        raise
    finally:
        await context.close()
    assert found.complaints == []


def _end(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-4000:]


def _judge(found: Visitor, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        found.complaints.append(f"asked the internet for {url}")
