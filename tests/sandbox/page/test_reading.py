"""What people and apps write is shown as text, and what Slack would refuse is shown as refused."""

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.files import new_file
from tests.sandbox.page.blocks import TEXT, field, modal, option, plain
from tests.sandbox.page.conftest import Json, Stage
from tests.sandbox.page.test_elements import PIXEL

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVIL = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
ESCAPED = EVIL.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


EVERYWHERE = [
    {"type": "header", "text": plain(EVIL)},
    {
        "type": "section",
        "text": mrkdwn(f"*{ESCAPED}* `{ESCAPED}` <https://x.example|{ESCAPED}>"),
        "fields": [plain(EVIL)],
    },
    {"type": "section", "text": mrkdwn("<javascript:window.pwned=1|press me> ```" + ESCAPED + "```")},
    {"type": "context", "elements": [mrkdwn(f"&gt; {ESCAPED}")]},
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": EVIL, "style": {"bold": True}}]}
        ],
    },
    {"type": "table", "rows": [[{"type": "raw_text", "text": EVIL}], [{"type": "raw_text", "text": EVIL}]]},
    {"type": "markdown", "text": f"# {EVIL}\n- [x](javascript:window.pwned=1) {EVIL}"},
    {"type": "actions", "elements": [{"type": "button", "action_id": "b", "text": plain(EVIL[:75])}]},
]


async def test_markup_in_anybodys_words_stays_text(stage: Stage) -> None:
    page = stage.page
    await stage.say(text="blocks", blocks=EVERYWHERE)
    await stage.say(text=f"{ESCAPED} <javascript:alert(1)|here>")
    await stage.type(EVIL)
    select = {"type": "static_select", "options": [option(EVIL[:75], "x")], "placeholder": plain(EVIL)}
    stage.offers(
        modal(
            field("one", select, hint=plain(EVIL)),
            field("text", {**TEXT, "initial_value": EVIL}),
            title=plain("<b>New</b>"),
        )
    )
    await stage.type("/post")
    await page.wait_for_selector(".modal")
    await page.click(".modal .select")
    await page.wait_for_timeout(300)

    assert await page.evaluate("window.pwned") is None
    assert await page.locator("body script, .message img, .modal img, .modal b").count() == 0
    assert await page.locator("a[href^='javascript']").count() == 0
    assert await page.locator(f".message >> text={EVIL}").count() >= 6
    assert await page.input_value(".modal textarea") == EVIL


async def test_words_are_marked_up_as_in_slack(stage: Stage) -> None:
    page, omar = stage.page, stage.workspace.people["omar"]
    await stage.say(
        text=(
            f"*bold* _it_ ~no~ `code` <https://juniper.example|site> <@{omar}> :coffee: snake_case_word 2*3*4 &amp;lt; "
            "<!date^1795766400^{date_num} {time}|then>\n&gt; quoted\n```\nx = 1\n```"
        )
    )
    body = page.locator(".message .mrkdwn").last
    await body.wait_for()

    assert await body.locator("strong").all_inner_texts() == ["bold"]
    assert await body.locator("em").all_inner_texts() == ["it"]
    assert await body.locator("s").all_inner_texts() == ["no"]
    assert await body.locator("code").all_inner_texts() == ["code"]
    assert await body.locator("a").get_attribute("href") == "https://juniper.example"
    assert await body.locator(".mention").all_inner_texts() == ["@omar"]
    assert await body.locator("blockquote").all_inner_texts() == ["quoted"]
    assert await body.locator("pre").all_inner_texts() == ["x = 1"]
    words = await body.inner_text()
    assert "☕ snake_case_word 2*3*4 &lt; 2026-11-27 09:00" in words


async def test_what_slack_would_refuse_stands_in_the_channel_with_its_request(stage: Stage) -> None:
    page = stage.page
    with pytest.raises(SlackApiError):
        await stage.say(text="too long", blocks=[{"type": "section", "text": mrkdwn("x" * 3001)}])
    box = page.locator(".refusal")
    await box.wait_for()
    assert "Slack would refuse this: invalid_blocks" in await box.inner_text()
    await box.locator("text=See request").click()
    await page.wait_for_selector(".call-body .json")

    assert "chat.postMessage" in await page.inner_text(".call .method >> nth=0")
    assert "xoxb-" not in await page.inner_text(".wire")


async def test_the_page_asks_nobody_but_its_own_workspace(stage: Stage) -> None:
    await stage.say(
        text="picture", blocks=[{"type": "image", "image_url": "https://elsewhere.example/a.png", "alt_text": "A cup"}]
    )
    await stage.page.wait_for_selector("text=Image: A cup")

    assert {url for url in stage.asked if not url.startswith((stage.workspace.url, "data:"))} <= {
        "https://elsewhere.example/a.png"
    }


async def test_a_picture_is_shown_by_the_id_of_its_file(stage: Stage) -> None:
    file = new_file(stage.workspace.world, "cup.png", PIXEL, stage.workspace.world.bot_user_id)
    await stage.say(text="picture", blocks=[{"type": "image", "slack_file": {"id": file.id}, "alt_text": "A cup"}])
    shown = stage.page.locator(".message img[alt='A cup']")
    await shown.wait_for()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
