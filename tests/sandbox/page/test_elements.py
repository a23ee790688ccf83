"""What people type and choose reaches the app as Slack would send it."""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.page.blocks import EVERY_INPUT, FRUIT, TEXT, field, modal, option
from tests.sandbox.page.conftest import Json, Stage

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


async def choose(page: "Page", name: str, words: str, search: str = "") -> None:
    await page.click(f"[data-block={name}] .select")
    if search:
        await page.fill(".select-popup .search", search)
    await page.click(f".select-popup [role=option]:has-text('{words}')")


async def fill_everything(page: "Page") -> None:
    await page.fill("[data-block=text] textarea", "New beans\n& <more>")
    await choose(page, "one", "Pear")
    await choose(page, "many", "Apple")
    await page.click(".select-popup [role=option]:has-text('Plum')")
    await page.keyboard.press("Escape")
    await choose(page, "asked", "Europe/Berlin", search="berl")
    await choose(page, "person", "Omar")
    await choose(page, "room", "#general")
    await choose(page, "rooms", "#juniper-social")
    await page.keyboard.press("Escape")
    await page.fill("[data-block=mail] input", "maya@paperboat.example")
    await page.fill("[data-block=site] input", "https://juniper.example/beans")
    await page.fill("[data-block=count] input", "42")
    await page.fill("[data-block=rich] textarea", "Rich words")
    await page.fill("[data-block=hour] input", "09:30")
    await page.fill("[data-block=moment] input", "2026-11-27T09:00")
    await page.check("[data-block=ticks] >> text=Plum")
    await page.check("[data-block=choice] >> text=Pear")
    await page.set_input_files(
        "[data-block=files] input[type=file]", files=[{"name": "cup.png", "mimeType": "image/png", "buffer": PIXEL}]
    )
    await page.wait_for_selector("[data-block=files] .file-row >> text=cup.png")


async def test_every_element_reads_back_the_value_that_was_given(stage: Stage) -> None:
    page, people, channels = stage.page, stage.workspace.people, stage.workspace.channels
    got = stage.offers(modal(*EVERY_INPUT))

    @stage.app.options("asked")
    async def zones(ack, payload) -> None:  # pyright: ignore  # noqa: ANN001, PGH003  # Bolt hands these in by name
        zone = option("Europe/Berlin", "Europe/Berlin")
        await ack(options=[zone] if payload["value"] == "berl" else [])

    await stage.type("/post")
    await fill_everything(page)
    await page.click(".modal-foot .primary")
    await page.wait_for_selector(".modal", state="detached")

    values = {name: state[name] for name, state in got[0].items()}
    file = values.pop("files")
    assert [(one["name"], one["mimetype"]) for one in file["files"]] == [("cup.png", "image/png")]
    assert values["rich"]["rich_text_value"]["elements"][0]["elements"] == [{"type": "text", "text": "Rich words"}]
    del values["rich"]
    taken: Json = {
        name: next(v for k, v in state.items() if k not in {"type", "timezone"}) for name, state in values.items()
    }
    # Slack repeats an option as the app wrote it, but a text object may have gained `emoji`.
    option_values = {name: taken.pop(name)["value"] for name in ("one", "asked", "choice")}
    several = {name: [one["value"] for one in taken.pop(name)] for name in ("many", "ticks")}
    assert option_values == {"one": "p", "asked": "Europe/Berlin", "choice": "p"}
    assert several == {"many": ["a", "q"], "ticks": ["q"]}
    assert taken == {
        "text": "New beans\n& <more>",
        "person": people["omar"],
        "room": channels["general"],
        "rooms": [channels["juniper-social"]],
        "mail": "maya@paperboat.example",
        "site": "https://juniper.example/beans",
        "count": "42",
        "day": "2026-11-27",
        "hour": "09:30",
        "moment": int(datetime(2026, 11, 27, 9, tzinfo=ZoneInfo("Europe/Berlin")).timestamp()),
        "left": None,
    }


async def test_what_is_typed_survives_each_update_of_the_view(stage: Stage) -> None:
    page, line = stage.page, "the quick brown fox jumps"
    listens = {**TEXT, "dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    text = field("text", listens, dispatch_action=True)

    def counted(size: int) -> Json:
        counts = {"type": "context", "block_id": "counts", "elements": [{"type": "mrkdwn", "text": f"{size} of 300"}]}
        return modal(text, counts, field("left", TEXT, optional=True))

    got = stage.offers(counted(0))

    @stage.app.action("text")
    async def count(ack, action, body) -> None:  # pyright: ignore  # noqa: ANN001, PGH003  # Bolt hands these in by name
        await ack()
        await stage.app.client.views_update(view_id=body["view"]["id"], view=counted(len(action["value"] or "")))

    await stage.type("/post")
    await page.fill("[data-block=left] textarea", "kept")
    await page.click("[data-block=text] textarea")
    for part in line.split(" "):
        await page.keyboard.type(f"{part} ", delay=12)
        await page.wait_for_timeout(280)
    await page.wait_for_selector(f"[data-block=counts] >> text={len(line) + 1} of 300")
    await page.keyboard.type("!")
    await page.click(".modal-foot .primary")
    await page.wait_for_selector(".modal", state="detached")

    assert got[0]["text"]["text"]["value"] == f"{line} !"
    assert got[0]["left"]["left"]["value"] == "kept"


async def test_a_choice_in_a_message_is_told_and_a_danger_asks_first(stage: Stage) -> None:
    page, told = stage.page, []

    @stage.app.action("brand")
    async def brand(ack, action) -> None:  # pyright: ignore  # noqa: ANN001, PGH003  # Bolt hands these in by name
        await ack()
        told.append(action["selected_option"]["value"])

    @stage.app.action("drop")
    async def drop(ack, action) -> None:  # pyright: ignore  # noqa: ANN001, PGH003  # Bolt hands these in by name
        await ack()
        told.append(action["value"])

    def words(text: str) -> Json:
        return {"type": "plain_text", "text": text}

    confirm = {
        "title": words("Drop this post?"),
        "text": words("It is not sent."),
        "confirm": words("Drop"),
        "deny": words("Keep"),
    }
    danger = {
        "type": "button",
        "action_id": "drop",
        "text": words("Drop"),
        "value": "8F2K",
        "style": "danger",
        "confirm": confirm,
    }
    select = {"type": "static_select", "action_id": "brand", "options": FRUIT}
    await stage.say(text="card", blocks=[{"type": "actions", "elements": [select, danger]}])

    await page.click(".message .select")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.click(".message .button.danger")
    assert await page.evaluate("document.activeElement.textContent") == "Keep"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[role=alertdialog]", state="detached")
    await page.click(".message .button.danger")
    await page.click("[role=alertdialog] >> text=Drop >> nth=-1")
    await page.wait_for_selector("[role=alertdialog]", state="detached")
    for _ in range(100):
        if len(told) == 2:
            break
        await page.wait_for_timeout(20)

    assert told == ["p", "8F2K"]
