"""How many different accounts saw something of the account on each day: all else is told as one sum.

Source: developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights, read 2026-11-21.
"""

from datetime import date

from bot.domain.accounts import Connected
from platforms.base import AccountDay, Endpoints, Wire
from platforms.meta_days import days_of

NAMES = {"reach": "reach"}


async def history(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.history
    connected: Connected,
    first: date,
    last: date,
) -> tuple[AccountDay, ...]:
    """The days from `first` to `last`. Raises PlatformError."""
    return await days_of(wire, connected, first, last, NAMES)
