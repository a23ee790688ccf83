"""OAuth 2 from a platform's `OAuthRules`: where to send a person; getting, renewing and giving back tokens.

Authlib's pure functions build; the wire sends and opens the secrets. What the rules cannot say is in a platform's own
`platforms/<name>/auth.py`.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar, cast

from authlib.common.urls import (
    add_params_to_uri,  # pyright: ignore[reportUnknownVariableType]  # Authlib has no types
)
from authlib.oauth2.rfc7636 import (
    create_s256_code_challenge,  # pyright: ignore[reportUnknownVariableType]  # the same
)

from bot.domain.accounts import Secret, Tokens
from platforms.base import Answer, AppRegistration, Endpoints, OAuthRules, Request, Spec, Wire
from platforms.errors import AppRefused, PlatformError, Reconnect, ScopeMissing, Unavailable
from platforms.oauth_answers import error_code, read_tokens
from platforms.oauth_rules import ClientAuth, Proof, Revocation, TokenCall
from platforms.places import place

VERIFIER_BYTES = 48
"""48 random bytes are 64 characters, within the 43 to 128 of RFC 7636 §4.1 (rfc-editor.org/rfc/rfc7636, 2026-11-21)."""
_OPERATORS = frozenset({"invalid_client", "unauthorized_client"})
"""Codes about Herald's app, not about the account (rfc-editor.org/rfc/rfc6749#section-5.2, 2026-11-21)."""
_ANSWERS = frozenset(range(400, 500)) - {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
"""Refusals are answers here: they are read in OAuth's form, not in the platform's."""

_Values = Iterable[tuple[str, str | Secret]]
_E = TypeVar("_E", bound=PlatformError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One asking of one person: kept, secret, from the redirect until the person comes back."""

    state: str
    verifier: Secret | None = None
    """The PKCE verifier; used where the platform has PKCE."""
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    """Further parameters of the address, such as `force_login`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Herald at one authorization server."""

    spec: Spec
    endpoints: Endpoints
    app: AppRegistration
    base_url: str = ""
    """The account's own server, where it names one."""

    @property
    def rules(self) -> OAuthRules:
        """How this platform does OAuth. Raises ValueError when it does not."""
        if self.spec.oauth is None:
            raise ValueError(f"{self.spec.name} has no OAuth")
        return self.spec.oauth

    def at(self, address: str) -> str:
        """An address of the rules, where it is for this Herald."""
        return self.base_url + address if address.startswith("/") else place(self.spec, self.endpoints, address)


def new_verifier() -> Secret:
    """A fresh PKCE verifier."""
    return Secret(secrets.token_urlsafe(VERIFIER_BYTES))


def authorization_url(client: Client, consent: Consent) -> str:
    """Where to send the person. Holds the challenge, never the verifier."""
    rules, app = client.rules, client.app
    parameters = [
        ("response_type", "code"),
        (rules.client_id_name, app.client_id),
        ("redirect_uri", app.redirect_uri),
        ("scope", rules.scope_separator.join(app.scopes or rules.scopes)),
        ("state", consent.state),
    ]
    if rules.pkce and consent.verifier is not None:
        challenge = cast("str", create_s256_code_challenge(consent.verifier.reveal()))
        parameters += [("code_challenge", challenge), ("code_challenge_method", "S256")]
    parameters += [*rules.authorize_extra, *consent.extra.items()]
    return add_params_to_uri(client.at(rules.authorize), parameters)


# --- Tokens --------------------------------------------------------------------------------------------------------


async def redeem(wire: Wire, client: Client, *, code: Secret, verifier: Secret | None, now: datetime) -> Tokens:
    """The tokens for a code, long-lived ones where the platform has them.

    Raises Reconnect when the code is no good any more, ScopeMissing when the person allowed too little, AppRefused,
    and other PlatformErrors. A lost answer costs the code, which works once: the person starts again.
    """
    rules = client.rules
    values: list[tuple[str, str | Secret]] = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", client.app.redirect_uri),
        *rules.token_extra,
    ]
    if rules.pkce and verifier is not None:
        values.append(("code_verifier", verifier))
    request = _request(client, "oauth.code", (rules.token_method, rules.token), values, rules.client)
    tokens = await _asked(wire, client, request, now=now)
    if rules.exchange is not None:
        longer = await _asked(wire, client, _call(client, "oauth.exchange", rules.exchange, tokens), now=now)
        tokens = _merged(tokens, longer)
    missing = [scope for scope in rules.needed_scopes if tokens.scopes and scope not in tokens.scopes]
    if missing:
        safe = (
            f"{client.spec.title} was allowed less than Herald needs ({', '.join(missing)})."
            " Connect again and leave every box ticked."
        )
        raise _error(ScopeMissing, safe, client, request)
    return _settled(rules, tokens, now)


async def refresh(wire: Wire, client: Client, tokens: Tokens, *, now: datetime) -> Tokens:
    """The next tokens. What the answer leaves out (a refresh token, scopes) stays as it was.

    Raises Reconnect when only a human helps, AppRefused when the operator does, and other PlatformErrors.
    """
    rules = client.rules
    if rules.refresh is None or (rules.refresh.carries is Proof.REFRESH and tokens.refresh is None):
        raise Reconnect(_over(client), platform=client.spec.name, operation="oauth.refresh")
    fresh = await _asked(wire, client, _call(client, "oauth.refresh", rules.refresh, tokens), now=now)
    return _settled(rules, _merged(tokens, fresh), now)


async def is_known(wire: Wire, client: Client) -> bool:
    """Whether the server still knows Herald's app there: no only where it says so itself.

    Asked by a token of the app's own (RFC 6749 §4.4), which is not kept.
    """
    values = (("grant_type", "client_credentials"), ("redirect_uri", client.app.redirect_uri))
    try:
        answer = await wire.prepare(_request(client, "oauth.app", ("POST", client.rules.token), values, None))
    except PlatformError:
        return True
    return error_code(answer) != "invalid_client"


async def revoke(wire: Wire, client: Client, tokens: Tokens) -> None:
    """Give the tokens back, where the rules say how; one that is dead already is fine. Raises PlatformError."""
    how = client.rules.revoke
    if how is None:
        return
    token = tokens.refresh if how.carries is Proof.REFRESH and tokens.refresh is not None else tokens.access
    request = _revocation(client, how, token)
    answer = await wire.prepare(request)
    if error_code(answer) in _OPERATORS:
        raise _error(AppRefused, _not_our_app(client.spec), client, request, answer)


def _revocation(client: Client, how: Revocation, token: Secret) -> Request:
    if how.method != "POST":
        address = client.at(how.address)
        return Request(operation="oauth.revoke", method=how.method, url=address, bearer=token, accept_status=_ANSWERS)
    return _request(client, "oauth.revoke", ("POST", how.address), [(how.token_name, token)], how.client)


def _call(client: Client, operation: str, call: TokenCall, tokens: Tokens) -> Request:
    token = tokens.refresh if call.carries is Proof.REFRESH and tokens.refresh is not None else tokens.access
    values = [("grant_type", call.grant_type), (call.token_name, token)]
    return _request(client, operation, (call.method, call.address or client.rules.token), values, call.client)


def _request(client: Client, operation: str, to: tuple[str, str], values: _Values, how: ClientAuth | None) -> Request:
    """A call of a token endpoint; `to` is its method and address."""
    app, rules = client.app, client.rules
    how = rules.client if how is None else how
    method, address = to
    parameters = list(values)
    if how in {ClientAuth.BODY, ClientAuth.PUBLIC}:
        parameters.append((rules.client_id_name, app.client_id))
    if how in {ClientAuth.BODY, ClientAuth.SECRET}:
        parameters.append(("client_secret", app.client_secret))
    return Request(
        operation=operation,
        method=method,
        url=client.at(address),
        query=tuple(parameters) if method == "GET" else (),
        form=tuple(parameters) if method != "GET" else (),
        basic=(app.client_id, app.client_secret) if how is ClientAuth.BASIC else None,
        accept_status=_ANSWERS,
    )


async def _asked(wire: Wire, client: Client, request: Request, *, now: datetime) -> Tokens:
    """Send a token request and read its answer. Raises PlatformError; some networks refuse with status 200."""
    answer = await wire.prepare(request)
    tokens = read_tokens(answer, now=now, rules=client.rules)
    if tokens is None or answer.status in _ANSWERS:
        raise _refusal(client, request, answer)
    return tokens


def _refusal(client: Client, request: Request, answer: Answer) -> PlatformError:
    """What an answer without tokens means."""
    code, title = error_code(answer), client.spec.title
    of_code = request.operation == "oauth.code"
    if code in client.rules.dead_grant:
        safe = f"The consent ran out before {title} was asked. Connect the account again."
        return _error(Reconnect, safe if of_code else _over(client), client, request, answer)
    about_app = any(name == "client_secret" for name, _ in (*request.form, *request.query)) or request.basic is not None
    if code in _OPERATORS or (answer.status == HTTPStatus.UNAUTHORIZED and about_app):
        return _error(AppRefused, _not_our_app(client.spec), client, request, answer)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return _error(Reconnect, _over(client), client, request, answer)
    safe = f"{title} gave no usable sign-in." + (" Connect the account again." if of_code else "")
    return _error(Unavailable, safe, client, request, answer)


def _over(client: Client) -> str:
    return f"{client.spec.title} no longer lets Herald in. Connect the account again."


def _not_our_app(spec: Spec) -> str:
    if spec.oauth is not None and spec.oauth.registration_path is not None:
        return f"{spec.title} does not know Herald's app any more; the account is not at fault."
    called = " and ".join(app_variables(spec.name))
    return (
        f"{spec.title} does not accept Herald's app. Whoever runs Herald has to check {called}; the account is not"
        " at fault."
    )


def app_variables(platform: str) -> tuple[str, str]:
    """The environment variables of a platform's app: id and secret."""
    return f"{platform.upper()}_CLIENT_ID", f"{platform.upper()}_CLIENT_SECRET"


def _error(kind: type[_E], safe: str, client: Client, request: Request, answer: Answer | None = None) -> _E:
    code = error_code(answer) if answer is not None else None
    plain = code if code is not None and re.fullmatch(r"[\w .-]{1,60}", code) else None
    return kind(
        safe,
        platform=client.spec.name,
        operation=request.operation,
        status=answer.status if answer is not None else None,
        code=plain,
    )


def _merged(old: Tokens, new: Tokens) -> Tokens:
    """The new tokens, and of the old ones what the answer left out."""
    same = new.refresh is None or new.refresh == old.refresh
    return replace(
        new,
        refresh=old.refresh if new.refresh is None else new.refresh,
        refresh_expires_at=new.refresh_expires_at or (old.refresh_expires_at if same else None),
        scopes=new.scopes or old.scopes,
        extra={**old.extra, **new.extra},
    )


def _settled(rules: OAuthRules, tokens: Tokens, now: datetime) -> Tokens:
    """With the life a token has by the documents, and with what renews it where that is the token itself."""
    ends = tokens.access_expires_at
    if ends is None and rules.access_life is not None:
        ends = now + rules.access_life
    tokens = replace(tokens, access_expires_at=ends)
    if rules.refresh is None:
        return replace(tokens, refresh=None, refresh_expires_at=None)
    if rules.refresh.carries is Proof.ACCESS:
        return replace(tokens, refresh=tokens.access, refresh_expires_at=ends)
    return tokens
