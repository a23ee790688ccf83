"""A bot cannot read a channel: nothing is ever found, and nothing proved absent. A person is asked.

Source: https://core.telegram.org/bots/api, 2026-11-21: no method lists messages, and a bot is not sent its own.
"""

from datetime import datetime

from bot.domain.accounts import Connected
from platforms.base import Absent, CannotTell, Key, Prepared, Published, Wire


async def find(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: datetime
) -> Published | Absent | CannotTell:
    """Nothing to be known; Herald does not even ask (`FindRules.tells`)."""
    del wire, connected, prepared, key, since
    return CannotTell(reason="Telegram shows its bots no channel's messages")
