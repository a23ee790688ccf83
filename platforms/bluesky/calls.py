"""Calls to an account's own server, in the account's name: by session, or by a consent bound to a key (DPoP)."""

from dataclasses import replace

from bot.domain.accounts import Connected, Secret, Tokens
from platforms.base import Request

DPOP_KEY = "dpop_key"
"""In a consent's tokens: the private key they are bound to. Losing it means connecting again."""


def key_of(tokens: Tokens) -> Secret | None:
    """The key that tokens of a consent are bound to; None for a session by app password."""
    return tokens.extra.get(DPOP_KEY)


def authorized(connected: Connected, request: Request) -> Request:
    """The request in the account's name."""
    return replace(request, bearer=connected.tokens.access, dpop=key_of(connected.tokens))


def xrpc(server: str, method: str) -> str:
    """The address of a call at a server."""
    return f"{server}/xrpc/{method}"
