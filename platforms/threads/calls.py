"""Requests to the Graph of Threads: where they go and how the token goes along."""

from bot.domain.accounts import Connected, Secret
from platforms.base import Request
from platforms.threads.spec import VERSION

Parameters = tuple[tuple[str, str], ...]


def read_of(
    connected: Connected, operation: str, path: str, query: Parameters = (), *, timeout_s: float = 30.0
) -> Request:
    """A GET."""
    token: tuple[tuple[str, str | Secret], ...] = (("access_token", connected.tokens.access),)
    return Request(
        operation=operation,
        method="GET",
        url=_at(connected, path),
        query=(*query, *token),
        timeout_s=timeout_s,
    )


def post_of(connected: Connected, operation: str, path: str, form: Parameters) -> Request:
    """A POST with a form."""
    token: tuple[tuple[str, str | Secret], ...] = (("access_token", connected.tokens.access),)
    return Request(operation=operation, method="POST", url=_at(connected, path), form=(*form, *token))


def delete_of(connected: Connected, operation: str, path: str) -> Request:
    """A DELETE."""
    return Request(
        operation=operation,
        method="DELETE",
        url=_at(connected, path),
        query=(("access_token", connected.tokens.access),),
    )


def _at(connected: Connected, path: str) -> str:
    return f"{connected.account.service_url}/{VERSION}/{path}"
