"""Calls of the Bot API: the token in the path, and answers in an envelope.

Source: https://core.telegram.org/bots/api#making-requests, 2026-11-21.
"""

from dataclasses import dataclass

from bot.domain.accounts import Secret
from platforms.answers import as_object, identifier, object_of, text
from platforms.base import SECRET_HERE, Answer, JsonObject, Request, Wire
from platforms.errors import MaterialGone, Unavailable

PLATFORM = "telegram"
MOVED = "migrate_to_chat_id:"
"""How the code begins of a refusal that names a chat's new id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """Where the Bot API is, and who we are there."""

    base_url: str
    token: Secret

    def request(self, method: str, parameters: JsonObject) -> Request:
        """A call of one method, its parameters as JSON."""
        return Request(
            operation=method,
            method="POST",
            url=self.address(method),
            path_secret=self.token,
            json=parameters,
        )

    def address(self, method: str) -> str:
        """Where a method is, but for the token."""
        return f"{self.base_url}/bot{SECRET_HERE}/{method}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A channel or group. `username` is None where it is private."""

    id: str
    kind: str
    title: str
    username: str | None


def result_of(answer: Answer) -> object:
    """What a method gave; None when the answer is not in the API's form."""
    body = object_of(answer)
    return body.get("result") if body.get("ok") is True else None


async def asked(wire: Wire, bot: Bot, method: str, parameters: JsonObject) -> JsonObject:
    """The object that a reading method gives. Raises PlatformError."""
    answer = await wire.read(bot.request(method, parameters))
    found = as_object(result_of(answer))
    if not found:
        raise unreadable(method, answer)
    return found


def unreadable(method: str, answer: Answer) -> Unavailable:
    """An answer that is not the Bot API's."""
    return Unavailable(
        "Telegram gave an answer that cannot be read.", platform=PLATFORM, operation=method, status=answer.status
    )


async def chat_of(wire: Wire, bot: Bot, chat_id: str) -> Chat:
    """The chat, under its new id when a group became a supergroup. Raises PlatformError."""
    try:
        found = await asked(wire, bot, "getChat", {"chat_id": chat_id})
    except MaterialGone as moved:
        if not (moved.code or "").startswith(MOVED):
            raise
        found = await asked(wire, bot, "getChat", {"chat_id": (moved.code or "").removeprefix(MOVED)})
    chat, kind = identifier(found), text(found, "type")
    if chat is None or kind is None:
        raise Unavailable("Telegram did not say which chat this is.", platform=PLATFORM, operation="getChat")
    username = text(found, "username")
    return Chat(id=chat, kind=kind, title=text(found, "title") or username or chat, username=username)
