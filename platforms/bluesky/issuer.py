"""The authorization server of an account: found from its own server, and what it says of itself.

Source: https://atproto.com/specs/oauth#authorization-servers (RFC 9728 and RFC 8414), 2026-11-21.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from platforms.base import JsonObject, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_list, object_in, optional_text, text_in
from platforms.bluesky.spec import NAME
from platforms.errors import PlatformError, Unavailable

_RESOURCE = "oauth-protected-resource"
_ISSUER = "oauth-authorization-server"
_ASK_TIMEOUT_S = 10.0
_NOT_THERE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """An authorization server and its addresses, as its metadata has them."""

    url: str
    authorize: str
    push: str
    token: str
    revoke: str | None


async def issuer_of(wire: Wire, server: str) -> str:
    """The issuer that a resource server (PDS) trusts; the server itself when it names none. Raises PlatformError."""
    request = Request(
        operation=_RESOURCE,
        method="GET",
        url=f"{server}/.well-known/{_RESOURCE}",
        accept_status=_NOT_THERE,
        timeout_s=_ASK_TIMEOUT_S,
    )
    answer = await wire.read(request)
    if answer.status in _NOT_THERE:
        return server
    try:
        named = as_list(object_in(answer).get("authorization_servers"))
    except UnreadableError:
        raise _unusable(_RESOURCE) from None
    first = named[0] if named else None
    if not isinstance(first, str) or not _is_issuer(first):
        raise _unusable(_RESOURCE)
    return first.rstrip("/")


async def read_issuer(wire: Wire, url: str) -> Issuer:
    """What the authorization server says of itself. Raises PlatformError, also when it is none that atproto allows."""
    request = Request(
        operation=_ISSUER,
        method="GET",
        url=f"{url}/.well-known/{_ISSUER}",
        accept_status=_NOT_THERE,
        timeout_s=_ASK_TIMEOUT_S,
    )
    answer = await wire.read(request)
    if answer.status in _NOT_THERE:
        raise Unavailable(
            "This server has no consent page. Connect with an app password instead.",
            platform=NAME,
            operation=_ISSUER,
            status=answer.status,
        )
    try:
        return _issuer(object_in(answer), url)
    except UnreadableError:
        raise _unusable(_ISSUER) from None


def _issuer(fields: JsonObject, url: str) -> Issuer:
    """Raises UnreadableError when it speaks for somebody else, or leads to addresses less safe than its own."""
    if text_in(fields, "issuer").rstrip("/") != url:
        raise UnreadableError
    revoke = optional_text(fields, "revocation_endpoint")
    found = Issuer(
        url=url,
        authorize=text_in(fields, "authorization_endpoint"),
        push=text_in(fields, "pushed_authorization_request_endpoint"),
        token=text_in(fields, "token_endpoint"),
        revoke=revoke,
    )
    scheme = urlsplit(url).scheme
    addresses = (found.authorize, found.push, found.token, *((revoke,) if revoke is not None else ()))
    if not all(urlsplit(address).scheme in {"https", scheme} for address in addresses):
        raise UnreadableError
    return found


def _is_issuer(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"https", "http"} and bool(parts.hostname) and not parts.query and not parts.fragment


def _unusable(operation: str) -> PlatformError:
    return Unavailable(
        "The account's server does not say usably who asks for consent there.", platform=NAME, operation=operation
    )
