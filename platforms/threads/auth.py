"""Who a token belongs to. The consent, the long-lived token and its renewal are `SPEC.oauth`.

Source: https://developers.facebook.com/docs/threads/threads-profiles, read 2026-10-07.
"""

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text
from platforms.base import Identity, Wire
from platforms.errors import Unavailable
from platforms.threads.calls import read_of

_FIELDS = "id,username,name"


async def identify(wire: Wire, connected: Connected) -> Identity:
    """The one account of a consent. Raises PlatformError."""
    operation = "GET /me"
    answer = await wire.read(read_of(connected, operation, "me", (("fields", _FIELDS),)))
    profile = object_of(answer)
    account_id, username = identifier(profile), text(profile, "username")
    if account_id is None or username is None:
        safe = "Threads did not say whose account this is."
        raise Unavailable(safe, platform="threads", operation=operation, status=answer.status)
    return Identity(
        platform_account_id=account_id,
        handle=username,
        display_name=text(profile, "name") or username,
        service_url=connected.account.service_url,
    )
