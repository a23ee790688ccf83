"""Herald as an OAuth client of atproto: there is no registration, an app describes itself at its own client id.

Source: https://atproto.com/specs/oauth#clients, 2026-11-21.
"""

from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit

from bot.domain.accounts import Secret
from platforms.base import AppRegistration, JsonObject
from platforms.bluesky.spec import NAME
from platforms.consent import document_url
from platforms.proofs import new_key, public_key, thumbprint

SCOPES = "atproto transition:generic"
"""To post, to upload, and to name Herald to the video service, as an app password may.

Source: https://atproto.com/specs/oauth#authorization-scopes, 2026-11-21.
"""
_NEEDS = "Bluesky's consent page needs Herald at a public https address"


def trouble(redirect_uri: str) -> str | None:
    """Why no consent can come back to this address; None when it can."""
    parts = urlsplit(redirect_uri)
    if parts.hostname == "localhost":
        return f"{_NEEDS}, or at http://127.0.0.1 on this machine. Set HERALD_PUBLIC_URL, or use an app password."
    if _on_loopback(redirect_uri):
        return None
    if parts.scheme == "https" and _is_public(parts.hostname or ""):
        return None
    return f"{_NEEDS}. Set HERALD_PUBLIC_URL, or use an app password."


def register(redirect_uri: str) -> AppRegistration:
    """Herald with this redirect address, and a key by which servers let consents last: two years instead of two weeks.

    On loopback nobody could read a description: there the client id itself holds it, and there is no key.
    """
    if _on_loopback(redirect_uri):
        query = urlencode({"redirect_uri": redirect_uri, "scope": SCOPES})
        return AppRegistration(
            client_id=f"http://localhost?{query}", client_secret=Secret(""), redirect_uri=redirect_uri
        )
    return AppRegistration(
        client_id=document_url(redirect_uri, NAME), client_secret=new_key(), redirect_uri=redirect_uri
    )


def document(app: AppRegistration) -> JsonObject:
    """What stands at the client id."""
    parts = urlsplit(app.client_id)
    key = {**public_key(app.client_secret), "kid": thumbprint(app.client_secret), "use": "sig", "alg": "ES256"}
    return {
        "client_id": app.client_id,
        "client_name": "Herald",
        "client_uri": f"{parts.scheme}://{parts.netloc}",
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [app.redirect_uri],
        "scope": SCOPES,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "dpop_bound_access_tokens": True,
        "jwks": {"keys": [key]},
    }


def by_account(handle: str, server: str) -> str:
    """What to ask for when this account is connected again."""
    del server
    return handle


def _on_loopback(redirect_uri: str) -> bool:
    parts = urlsplit(redirect_uri)
    return parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1"}


def _is_public(host: str) -> bool:
    """Whether a server elsewhere might find a name; addresses and names of home networks are refused there."""
    try:
        _ = ip_address(host)
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _PRIVATE
    return False


_PRIVATE = frozenset({"test", "local", "localhost", "invalid", "example"})
"""Source: packages/oauth/oauth-types/src/util.ts of bluesky-social/atproto, 2026-11-21."""
