"""Which message an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.places import parts_of

_MESSAGE = re.compile(
    r"/(?:c/(?P<number>[0-9]{1,20})|(?:s/)?(?P<name>[A-Za-z][A-Za-z0-9_]{3,31}))(?:/[0-9]{1,10})?/(?P<id>[0-9]{1,10})"
)


def post_at(account: Account, link: str) -> Published | None:
    """The message at this address of the account's chat, in a topic or not; None for another chat's."""
    found = _MESSAGE.fullmatch(parts_of(link).path)
    if found is None:
        return None
    chat = f"-100{found['number']}" if found["number"] else found["name"].casefold()
    if chat not in {account.platform_account_id, account.handle.casefold()}:
        return None
    return Published(platform_post_id=found["id"], permalink=link)
