"""The browser's door: who sees what, what is served, and what strangers cannot do."""

import asyncio
from pathlib import Path

import httpx
import pytest
from aiohttp import ClientSession
from slack_bolt.async_app import AsyncAck

from sandbox.slack.app import Workspace, running
from sandbox.slack.manifest import BUILT_IN, load
from sandbox.slack.settings import Settings
from tests.sandbox.slack.desk import Client, Desk, Json, bolt, over_socket


class Weathered:
    """A network whose condition can be set."""

    def __init__(self) -> None:
        self.name, self.title, self.handle, self.open_url = (
            "bluesky",
            "Bluesky",
            "juniper",
            "http://networks.test:4601/net",
        )
        self.conditions = [("ok", "ok"), ("down", "down")]
        self.condition = "ok"
        self.login = []
        self.in_use = False
        self.on_publish = []

    def set_condition(self, condition: str) -> None:
        self.condition = condition


async def test_each_person_sees_their_channels(workspace: Workspace, maya: Desk, http: httpx.AsyncClient) -> None:
    ines, theo = Desk(workspace, http, "ines"), Desk(workspace, http, "theo")

    async def names(desk: Desk) -> list[str]:
        return [one["name"] for one in (await desk.see())["channels"]]

    assert await names(maya) == ["general", "juniper-social", "harbor-social", "Herald"]
    assert await names(ines) == ["juniper-social", "Herald"]
    assert await names(theo) == ["juniper-social"]
    people = (await http.get(f"{workspace.url}/_page/people")).json()
    assert [(one["name"], one["role"]) for one in people] == [
        ("maya", "admin"),
        ("omar", "member"),
        ("ines", "guest"),
        ("theo", "outsider"),
    ]


async def test_the_app_is_what_its_manifest_says(maya: Desk) -> None:
    app = (await maya.see())["app"]

    assert [one["command"] for one in app["commands"]] == ["/post", "/social"]
    assert [(one["type"], one["callback_id"]) for one in app["shortcuts"]] == [
        ("global", "compose"),
        ("message", "compose_from_message"),
    ]
    assert (app["mode"], app["installed"], app["connected"]) == ("socket", True, False)


