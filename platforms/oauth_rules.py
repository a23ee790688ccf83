"""How a network does OAuth 2, as data: where to ask, how Herald proves itself there, and what its tokens are like.

platforms/oauth.py reads these; a connector writes them down in its `spec.py` and needs no code of its own for any of
it. docs/connectors/writing.md says which line of a vendor's documents becomes which field.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class ClientAuth(StrEnum):
    """How Herald says who it is when it asks for tokens."""

    BODY = "body"
    """Client id and secret among the parameters."""
    BASIC = "basic"
    """Both in HTTP Basic, neither among the parameters."""
    PUBLIC = "public"
    """The client id among the parameters, and no secret."""
    SECRET = "secret"  # noqa: S105  # the name of a way
    """The secret among the parameters, without the id (Meta's exchanges)."""
    NOBODY = "nobody"
    """Neither: the token alone is enough (Meta's renewals)."""


class Proof(StrEnum):
    """Which of an account's tokens a call is about."""

    REFRESH = "refresh"
    ACCESS = "access"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCall:
    """A call that turns one token into the next one. Its parameters go into the body of a POST, the query of a GET."""

    grant_type: str = "refresh_token"
    token_name: str = "refresh_token"  # noqa: S105  # a parameter's name
    """The parameter that carries the token."""
    carries: Proof = Proof.REFRESH
    """ACCESS where there are no refresh tokens and a live access token brings the next one (Threads, Instagram)."""
    address: str = ""
    """Absolute, or a path of the account's own server; empty for the token address."""
    method: str = "POST"
    client: ClientAuth | None = None
    """None for what `OAuthRules.client` says."""


class Reach(StrEnum):
    """What a revocation takes away."""

    TOKEN = "token"  # noqa: S105  # the name of a reach
    """This token, and what came with it."""
    ACCOUNT = "account"
    """All that was ever allowed Herald for this account: other brands may have it, too."""
    PERSON = "person"
    """All that this person ever allowed Herald at this network: other accounts may live by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """How a token is given back on disconnecting."""

    address: str
    method: str = "POST"
    """POST sends a form; DELETE sends nothing but the token, as a bearer."""
    token_name: str = "token"  # noqa: S105  # a parameter's name
    carries: Proof = Proof.REFRESH
    """REFRESH falls back to the access token where there is no refresh token."""
    client: ClientAuth | None = None
    reach: Reach = Reach.TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthRules:
    """One network's OAuth 2 with an authorization code.

    An address is absolute, or a path of the account's own server where each account names one. Absolute ones move with
    HERALD_<PLATFORM>_API_URL when they are on the host of the spec's `api_url`, else with HERALD_<PLATFORM>_AUTH_URL.
    """

    authorize: str
    token: str
    scopes: tuple[str, ...]
    registration_path: str | None = None
    """Set where an app is registered at each server by a call (Mastodon); elsewhere the operator configures one."""
    pkce: bool = True
    client: ClientAuth = ClientAuth.BODY
    client_id_name: str = "client_id"
    """What the parameter is called: TikTok says `client_key`."""
    scope_separator: str = " "
    authorize_extra: tuple[tuple[str, str], ...] = ()
    """Further parameters of the consent page: `("access_type", "offline")`."""
    token_extra: tuple[tuple[str, str], ...] = ()
    """Further parameters of the exchange of the code: `("continuous_refresh", "true")`."""
    token_method: str = "POST"  # noqa: S105  # an HTTP method
    """GET puts the code's exchange into the query (Facebook)."""
    answer_in: tuple[str, ...] = ()
    """Where else tokens may be in an answer that does not have them at its top: `("data",)`; of a list, its first."""
    keep: tuple[str, ...] = ()
    """What else of the answer is kept, as dotted paths: `("webhook.id",)` becomes the tokens' `extra["webhook.id"]`."""
    needed_scopes: tuple[str, ...] = ()
    """Those without which an account is not worth connecting, as the answer names them; people untick boxes."""
    exchange: TokenCall | None = None
    """What makes a short-lived token long-lived, right after the code."""
    refresh: TokenCall | None = TokenCall()
    """None where nothing renews a token: people connect again in time."""
    access_life: timedelta | None = None
    """How long a token lives whose answer does not say; None: it does not end."""
    rotates: bool = False
    """Whether a refresh token serves once: accounts can then not share one consent, unless each has its own tokens."""
    dead_grant: frozenset[str] = frozenset({"invalid_grant"})
    """The codes that say a consent is over and only a human helps."""
    revoke: Revocation | None = None
    nothing_found: str = ""
    """What to check when a consent shows nothing to publish to: one or two sentences."""
    source: str
    read: date
