"""Registering an application, asking a person, giving and revoking tokens.

Source: docs.joinmastodon.org/methods/apps and /methods/oauth, read 2026-11-21.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from typing import cast
from urllib.parse import urlencode

from aiohttp import web

from sandbox.networks.mastodon import pages
from sandbox.networks.mastodon.doors import Refusal, Values, base_url, covers, play, read_values, text_of, world_of
from sandbox.networks.mastodon.world import Application, Grant, Token, World

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
CODE_S = 600
_SCOPES = ("read", "write", "profile", "follow", "push")
_BAD_CLIENT = "Client authentication failed due to unknown client, no client authentication included, or unsupported \
authentication method."
_BAD_GRANT = "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used \
in the authorization request, or was issued to another client."


async def register(request: web.Request) -> web.Response:
    """`POST /api/v1/apps`."""
    values, world = await read_values(request), world_of(request)
    name, uris = text_of(values, "client_name"), values.get("redirect_uris")
    if name is None:
        raise Refusal(422, "Validation failed: Application name can't be blank")
    redirects = (
        tuple(map(str, cast("list[object]", uris))) if isinstance(uris, list) else tuple(str(uris or "").split())
    )
    if not redirects:
        raise Refusal(422, "Validation failed: Redirect URI can't be blank")
    scopes = tuple((text_of(values, "scopes") or "read").split())
    if any(not _known(scope) for scope in scopes):
        raise Refusal(422, "Validation failed: Scopes doesn't match configured on the server.")
    application = Application(
        id=world.next_id(),
        name=name,
        client_id=secrets.token_urlsafe(32),
        client_secret=secrets.token_urlsafe(32),
        redirect_uris=redirects,
        scopes=scopes,
        website=text_of(values, "website"),
    )
    world.applications[application.client_id] = application
    return web.json_response(
        {
            "id": application.id,
            "name": name,
            "website": application.website,
            "scopes": list(scopes),
            "redirect_uris": list(redirects),
            "redirect_uri": "\n".join(redirects),
            "client_id": application.client_id,
            "client_secret": application.client_secret,
            "client_secret_expires_at": 0,
            "vapid_key": "",
        }
    )


async def authorize(request: web.Request) -> web.Response:
    """`GET /oauth/authorize`: a page that asks, or, with `approve=1` or `auto_approve`, a yes at once."""
    values = dict(request.query)
    application, scopes = _asked(request, values)
    if world_of(request).settings.auto_approve or values.get("approve"):
        return _approve(request, values, application, scopes)
    return pages.consent_page(request, application, scopes)


async def decide(request: web.Request) -> web.Response:
    """`POST /oauth/authorize`: what the person on the page answered."""
    form = await request.post()
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    application, scopes = _asked(request, values)
    if values.get("decision") == "no":
        return _redirect(values, {"error": "access_denied", "error_description": "The resource owner denied it."})
    return _approve(request, values, application, scopes)


def _known(scope: str) -> bool:
    return scope.partition(":")[0] in _SCOPES


def _asked(request: web.Request, values: dict[str, str]) -> tuple[Application, tuple[str, ...]]:
    application = world_of(request).applications.get(values.get("client_id", ""))
    if application is None:
        raise Refusal(401, "invalid_client", _BAD_CLIENT)
    if values.get("redirect_uri") not in application.redirect_uris:
        raise Refusal(400, "invalid_redirect_uri", "The redirect uri included is not valid.")
    if values.get("response_type") != "code":
        raise Refusal(400, "unsupported_response_type", "The authorization server does not support this response type.")
    if values.get("code_challenge") and values.get("code_challenge_method") != "S256":
        raise Refusal(400, "invalid_code_challenge_method", "The code challenge method must be S256.")
    scopes = tuple(values.get("scope", "read").split())
    if not all(covers(application.scopes, scope) for scope in scopes):
        raise Refusal(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return application, scopes


def _approve(
    request: web.Request, values: dict[str, str], application: Application, scopes: tuple[str, ...]
) -> web.Response:
    world = world_of(request)
    person = world.people.get(values.get("username", ""), next(iter(world.people.values())))
    code = secrets.token_urlsafe(32)
    world.grants[code] = Grant(
        application=application,
        person=person,
        redirect_uri=values["redirect_uri"],
        scopes=scopes,
        challenge=values.get("code_challenge"),
        expires_at=world.now() + timedelta(seconds=CODE_S),
    )
    return _redirect(values, {"code": code})


def _redirect(values: dict[str, str], answer: dict[str, str]) -> web.Response:
    if values["redirect_uri"] == OUT_OF_BAND:
        return pages.code_page(answer.get("code", ""))
    if "state" in values:
        answer = answer | {"state": values["state"]}
    mark = "&" if "?" in values["redirect_uri"] else "?"
    return web.Response(status=302, headers={"Location": f"{values['redirect_uri']}{mark}{urlencode(answer)}"})


async def give_token(request: web.Request) -> web.Response:
    """`POST /oauth/token`: `authorization_code` for a person, `client_credentials` for the application alone."""
    await play(request, "token")
    values, world = await read_values(request), world_of(request)
    application = _client(request, values)
    if values.get("grant_type") == "authorization_code":
        token = _redeem(request, values, application)
    elif values.get("grant_type") == "client_credentials":
        scopes = tuple((text_of(values, "scope") or "read").split())
        token = _token(request, application, None, scopes)
    else:
        raise Refusal(400, "unsupported_grant_type", "The authorization grant type is not supported.")
    world.tokens[token.value] = token
    return web.json_response(
        {
            "access_token": token.value,
            "token_type": "Bearer",
            "scope": " ".join(token.scopes),
            "created_at": int(token.created_at.timestamp()),
        }
    )


def _client(request: web.Request, values: Values) -> Application:
    application = world_of(request).applications.get(text_of(values, "client_id") or "")
    secret = text_of(values, "client_secret") or ""
    if application is None or not hmac.compare_digest(application.client_secret, secret):
        raise Refusal(401, "invalid_client", _BAD_CLIENT)
    return application


def _redeem(request: web.Request, values: Values, application: Application) -> Token:
    world = world_of(request)
    grant = world.grants.pop(text_of(values, "code") or "", None)
    if (
        grant is None
        or grant.application is not application
        or grant.redirect_uri != text_of(values, "redirect_uri")
        or grant.expires_at <= world.now()
        or not _proved(grant.challenge, text_of(values, "code_verifier"))
    ):
        raise Refusal(400, "invalid_grant", _BAD_GRANT)
    return _given(world, grant) or _token(request, application, grant, grant.scopes)


def _given(world: World, grant: Grant) -> Token | None:
    """The living token that this person gave the application before: Mastodon gives it again (`reuse_access_token`)."""
    wanted = (grant.application, grant.person, set(grant.scopes))
    known = (token for token in world.tokens.values() if not token.revoked)
    return next((token for token in known if (token.application, token.person, set(token.scopes)) == wanted), None)


def _proved(challenge: str | None, verifier: str | None) -> bool:
    if challenge is None:
        return True
    digest = sha256((verifier or "").encode()).digest()
    return hmac.compare_digest(urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)


def _token(request: web.Request, application: Application, grant: Grant | None, scopes: tuple[str, ...]) -> Token:
    return Token(
        value=secrets.token_urlsafe(32),
        application=application,
        person=grant.person if grant else None,
        scopes=scopes,
        created_at=world_of(request).now(),
    )


async def revoke(request: web.Request) -> web.Response:
    """`POST /oauth/revoke`: 200 also for an unknown token, 403 for another application's."""
    values = await read_values(request)
    application = _client_or_403(request, values)
    token = world_of(request).tokens.get(text_of(values, "token") or "")
    if token is not None and token.application is not application:
        raise Refusal(403, "unauthorized_client", "You are not authorized to revoke this token")
    if token is not None:
        token.revoked = True
    return web.json_response({})


def _client_or_403(request: web.Request, values: Values) -> Application:
    try:
        return _client(request, values)
    except Refusal:
        raise Refusal(403, "unauthorized_client", "You are not authorized to revoke this token") from None


async def discover(request: web.Request) -> web.Response:
    """`GET /.well-known/oauth-authorization-server`."""
    base = base_url(request)
    return web.json_response(
        {
            "issuer": f"{base}/",
            "authorization_endpoint": f"{base}/oauth/authorize",
            "token_endpoint": f"{base}/oauth/token",
            "revocation_endpoint": f"{base}/oauth/revoke",
            "app_registration_endpoint": f"{base}/api/v1/apps",
            "scopes_supported": ["read", "write", "read:accounts", "read:statuses", "write:statuses", "write:media"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )
