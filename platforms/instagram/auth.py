"""Whose account it is.

Source: developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started, read 2026-11-21.
The answer's `user_id` is the account; its `id` belongs to the app.
"""

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text
from platforms.base import Answer, Identity, JsonObject, Request, Wire
from platforms.errors import Reconnect, Unavailable
from platforms.meta import graph, rows_of


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Who this token is for. Raises Reconnect when it is another account than the one it is kept for."""
    answer = await me(wire, connected, "user_id,username,name,account_type")
    shown = first_of(answer)
    account_id, username = identifier(shown, "user_id"), text(shown, "username")
    if account_id is None or username is None:
        raise Unavailable(
            "Instagram does not say whose account it is.",
            platform="instagram",
            operation="GET /me",
            status=answer.status,
        )
    if connected.account.platform_account_id not in {"", account_id}:
        raise Reconnect("Instagram says this access is for another account. Connect it again.", platform="instagram")
    return Identity(
        platform_account_id=account_id,
        handle=username,
        display_name=text(shown, "name") or username,
        service_url=connected.account.service_url,
    )


async def me(wire: Wire, connected: Connected, fields: str) -> Answer:
    """Ask for the account itself. Raises PlatformError."""
    return await wire.read(
        Request(
            operation="GET /me",
            method="GET",
            url=graph(connected, "me"),
            query=(("fields", fields),),
            bearer=connected.tokens.access,
        )
    )


def first_of(answer: Answer) -> JsonObject:
    """The object of an answer, which may be alone in a list."""
    rows = rows_of(answer)
    return rows[0] if rows else object_of(answer)
