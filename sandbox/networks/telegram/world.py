"""What the stand-in remembers: bots, chats and messages. No HTTP."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.networks.network import StandIn
from sandbox.networks.pages import Look

LOOK = Look(title="Telegram", band="#1c6ea4")
_FIRST_BOT, _FIRST_CHANNEL = 700_000_001, 1_001_000_001
_ALPHABET = string.ascii_letters + string.digits + "_-"
_SECRET_LENGTH = 35
_WINDOW_S = 60


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this server is set up. A rate limit of 0 means none."""

    messages_per_min: int = 20
    """To one chat; each item of an album counts."""
    channels: tuple[str, ...] = ("juniper", "rowan")
    """User names of public channels, in which the bot is an administrator."""
    titles: dict[str, str] = field(default_factory=dict[str, str])
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Bot:
    """A bot and its token."""

    id: int
    username: str
    token: str
    made_at: datetime


@dataclass(slots=True, kw_only=True)
class Chat:
    """A channel (`channel`) or group (`group`, `supergroup`)."""

    id: int
    kind: str
    title: str
    username: str | None = None
    rights: dict[str, bool] = field(default_factory=lambda: {"can_post_messages": True, "can_delete_messages": True})
    """Of the bot there."""
    inside: bool = True
    """Whether the bot is in it."""
    moved_to: int | None = None
    members: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An uploaded file."""

    id: str
    kind: str
    name: str
    mime_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message. `text` is what readers see; `given` the parameters it came with."""

    id: int
    chat: Chat
    sent_at: datetime
    text: str
    entities: tuple[Mapping[str, object], ...] = ()
    files: tuple[File, ...] = ()
    choices: tuple[str, ...] = ()
    group: str | None = None
    """Of an album."""
    reply_to: int | None = None
    given: Mapping[str, object]


class World:
    """Everything the server knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.chats: dict[int, Chat] = {}
        self.messages: dict[tuple[int, int], Message] = {}
        """By chat and id."""
        self.bots: dict[str, Bot] = {}
        """By token."""
        self.calls: list[str] = []
        """The methods that were called, in order."""
        self._windows: dict[int, list[datetime]] = {}
        self._last_id: dict[int, int] = {}
        for name in settings.channels:
            title = settings.titles.get(name, name.capitalize())
            self.add_chat(Chat(id=self._new_channel_id(), kind="channel", title=title, username=name))
        self.channel = next(iter(self.chats.values()))
        self.token = self.issue_token()
        handle = self.channel.username or ""
        self.network = StandIn(name="telegram", title="Telegram", handle=handle, slow_s=settings.slow_s)

    def issue_token(self) -> str:
        """A bot's token, as @BotFather gives it."""
        secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
        bot_id = _FIRST_BOT
        bot = Bot(id=bot_id, username="juniper_bot", token=f"{bot_id}:{secret}", made_at=self.now())
        self.bots[bot.token] = bot
        return bot.token

    @staticmethod
    def now() -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC)

    def _new_channel_id(self) -> int:
        return int(f"-100{_FIRST_CHANNEL + len(self.chats)}")

    def add_chat(self, chat: Chat) -> Chat:
        """Know a chat."""
        self.chats[chat.id] = chat
        return chat

    def upgrade(self, group: Chat) -> Chat:
        """Make a group a supergroup, under a new id."""
        moved = self.add_chat(Chat(id=self._new_channel_id(), kind="supergroup", title=group.title))
        group.moved_to = moved.id
        return moved

    def next_id(self, chat: Chat) -> int:
        """The next message's id in a chat."""
        self._last_id[chat.id] = self._last_id.get(chat.id, 0) + 1
        return self._last_id[chat.id]

    def keep(self, *messages: Message) -> None:
        """Show messages to everybody in their chat."""
        for message in messages:
            self.messages[message.chat.id, message.id] = message
        self.network.published()

    def in_chat(self, chat: Chat) -> list[Message]:
        """Its messages, newest first."""
        return [message for message in reversed(self.messages.values()) if message.chat is chat]

    def wait_s(self, chat: Chat, count: int) -> int:
        """Count so many messages to a chat; seconds to wait where they are too many, else 0."""
        limit, now = self.settings.messages_per_min, self.now()
        recent = [at for at in self._windows.get(chat.id, []) if (now - at).total_seconds() < _WINDOW_S]
        self._windows[chat.id] = recent
        if limit and len(recent) + count > limit:
            return max(1, _WINDOW_S - int((now - recent[0]).total_seconds())) if recent else _WINDOW_S
        recent += [now] * count
        return 0
