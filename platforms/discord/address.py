"""Which message an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.answers import identifier
from platforms.base import Published
from platforms.places import parts_of

_MESSAGE = re.compile(r"/channels/(?P<guild>[0-9]{1,20})/(?P<channel>[0-9]{1,20})/(?P<id>[0-9]{1,20})")


def post_at(account: Account, link: str) -> Published | None:
    """The message at this address of the webhook's server, and its thread where it is not in the webhook's channel."""
    found = _MESSAGE.fullmatch(parts_of(link).path)
    guild, channel = (identifier(account.limits, name) for name in ("guild_id", "channel_id"))
    if found is None or found["guild"] != (guild or found["guild"]):
        return None
    inside = {} if channel in {None, found["channel"]} else {"thread": found["channel"]}
    return Published(platform_post_id=found["id"], permalink=link, extra=inside)