def test_a_manifest_may_be_yaml(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text("display_information:\n  name: Toy\nsettings:\n  socket_mode_enabled: false\n")

    assert (load(path).name, load(path).socket_mode) == ("Toy", False)
    with pytest.raises(ValueError, match="no slash command"):
        load({**BUILT_IN, "features": {"slash_commands": [{"command": "post"}]}})
    with pytest.raises(ValueError, match="no name"):
        load({})


async def test_messages_threads_and_unread_marks(workspace: Workspace, maya: Desk, omar: Desk) -> None:
    ts = (await maya.do("message", channel=maya.channel, text="hello @omar"))["ts"]
    await omar.do("message", channel=maya.channel, text="hi", thread_ts=ts)

    channel = next(one for one in (await omar.see())["channels"] if one["id"] == maya.channel)
    [message] = channel["messages"]
    assert (message["text"], message["reply_count"]) == (f"hello <@{omar.me}>", 1)
    assert message["replies"][0]["text"] == "hi"
    assert message["user"]["initials"] == "ML"
    assert (await maya.do("message", channel=maya.channel, text=" "))["ok"] is False
    assert (await maya.do("message", channel="C404", text="x"))["ok"] is False
    other = Desk(workspace, maya.http, "ines")
    assert (await other.do("message", channel=workspace.channels["general"], text="x"))["ok"] is False


async def test_a_page_hears_of_changes_by_itself(maya: Desk, client: Client) -> None:
    async def look() -> object:
        return await maya.until(lambda seen: [one for c in seen["channels"] for one in c["messages"]])

    looking = asyncio.create_task(look())
    await asyncio.sleep(0.05)
    await client.chat_postMessage(channel=maya.channel, text="new")
    assert await looking


async def test_files_of_the_page_are_served_strictly(workspace: Workspace, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{workspace.url}/page/nothing.js")
    policy = answer.headers["content-security-policy"]

    assert answer.status_code == 404
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert (await http.get(f"{workspace.url}/page/%2e%2e/app.py")).status_code == 404
    assert (await http.get(f"{workspace.url}/page/..%2fapp.py")).status_code == 404


async def test_other_sites_cannot_act(workspace: Workspace, maya: Desk, http: httpx.AsyncClient) -> None:
    given = {"as": maya.me, "channel": maya.channel, "text": "x"}
    address = f"{workspace.url}/_page/message"

    assert (await http.post(address, json=given, headers={"Origin": "http://evil.test"})).status_code == 403
    assert (await http.post(address, data=given)).status_code == 403
    assert (await http.post(address, content=b"[]", headers={"Content-Type": "application/json"})).status_code == 400
    assert (await http.post(f"{workspace.url}/_page/dance", json=given)).status_code == 404
    assert (await maya.do("admin", do="set_zone", user=maya.me, tz="Berlin"))["ok"] is False
    assert (await maya.do("weather", condition="down", times="often"))["ok"] is False
    assert (await http.post(address, json=given, headers={"Origin": workspace.url})).json()["ok"]


async def test_networks_and_what_happened_are_shown() -> None:
    async with running(Settings(networks=[Weathered()])) as workspace, httpx.AsyncClient() as http:
        maya = Desk(workspace, http, "maya")
        assert (await maya.do("network", name="bluesky", condition="hail"))["ok"] is False
        await maya.do("network", name="bluesky", condition="down")
        seen = await maya.see()

        policy = (await http.get(f"{workspace.url}/")).headers["content-security-policy"]

    assert "img-src 'self' data: blob: http://127.0.0.1:* http://localhost:* http://networks.test:4601;" in policy
    assert seen["networks"][0]["condition"] == "down"
    assert seen["networks"][0]["conditions"] == [{"id": "ok", "label": "ok"}, {"id": "down", "label": "down"}]
    assert "as:maya" in seen["happened"]
    assert "network:bluesky:down" in seen["happened"]


async def test_a_command_happened_before_what_the_app_did_about_it_however_late_it_says_so(
    workspace: Workspace, maya: Desk
) -> None:
    app, world = bolt(workspace), workspace.world

    @app.command("/post")
    async def _(ack: AsyncAck) -> None:
        world.note("published:bluesky")
        await asyncio.sleep(workspace.world.settings.ack_timeout_s * 1.5)
        await ack()

    async with over_socket(workspace, app):
        await maya.type('/post "Hello" to bluesky now')
    told = [fact for fact in world.happened if fact.startswith(("command:", "published:"))]
    assert told == ["command:/post", "published:bluesky"]


async def test_sockets_are_tickets_and_may_be_several(workspace: Workspace, maya: Desk) -> None:
    app, taken = bolt(workspace), list[str]()

    @app.command("/post")
    async def _(ack: AsyncAck, body: Json) -> None:
        await ack()
        taken.append(body["text"])

    async with over_socket(workspace, app), over_socket(workspace, app):
        for text in ("one", "two", "three"):
            await maya.type(f"/post {text}")
        assert sorted(taken) == ["one", "three", "two"]
        await maya.do("admin", do="refresh_sockets")
        await maya.until(lambda seen: seen["app"]["connected"])
        await maya.type("/post four")
        assert taken[-1] == "four"

    async with ClientSession() as session:
        answer = await session.get(f"{workspace.url}/link/?ticket=guess")
        assert answer.status == 404


async def test_an_event_that_is_not_acknowledged_comes_again() -> None:
    settings = Settings(ack_timeout_s=0.15, event_retry_gaps_s=(0.0, 0.05, 0.05))
    async with running(settings) as workspace, ClientSession() as session, httpx.AsyncClient() as http:
        headers = {"Authorization": f"Bearer {workspace.app_token}"}
        opened = await session.post(f"{workspace.api_url}/apps.connections.open", headers=headers)
        async with session.ws_connect((await opened.json())["url"]) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            await Desk(workspace, http, "maya").do("home")
            first, second = await socket.receive_json(), await socket.receive_json()
            await socket.send_json({"envelope_id": second["envelope_id"]})
            await asyncio.sleep(0.3)

        assert (first["retry_attempt"], second["retry_attempt"]) == (0, 1)
        assert second["retry_reason"] == "http_timeout"
        assert first["payload"]["event_id"] == second["payload"]["event_id"]
        assert first["payload"]["event"]["type"] == "app_home_opened"


async def test_a_person_who_moves_is_told_of(workspace: Workspace, omar: Desk) -> None:
    app, heard = bolt(workspace), list[Json]()

    @app.event("user_change")
    async def _(event: Json) -> None:
        heard.append(event)

    async with over_socket(workspace, app):
        await omar.do("admin", do="set_zone", user=omar.me, tz="Asia/Kathmandu")
        await omar.until(lambda _: heard)

    assert (heard[0]["user"]["tz"], heard[0]["user"]["tz_offset"]) == ("Asia/Kathmandu", 20700)


async def test_an_app_that_never_says_goodbye_is_let_go() -> None:
    async with ClientSession() as session:
        async with running(Settings()) as workspace:
            headers = {"Authorization": f"Bearer {workspace.app_token}"}
            opened = await session.post(f"{workspace.api_url}/apps.connections.open", headers=headers)
            socket = await session.ws_connect((await opened.json())["url"])
            began = asyncio.get_running_loop().time()

        assert asyncio.get_running_loop().time() - began < 3
        assert [(await socket.receive_json())["type"] for _ in range(2)] == ["hello", "disconnect"]
