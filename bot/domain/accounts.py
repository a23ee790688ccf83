"""Accounts, their tokens, and how healthy a credential is."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.ids import AccountId, BrandId, WorkspaceId


class Secret:
    """A token that does not show itself: `repr` and `str` hide it, comparison takes constant time.

    Only the wire (to send it) and the vault (to seal it) call `reveal`.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The token itself. Never put the result into a message, a log line or an exception."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(•••)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))


class Health(StrEnum):
    """What we know of an account's credential."""

    HEALTHY = "healthy"
    """The platform accepted it when last asked."""
    EXPIRING = "expiring"
    """It ends soon and does not renew itself."""
    EXPIRED = "expired"
    """Its time is over; a human reconnects."""
    REVOKED = "revoked"
    """The platform refuses it; a human reconnects."""
    FAILING = "failing"
    """The platform could not be asked lately."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What proves to a platform that it is us. Times are aware UTC; None means it does not end."""

    access: Secret
    refresh: Secret | None = None
    """What renews them: a refresh token, or the access token itself where that is how it is done."""
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    extra: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    """Further secrets a platform needs, by name (an app password, a DPoP key)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One connected profile, page or channel of one brand. Holds no secret."""

    id: AccountId
    workspace_id: WorkspaceId
    brand_id: BrandId
    platform: str
    platform_account_id: str
    """The platform's own lasting name for it: a DID, a numeric id."""
    handle: str
    """What people call it, without a leading @: `juniper.example`, `juniper@example.social`."""
    display_name: str
    service_url: str
    """Base address this account lives at: its PDS, its instance. No trailing slash."""
    limits: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the server said of its own limits when last asked; read by the connector's `adapt`."""
    health: Health = Health.HEALTHY
    health_detail: str | None = None
    ends_at: datetime | None = None
    """When its access ends unless it is renewed or connected again; None: it does not, or nobody says."""
    renews: bool = False
    """Whether Herald can renew it without anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """An account together with its opened tokens: what a connector's functions receive."""

    account: Account
    tokens: Tokens


def needs_refresh(tokens: Tokens, *, needed_until: datetime) -> bool:
    """Whether the access token ends before `needed_until` and there is something to renew it with."""
    ends = tokens.access_expires_at
    renewable = tokens.refresh is not None or bool(tokens.extra)
    return renewable and ends is not None and ends <= needed_until


def access_ends_at(tokens: Tokens) -> datetime | None:
    """When these tokens are of no use any more, renewed or not."""
    return tokens.access_expires_at if tokens.refresh is None else tokens.refresh_expires_at


REFRESH_MARGIN = timedelta(seconds=60)
"""A token must outlive the planned second by this much, or it is renewed before sending."""
