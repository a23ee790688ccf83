"""A real Bolt app, connected by Socket Mode, and a person at the page."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from sandbox.slack.app import Workspace
from tests.sandbox.slack.desk import Client, Desk, Json, bolt, over_socket

MODAL: Json = {
    "type": "modal",
    "callback_id": "write",
    "title": {"type": "plain_text", "text": "New post"},
    "submit": {"type": "plain_text", "text": "Schedule"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "typed", "multiline": True},
        }
    ],
}
CARD: list[Json] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "*Scheduled*"}},
    {
        "type": "actions",
        "block_id": "buttons",
        "elements": [
            {
                "type": "button",
                "action_id": "cancel",
                "value": "42",
                "text": {"type": "plain_text", "text": "Cancel"},
            }
        ],
    },
]


def posting(app: AsyncApp) -> AsyncApp:
    """An app that writes a post: command, modal, message, button, changed message."""

    @app.command("/post")
    async def _(ack: AsyncAck, body: Json, client: Client) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL | {"private_metadata": body["channel_id"]})

    @app.view("write")
    async def _(ack: AsyncAck, view: Json, client: Client) -> None:
        text = view["state"]["values"]["text"]["typed"]["value"]
        if text == "bad":
            await ack(response_action="errors", errors={"text": "No"})
            return
        await ack()
        await client.chat_postMessage(channel=view["private_metadata"], text=text, blocks=CARD)

    @app.action("cancel")
    async def _(ack: AsyncAck, body: Json, client: Client, action: Json) -> None:
        await ack()
        place = body["container"]
        await client.chat_update(
            channel=place["channel_id"], ts=place["message_ts"], text=f"Cancelled {action['value']}", blocks=CARD[:1]
        )

    return app


async def a_post_is_written_and_cancelled(maya: Desk) -> None:
    """The whole way of a post, whatever carries it."""
    assert await maya.type("/post") == {"ok": True}
    [view] = await maya.until(lambda seen: seen["views"])

    assert (await maya.do("submit", view_id=view["id"], values={}))["ok"]
    assert (await maya.see())["views"][0]["errors"] == {"text": "Please complete this required field."}

    bad = {"text": {"typed": {"type": "plain_text_input", "value": "bad"}}}
    await maya.do("submit", view_id=view["id"], values=bad)
    assert (await maya.see())["views"][0]["errors"] == {"text": "No"}

    good = {"text": {"typed": {"type": "plain_text_input", "value": "Hello"}}}
    await maya.do("submit", view_id=view["id"], values=good)
    assert (await maya.see())["views"] == []

    [card] = await maya.until(lambda seen: _of(seen, maya.channel))
    assert (card["text"], card["user"]["is_app"], card["edited"]) == ("Hello", True, False)
    where = {"channel": maya.channel, "ts": card["ts"]}
    assert await maya.do("action", message=where, block_id="buttons", action_id="cancel", state={}) == {"ok": True}
    [after] = await maya.until(lambda seen: [one for one in _of(seen, maya.channel) if one["edited"]])
    assert (after["text"], len(after["blocks"])) == ("Cancelled 42", 1)
    assert (await maya.see())["refusals"] == []


def _of(seen: Json, channel: str) -> list[Any]:
    return next(one for one in seen["channels"] if one["id"] == channel)["messages"]


async def test_a_post_goes_from_command_to_button(workspace: Workspace, maya: Desk) -> None:
    async with over_socket(workspace, posting(bolt(workspace))):
        await a_post_is_written_and_cancelled(maya)


async def test_without_an_app_a_command_fails_below_the_composer(maya: Desk) -> None:
    await maya.type("/post")

    assert [one["text"] for one in (await maya.see())["toasts"]] == ["/post failed: the app is not connected"]


async def test_an_app_that_does_not_acknowledge_is_named(workspace: Workspace, maya: Desk) -> None:
    app = bolt(workspace)

    @app.command("/post")
    async def _() -> None:
        pass

    async with over_socket(workspace, app):
        await maya.type("/post")
        said = [one["text"] for one in (await maya.see())["toasts"]]

    assert said == ["/post failed: the app did not answer within 0.6 s"]
