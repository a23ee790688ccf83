"""What the stand-in remembers: webhooks, threads, messages, and how much was asked of it."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.networks.network import StandIn

_EPOCH_MS = 1_420_070_400_000
_ID_SHIFT = 22


@dataclass(slots=True, kw_only=True)
class Settings:
    """How this Discord is set up. Sizes in bytes; a limit of 0 means none."""

    channels: tuple[str, ...] = ("announcements", "coffee-forum")
    """Each has a webhook; one whose name ends in `forum` is a forum."""
    guild: str = "Paperboat"
    messages_per_2_s: int = 5
    file_bytes: int = 10 * 1024 * 1024
    request_bytes: int = 25 * 1024 * 1024
    grow_numbers: bool = False
    slow_s: float = 3.0


@dataclass(slots=True, kw_only=True)
class Webhook:
    """A channel's webhook."""

    id: str
    token: str
    name: str
    channel: str
    """The channel's name."""
    channel_id: str
    deleted: bool = False

    @property
    def is_forum(self) -> bool:
        """Whether its channel takes threads alone."""
        return self.channel.endswith("forum")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attached file."""

    id: str
    name: str
    description: str
    mime_type: str
    content: bytes


@dataclass(slots=True, kw_only=True)
class Message:
    """A message. `body` is what was asked for."""

    id: str
    webhook: Webhook
    channel_id: str
    content: str
    username: str
    body: dict[str, object]
    files: tuple[File, ...]
    created_at: datetime
    reactions: dict[str, int] = field(default_factory=dict[str, int])


class World:
    """Everything this Discord knows. One per running server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.messages: dict[str, Message] = {}
        self.threads: dict[str, tuple[str, str]] = {}
        """By id: the channel it belongs to, and its name."""
        self.windows: dict[str, tuple[int, int]] = {}
        self._last_id = 0
        self.guild_id = self.next_id()
        self.webhooks = {name: self._webhook(name) for name in settings.channels}
        first = next(iter(self.webhooks))
        self.network = StandIn(name="discord", title="Discord", handle=first, slow_s=settings.slow_s)

    def _webhook(self, channel: str) -> Webhook:
        channel_id = self.next_id()
        token = secrets.token_urlsafe(51)
        return Webhook(
            id=self.next_id(), token=token, name=f"Herald in {channel}", channel=channel, channel_id=channel_id
        )

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def next_id(self) -> str:
        """A new id that sorts by time: milliseconds since Discord began, and a sequence."""
        fresh = (int(time.time() * 1000) - _EPOCH_MS) << _ID_SHIFT
        self._last_id = max(fresh, self._last_id + 1)
        return str(self._last_id)

    def new_thread(self, webhook: Webhook, name: str) -> str:
        """A thread in a channel."""
        thread_id = self.next_id()
        self.threads[thread_id] = (webhook.channel_id, name)
        return thread_id

    def spend(self, webhook_id: str) -> tuple[int, float]:
        """Count one message of a webhook; (remaining, -1 when it is over; seconds until there are more)."""
        now_s = self.now().timestamp()
        number = int(now_s // 2)
        before, used = self.windows.get(webhook_id, (number, 0))
        used = used + 1 if before == number else 1
        self.windows[webhook_id] = (number, used)
        return max(self.settings.messages_per_2_s - used, -1), (number + 1) * 2 - now_s


def reactions_of(message: Message, world: World) -> dict[str, int]:
    """How often each emoji was added; they grow with a message's age where numbers do."""
    minutes = (world.now() - message.created_at).total_seconds() / 60 if world.settings.grow_numbers else 0
    grown = int(min(minutes, 20.0) * 2)
    return message.reactions | ({"👍": message.reactions.get("👍", 0) + grown} if grown else {})
