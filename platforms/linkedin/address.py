"""Which post an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of

_POST = re.compile(
    r"/(?:feed/update/urn:li:|posts/[^/]*-)(?P<kind>share|ugcPost|activity)[:-](?P<id>[0-9]{5,25})(?:-[^/]*)?"
)


def post_at(account: Account, link: str) -> Published | None:  # noqa: ARG001  # Connector.post_at: it does not say whose
    """The post at this address; None for a comment's. Whose it is the address does not say.

    Comments can be made on an activity as well; numbers are told of shares alone.
    Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api, 2026-11-21.
    """
    parts = parts_of(link)
    found = _POST.fullmatch(parts.path)
    if found is None or "commentUrn" in parts.query:
        return None
    return Published(platform_post_id=f"urn:li:{found['kind']}:{found['id']}", permalink=link)
