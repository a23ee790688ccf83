"""A platform that is a way to several networks: what one token reaches there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.domain.accounts import Tokens
from platforms.results import Identity

if TYPE_CHECKING:
    from platforms.base import Endpoints, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A group of accounts there, at most one of each network. `timezone` is an IANA name if it says one."""

    id: str
    name: str
    timezone: str | None
    networks: tuple[str, ...]
    """The networks it has an account of, in the platform's own words."""
    accounts: tuple[Identity, ...]
    """Those of them that Herald can publish to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a token reaches. `tokens` is what to keep: completed by what was found out on the way."""

    tokens: Tokens
    spaces: tuple[Space, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How such a platform is asked, with one call that changes nothing, and what it can do."""

    survey: Callable[["Wire", "Endpoints", Tokens], Awaitable[Survey]]
    space_of: Callable[[str], str]
    """The space an account is in, by its `platform_account_id`."""
    user_key: str
    """The name under which `Tokens.extra` holds the user, where somebody named one."""
    scheduling: bool = True
    media_upload: bool = True
