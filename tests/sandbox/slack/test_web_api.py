"""The Web API, asked by the real client: what it takes, what it refuses, and in which words."""

from collections.abc import Awaitable
from typing import Any

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.app import Workspace, running
from sandbox.slack.manifest import BUILT_IN
from sandbox.slack.settings import Settings
from tests.sandbox.slack.desk import Client, Desk, Json, client_of

ALL_SCOPES = [
    "chat:write",
    "users:read",
    "channels:read",
    "groups:read",
    "im:read",
    "im:write",
    "channels:join",
    "channels:history",
    "im:history",
    "team:read",
    "files:read",
    "files:write",
]
MAY_ALL: Json = {**BUILT_IN, "oauth_config": {"scopes": {"bot": ALL_SCOPES}}}


async def refused(call: Awaitable[Any]) -> Json:
    """What Slack said no with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response.data  # type: ignore[return-value]


async def error(call: Awaitable[Any]) -> str:
    return (await refused(call))["error"]


async def test_a_token_says_whose_it_is(workspace: Workspace, client: Client) -> None:
    answer = await client.auth_test()

    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == (
        workspace.team_id,
        workspace.world.bot_user_id,
        workspace.world.bot_id,
    )


async def test_strangers_and_the_dead_are_turned_away(workspace: Workspace, client: Client, maya: Desk) -> None:
    assert await error(client_of(workspace, "").auth_test()) == "not_authed"
    assert await error(client_of(workspace, "xoxb-1").auth_test()) == "invalid_auth"
    assert await error(client_of(workspace, workspace.app_token).auth_test()) == "not_allowed_token_type"
    assert await error(client.apps_connections_open(app_token=workspace.bot_token)) == "not_allowed_token_type"
    assert await error(client.api_call("chat.meMessage")) == "unknown_method"
    await maya.do("admin", do="revoke_tokens")
    assert await error(client.auth_test()) == "token_revoked"


async def test_an_uninstalled_app_s_token_is_inactive(client: Client, maya: Desk) -> None:
    await maya.do("admin", do="uninstall")

    assert await error(client.auth_test()) == "account_inactive"


async def test_a_missing_scope_is_named(client: Client, maya: Desk) -> None:
    answer = await refused(client.conversations_history(channel=maya.channel))

    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")
    assert "chat:write" in answer["provided"]


async def test_a_message_needs_a_place_and_a_content(workspace: Workspace, client: Client, maya: Desk) -> None:
    assert await error(client.chat_postMessage(channel="C404", text="x")) == "channel_not_found"
    assert await error(client.api_call("chat.postMessage", json={"channel": maya.channel, "text": " "})) == "no_text"
    assert await error(client.chat_postMessage(channel="", text="x")) == "invalid_arguments"
    assert await error(client.chat_postMessage(channel=maya.channel, text="x", thread_ts="1.2")) == "thread_not_found"
    theo = workspace.people["theo"]
    assert await error(client.chat_postMessage(channel=theo, text="x")) == "channel_not_found"
    assert await maya.messages() == []


async def test_bad_blocks_are_pointed_at_and_shown(client: Client, maya: Desk) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3214}}

    answer = await refused(client.chat_postMessage(channel=maya.channel, text="x", blocks=[block]))

    assert answer["error"] == "invalid_blocks"
    said = "is 3,214 characters, 3,000 allowed"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {said} [json-pointer:/blocks/0/text/text]"]
    [shown] = (await maya.see())["refusals"]
    assert (shown["channel"], shown["error"], shown["pointer"], shown["text"]) == (
        maya.channel,
        "invalid_blocks",
        "/blocks/0/text/text",
        said,
    )
    detail = await maya.http.get(f"{maya.workspace.url}/_page/wire/{shown['wire']}")
    assert detail.json()["request"]["blocks"] == [block]
    await maya.do("dismiss", id=shown["id"])
    assert (await maya.see())["refusals"] == []


async def test_a_message_is_changed_and_taken_back_by_its_author_alone(client: Client, maya: Desk) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "card"}}
    posted = await client.chat_postMessage(channel=maya.channel, text="one", blocks=[block])
    hers = (await maya.do("message", channel=maya.channel, text="mine"))["ts"]

    await client.chat_update(channel=maya.channel, ts=posted["ts"], text="two")
    [card, _] = await maya.messages()
    assert (card["text"], len(card["blocks"])) == ("two", 1)
    await client.chat_update(channel=maya.channel, ts=posted["ts"], text="three", blocks=[])
    assert (await maya.messages())[0]["blocks"] is None
    assert await error(client.chat_update(channel=maya.channel, ts=hers, text="x")) == "cant_update_message"
    assert await error(client.chat_update(channel=maya.channel, ts="1.2", text="x")) == "message_not_found"
    long = client.chat_update(channel=maya.channel, ts=posted["ts"], text="x" * 4001)
    assert await error(long) == "msg_too_long"
    assert await error(client.chat_delete(channel=maya.channel, ts=hers)) == "cant_delete_message"
    await client.chat_delete(channel=maya.channel, ts=posted["ts"])
    assert [one["text"] for one in await maya.messages()] == ["mine"]


async def test_closed_and_strange_channels_refuse(workspace: Workspace, client: Client, maya: Desk) -> None:
    harbor = workspace.channels["harbor-social"]
    await client.chat_postMessage(channel=harbor, text="public, with chat:write.public")
    assert await error(client.chat_postEphemeral(channel=harbor, user=maya.me, text="x")) == "not_in_channel"
    workspace.world.channels[harbor].private = True
    assert await error(client.chat_postMessage(channel=harbor, text="x")) == "channel_not_found"
    await maya.do("admin", do="invite", channel=harbor)
    await client.chat_postMessage(channel=harbor, text="invited")
    await maya.do("admin", do="archive", channel=harbor)
    assert await error(client.chat_postMessage(channel=harbor, text="x")) == "is_archived"


async def test_without_the_public_scope_the_app_must_be_invited() -> None:
    async with running(Settings(manifest=MAY_ALL)) as workspace:
        client = client_of(workspace)
        harbor = workspace.channels["harbor-social"]

        assert await error(client.chat_postMessage(channel=harbor, text="x")) == "not_in_channel"
        await client.conversations_join(channel=harbor)
        await client.chat_postMessage(channel=harbor, text="x")


async def test_a_direct_message_opens_the_app_s_conversation(workspace: Workspace, client: Client, maya: Desk) -> None:
    answer = await client.chat_postMessage(channel=maya.me, text="psst")

    assert answer["channel"].startswith("D")
    direct = next(one for one in (await maya.see())["channels"] if one["kind"] == "im")
    assert (direct["id"], direct["with"], direct["unread"]) == (answer["channel"], workspace.world.bot_user_id, 1)
    await maya.do("open", channel=direct["id"])
    assert next(one for one in (await maya.see())["channels"] if one["kind"] == "im")["unread"] == 0


async def test_an_ephemeral_message_is_for_one(client: Client, maya: Desk, omar: Desk) -> None:
    answer = await client.chat_postEphemeral(channel=maya.channel, user=maya.me, text="only you")

    def texts(seen: Json) -> list[str]:
        return [one["text"] for one in next(c for c in seen["channels"] if c["id"] == maya.channel)["messages"]]

    assert (texts(await maya.see()), texts(await omar.see())) == (["only you"], [])
    gone = client.chat_update(channel=maya.channel, ts=answer["message_ts"], text="x")
    assert await error(gone) == "message_not_found"
    stranger = client.chat_postEphemeral(channel=maya.channel, user="U404", text="x")
    assert await error(stranger) == "user_not_in_channel"


async def test_people_are_who_they_are(workspace: Workspace, client: Client) -> None:
    users = {name: (await client.users_info(user=user))["user"] for name, user in workspace.people.items()}

    assert users["maya"]["is_admin"]
    assert users["maya"]["tz"] == "Europe/Berlin"
    assert users["ines"]["is_restricted"]
    assert users["theo"]["is_stranger"]
    assert users["theo"]["team_id"] != workspace.team_id
    assert await error(client.users_info(user="U404")) == "user_not_found"
    assert len((await client.users_list())["members"]) == 4


async def test_conversations_are_read_with_their_metadata_and_threads() -> None:
    async with running(Settings(manifest=MAY_ALL)) as workspace, httpx.AsyncClient() as http:
        client = client_of(workspace)
        maya = Desk(workspace, http, "maya")
        metadata = {"event_type": "post", "event_payload": {"id": "1"}}
        parent = await client.chat_postMessage(channel=maya.channel, text="card", metadata=metadata)
        ts = parent["ts"]
        await client.chat_postMessage(channel=maya.channel, text="detail", thread_ts=ts)
        await client.chat_postMessage(channel=maya.channel, text="loud", thread_ts=ts, reply_broadcast=True)
        await client.chat_postEphemeral(channel=maya.channel, user=maya.me, text="unseen")

        plain = (await client.conversations_history(channel=maya.channel))["messages"]
        full = (await client.conversations_history(channel=maya.channel, include_all_metadata=True))["messages"]
        below = (await client.conversations_replies(channel=maya.channel, ts=ts))["messages"]
        assert [one["text"] for one in plain] == ["loud", "card"]
        assert ("metadata" in plain[1], full[1]["metadata"], full[1]["reply_count"]) == (False, metadata, 2)
        assert [one["text"] for one in below] == ["card", "detail", "loud"]
        assert (await client.conversations_info(channel=maya.channel))["channel"]["is_member"]
        assert len((await client.conversations_list())["channels"]) == 3
        assert maya.me in (await client.conversations_members(channel=maya.channel))["members"]
        assert (await client.conversations_open(users=maya.me))["channel"]["id"].startswith("D")
        assert (await client.team_info())["team"]["name"] == "Paperboat"
        assert (await client.bots_info(bot=workspace.world.bot_id))["bot"]["app_id"] == workspace.world.app_id
        assert (await client.chat_getPermalink(channel=maya.channel, message_ts=ts))["permalink"].startswith("http")


async def test_strict_rates_are_held() -> None:
    async with running(Settings(strict_rates=True)) as workspace:
        client = client_of(workspace)
        juniper, general = workspace.channels["juniper-social"], workspace.channels["general"]
        await client.chat_postMessage(channel=juniper, text="one")
        await client.chat_postMessage(channel=general, text="another channel")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=juniper, text="two")
        assert caught.value.response.status_code == 429
        assert caught.value.response["error"] == "ratelimited"
        assert caught.value.response.headers["Retry-After"] == "1"
        for _ in range(20):
            await client.users_list()
        assert await error(client.users_list()) == "ratelimited"


async def test_slack_may_be_down_or_busy_or_lose_its_answer(client: Client, maya: Desk) -> None:
    client.retry_handlers.clear()

    await maya.do("weather", condition="rate_limited", methods=["chat.postMessage"], retry_after_s=7, times=1)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=maya.channel, text="x")
    assert caught.value.response.headers["Retry-After"] == "7"
    await client.chat_postMessage(channel=maya.channel, text="first")

    await maya.do("weather", condition="down")
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == 503

    await maya.do("weather", condition="lose_answers")
    with pytest.raises(Exception, match="disconnected"):
        await client.chat_postMessage(channel=maya.channel, text="second")
    await maya.do("weather", condition="ok")
    assert [one["text"] for one in await maya.messages()] == ["first", "second"]
    assert (await maya.do("weather", condition="hail"))["ok"] is False


async def test_tokens_never_show_in_the_log(workspace: Workspace, http: httpx.AsyncClient, maya: Desk) -> None:
    text = f"my token is {workspace.bot_token}"
    given = {"token": workspace.bot_token, "channel": maya.channel, "text": text}
    assert (await http.post(f"{workspace.api_url}/chat.postMessage", data=given)).json()["ok"]

    number = (await maya.see())["wire"][-1]["n"]
    detail = await http.get(f"{workspace.url}/_page/wire/{number}")
    assert workspace.bot_token not in detail.text
    assert detail.json()["request"] == {"token": "•••", "channel": maya.channel, "text": "my token is xoxb-•••"}
