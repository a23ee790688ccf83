"""Who a token belongs to. The consent, renewal and revocation are `SPEC.oauth`.

Source: https://www.reddit.com/dev/api#GET_api_v1_me, read 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.answers import object_of, text
from platforms.base import Identity, Wire
from platforms.errors import Reconnect, Unavailable
from platforms.reddit.calls import read_of

ME = "GET /api/v1/me"


async def identify(wire: Wire, connected: Connected) -> Identity:
    """The one account of a consent. Raises PlatformError; Reconnect for an account that Reddit has suspended."""
    answer = await wire.read(read_of(connected, ME, "api/v1/me"))
    me = object_of(answer)
    account_id, name = text(me, "id"), text(me, "name")
    if account_id is None or name is None:
        safe = "Reddit did not say whose account this is."
        raise Unavailable(safe, platform="reddit", operation=ME, status=answer.status)
    if me.get("is_suspended") is True:
        raise Reconnect(f"Reddit has suspended u/{name}.", platform="reddit", operation=ME, status=answer.status)
    return Identity(
        platform_account_id=account_id, handle=name, display_name=name, service_url=connected.account.service_url
    )
