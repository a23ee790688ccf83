"""A Page's numbers of each day. Pages with fewer than a hundred likes have none.

Source: developers.facebook.com/docs/graph-api/reference/page/insights, read 2026-11-21.
"""

from datetime import date

from bot.domain.accounts import Connected
from platforms.base import AccountDay, Endpoints, Wire
from platforms.meta_days import days_of

NAMES = {
    "views": "page_media_view",
    "reach": "page_total_media_view_unique",
    "video_views": "page_video_views",
    "followers": "page_follows",
}


async def history(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.history
    connected: Connected,
    first: date,
    last: date,
) -> tuple[AccountDay, ...]:
    """The days from `first` to `last`. Raises PlatformError."""
    return await days_of(wire, connected, first, last, NAMES)
