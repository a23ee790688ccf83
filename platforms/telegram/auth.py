"""Connecting a channel or group: a bot's token and where it may post.

Source: https://core.telegram.org/bots/api#getme, #getchat and #getchatmember, 2026-11-21.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.domain.accounts import Connected, Secret, Tokens
from bot.domain.errors import invalid
from platforms.answers import identifier, text
from platforms.base import Connection, Endpoints, Identity, JsonObject, Wire
from platforms.errors import ScopeMissing, Unavailable
from platforms.telegram.calls import PLATFORM, Bot, Chat, asked, chat_of

_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_NUMBER = re.compile(r"-?[0-9]{1,20}")
_OFFICIAL = "api.telegram.org"


async def login(wire: Wire, endpoints: Endpoints, typed: Mapping[str, str | Secret]) -> Connection:
    """Connect with a bot's token and a chat. Raises InvalidContent and PlatformError."""
    token = _typed(typed, "token").strip()
    if not _TOKEN.fullmatch(token):
        raise invalid("token", "This is not a bot's token. Copy it from @BotFather: digits, a colon, 35 characters.")
    chat_id = chat_named(_typed(typed, "chat"))
    tokens = Tokens(access=Secret(token))
    bot = Bot(base_url=endpoints.api, token=tokens.access)
    return Connection(identity=await _who(wire, bot, chat_id), tokens=tokens)


def chat_named(typed: str) -> str:
    """A chat's id or `@name` from what a person typed: those, a bare name, or a link. Raises InvalidContent."""
    value = typed.strip()
    if not value:
        raise invalid("chat", "The channel is missing. Give its @name or its number, such as -1001234567890.")
    if "t.me/" in value:
        value = urlsplit(value if "://" in value else f"https://{value}").path.strip("/").partition("/")[0]
    name = value.removeprefix("@")
    if _NUMBER.fullmatch(value):
        return value
    if not _NAME.fullmatch(name):
        raise invalid("chat", f"{typed.strip()!r} is no channel. Give its @name or its number, such as -1001234567890.")
    return f"@{name}"


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Whether the bot may still post there, and what the chat is called now. Raises PlatformError."""
    account = connected.account
    bot = Bot(base_url=account.service_url, token=connected.tokens.access)
    return await _who(wire, bot, account.platform_account_id, known_as=account.platform_account_id)


async def _who(wire: Wire, bot: Bot, chat_id: str, *, known_as: str | None = None) -> Identity:
    """The chat; `known_as` is the id it was connected by, which stays its name here when a group moves."""
    me = await asked(wire, bot, "getMe", {})
    bot_id = me.get("id")
    if not isinstance(bot_id, int):
        raise Unavailable("Telegram did not say which bot this is.", platform=PLATFORM, operation="getMe")
    chat = await chat_of(wire, bot, chat_id)
    member = await asked(wire, bot, "getChatMember", {"chat_id": chat.id, "user_id": bot_id})
    if not _may_post(member, chat):
        name = text(me, "username") or identifier(me)
        raise ScopeMissing(
            f"The bot @{name} may not post in {chat.title}. Make it an administrator there who may post messages.",
            platform=PLATFORM,
            operation="getChatMember",
        )
    return Identity(
        platform_account_id=known_as or chat.id,
        handle=chat.username or chat.id,
        display_name=chat.title,
        service_url=bot.base_url,
        limits={"own_server": urlsplit(bot.base_url).hostname != _OFFICIAL},
    )


def _may_post(member: JsonObject, chat: Chat) -> bool:
    """In a channel as an administrator who may; in a group as anybody who is in it and not silenced."""
    status = text(member, "status")
    if chat.kind == "channel":
        return status == "creator" or (status == "administrator" and member.get("can_post_messages") is True)
    if status == "restricted":
        return member.get("can_send_messages") is True
    return status in {"creator", "administrator", "member"}


def _typed(typed: Mapping[str, str | Secret], name: str) -> str:
    value = typed.get(name, "")
    return value.reveal() if isinstance(value, Secret) else value
