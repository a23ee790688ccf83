"""A key to the HTTP API, and what it may do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from bot.domain.errors import invalid
from bot.domain.ids import BrandId, WorkspaceId

ADMIN = "admin"
"""The scope that holds all others."""
SCOPES = (
    "account:read",
    "posts:read",
    "posts:write",
    "posts:publish",
    "media:write",
    "calendar:read",
    "calendar:write",
    "analytics:read",
    "content:read",
    "content:write",
    "missions:read",
    "missions:write",
    "integrations:read",
    "integrations:write",
    ADMIN,
)
"""What a key may be allowed, as `resource:action`."""
PRESETS = {
    "full": (),
    "draft-only": (
        "account:read",
        "posts:read",
        "posts:write",
        "media:write",
        "calendar:read",
        "calendar:write",
        "analytics:read",
        "content:read",
        "missions:read",
        "integrations:read",
    ),
    "read-only": tuple(scope for scope in SCOPES if scope.endswith(":read")),
}
"""Scopes by what a key is for; none means all. What may write drafts alone sends nothing and lets nothing be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key; the key itself is not."""

    id: str
    workspace_id: WorkspaceId
    brand_id: BrandId | None
    """The only brand it is good for; None: all of the workspace."""
    prefix: str
    """How the key begins."""
    scopes: tuple[str, ...]
    """Empty: all."""
    rate_limit_per_minute: int | None
    created_at: datetime
    revoked_at: datetime | None
    name: str | None = None
    expires_at: datetime | None = None

    def allows(self, scope: str) -> bool:
        """Whether it may do that."""
        return not self.scopes or scope in self.scopes or ADMIN in self.scopes

    @property
    def all_scopes(self) -> tuple[str, ...]:
        """Its scopes, written out where it has all."""
        return self.scopes if self.scopes and ADMIN not in self.scopes else SCOPES


def known_scopes(scopes: Collection[str]) -> tuple[str, ...]:
    """The scopes in their usual order, each once. Raises InvalidContent for one that is none."""
    for scope in scopes:
        if scope not in SCOPES:
            raise invalid("scopes", f"{scope[:40]!r} is no scope. There are: {', '.join(SCOPES)}.")
    return tuple(scope for scope in SCOPES if scope in scopes)
