"""What the services work with, built once by bot/wiring.py and handed to every one of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from platforms.base import ClientApp, Connector, Endpoints, Sender
    from storage.engine import Database
    from storage.media.folder import FolderStore
    from storage.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Deps:
    """Shared by all services of a process; all of it may be used by many tasks at once."""

    database: "Database"
    vault: "Vault"
    connectors: "Mapping[str, Connector]"
    endpoints: "Mapping[str, Endpoints]"
    sender: "Sender"
    media: "FolderStore"
    chance: Callable[[], float]
    """A random number from 0 to 1, for the jitter of waits."""
    apps: "Mapping[str, ClientApp]" = field(default_factory=dict[str, "ClientApp"])
    """Herald's app registrations by platform, as the operator configured them."""
