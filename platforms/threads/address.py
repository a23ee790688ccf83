"""Which post a web address leads to. The code in an address is no id: the account's own lists tell whose it is.

Source: https://developers.facebook.com/docs/threads/threads-media, read 2026-10-07.
"""

import re
from dataclasses import replace

from bot.domain.accounts import Connected
from bot.domain.content import Draft, Reference
from bot.domain.typed import is_web_address
from platforms.answers import identifier, text
from platforms.base import Wire
from platforms.errors import ContentRefused, Unavailable
from platforms.places import parts_of
from platforms.threads.calls import read_of
from platforms.threads.reading import rows_of

_CODE = re.compile(r"/(?:@[^/]+/post|t)/([A-Za-z0-9_-]{1,40})")
_LISTS = ("threads", "replies")
_UNKNOWN = "The link given for the part before this one is of no post of this account. Post this part by hand."


async def with_parent(wire: Wire, connected: Connected, draft: Draft) -> Draft:
    """The draft with the id of the post it continues, asked for where only its link is known. Raises PlatformError."""
    parent = draft.parent
    if parent is None or not is_web_address(parent.platform_post_id):
        return draft
    code = _code(parent.platform_post_id)
    for which in _LISTS if code is not None else ():
        if (found := (await _codes(wire, connected, which)).get(code)) is not None:
            return replace(draft, parent=Reference(platform_post_id=found))
    raise ContentRefused(_UNKNOWN, platform="threads", operation="parent")


def _code(address: str) -> str | None:
    found = _CODE.fullmatch(parts_of(address).path)
    return found[1] if found else None


async def _codes(wire: Wire, connected: Connected, which: str) -> dict[str | None, str]:
    """The ids of the account's newest posts by the codes in their addresses."""
    operation, path = f"GET /{which}", f"{connected.account.platform_account_id}/{which}"
    answer = await wire.read(read_of(connected, operation, path, (("fields", "id,permalink"), ("limit", "100"))))
    rows = rows_of(answer)
    if rows is None:
        safe = "Threads' list of posts cannot be read."
        raise Unavailable(safe, platform="threads", operation=operation, status=answer.status)
    return {_code(text(row, "permalink") or ""): one_id for row in rows if (one_id := identifier(row)) is not None}
