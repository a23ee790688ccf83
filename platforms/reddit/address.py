"""Which post or comment an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of
from platforms.reddit.options import crossposted

_COMMENT = re.compile(r"/(?:r|u|user)/[^/]+/comments/[a-z0-9]{2,13}/[^/]*/(?P<id>[a-z0-9]{2,13})")


def post_at(account: Account, link: str) -> Published | None:  # noqa: ARG001  # Connector.post_at: it does not say whose
    """The post or comment at this address. Whose it is the address does not say."""
    parts = parts_of(link)
    if comment := _COMMENT.fullmatch(parts.path):
        return Published(platform_post_id=f"t1_{comment['id']}", permalink=link)
    name = crossposted(parts.geturl())
    return None if name is None else Published(platform_post_id=name, permalink=link)
