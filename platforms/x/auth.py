"""Who an access belongs to. The consent itself is data: `OAuthRules` in spec.py.

Source: https://docs.x.com/x-api/users/get-me, read 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.answers import text
from platforms.base import Identity, JsonObject, Request, Wire
from platforms.x.reading import data_of, unreadable
from platforms.x.spec import VERSION

_FIELDS = ("id", "name", "profile_image_url", "public_metrics", "subscription_type", "username", "verified_type")


async def identify(wire: Wire, connected: Connected) -> Identity:
    """Who the access belongs to, and their subscription, on which limits depend. Raises PlatformError."""
    me = await ask_me(wire, connected)
    name = text(me, "username") or ""
    return Identity(
        platform_account_id=text(me, "id") or "",
        handle=name,
        display_name=text(me, "name") or name,
        service_url=connected.account.service_url,
        limits={"subscription_type": text(me, "subscription_type") or "None"},
    )


async def ask_me(wire: Wire, connected: Connected) -> JsonObject:
    """The account as X describes it to itself. Raises PlatformError."""
    request = Request(
        operation="GET /2/users/me",
        method="GET",
        url=f"{connected.account.service_url}{VERSION}/users/me",
        query=(("user.fields", ",".join(_FIELDS)),),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    me = data_of(answer)
    if not (text(me, "id") or "").isdigit() or text(me, "username") is None:
        raise unreadable(request.operation, answer.status)
    return me
