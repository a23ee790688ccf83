"""What comes after a command or a press: acknowledgements with words, response URLs, ephemeral messages, files."""

import asyncio
import io
from typing import Any

import httpx
import pytest
from slack_bolt.async_app import AsyncAck, AsyncRespond
from slack_sdk.errors import SlackApiError

from sandbox.slack.app import Workspace, running
from sandbox.slack.files import new_file, picture_size
from sandbox.slack.settings import Settings
from tests.sandbox.slack.desk import Desk, Json, bolt, client_of, over_socket
from tests.sandbox.slack.test_bolt_over_sockets import CARD
from tests.sandbox.slack.test_web_api import MAY_ALL, error

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\xb0\x00\x00\x05\xdc" + bytes(20)


async def seen_in(desk: Desk) -> list[Json]:
    return next(one for one in (await desk.see())["channels"] if one["id"] == desk.channel)["messages"]


async def test_an_acknowledgement_may_speak(workspace: Workspace, maya: Desk, omar: Desk) -> None:
    app = bolt(workspace)

    @app.command("/post")
    async def _(ack: AsyncAck, command: Json) -> None:
        if command["text"] == "bad":
            await ack(blocks=[{"type": "section"}], text="x")
        elif command["text"] == "aloud":
            await ack(response_type="in_channel", text="for all")
        else:
            await ack(f"heard {command['text']}")

    async with over_socket(workspace, app):
        await maya.type("/post hello to @omar in #general & more https://a.b/c")
        [mine] = await seen_in(maya)
        general = workspace.channels["general"]
        said = f"heard hello to <@{omar.me}|omar> in <#{general}|general> &amp; more <https://a.b/c>"
        assert (mine["text"], mine["ephemeral"], await seen_in(omar)) == (said, True, [])

        await maya.type("/post aloud")
        assert [one["text"] for one in await seen_in(omar)] == ["/post aloud", "for all"]
        await maya.type("/post bad")
        assert [one["error"] for one in (await maya.see())["refusals"]] == ["invalid_blocks"]
        assert (await maya.type("/nothing"))["ok"] is False


async def test_a_response_url_works_five_times(workspace: Workspace, maya: Desk, http: httpx.AsyncClient) -> None:
    app, urls = bolt(workspace), list[str]()

    @app.command("/post")
    async def _(ack: AsyncAck, command: Json, respond: AsyncRespond) -> None:
        await ack()
        urls.append(command["response_url"])
        await respond("one")

    async with over_socket(workspace, app):
        await maya.type("/post")
        await maya.until(lambda _: len(workspace.world.channels[maya.channel].messages) == 1)

    [url] = urls
    assert (await http.post(url, json={"text": "two", "response_type": "in_channel"})).text == "ok"
    assert (await http.post(url, content=b"nonsense")).status_code == 400
    for text in ("three", "four", "five"):
        assert (await http.post(url, json={"text": text})).status_code == 200
    assert (await http.post(url, json={"text": "six"})).json()["error"] == "used_url"
    elsewhere = f"{workspace.url}/commands/{workspace.team_id}/1/guess"
    assert (await http.post(elsewhere, json={"text": "x"})).json()["error"] == "expired_url"
    assert [(one["text"], one["ephemeral"]) for one in await maya.messages()] == [
        ("one", True),
        ("two", False),
        ("three", True),
        ("four", True),
        ("five", True),
    ]


