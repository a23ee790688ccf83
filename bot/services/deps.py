"""What the services work with, built once by bot/wiring.py and handed to every one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.services.tally import Tally
from storage.settling import Shortcut

if TYPE_CHECKING:
    from platforms.base import ClientApp, Connector, Endpoints, Sender
    from platforms.web import WebPages
    from storage.engine import Database
    from storage.media.store import MediaStore
    from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Shared by all services of a process; all of it may be used by many tasks at once."""

    database: "Database"
    vault: "Vault"
    connectors: "Mapping[str, Connector]"
    endpoints: "Mapping[str, Endpoints]"
    sender: "Sender"
    media: "MediaStore"
    chance: Callable[[], float]
    """A random number from 0 to 1, for the jitter of waits."""
    apps: "Mapping[str, ClientApp]" = field(default_factory=dict[str, "ClientApp"])
    """Herald's app registrations by platform, as the operator configured them."""
    public_url: str | None = None
    """Where the internet reaches Herald, without a trailing slash; None: nowhere, so far as Herald knows."""
    guides: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """The networks' guides in Markdown, by platform; empty where Herald was installed without its documents."""
    web: "WebPages | None" = None
    """Fetches what people name by its address."""
    keep_media: timedelta = timedelta(days=90)
    """How long the bytes of files are kept that nothing needs any more."""
    tally: Tally = field(default_factory=Tally)
    """What this process did, for whoever watches it."""
    shortcut: Shortcut = field(default_factory=Shortcut)
    """Settles what nobody has to be told of."""
    api_calls_per_minute: int = 60
    """How many calls a key to the HTTP API has each minute, where the key itself says nothing else."""
