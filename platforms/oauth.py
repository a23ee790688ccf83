"""OAuth 2 with an authorization code, from a platform's `OAuthRules`: the address to send a person to, and the tokens.

Authlib's pure functions build; the wire sends and opens the secrets. What a server does differently from RFC 6749 is in
its own `platforms/<name>/auth.py`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749.parameters import (
    prepare_grant_uri,  # pyright: ignore[reportUnknownVariableType]  # Authlib has no types
    prepare_token_request,  # pyright: ignore[reportUnknownVariableType]  # the same
)
from authlib.oauth2.rfc7636 import (
    create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType]  # the same
)

from bot.domain.accounts import Secret, Tokens
from platforms.base import Answer, AppRegistration, OAuthRules, Request, Wire
from platforms.errors import Unavailable

VERIFIER_BYTES = 48
"""48 random bytes are 64 characters, within the 43 to 128 of RFC 7636 §4.1 (rfc-editor.org/rfc/rfc7636, 2026-11-21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One asking of one person: kept, secret, from the redirect until the person comes back."""

    state: str
    verifier: Secret | None = None
    """The PKCE verifier, where the platform has PKCE."""
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further parameters of the address, such as `force_login`."""


def new_verifier() -> Secret:
    """A fresh PKCE verifier."""
    return Secret(secrets.token_urlsafe(VERIFIER_BYTES))


def authorization_url(rules: OAuthRules, base_url: str, app: AppRegistration, consent: Consent) -> str:
    """Where to send the person. Holds the challenge, never the verifier."""
    proof: dict[str, str] = {}
    if rules.pkce and consent.verifier is not None:
        challenge = cast("str", create_s256_code_challenge(consent.verifier.reveal()))
        proof = {"code_challenge": challenge, "code_challenge_method": "S256"}
    parameters = {"scope": " ".join(rules.scopes), "state": consent.state, **proof, **consent.extra}
    uri = base_url + rules.authorize_path
    return cast("str", prepare_grant_uri(uri, app.client_id, "code", app.redirect_uri, **parameters))


def code_request(
    rules: OAuthRules, base_url: str, app: AppRegistration, *, code: Secret, verifier: Secret | None
) -> Request:
    """The request that turns a code into tokens; client id and secret go in the body."""
    public: object = prepare_token_request(
        "authorization_code",
        redirect_uri=app.redirect_uri,
        client_id=app.client_id,
        code="",  # the code itself is a secret: added below, where only the wire opens it
    )
    return _token_request(rules, base_url, str(public), app, {"code": code, "code_verifier": verifier})


def refresh_request(rules: OAuthRules, base_url: str, app: AppRegistration, *, refresh: Secret) -> Request:
    """The request that renews tokens."""
    public: object = prepare_token_request("refresh_token", client_id=app.client_id)
    return _token_request(rules, base_url, str(public), app, {"refresh_token": refresh})


def _token_request(
    rules: OAuthRules, base_url: str, public: str, app: AppRegistration, hidden: Mapping[str, Secret | None]
) -> Request:
    form: list[tuple[str, str | Secret]] = [*parse_qsl(public)]
    form += [(name, value) for name, value in hidden.items() if value is not None]
    form.append(("client_secret", app.client_secret))
    return Request(operation="oauth.token", method="POST", url=base_url + rules.token_path, form=tuple(form))


async def redeem(wire: Wire, request: Request, *, now: datetime) -> Tokens:
    """Send a token request and read its answer. Raises PlatformError; an answer that is no token is Unavailable.

    A lost answer costs a code, which works once: the person starts again.
    """
    answer = await wire.prepare(request)
    tokens = read_tokens(answer, now=now)
    if tokens is None:
        raise Unavailable(
            "The server gave no usable sign-in. Connect the account again.",
            operation=request.operation,
            status=answer.status,
        )
    return tokens


def read_tokens(answer: Answer, *, now: datetime) -> Tokens | None:
    """The tokens in an answer of a token endpoint (RFC 6749 §5.1), or None when it has no usable one.

    `expires_in` counts seconds from `now`; without it the token does not end.
    """
    try:
        body = answer.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    values = cast("dict[str, object]", body)
    access, kind = values.get("access_token"), values.get("token_type", "Bearer")
    if not isinstance(access, str) or not access or not isinstance(kind, str) or kind.lower() not in {"bearer", "dpop"}:
        return None
    refresh, scope = values.get("refresh_token"), values.get("scope")
    return Tokens(
        access=Secret(access),
        refresh=Secret(refresh) if isinstance(refresh, str) and refresh else None,
        access_expires_at=_ends(values.get("expires_in"), now),
        refresh_expires_at=_ends(values.get("refresh_expires_in"), now),
        scopes=tuple(scope.replace(",", " ").split()) if isinstance(scope, str) else (),
    )


def _ends(seconds: object, now: datetime) -> datetime | None:
    """The end of a token. Some servers write the number as text."""
    if isinstance(seconds, str) and seconds.isdigit():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        return None
    return now + timedelta(seconds=seconds)
