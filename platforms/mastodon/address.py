"""Which status an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of

_ID = r"(?P<id>[0-9A-Za-z]{1,40})"
_WAYS = tuple(
    re.compile(way)
    for way in (
        rf"/(?:(?:web|deck)/)?@(?P<name>[^/@]+)(?:@[^/]+)?/(?:statuses/)?{_ID}",
        rf"/users/(?P<name>[^/]+)/statuses/{_ID}",
        rf"/p/(?P<name>[^/]+)/{_ID}",
    )
)
"""Mastodon's and GoToSocial's, ActivityPub's, and Pixelfed's."""


def post_at(account: Account, link: str) -> Published | None:
    """The account's status at this address of its own server; elsewhere the same status has another id."""
    parts, name = parts_of(link), account.handle.partition("@")[0]
    if parts.netloc != parts_of(account.service_url).netloc:
        return None
    found = next((match for way in _WAYS if (match := way.fullmatch(parts.path))), None)
    if found is None or found["name"].casefold() != name.casefold():
        return None
    return Published(platform_post_id=found["id"], permalink=link, extra={"id": found["id"]})