async def test_a_response_url_of_a_press_changes_the_message(workspace: Workspace, maya: Desk) -> None:
    app, heard = bolt(workspace), list[Json]()

    @app.action("cancel")
    async def _(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        await ack()
        heard.append(body)
        if "message" in body:
            await respond(text="replaced", blocks=CARD, replace_original=True)
        else:
            await respond(delete_original=True)

    async with over_socket(workspace, app):
        loud = await app.client.chat_postMessage(channel=maya.channel, text="card", blocks=CARD)
        quiet = await app.client.chat_postEphemeral(channel=maya.channel, user=maya.me, text="card", blocks=CARD)
        for ts in (loud["ts"], quiet["message_ts"]):
            place: Any = {"channel": maya.channel, "ts": ts}
            assert (await maya.do("action", message=place, block_id="buttons", action_id="cancel"))["ok"]
        left = await maya.until(lambda seen: _only(seen, maya.channel))

    assert (left["text"], left["edited"]) == ("replaced", True)
    assert [one["container"]["is_ephemeral"] for one in heard] == [False, True]
    assert heard[0]["actions"][0]["value"] == "42"
    assert heard[0]["user"]["team_id"] == workspace.team_id


def _only(seen: Json, channel: str) -> Json | None:
    messages = next(one for one in seen["channels"] if one["id"] == channel)["messages"]
    return messages[0] if len(messages) == 1 and messages[0]["text"] == "replaced" else None


async def test_an_outsider_presses_buttons_but_has_no_commands(workspace: Workspace, http: httpx.AsyncClient) -> None:
    theo, app, heard = Desk(workspace, http, "theo"), bolt(workspace), list[Json]()

    @app.action("cancel")
    async def _(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.append(body)

    async with over_socket(workspace, app):
        card = await app.client.chat_postMessage(channel=theo.channel, text="card", blocks=CARD)
        place: Any = {"channel": theo.channel, "ts": card["ts"]}
        assert (await theo.do("action", message=place, block_id="buttons", action_id="cancel"))["ok"]
        assert (await theo.type("/post"))["ok"] is False
        assert (await theo.do("home"))["ok"] is False

    assert heard[0]["user"]["team_id"] != workspace.team_id
    assert heard[0]["team"]["id"] == workspace.team_id


async def test_a_message_is_handed_on_with_its_file(workspace: Workspace, maya: Desk, http: httpx.AsyncClient) -> None:
    app, heard = bolt(workspace), list[Json]()

    @app.shortcut("compose_from_message")
    async def _(ack: AsyncAck, body: Json) -> None:
        await ack()
        heard.append(body)

    async with over_socket(workspace, app):
        form, sent = {"as": maya.me, "alt": "A cup"}, {"file": ("cup.png", io.BytesIO(PNG))}
        file = (await http.post(f"{workspace.url}/_page/upload", data=form, files=sent)).json()["file"]
        ts = (await maya.do("message", channel=maya.channel, text="Look <here>", files=[file["id"]]))["ts"]
        about = {"callback_id": "compose_from_message", "channel": maya.channel, "message_ts": ts}
        assert (await maya.do("shortcut", **about))["ok"]

    [body] = heard
    assert (body["type"], body["message"]["text"]) == ("message_action", "Look &lt;here&gt;")
    [shared] = body["message"]["files"]
    assert (shared["name"], shared["alt_txt"], shared["original_w"]) == ("cup.png", "A cup", 1200)
    address = shared["url_private_download"]
    login = await http.get(address)
    assert (login.status_code, login.headers["content-type"]) == (200, "text/html; charset=utf-8")
    given = await http.get(address, headers={"Authorization": f"Bearer {workspace.bot_token}"})
    assert given.content == PNG
    assert (await http.get(f"{workspace.url}{file['url']}")).headers["content-type"] == "image/png"


async def test_an_app_s_upload_is_not_ready_at_once() -> None:
    async with running(Settings(manifest=MAY_ALL, file_ready_s=0.15)) as workspace, httpx.AsyncClient() as http:
        client = client_of(workspace)
        maya = Desk(workspace, http, "maya")
        answer = await client.files_upload_v2(
            file=PNG, filename="week.png", channel=maya.channel, initial_comment="This week"
        )
        assert [one["text"] for one in await maya.messages()] == ["This week"]
        assert (await maya.messages())[0]["files"][0]["mimetype"] == "image/png"

        blocks: list[Json] = [{"type": "image", "alt_text": "a", "slack_file": {"id": answer["file"]["id"]}}]
        with pytest.raises(SlackApiError, match="invalid slack file"):
            await client.chat_postMessage(channel=maya.channel, text="x", blocks=blocks)
        fresh = (await client.files_info(file=answer["file"]["id"]))["file"]
        await asyncio.sleep(0.2)
        ready = (await client.files_info(file=answer["file"]["id"]))["file"]
        assert [(one["mimetype"], bool(one["shares"])) for one in (fresh, ready)] == [("", False), ("image/png", True)]
        await client.chat_postMessage(channel=maya.channel, text="x", blocks=blocks)

        step = await client.files_getUploadURLExternal(filename="a.png", length=5)
        assert (await http.post(step["upload_url"], content=b"1234")).status_code == 400
        done = client.files_completeUploadExternal(files=[{"id": step["file_id"], "title": "a"}])
        assert await error(done) == "file_not_found"


async def test_a_file_that_is_no_picture_stands_in_no_block() -> None:
    async with running(Settings(manifest=MAY_ALL, file_ready_s=0)) as workspace:
        client, channel = client_of(workspace), workspace.channels["general"]
        for name, fits in (("week.csv", False), ("cup.webp", False), ("cup.jpg", True)):
            uploaded = new_file(workspace.world, name, PNG, workspace.world.bot_user_id)
            block: Json = {"type": "image", "alt_text": "a", "slack_file": {"id": uploaded.id}}
            if fits:
                await client.chat_postMessage(channel=channel, text="x", blocks=[block])
                continue
            with pytest.raises(SlackApiError, match="invalid slack file"):
                await client.chat_postMessage(channel=channel, text="x", blocks=[block])


def test_pictures_tell_their_size() -> None:
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x02\x58\x03\x20" + bytes(12)

    assert picture_size(PNG) == (1200, 1500)
    assert picture_size(jpeg) == (800, 600)
    assert picture_size(b"GIF89a\x10\x00\x20\x00") == (16, 32)
    assert picture_size(b"%PDF-1.7") is None
