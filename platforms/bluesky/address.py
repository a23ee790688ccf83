"""Which post an address leads to."""

import re

from bot.domain.accounts import Account
from platforms.base import Published
from platforms.bluesky.spec import COLLECTION
from platforms.places import parts_of

_POST = re.compile(r"/profile/(?P<who>[^/]+)/post/(?P<rkey>[A-Za-z0-9._~:-]{1,512})")


def post_at(account: Account, link: str) -> Published | None:
    """The account's post at this address, whichever site shows it; None for another's. No address tells its cid."""
    found, did = _POST.fullmatch(parts_of(link).path), account.platform_account_id
    if found is None or found["who"].casefold() not in {did.casefold(), account.handle.casefold()}:
        return None
    uri = f"at://{did}/{COLLECTION}/{found['rkey']}"
    return Published(platform_post_id=uri, permalink=link, extra={"uri": uri})
