"""A network's own way of asking for consent, where no rule of platforms/oauth_rules.py can say it.

Bluesky's: each account names its own server, that server names the one that asks, the question is sent ahead (PAR), and
all of it is bound to a key (DPoP). The person, the callback and what is kept meanwhile are the same as everywhere.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from bot.domain.accounts import Secret
from platforms.base import AppRegistration, Connection, Endpoints, JsonObject, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be asked: of whom, as which app, and the `state` that brings the answer back to us."""

    typed: str
    """What the person gave: a handle, a server."""
    state: str
    app: AppRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Where to send the person, and what is kept, sealed, until they come back."""

    url: str
    kept: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The person agreed and came back."""

    kept: Secret
    code: Secret
    issuer: str | None
    """Who says so (`iss`, RFC 9207); None when the address did not name anybody."""
    app: AppRegistration


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConsent:
    """The functions of such a way. None of them sees a clock, a database or a socket."""

    label: str
    """What a person is asked for, to know whom to ask: `Your handle, such as …`."""
    by_account: Callable[[str, str], str]
    """The same of an account that is connected again, given its handle and its server."""
    trouble: Callable[[str], str | None]
    """Why nobody can be sent back to this redirect address, as a sentence; None when they can."""
    register: Callable[[str], AppRegistration]
    """Herald as an app with this redirect address; made once, and kept with its key."""
    document: Callable[[AppRegistration], JsonObject]
    """What Herald says of itself at its client id."""
    ask: Callable[[Wire, Endpoints, Question], Awaitable[Sent]]
    redeem: Callable[[Wire, Endpoints, Return], Awaitable[Connection]]


def document_url(redirect_uri: str, platform: str) -> str:
    """Where Herald describes itself to a network, beside the address people come back to."""
    return urljoin(redirect_uri, f"client/{platform}.json")
