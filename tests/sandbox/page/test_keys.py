"""The keyboard alone is enough, and errors are tied to their fields."""

from typing import Any

import pytest

from tests.sandbox.page.blocks import FRUIT, TEXT, field, modal, plain
from tests.sandbox.page.conftest import Json, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOCUS = "document.activeElement.id || document.activeElement.className"


async def test_the_keyboard_alone_writes_chooses_and_submits(stage: Stage) -> None:
    page, press = stage.page, stage.page.keyboard.press
    got = stage.offers(modal(field("one", {"type": "static_select", "options": FRUIT}), field("text", TEXT)))

    await page.evaluate("document.activeElement.blur()")
    await press("/")
    await page.wait_for_selector("#commands [role=option]")
    await page.keyboard.type("po")
    await press("Tab")
    assert await page.input_value("#composer-text") == "/post "
    await press("Enter")
    await page.wait_for_selector(".modal")
    await press("ArrowDown")
    await press("ArrowDown")
    await press("Enter")
    await press("Tab")
    await page.keyboard.type("by keys alone")
    await press("Control+Enter")
    await page.wait_for_selector(".modal", state="detached")

    assert got[0]["one"]["one"]["selected_option"]["value"] == "p"
    assert got[0]["text"]["text"]["value"] == "by keys alone"
    assert await page.evaluate(FOCUS) == "composer-text"
    await press("ArrowUp")
    assert await page.input_value("#composer-text") == "/post "


async def test_tab_stays_in_the_modal_and_escape_closes_the_top_one(stage: Stage) -> None:
    page, press = stage.page, stage.page.keyboard.press
    stage.offers(modal(field("text", TEXT)))
    await stage.type("/post")
    await page.wait_for_selector(".modal")
    for _ in range(9):
        await press("Tab")
        assert await page.evaluate("Boolean(document.activeElement.closest('.modal'))")
    await press("Escape")
    await page.wait_for_selector(".modal", state="detached")

    await page.evaluate("document.activeElement.blur()")
    await press("?")
    await page.wait_for_selector("[role=dialog] >> text=Submit the modal")
    await press("Escape")
    await page.wait_for_selector("[role=dialog]", state="detached")
    await press("Alt+ArrowDown")
    await page.wait_for_selector("h1 >> text=harbor-social")


async def test_each_error_stands_at_its_field_and_is_read_with_it(stage: Stage) -> None:
    page = stage.page
    view = modal(field("text", TEXT), field("more", TEXT, optional=True), callback_id="strict")
    answers: list[Json] = [{"text": "Bluesky: 320 of 300, 20 too many.", "more": "Say it shorter."}]

    async def opens(ack: Any, body: Json) -> None:  # noqa: ANN401  # Bolt's own callable
        await ack()
        await stage.app.client.views_open(trigger_id=body["trigger_id"], view=view)

    async def refuses(ack: Any) -> None:  # noqa: ANN401  # Bolt's own callable
        await (ack(response_action="errors", errors=answers.pop()) if answers else ack())

    stage.app.command("/post")(opens)
    stage.app.view("strict")(refuses)

    await stage.type("/post")
    await page.wait_for_selector(".modal")
    await page.click(".modal-foot .primary")
    missing = page.locator("[data-block=text] .field-error")
    assert await missing.inner_text() == "Please complete this required field."

    await page.fill("[data-block=text] textarea", "x" * 320)
    await page.click(".modal-foot .primary")
    await page.wait_for_selector("[data-block=more] .field-error")
    box = page.locator("[data-block=text] textarea")
    error = page.locator("[data-block=text] .field-error")
    assert await error.inner_text() == "Bluesky: 320 of 300, 20 too many."
    assert await error.get_attribute("role") == "alert"
    assert await box.get_attribute("aria-describedby") == await error.get_attribute("id")
    assert await box.get_attribute("aria-invalid") == "true"
    assert await page.evaluate(FOCUS) == await box.get_attribute("id")
    assert await box.input_value() == "x" * 320

    await box.press("End")
    await page.keyboard.type(" and more")
    assert await error.count() == 0
    assert await box.get_attribute("aria-invalid") is None
    assert await page.locator("[data-block=more] .field-error").count() == 1
    assert await box.input_value() == "x" * 320 + " and more"
    await page.click(".modal-foot .primary")
    await page.wait_for_selector(".modal", state="detached")


async def test_every_control_has_a_name(stage: Stage) -> None:
    stage.offers(modal(field("text", TEXT), field("files", {"type": "file_input"}, optional=True)))
    await stage.type("/post")
    await stage.page.wait_for_selector(".modal")
    nameless = await stage.page.evaluate(
        """[...document.querySelectorAll("button,input,select,textarea,a[href]")].filter((one) => {
            if (one.closest("[hidden]") || one.hidden || one.type === "hidden") return false;
            const label = one.labels?.[0]?.textContent || one.getAttribute("aria-label") || one.textContent;
            return !label?.trim();
        }).map((one) => one.outerHTML.slice(0, 120))"""
    )

    assert nameless == []


async def test_going_back_from_a_pushed_modal_finds_everything_as_it_was(stage: Stage) -> None:
    page, second = (
        stage.page,
        modal(field("own", TEXT), callback_id="second", close=plain("Back"), title=plain("Text per network")),
    )
    more = {"type": "actions", "elements": [{"type": "button", "action_id": "more", "text": plain("More")}]}
    got = stage.offers(modal(field("text", TEXT), more))

    async def pushes(ack: Any, body: Json) -> None:  # noqa: ANN401  # Bolt's own callable
        await ack()
        await stage.app.client.views_push(trigger_id=body["trigger_id"], view=second)

    stage.app.action("more")(pushes)
    await stage.type("/post")
    await page.fill(".modal textarea", "kept below")
    await page.click(".modal .button >> text=More")
    await page.wait_for_selector(".modal:not(.under) h2 >> text=Text per network")
    assert await page.locator(".modal.under").get_attribute("inert") is not None
    await page.keyboard.press("Escape")
    await page.wait_for_selector("h2 >> text=Text per network", state="detached")
    await page.click(".modal-foot .primary")
    await page.wait_for_selector(".modal", state="detached")

    assert got[0]["text"]["text"]["value"] == "kept below"


async def test_a_second_press_on_a_select_closes_its_list(stage: Stage) -> None:
    page = stage.page
    stage.offers(modal(field("one", {"type": "static_select", "options": FRUIT})))
    await stage.type("/post")
    await page.click(".modal .select")
    await page.wait_for_selector(".select-popup")
    await page.click(".modal .select")
    await page.wait_for_selector(".select-popup", state="detached")
    await page.wait_for_timeout(100)

    assert await page.locator(".select-popup").count() == 0
    assert await page.locator(".modal").count() == 1
