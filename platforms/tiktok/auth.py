"""Who a token belongs to, and what TikTok allows that creator. Connecting itself is the spec's OAuth rules.

Source: https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info, read 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.answers import as_object, text
from platforms.base import Identity, Wire
from platforms.errors import RateLimited, Unavailable
from platforms.tiktok.calls import user_info
from platforms.tiktok.creator import Creator, ask_creator

_BASIC = ("open_id", "union_id", "avatar_url", "display_name")
_PROFILE = "user.info.profile"


async def identify(wire: Wire, connected: Connected) -> Identity:
    """The account, with what TikTok offers it at present. Raises PlatformError.

    An account whose posts of the day are used up is told nothing of what it is offered.
    """
    scopes = connected.tokens.scopes
    fields = (*_BASIC, "username") if not scopes or _PROFILE in scopes else _BASIC
    user = as_object((await user_info(wire, connected, fields)).get("user"))
    open_id = text(user, "open_id")
    if open_id is None:
        raise Unavailable("TikTok did not say whose sign-in this is.", platform="tiktok", operation="GET user/info")
    try:
        creator = await ask_creator(wire, connected)
    except RateLimited:
        creator = Creator()
    name = text(user, "display_name") or creator.nickname
    return Identity(
        platform_account_id=open_id,
        handle=text(user, "username") or creator.username or name or open_id,
        display_name=name or open_id,
        service_url=connected.account.service_url,
        limits=creator.to_json(),
    )
