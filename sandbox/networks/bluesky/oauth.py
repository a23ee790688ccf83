"""The authorization server: questions sent ahead, a page that asks, and tokens bound to a key.

It knows the apps of loopback alone: nobody here could fetch the description of another.
Source: https://atproto.com/specs/oauth and packages/oauth/oauth-provider in github.com/bluesky-social/atproto,
read 2026-11-21.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from typing import cast
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import web

from sandbox.networks import pages
from sandbox.networks.bluesky.consents import Bound, Consents, ProofRefusal, Pushed
from sandbox.networks.bluesky.doors import Values, world_of
from sandbox.networks.bluesky.pages import LOOK
from sandbox.networks.grants import App, Token

_PAR, _AUTHORIZE, _TOKEN, _REVOKE = "/oauth/par", "/oauth/authorize", "/oauth/token", "/oauth/revoke"
_PUSHED_S = 300
_URN = "urn:ietf:params:oauth:request_uri:"
_SCOPES = frozenset({"atproto", "transition:generic", "transition:email", "transition:chat.bsky"})
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
Answering = Callable[[web.Request, Consents, Mapping[str, str]], Values]


class _Refusal(Exception):
    """An error of the protocol (RFC 6749 §5.2)."""

    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.code, self.words, self.status = code, words, status


def routes() -> list[web.RouteDef]:
    """For the server's application."""
    return [
        web.get("/.well-known/oauth-protected-resource", _resource),
        web.get("/.well-known/oauth-authorization-server", _metadata),
        web.post(_PAR, _door(_push, status=201)),
        web.get(_AUTHORIZE, _ask),
        web.post(_AUTHORIZE, _decide),
        web.post(_TOKEN, _door(_give)),
        web.post(_REVOKE, _door(_revoke)),
    ]


def _issuer(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}"


async def _resource(request: web.Request) -> web.Response:
    return web.json_response({"resource": _issuer(request), "authorization_servers": [_issuer(request)]})


async def _metadata(request: web.Request) -> web.Response:
    base = _issuer(request)
    return web.json_response(
        {
            "issuer": base,
            "authorization_endpoint": base + _AUTHORIZE,
            "token_endpoint": base + _TOKEN,
            "revocation_endpoint": base + _REVOKE,
            "pushed_authorization_request_endpoint": base + _PAR,
            "require_pushed_authorization_requests": True,
            "authorization_response_iss_parameter_supported": True,
            "client_id_metadata_document_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "response_types_supported": ["code"],
            "scopes_supported": sorted(_SCOPES),
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        }
    )


