"""Whose access this is, and whether that account may be used: one question to its own server."""

from collections.abc import Mapping

from bot.domain.accounts import Tokens
from platforms.base import Identity, Request, Wire
from platforms.bluesky.answers import UnreadableError, object_in, optional_text, text_in, unusable
from platforms.bluesky.calls import key_of, xrpc
from platforms.bluesky.spec import NAME
from platforms.errors import Reconnect

_CHECK = "com.atproto.server.getSession"


async def identity_of(wire: Wire, server: str, did: str, tokens: Tokens) -> Identity:
    """The account with this DID, as its server shows it to whoever has these tokens.

    Raises Reconnect when they are somebody else's or the account is not active, and other PlatformErrors.
    """
    url = xrpc(server, _CHECK)
    request = Request(operation=_CHECK, method="GET", url=url, bearer=tokens.access, dpop=key_of(tokens))
    try:
        fields = object_in(await wire.read(request))
        there, handle = text_in(fields, "did"), text_in(fields, "handle")
    except UnreadableError:
        raise unusable(_CHECK) from None
    if there != did:
        raise Reconnect("This access belongs to another Bluesky account. Connect the account again.", platform=NAME)
    refuse_inactive(status_in(fields))
    return Identity(platform_account_id=did, handle=handle, display_name=handle, service_url=server)


def status_in(fields: Mapping[str, object]) -> str | None:
    """Why an account is not active; None when it is."""
    return (optional_text(fields, "status") or "inactive") if fields.get("active") is False else None


def refuse_inactive(status: str | None) -> None:
    """Raises Reconnect for an account that may not be used."""
    if status is not None:
        safe = f"Bluesky says this account is {status}. Its owner has to settle that; then connect it again."
        raise Reconnect(safe, platform=NAME)
