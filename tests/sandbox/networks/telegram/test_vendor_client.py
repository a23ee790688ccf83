"""The stand-in is believed by python-telegram-bot: it asks, posts everything there is, deletes, and is refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.networks.telegram.app import Server, running
from sandbox.networks.telegram.world import Chat, Settings

telegram = pytest.importorskip("telegram", reason="python-telegram-bot is not installed")

Bot = Any
"""Its type is there only where it is installed."""
PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    async with running(settings) as started:
        yield started


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[Bot]:
    async with telegram.Bot(server.token, base_url=f"{server.url}/bot") as opened:
        yield opened


async def test_it_asks_who_and_where_it_is(server: Server, bot: Bot) -> None:
    assert bot.username == "juniper_bot"
    chat = await bot.get_chat("@juniper")
    assert (chat.id, chat.type, chat.title) == (server.world.channel.id, "channel", "Juniper")
    member = await bot.get_chat_member(chat.id, bot.id)
    assert (member.status, member.can_post_messages) == ("administrator", True)
    assert await bot.get_chat_member_count(chat.id) == 12


async def test_it_posts_everything_there_is(server: Server, bot: Bot) -> None:
    text = "<b>Good</b> 🌲 <a href='https://juniper.example/?a=1&amp;b=2'>morning</a> &lt;3"
    sent = await bot.send_message("@juniper", text, parse_mode="HTML", disable_notification=True)
    assert sent.text == "Good 🌲 morning <3"
    assert [sent.parse_entity(entity) for entity in sent.entities] == ["Good", "morning"]
    assert sent.entities[1].url == "https://juniper.example/?a=1&b=2"
    assert sent.link == f"https://t.me/juniper/{sent.message_id}"

    photo = await bot.send_photo("@juniper", PNG, caption="Blue", reply_to_message_id=sent.message_id)
    assert (photo.caption, len(photo.photo)) == ("Blue", 1)
    assert server.world.messages[photo.chat.id, photo.message_id].files[0].content == PNG
    assert (await bot.send_video("@juniper", b"film")).video.file_size == 4
    assert (await bot.send_animation("@juniper", b"GIF89a")).animation.file_size == 6
    assert (await bot.send_audio("@juniper", b"ID3")).audio.file_size == 3
    assert (await bot.send_document("@juniper", b"%PDF", filename="menu.pdf")).document.file_name == "menu.pdf"
    poll = await bot.send_poll("@juniper", "Tea?", ["Yes", "No"], allows_multiple_answers=True, open_period=600)
    assert [option.text for option in poll.poll.options] == ["Yes", "No"]
    assert poll.poll.allows_multiple_answers


async def test_it_posts_an_album_and_takes_it_down(server: Server, bot: Bot) -> None:
    media = [telegram.InputMediaPhoto(PNG, caption="Two"), telegram.InputMediaVideo(b"film")]
    first, second = await bot.send_media_group("@juniper", media)
    assert (first.caption, second.caption) == ("Two", None)
    assert first.media_group_id == second.media_group_id
    assert await bot.delete_messages("@juniper", [first.message_id, second.message_id])
    assert server.world.messages == {}
    with pytest.raises(telegram.error.BadRequest, match="Message to delete not found"):
        await bot.delete_message("@juniper", first.message_id)


async def test_it_is_refused_in_telegrams_own_words(server: Server, bot: Bot) -> None:
    world = server.world
    with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
        await bot.send_message("@nobody_here", "x")
    with pytest.raises(telegram.error.BadRequest, match="Message is too long"):
        await bot.send_message("@juniper", "🌲" * 2048 + "a")
    with pytest.raises(telegram.error.BadRequest, match="Message caption is too long"):
        await bot.send_photo("@juniper", PNG, caption="x" * 1025)
    with pytest.raises(telegram.error.BadRequest, match="Message text is empty"):
        await bot.send_message("@juniper", " ")
    with pytest.raises(telegram.error.BadRequest, match="Can't parse entities"):
        await bot.send_message("@juniper", "<b>x", parse_mode="HTML")
    with pytest.raises(telegram.error.BadRequest, match="mage_process_failed"):
        await bot.send_photo("@juniper", b"text")
    media = [telegram.InputMediaPhoto(PNG), telegram.InputMediaDocument(b"%PDF")]
    with pytest.raises(telegram.error.BadRequest, match="can't be mixed"):
        await bot.send_media_group("@juniper", media)
    world.channel.rights["can_post_messages"] = False
    with pytest.raises(telegram.error.BadRequest, match="administrator rights"):
        await bot.send_message("@juniper", "x")
    world.channel.inside = False
    with pytest.raises(telegram.error.Forbidden, match="kicked"):
        await bot.send_message("@juniper", "x")
    assert world.messages == {}


async def test_a_group_that_became_a_supergroup_says_its_new_id(server: Server, bot: Bot) -> None:
    group = server.world.add_chat(Chat(id=-77, kind="group", title="Friends"))
    moved = server.world.upgrade(group)
    with pytest.raises(telegram.error.ChatMigrated) as caught:
        await bot.send_message(-77, "x")
    assert caught.value.new_chat_id == moved.id


async def test_too_many_messages_wait(server: Server, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    server.world.settings.messages_per_min = 1
    await bot.send_message("@juniper", "x")
    with pytest.raises(telegram.error.RetryAfter) as caught:
        await bot.send_message("@juniper", "y")
    assert 0 < caught.value.retry_after.total_seconds() <= 60


async def test_a_wrong_token_is_refused(server: Server) -> None:
    with pytest.raises(telegram.error.InvalidToken):
        async with telegram.Bot("1:" + "a" * 35, base_url=f"{server.url}/bot"):
            pass
