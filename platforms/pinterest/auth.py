"""Whose account it is.

Source: https://developers.pinterest.com/docs/api/v5/user_account-get/, 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text
from platforms.base import Identity, JsonObject, Request, Wire
from platforms.errors import Unavailable
from platforms.pinterest.spec import SPEC, V5


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Whose token it is. Raises PlatformError."""
    account = await account_of(wire, connected)
    account_id, username = identifier(account), text(account, "username")
    if account_id is None or username is None:
        raise Unavailable("Pinterest did not say whose account this is.", platform=SPEC.name, operation=OPERATION)
    return Identity(
        platform_account_id=account_id,
        handle=username,
        display_name=text(account, "business_name") or username,
        service_url=connected.account.service_url,
    )


OPERATION = "user_account/get"


async def account_of(wire: Wire, connected: Connected) -> JsonObject:
    """The account, as Pinterest shows it to its owner. Raises PlatformError."""
    answer = await wire.read(
        Request(
            operation=OPERATION,
            method="GET",
            url=f"{connected.account.service_url}{V5}/user_account",
            bearer=connected.tokens.access,
        )
    )
    return object_of(answer)
