"""From the token to the post, with the whole of Herald, at the stand-in: nothing goes twice, and no token is shown."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest

from bot.domain.accounts import Connected, Secret
from bot.domain.content import Reference
from bot.domain.errors import InvalidContent
from bot.domain.publication import State
from bot.services import connecting, deciding, journal
from platforms.base import Prepared
from platforms.errors import ContentRefused, MaterialGone, ScopeMissing
from platforms.telegram import CONNECTOR
from sandbox.networks.network import ACCESS_ENDED, LOSES_ANSWER, OK
from sandbox.networks.telegram.app import Server, running
from sandbox.networks.telegram.world import Chat, Settings
from storage.engine import Database
from tests.platforms.house_of import House, house
from tests.platforms.telegram.material import ACCOUNT_METRICS, DELETE, DRAFT, KEY, NOWHERE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running(Settings()) as started:
        yield started


@pytest.fixture
async def herald(database: Database, tmp_path: Path, server: Server) -> AsyncIterator[House]:
    async with house(database, tmp_path, CONNECTOR, server.environment) as built:
        yield built


def typed(server: Server, chat: str = "@juniper") -> dict[str, str | Secret]:
    return {"chat": chat, "token": Secret(server.token)}


async def test_a_token_brings_posts_of_every_kind_and_the_number_of_readers(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    assert (account.handle, account.display_name) == ("juniper", "Juniper")
    blue, red, film = herald.picture(), herald.picture("red.png", (200, 40, 40)), herald.film()

    text = await herald.post(account, "<b>One</b> 🌲", format="html", link="https://juniper.example/")
    photo = await herald.post(account, "Photo", blue, spoiler="true", text_above="true")
    video = await herald.post(account, "Film", film)
    album = await herald.post(account, "Album", blue, film, red)
    document = await herald.post(account, "", blue, as_file="true")
    poll = await herald.post(account, "Tea?", poll="Yes | No", poll_open_s="600")

    posts = (text, photo, video, album, document, poll)
    assert [(post.error, post.status) for post in posts] == [(None, State.PUBLISHED)] * 6
    assert text.permalink == f"{server.url}/juniper/1"
    shown = {str(message.id): message for message in server.world.messages.values()}
    assert [shown[post.platform_post_id or ""].text for post in posts] == [
        "One 🌲", "Photo", "Film", "Album", "", "Tea?"
    ]  # fmt: skip
    assert [file.content for file in shown["2"].files] == [blue.read_bytes()]
    assert (shown["2"].given["has_spoiler"], shown["2"].given["show_caption_above_media"]) == ("true", "true")
    assert shown["3"].given.items() >= {"width": "360", "height": "640", "duration": "4"}.items()
    together = [shown[number] for number in ("4", "5", "6")]
    assert {message.group for message in together} == {shown["4"].group} != {None}
    assert [message.files[0].kind for message in together] == ["photo", "video", "photo"]
    assert [message.files[0].content for message in together[::2]] == [blue.read_bytes(), red.read_bytes()]
    assert (shown["7"].files[0].kind, shown["7"].files[0].name) == ("document", "blue.png")
    assert shown["8"].choices == ("Yes", "No")

    connected = await herald.connected(account)
    assert (await ACCOUNT_METRICS(herald.wire(), NOWHERE, connected)).followers == 12
    await DELETE(herald.wire(), connected, "4", {"chat_id": "@juniper", "message_ids": ["4", "5", "6"]})
    for _ in range(2):
        await DELETE(herald.wire(), connected, "1", {})
    assert [message.id for message in server.world.messages.values()] == [2, 3, 7, 8]


@pytest.mark.parametrize("with_file", [True, False])
async def test_after_a_lost_answer_a_person_is_asked_and_nothing_is_sent_again(
    herald: House, server: Server, *, with_file: bool
) -> None:
    account = await herald.connect(typed(server))
    server.network.set_condition(LOSES_ANSWER)
    item = await herald.post(account, "One", *([herald.picture()] if with_file else []))
    assert (item.status, await herald.asked(item)) == (State.UNCONFIRMED, True)
    assert len(server.world.messages) == 1
    assert [call for call in server.world.calls if call.startswith("send")] == [
        "sendPhoto" if with_file else "sendMessage"
    ]


async def test_what_a_person_says_is_live_is_answered_by_the_next_part(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    server.network.set_condition(LOSES_ANSWER)
    thread = await herald.thread(account, "One", "Two")
    assert [item.status for item in thread] == [State.UNCONFIRMED, State.SCHEDULED]
    server.network.set_condition(OK)
    links = {thread[0].item_id: f"{server.url}/juniper/1"}
    await deciding.confirm(herald.deps, herald.brand.workspace_id, herald.posted[-1], links, decided_by="Maya")
    thread = await herald.ended(herald.posted[-1])
    assert [(item.status, item.platform_post_id) for item in thread] == [
        (State.PUBLISHED, "1"),
        (State.PUBLISHED, "2"),
    ]
    assert server.world.messages[server.world.channel.id, 2].reply_to == 1


async def test_the_token_is_nowhere_in_logs_errors_journal_or_what_is_stored(
    herald: House, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account = await herald.connect(typed(server))
    posted = await herald.post(account, "One", herald.picture())
    server.world.channel.rights["can_post_messages"] = False
    refused = await herald.post(account, "Two")
    server.network.set_condition(LOSES_ANSWER)
    server.world.channel.rights["can_post_messages"] = True
    lost = await herald.post(account, "Three")
    assert [item.status for item in (posted, refused, lost)] == [State.PUBLISHED, State.FAILED, State.UNCONFIRMED]

    secret = server.token.partition(":")[2]
    told = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    told += [repr(item) for item in (posted, refused, lost)]
    for post_id in herald.posted:
        told.append(repr(await journal.why(herald.deps, herald.brand.workspace_id, post_id)))
    prepared = await CONNECTOR.prepare(herald.wire(), NOWHERE, await herald.connected(account), DRAFT, KEY, None)
    told.append(json.dumps(prepared.data))
    assert "sendMessage" in "".join(told)
    assert not [line for line in told if secret in line]


async def test_a_limit_says_how_long_to_wait_and_the_post_waits(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    connected = await herald.connected(account)
    server.world.settings.messages_per_min = 1
    await herald.post(account, "One")
    prepared = await CONNECTOR.prepare(herald.wire(), NOWHERE, connected, DRAFT, KEY, None)
    with pytest.raises(Exception, match="slow down") as caught:
        await CONNECTOR.publish(herald.wire(), connected, prepared, KEY)
    assert caught.value.until is not None  # type: ignore[attr-defined]


async def test_a_group_that_becomes_a_supergroup_is_followed(herald: House, server: Server) -> None:
    group = server.world.add_chat(Chat(id=-77, kind="group", title="Friends"))
    account = await herald.connect(typed(server, "-77"))
    connected = await herald.connected(account)
    before = await CONNECTOR.prepare(herald.wire(), NOWHERE, connected, DRAFT, KEY, None)
    moved = server.world.upgrade(group)
    with pytest.raises(MaterialGone):
        await CONNECTOR.publish(herald.wire(), connected, before, KEY)
    item = await herald.post(account, "After the move")
    assert item.permalink == f"{server.url}/c/{str(moved.id).removeprefix('-100')}/1"
    assert (await connecting.check(herald.deps, account)).trouble is None


async def test_replies_hang_below_what_they_continue(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    connected = await herald.connected(account)
    first = await herald.post(account, "One")
    reply = replace(DRAFT, part=1, parent=Reference(platform_post_id=first.platform_post_id or ""))
    prepared = await CONNECTOR.prepare(herald.wire(), NOWHERE, connected, reply, KEY, None)
    await CONNECTOR.publish(herald.wire(), connected, prepared, KEY)
    assert [message.reply_to for message in server.world.messages.values()] == [None, 1]


@pytest.mark.parametrize(
    ("chat", "field"),
    [("", "chat"), ("a b", "chat"), ("@x", "chat"), ("https://t.me/", "chat"), ("@juniper", "token")],
)
async def test_what_is_typed_wrong_is_refused_by_its_field(
    herald: House, server: Server, chat: str, field: str
) -> None:
    values = typed(server, chat) | ({"token": Secret("bot 12:ab")} if field == "token" else {})
    with pytest.raises(InvalidContent) as caught:
        await herald.connect(values)
    assert caught.value.field == field


@pytest.mark.parametrize("chat", ["juniper", "@juniper", "https://t.me/juniper", "t.me/juniper/17", " -1001001000001 "])
async def test_a_channel_is_understood_however_it_is_written(herald: House, server: Server, chat: str) -> None:
    assert (await herald.connect(typed(server, chat))).handle == "juniper"


async def test_a_bot_that_may_not_post_is_said_before_it_is_kept(herald: House, server: Server) -> None:
    server.world.channel.rights["can_post_messages"] = False
    with pytest.raises(ScopeMissing, match=r"The bot @juniper_bot may not post in Juniper\. Make it an administrator"):
        await herald.connect(typed(server))
    server.world.channel.inside = False
    with pytest.raises(ScopeMissing, match="Add it as an administrator"):
        await herald.connect(typed(server))
    with pytest.raises(ScopeMissing, match="not in this chat"):
        await herald.connect(typed(server, "@nobody_here"))


async def test_a_revoked_token_asks_for_another(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    server.network.set_condition(ACCESS_ENDED)
    checked = await connecting.check(herald.deps, account)
    assert "token from @BotFather" in (checked.trouble or "")
    again = await herald.connect({"chat": "@juniper", "token": Secret(server.world.issue_token())})
    assert again.id == account.id


async def test_missing_rights_end_the_post_and_not_the_account(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    server.world.channel.rights["can_post_messages"] = False
    item = await herald.post(account, "One")
    assert (item.status, item.error) == (State.FAILED, (ANY, ANY))
    assert "See its rights" in (item.error or ("", ""))[1]
    (known,) = await connecting.list_accounts(herald.deps, [herald.brand.workspace_id])
    assert known.health == "healthy"


async def test_a_file_that_is_on_another_machine_is_prepared_again(herald: House, server: Server) -> None:
    connected: Connected = await herald.connected(await herald.connect(typed(server)))
    stored = {"field": "photo", "path": "/nowhere/at/all", "mime_type": "image/png", "name": "file.png"}
    prepared = Prepared(data={"method": "sendPhoto", "parameters": {"chat_id": "@juniper"}, "files": [stored]})
    with pytest.raises(MaterialGone):
        await CONNECTOR.publish(herald.wire(), connected, prepared, KEY)


async def test_a_refusal_of_html_quotes_telegram(herald: House, server: Server) -> None:
    connected = await herald.connected(await herald.connect(typed(server)))
    prepared = await CONNECTOR.prepare(herald.wire(), NOWHERE, connected, DRAFT, KEY, None)
    broken = {**prepared.data, "parameters": {"chat_id": "@juniper", "text": "<b>x", "parse_mode": "HTML"}}
    with pytest.raises(ContentRefused, match="t parse entities"):
        await CONNECTOR.publish(herald.wire(), connected, Prepared(data=broken), KEY)


async def test_an_own_server_takes_large_files(herald: House, server: Server) -> None:
    account = await herald.connect(typed(server))
    assert account.limits == {"own_server": True}
