"""How a stand-in workspace is set up, and what it has to know of the networks beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Json = dict[str, Any]
"""A JSON object; readers look into it with care."""


class Network(Protocol):
    """What the page shows of a stand-in network, and the switch it offers."""

    @property
    def name(self) -> str:
        """Its short name: `bluesky`."""
        ...

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def handle(self) -> str:
        """The account posts go to."""
        ...

    @property
    def open_url(self) -> str:
        """A page with the newest posts."""
        ...

    @property
    def login(self) -> Sequence[tuple[str, str]]:
        """What to type where an app asks for this account: (label, value)."""
        ...

    @property
    def conditions(self) -> Sequence[tuple[str, str]]:
        """Ids and labels of what may be wrong with it."""
        ...

    @property
    def condition(self) -> str:
        """The id of what is wrong with it now."""
        ...

    @property
    def in_use(self) -> bool:
        """Whether an app has called it with success; the page folds the others away."""
        ...

    def set_condition(self, condition: str, /) -> object:
        """Let something go wrong, or right again."""
        ...

    @property
    def on_publish(self) -> list[Callable[..., object]]:
        """Called after each post it took."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How this workspace is set up; port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    manifest: Path | Mapping[str, Any] | None = None
    """The app's manifest: a YAML or JSON file, or its content; None: the built-in one."""
    app_url: str | None = None
    """Where an app that listens on HTTP is; None: nowhere, so HTTP deliveries fail."""
    installed: bool = True
    networks: Sequence[Network] = ()
    ack_timeout_s: float = 3.0
    """How long an app may take to acknowledge. Source: docs.slack.dev/interactivity/handling-user-interaction."""
    trigger_s: float = 3.0
    """How long a trigger id lives. Source: docs.slack.dev/reference/methods/views.open."""
    strict_rates: bool = False
    """On: each method's rate tier and one message per second and channel are held."""
    event_retry_gaps_s: Sequence[float] = (0.0, 60.0, 300.0)
    """Pauses before an event is delivered again. Source: docs.slack.dev/apis/events-api, 2026-11-21."""
    file_ready_s: float = 0.3
    """How long a fresh upload cannot be used in a block. Source: github.com/slackapi/python-slack-sdk/issues/1521."""
    slow_s: float = 2.0
    """What a slow Slack adds to each call."""
    response_url_s: float = 30 * 60