def _door(answering: Answering, *, status: int = 200) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An endpoint for programs: a form in, JSON out, and each answer names the nonce to use."""

    async def answer(request: web.Request) -> web.Response:
        consents = world_of(request).consents
        form = await request.post()
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            given = web.json_response(answering(request, consents, values), status=status)
        except (ProofRefusal, _Refusal) as refusal:
            number = refusal.status if isinstance(refusal, _Refusal) else 400
            body = {"error": refusal.code, "error_description": refusal.words}
            given = web.json_response(body, status=number)
        given.headers["DPoP-Nonce"] = consents.nonce()
        return given

    return answer


# --- Asking --------------------------------------------------------------------------------------------------------


def _push(request: web.Request, consents: Consents, values: Mapping[str, str]) -> Values:
    """A question, sent ahead by the app."""
    _ = _app(values.get("client_id", ""))
    if values.get("redirect_uri") not in _known_uris(values["client_id"]):
        raise _Refusal("invalid_redirect_uri", "Invalid redirect_uri")
    scopes = set(values.get("scope", "").split())
    if "atproto" not in scopes or not scopes <= _SCOPES & _known_scopes(values["client_id"]):
        raise _Refusal("invalid_scope", "Scope is not declared in the client metadata")
    if values.get("response_type") != "code" or not values.get("state"):
        raise _Refusal("invalid_request", "response_type and state are required")
    if not values.get("code_challenge") or values.get("code_challenge_method") != "S256":
        raise _Refusal("invalid_request", "Use of PKCE is required")
    name = f"req-{secrets.token_hex(16)}"
    consents.pushed[name] = Pushed(values=values, key=consents.holder(request))
    return {"request_uri": _URN + name, "expires_in": _PUSHED_S}


def _app(client_id: str) -> App:
    parts = urlsplit(client_id)
    if (parts.scheme, parts.netloc, parts.path.strip("/")) != ("http", "localhost", ""):
        raise _Refusal("invalid_client_metadata", f'Unable to obtain client metadata for "{client_id}"')
    return App(client_id=client_id, client_secret="", name="An application on your device")


def _known_uris(client_id: str) -> set[str]:
    uris = parse_qs(urlsplit(client_id).query).get("redirect_uri", ["http://127.0.0.1/", "http://[::1]/"])
    return {uri for uri in uris if urlsplit(uri).hostname in _LOOPBACK}


def _known_scopes(client_id: str) -> set[str]:
    return set(" ".join(parse_qs(urlsplit(client_id).query).get("scope", ["atproto"])).split())


async def _ask(request: web.Request) -> web.Response:
    """The page, or with `approve=HANDLE` a yes at once."""
    found = _asked(request, request.query)
    if found is None:
        words = "<p>This request is unknown or too old.</p>"
        return pages.card_page(LOOK, "Not possible", words, status=400)
    if "approve" in request.query:
        return _yes(request, found, request.query["approve"])
    return _page(request, found[1])


async def _decide(request: web.Request) -> web.Response:
    """What the person on the page answered."""
    form = await request.post()
    values = {name: value for name, value in form.items() if isinstance(value, str)}
    found = _asked(request, values)
    if found is None:
        return pages.card_page(LOOK, "Not possible", "<p>This request is unknown or too old.</p>", status=400)
    if values.get("decision") == "no":
        _ = world_of(request).consents.pushed.pop(found[0])
        return _back(request, found[1], {"error": "access_denied", "error_description": "The user rejected it"})
    return _yes(request, found, values.get("person", ""))


def _asked(request: web.Request, values: Mapping[str, str]) -> tuple[str, Pushed] | None:
    name = values.get("request_uri", "").removeprefix(_URN)
    pushed = world_of(request).consents.pushed.get(name)
    return (name, pushed) if pushed is not None and pushed.values["client_id"] == values.get("client_id") else None


def _page(request: web.Request, pushed: Pushed) -> web.Response:
    hint = pushed.values.get("login_hint", "")
    people = [person.handle for person in world_of(request).people.values()]
    chosen = hint if hint in people else people[0]
    rows = "".join(
        f'<label class="choice"><input type="radio" name="person" value="{escape(handle)}"'
        f"{' checked' if handle == chosen else ''}><span><b>{escape(handle)}</b></span></label>"
        for handle in people
    )
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(request.query[name])}">'
        for name in ("client_id", "request_uri")
    )
    wishes = "".join(f"<li>{escape(scope)}</li>" for scope in pushed.values["scope"].split())
    title = "An application on your device asks for access"
    body = (
        f'<div class="panel"><h1>{title}</h1><p class="soft">It wants:</p><ul>{wishes}</ul>'
        f'<form method="post" action="{_AUTHORIZE}">{hidden}<fieldset><legend>Allow as</legend>{rows}</fieldset>'
        '<div class="answers"><button class="yes" name="decision" value="yes">Authorize</button>'
        '<button name="decision" value="no">Deny access</button></div></form></div>'
    )
    return pages.card_page(LOOK, title, body)


def _yes(request: web.Request, asked: tuple[str, Pushed], handle: str) -> web.Response:
    world, (name, pushed) = world_of(request), asked
    person = world.person(handle or pushed.values.get("login_hint", "")) or next(iter(world.people.values()))
    _ = world.consents.pushed.pop(name)
    values = pushed.values
    grant = Bound(
        app=_app(values["client_id"]), person=person.did, scopes=tuple(values["scope"].split()), key=pushed.key
    )
    code = world.consents.grants.new_code(grant, values["redirect_uri"], values["code_challenge"])
    return _back(request, pushed, {"code": code})


def _back(request: web.Request, pushed: Pushed, answer: Mapping[str, str]) -> web.Response:
    query = {"state": pushed.values["state"], "iss": _issuer(request), **answer}
    return web.Response(status=302, headers={"Location": f"{pushed.values['redirect_uri']}?{urlencode(query)}"})


# --- Giving and taking ---------------------------------------------------------------------------------------------


def _give(request: web.Request, consents: Consents, values: Mapping[str, str]) -> Values:
    """Tokens for a code or a refresh token."""
    key, client_id = consents.holder(request), values.get("client_id", "")
    if values.get("grant_type") == "authorization_code":
        grant = _of_code(consents, values, client_id)
    elif values.get("grant_type") == "refresh_token":
        grant = _of_refresh(consents, values.get("refresh_token", ""), client_id)
    else:
        raise _Refusal("unsupported_grant_type", "Grant type is not supported")
    if grant.key != key:
        grant.ended = True
        raise _Refusal("invalid_grant", "DPoP key does not match")
    settings = world_of(request).settings
    access, refresh = (
        consents.grants.new_access(grant, settings.consent_access_s),
        consents.grants.new_refresh(grant, settings.refresh_s),
    )
    return {
        "access_token": access.value,
        "token_type": "DPoP",
        "refresh_token": refresh.value,
        "scope": " ".join(grant.scopes),
        "expires_in": int(settings.consent_access_s),
        "sub": grant.person,
    }


def _of_code(consents: Consents, values: Mapping[str, str], client_id: str) -> Bound:
    code = consents.grants.codes.pop(values.get("code", ""), None)
    digest = urlsafe_b64encode(hashlib.sha256(values.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
    if (
        code is None
        or code.grant.app.client_id != client_id
        or code.redirect_uri != values.get("redirect_uri")
        or code.expires_at <= consents.grants.now()
        or code.challenge != digest
    ):
        raise _Refusal("invalid_grant", "Invalid code")
    return cast("Bound", code.grant)


def _of_refresh(consents: Consents, value: str, client_id: str) -> Bound:
    token = consents.grants.refresh.get(value)
    if token is None or token.grant.app.client_id != client_id:
        raise _Refusal("invalid_grant", "Invalid refresh token")
    if token.used:
        token.grant.ended = True
        raise _Refusal("invalid_grant", "Refresh token replayed")
    if not consents.grants.live(token):
        raise _Refusal("invalid_grant", "Invalid refresh token")
    token.used = True
    return cast("Bound", token.grant)


def _revoke(request: web.Request, consents: Consents, values: Mapping[str, str]) -> Values:
    """End a consent; fine also when there is none."""
    del request
    tokens: tuple[Mapping[str, Token], ...] = (consents.grants.refresh, consents.grants.access)
    for known in tokens:
        if (token := known.get(values.get("token", ""))) is not None:
            token.grant.ended = True
    return {}
