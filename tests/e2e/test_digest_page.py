"""A morning's digest as people see it: Herald as it is wired, the stand-in Slack's page in a real browser."""

import io
import os
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import update

from bot import clock
from bot.domain.digest_times import DEFAULT_MINUTE, instant_of
from bot.domain.report import Span
from bot.services import digesting, reporting, workspaces
from storage.tables import BrandDigestRow
from tests import history
from tests.e2e.demo_stage import LARGEST_PICTURE_BYTES, PICTURES, WAIT_MS
from tests.handlers.slack.flows.conftest import Town, town, wanted
from tests.sandbox.page.conftest import chromium

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["town", "wanted"]

BERLIN = ZoneInfo("Europe/Berlin")
_TALL = {"width": 1280, "height": 900}


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The clock runs on from 09:00:20 in Berlin, on the Friday to come."""
    today = datetime.now(BERLIN).date()
    friday = today + timedelta(days=(4 - today.weekday()) % 7 or 7)
    begin, since = instant_of(friday, DEFAULT_MINUTE, BERLIN) + timedelta(seconds=20), clock.uptime_s()
    monkeypatch.setattr(clock, "now", lambda: begin + timedelta(seconds=clock.uptime_s() - since))
    return begin


async def _furnish(town: Town, now: datetime) -> None:
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    past = await history.make_past(deps.database, brand, now, ("linkedin", "x", "instagram"))
    linkedin, x, instagram = past.accounts
    day = now.astimezone(BERLIN).date()
    for hour, text, on in ((10, "Spring menu, from Monday on", [linkedin, x]), (14, "Latte art, live", [instagram])):
        at = datetime.combine(day, time(hour, 30), BERLIN)
        await history.plan(deps.database, brand, on, text, at)
    await history.fail(deps.database, brand, x, "We open late today", now.replace(second=0) - timedelta(hours=16))
    await history.ends(deps.database, linkedin, now + timedelta(days=6))
    for ahead in (7, 8, 9, 10):
        await history.plan(deps.database, brand, [linkedin], "Advent at Juniper", now + timedelta(days=ahead))
    town.world.workspace.world._last_ts = int(now.timestamp() * 1_000_000)
    await digesting.set_time(deps, brand, enabled=True, minute=DEFAULT_MINUTE, asked_by="slack:U1")
    async with deps.database.transaction() as session:
        await session.execute(update(BrandDigestRow).values(next_at=now.replace(second=0)))
    await digesting.tell_due(deps)


async def test_a_morning_s_digest_on_the_page(town: Town, morning: datetime) -> None:
    playwright = pytest.importorskip("playwright.async_api", reason="Playwright is not installed")
    path = chromium()
    await _furnish(town, morning)
    async with playwright.async_playwright() as started:
        browser = await started.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page: Page = await browser.new_page(
            viewport=_TALL, color_scheme="light", reduced_motion="reduce", timezone_id="Europe/Berlin"
        )
        page.set_default_timeout(WAIT_MS)
        await page.clock.install(time=morning)
        await page.goto(town.world.workspace.url)
        digest = page.locator(".message").filter(has_text="published yesterday")
        await digest.wait_for()

        words = await digest.inner_text()
        assert "Views per day, last 7 days" in words
        assert "ends in 6 days" in words
        assert "4 posts after" in words
        assert await digest.locator("figure.chart svg rect").count() == 7
        assert await digest.get_by_role("button", name="Digest settings").count() == 1
        await page.get_by_role("button", name="Hide tour").click()
        await _picture(page, "digest")

        await _owe_last_week(town, morning)
        report = page.locator(".message").filter(has_text="These days brought")
        await report.wait_for()
        assert await report.locator("table tr").count() >= 4
        assert await report.locator("figure.chart svg polyline").count() == 1
        assert await report.get_by_role("button", name="Download CSV").count() == 1
        await page.set_viewport_size({"width": 1280, "height": 1040})
        await report.evaluate("message => message.scrollIntoView({block: 'end'})")
        await _picture(page, "report")
        await browser.close()


async def _owe_last_week(town: Town, now: datetime) -> None:
    deps = town.herald.deps
    (workspace,) = await workspaces.list_workspaces(deps)
    (brand,) = await workspaces.list_brands(deps, [workspace.id])
    monday = now.astimezone(BERLIN).date() - timedelta(days=now.astimezone(BERLIN).weekday())
    span = Span(since=monday - timedelta(days=7), until=monday - timedelta(days=1))
    made = await reporting.report(deps, brand, span, ahead=True)
    async with deps.database.transaction() as session:
        await reporting.owe_weekly(session, brand, made, monday, now=now)


async def _picture(page: "Page", name: str) -> None:
    folder = os.environ.get(PICTURES)
    if not folder:
        return
    await page.mouse.move(1, 1)
    picture = Image.open(io.BytesIO(await page.screenshot()))
    path = Path(folder) / f"{name}.png"
    picture.convert("RGB").quantize(128, method=Image.Quantize.MEDIANCUT).save(path, optimize=True)
    assert path.stat().st_size < LARGEST_PICTURE_BYTES


def test_the_morning_is_a_morning(morning: datetime) -> None:
    assert f"{morning.astimezone(BERLIN):%a %H:%M}" == "Fri 09:00"
    assert morning.tzinfo is UTC
