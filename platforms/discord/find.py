"""A webhook can list nothing: no message is ever found, and none proved absent. A person is asked.

Source: https://docs.discord.com/developers/resources/webhook#get-webhook-message, read 2026-11-21: a message is shown
to who knows its number, and that is in the answer which was lost.
"""

from datetime import datetime

from bot.domain.accounts import Connected
from platforms.base import Absent, CannotTell, Key, Prepared, Published, Wire


async def find(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: datetime
) -> Published | Absent | CannotTell:
    """Nothing to be known; Herald does not even ask (`FindRules.tells`)."""
    del wire, connected, prepared, key, since
    return CannotTell(reason="Discord shows a webhook no list of its messages")
