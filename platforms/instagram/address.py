"""Which post an address leads to."""

from bot.domain.accounts import Account
from platforms.base import Published


def post_at(_account: Account, _link: str) -> Published | None:
    """None: an address has a short name of the post, and nothing at Instagram tells which id that is."""
    return None
