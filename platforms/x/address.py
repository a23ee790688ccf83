"""Which post an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of

_POST = re.compile(r"/(?:i(?:/web)?|(?P<name>\w{1,15}))/status(?:es)?/(?P<id>[0-9]{1,19})(?:/.*)?")


def post_at(account: Account, link: str) -> Published | None:
    """The account's post at this address; None for another's, and for what is no post's address."""
    found = _POST.fullmatch(parts_of(link).path)
    if found is None or (found["name"] or account.handle).casefold() != account.handle.casefold():
        return None
    return Published(platform_post_id=found["id"], permalink=link)
