"""From a handle to its DID, and from a DID to the server (PDS) its account lives at.

Source: https://atproto.com/specs/handle and https://atproto.com/specs/did, 2026-11-21.
"""

import re
from urllib.parse import unquote

from platforms.base import Endpoints, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_list, as_object, object_in, optional_text, text_in
from platforms.bluesky.spec import DIRECTORY
from platforms.errors import PlatformError, Refused, Unavailable

_DID = re.compile(r"did:(?:plc:[a-z2-7]{24}|web:[A-Za-z0-9.%:-]+)")
_HANDLE = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_MAX_HANDLE = 253
_RESOLVE = "com.atproto.identity.resolveHandle"
_ASK_TIMEOUT_S = 10.0
"""Looking up a name must not eat the time that is left before a post's second."""


_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Copied handles often carry marks of direction."""


def plain_identifier(typed: str) -> str:
    """A handle, DID, e-mail address or server as it was meant: without marks, `@` in front and capitals."""
    name = _INVISIBLE.sub("", typed).removeprefix("@")
    return name if name.startswith("did:") else name.lower()


def is_did(text: str) -> bool:
    """Whether it is a DID of the two methods that atproto allows."""
    return _DID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Whether it has the form of a handle, in lower case."""
    return len(text) <= _MAX_HANDLE and _HANDLE.fullmatch(text) is not None


async def ask_did(wire: Wire, server: str, handle: str) -> str | None:
    """The DID a server names for a handle; None when it says there is none. Raises Unavailable and the like."""
    request = Request(
        operation=_RESOLVE,
        method="GET",
        url=f"{server}/xrpc/{_RESOLVE}",
        query=(("handle", handle),),
        timeout_s=_ASK_TIMEOUT_S,
    )
    try:
        did = text_in(object_in(await wire.read(request)), "did")
    except Refused:
        return None
    except UnreadableError:
        raise Unavailable("The handle could not be looked up.", platform="bluesky", operation=_RESOLVE) from None
    return did if is_did(did) else None


async def ask_handle_itself(wire: Wire, handle: str) -> str | None:
    """The DID which the handle's own web server names, or None."""
    request = Request(
        operation="atproto-did",
        method="GET",
        url=f"https://{handle}/.well-known/atproto-did",
        timeout_s=_ASK_TIMEOUT_S,
        max_answer_bytes=2048,
    )
    try:
        answer = await wire.read(request)
    except PlatformError:
        return None
    did = answer.body.decode(errors="replace").strip()
    return did if is_did(did) else None


async def resolve_handle(wire: Wire, endpoints: Endpoints, handle: str) -> str | None:
    """The DID of a handle; None when nobody knows it. Raises PlatformError when nobody could be asked."""
    try:
        did = await ask_did(wire, endpoints.api, handle)
    except PlatformError as error:
        did = await ask_handle_itself(wire, handle)
        if did is None:
            raise error from None
        return did
    return did if did is not None else await ask_handle_itself(wire, handle)


async def resolve_server(wire: Wire, endpoints: Endpoints, did: str) -> str:
    """The address of the account's PDS. Raises PlatformError when it cannot be found."""
    request = Request(
        operation="did document", method="GET", url=_document_url(endpoints, did), timeout_s=_ASK_TIMEOUT_S
    )
    try:
        server = server_in(object_in(await wire.read(request)))
    except UnreadableError:
        server = None
    if server is None:
        raise Unavailable("The account's server could not be looked up.", platform="bluesky", operation="did document")
    return server


def server_in(document: object) -> str | None:
    """The PDS named by a DID document, without trailing slash; None when it names none."""
    try:
        services = as_list(as_object(document).get("service"))
        for service in map(as_object, services):
            named = text_in(service, "id").endswith("#atproto_pds")
            if named and service.get("type") == "AtprotoPersonalDataServer":
                url = optional_text(service, "serviceEndpoint")
                return url.rstrip("/") if url is not None and url.startswith(("https://", "http://")) else None
    except UnreadableError:
        return None
    return None


def _document_url(endpoints: Endpoints, did: str) -> str:
    method, _, name = did.removeprefix("did:").partition(":")
    if method == "web":
        return f"https://{unquote(name)}/.well-known/did.json"
    return f"{endpoints.directory or DIRECTORY}/{did}"
