"""Connecting by consent: atproto's OAuth, with a question sent ahead (PAR), PKCE, and tokens bound to a key (DPoP).

The chain of trust runs handle → DID → the account's server → its authorization server. It is walked before asking,
and of what comes back the issuer, the DID and that DID's own server have to agree with it.
Source: https://atproto.com/specs/oauth, 2026-11-21.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import TypeVar, cast
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import (
    create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType]  # Authlib has no types
)

from bot.domain.accounts import Connected, Secret, Tokens
from platforms.base import Answer, AppRegistration, Connection, Endpoints, Request, Wire
from platforms.bluesky.answers import UnreadableError, object_in, optional_text, text_in, unusable
from platforms.bluesky.calls import DPOP_KEY
from platforms.bluesky.client import SCOPES
from platforms.bluesky.issuer import Issuer, issuer_of, read_issuer
from platforms.bluesky.resolving import is_did, is_handle, plain_identifier, resolve_handle, resolve_server
from platforms.bluesky.session import identity_of
from platforms.bluesky.spec import NAME
from platforms.consent import Question, Return, Sent
from platforms.errors import AppRefused, ContentRefused, PlatformError, Reconnect, Unavailable
from platforms.oauth import new_verifier
from platforms.oauth_answers import error_code
from platforms.proofs import Assertion, new_key

_PUSH, _CODE, _REFRESH, _REVOKE = "oauth.par", "oauth.code", "oauth.refresh", "oauth.revoke"
_ANSWERS = frozenset(range(400, 500)) - {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_OPERATORS = frozenset({"invalid_client", "invalid_client_metadata", "unauthorized_client", "invalid_redirect_uri"})
"""Codes about Herald's own description (its client metadata), which the authorization server reads at its client id."""
_OVER = "Bluesky no longer lets Herald in. Connect the account again."
_CLOCK = "Bluesky does not take Herald's proof of who it is. Check this machine's clock."
_CLIENT_ID, _CLIENT_KEY, _ISSUER = "client_id", "client_secret", "issuer"
_E = TypeVar("_E", bound=PlatformError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is remembered, sealed, while the person is away."""

    verifier: Secret
    key: Secret
    issuer: str
    token: str
    did: str | None
    """Who was asked; None when only a server was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """Herald at one authorization server."""

    app_id: str
    app_key: Secret
    """Empty for the client of loopback, which has none."""
    issuer: str
    key: Secret
    """What the tokens are bound to."""

    def request(self, operation: str, url: str, form: tuple[tuple[str, str | Secret], ...]) -> Request:
        """A call in the app's name; the wire adds its proofs."""
        known = bool(self.app_key.reveal())
        return Request(
            operation=operation,
            method="POST",
            url=url,
            form=(*form, ("client_id", self.app_id)),
            dpop=self.key,
            assertion=Assertion(client_id=self.app_id, audience=self.issuer, key=self.app_key) if known else None,
            accept_status=_ANSWERS,
        )


async def ask(wire: Wire, endpoints: Endpoints, question: Question) -> Sent:
    """Send the question ahead, and say where the person answers it. Raises PlatformError."""
    did, server = await _whom(wire, endpoints, question.typed)
    issuer = await read_issuer(wire, await issuer_of(wire, server))
    verifier, key, app = new_verifier(), new_key(), question.app
    client = _Client(app_id=app.client_id, app_key=app.client_secret, issuer=issuer.url, key=key)
    form: list[tuple[str, str | Secret]] = [
        ("response_type", "code"),
        ("redirect_uri", app.redirect_uri),
        ("scope", SCOPES),
        ("state", Secret(question.state)),
        ("code_challenge", cast("str", create_s256_code_challenge(verifier.reveal()))),
        ("code_challenge_method", "S256"),
    ]
    if did is not None:
        form.append(("login_hint", plain_identifier(question.typed)))
    answer = await wire.prepare(client.request(_PUSH, issuer.push, tuple(form)))
    try:
        pushed = text_in(object_in(answer), "request_uri")
    except UnreadableError:
        raise _refusal(_PUSH, app.client_id, answer) from None
    kept = {"verifier": verifier.reveal(), "key": key.reveal(), "issuer": issuer.url, "token": issuer.token, "did": did}
    joint = "&" if "?" in issuer.authorize else "?"
    url = f"{issuer.authorize}{joint}{urlencode({'client_id': app.client_id, 'request_uri': pushed})}"
    return Sent(url=url, kept=Secret(json.dumps(kept)))


async def _whom(wire: Wire, endpoints: Endpoints, typed: str) -> tuple[str | None, str]:
    """Whose account, and at which server it lives; without a name, only the server to ask at."""
    name = plain_identifier(typed)
    if name.startswith(("https://", "http://")):
        return None, name.rstrip("/")
    if not is_did(name) and not is_handle(name):
        raise _error(ContentRefused, f"{name!r} is no Bluesky handle; one looks like juniper.bsky.social.", _PUSH)
    did = name if is_did(name) else await resolve_handle(wire, endpoints, name)
    if did is None:
        raise _error(ContentRefused, f"Bluesky knows no account {name}. Check the spelling.", _PUSH)
    return did, await resolve_server(wire, endpoints, did)


async def redeem(wire: Wire, endpoints: Endpoints, back: Return) -> Connection:
    """The tokens for the code, and whose they are. Raises Reconnect when something does not agree."""
    kept = _kept(back.kept)
    if back.issuer is None or back.issuer.rstrip("/") != kept.issuer:
        raise _error(Reconnect, "The answer came from another server than was asked. Nothing was connected.", _CODE)
    client = _client(back.app, kept)
    form = (
        ("grant_type", "authorization_code"),
        ("code", back.code),
        ("redirect_uri", back.app.redirect_uri),
        ("code_verifier", kept.verifier),
    )
    tokens, did = await _asked(wire, client, client.request(_CODE, kept.token, form))
    if kept.did is not None and did != kept.did:
        raise _error(Reconnect, "The consent is for another account than was asked. Nothing was connected.", _CODE)
    server = await resolve_server(wire, endpoints, did)
    if await issuer_of(wire, server) != kept.issuer:
        raise _error(Reconnect, "This server does not speak for that account. Nothing was connected.", _CODE)
    return Connection(identity=await identity_of(wire, server, did, tokens), tokens=tokens)


async def refresh(wire: Wire, connected: Connected) -> Tokens:
    """The next pair; each refresh token serves once. Raises Reconnect when only a human helps."""
    token, client = connected.tokens.refresh, _client_of(connected.tokens)
    if token is None:
        raise _error(Reconnect, _OVER, _REFRESH)
    issuer = await read_issuer(wire, client.issuer)
    form = (("grant_type", "refresh_token"), ("refresh_token", token))
    tokens, did = await _asked(wire, client, client.request(_REFRESH, issuer.token, form))
    if not client.app_key.reveal():
        tokens = replace(tokens, refresh_expires_at=connected.tokens.refresh_expires_at)
    if did != connected.account.platform_account_id:
        raise _error(Reconnect, "Bluesky answered for another account. Connect the account again.", _REFRESH)
    return tokens


async def revoke(wire: Wire, connected: Connected) -> None:
    """End the consent; one that has ended already is fine. Raises PlatformError."""
    client = _client_of(connected.tokens)
    issuer: Issuer = await read_issuer(wire, client.issuer)
    if issuer.revoke is None:
        return
    token = connected.tokens.refresh or connected.tokens.access
    answer = await wire.prepare(client.request(_REVOKE, issuer.revoke, (("token", token),)))
    if answer.status in _ANSWERS and error_code(answer) in _OPERATORS:
        raise _refusal(_REVOKE, client.app_id, answer)


def _client(app: AppRegistration, kept: _Kept) -> _Client:
    return _Client(app_id=app.client_id, app_key=app.client_secret, issuer=kept.issuer, key=kept.key)


def _client_of(tokens: Tokens) -> _Client:
    """The app that tokens were given to. Raises Reconnect when they lack what renews them."""
    extra = tokens.extra
    if not {_CLIENT_ID, _CLIENT_KEY, _ISSUER, DPOP_KEY} <= set(extra):
        raise _error(Reconnect, _OVER, _REFRESH)
    return _Client(
        app_id=extra[_CLIENT_ID].reveal(),
        app_key=extra[_CLIENT_KEY],
        issuer=extra[_ISSUER].reveal(),
        key=extra[DPOP_KEY],
    )


async def _asked(wire: Wire, client: _Client, request: Request) -> tuple[Tokens, str]:
    """The tokens that a token endpoint gives, and whose they are. Raises PlatformError."""
    answer = await wire.prepare(request)
    try:
        fields = object_in(answer)
        access, did = text_in(fields, "access_token"), text_in(fields, "sub")
        bound = text_in(fields, "token_type").lower() == "dpop"
    except UnreadableError:
        raise _refusal(request.operation, client.app_id, answer) from None
    scopes = (optional_text(fields, "scope") or "").split()
    if not bound or not is_did(did) or "atproto" not in scopes:
        raise unusable(request.operation)
    again, ends = optional_text(fields, "refresh_token"), fields.get("expires_in")
    lasts = timedelta(seconds=ends) if isinstance(ends, int) and 0 < ends < _LONGEST_S else None
    tokens = Tokens(
        access=Secret(access),
        refresh=Secret(again) if again is not None else None,
        access_expires_at=_after(answer, lasts),
        refresh_expires_at=_after(answer, _LASTS if client.app_key.reveal() else _LASTS_ON_LOOPBACK),
        scopes=tuple(scopes),
        extra={
            DPOP_KEY: client.key,
            _ISSUER: Secret(client.issuer),
            _CLIENT_ID: Secret(client.app_id),
            _CLIENT_KEY: client.app_key,
        },
    )
    return tokens, did


_LONGEST_S = 10 * 366 * 86_400
_LASTS = timedelta(days=90)
"""How long a refresh token is good that nobody uses; each renewal begins anew, for two years."""
_LASTS_ON_LOOPBACK = timedelta(days=14)
"""How long a consent to an app without a key lasts, however often it is renewed.

Source of both: packages/oauth/oauth-provider/src/constants.ts of bluesky-social/atproto, 2026-11-21.
"""


def _after(answer: Answer, lasts: timedelta | None) -> datetime | None:
    return answer.came_at + lasts if answer.came_at is not None and lasts is not None else None


def _refusal(operation: str, client_id: str, answer: Answer) -> PlatformError:
    """What an answer without what was asked for means."""
    code = error_code(answer) if answer.status in _ANSWERS else None
    if code == "invalid_grant":
        safe = "The consent ran out before Bluesky was asked. Connect the account again."
        return _error(Reconnect, safe if operation == _CODE else _OVER, operation, answer, code)
    if code in _OPERATORS:
        safe = (
            f"Bluesky does not accept Herald as an app. Whoever runs Herald has to check that {client_id} can be read"
            " from the internet, and whether HERALD_PUBLIC_URL was changed; the account is not at fault."
        )
        return _error(AppRefused, safe, operation, answer, code)
    if code == "invalid_dpop_proof":
        return _error(Unavailable, _CLOCK, operation, answer, code)
    return _error(Unavailable, "Bluesky gave no usable sign-in. Try again later.", operation, answer, code)


def _kept(secret: Secret) -> _Kept:
    fields = cast("dict[str, str | None]", json.loads(secret.reveal()))  # our own, sealed meanwhile
    return _Kept(
        verifier=Secret(fields["verifier"] or ""),
        key=Secret(fields["key"] or ""),
        issuer=fields["issuer"] or "",
        token=fields["token"] or "",
        did=fields["did"],
    )


def _error(kind: type[_E], safe: str, operation: str, answer: Answer | None = None, code: str | None = None) -> _E:
    known = code if code is not None and code.replace("_", "").isalnum() and len(code) <= _LONGEST_CODE else None
    status = answer.status if answer is not None else None
    return kind(safe, platform=NAME, operation=operation, status=status, code=known)


_LONGEST_CODE = 60
