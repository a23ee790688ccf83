"""Taking a post down. One that is gone already is fine with the server, too.

Source: packages/pds/src/api/com/atproto/repo/deleteRecord.ts of bluesky-social/atproto, 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.base import JsonObject, Request, Wire
from platforms.bluesky.calls import authorized, xrpc
from platforms.bluesky.spec import COLLECTION, NAME
from platforms.errors import ContentRefused

_DELETE = "com.atproto.repo.deleteRecord"


async def delete(wire: Wire, connected: Connected, platform_post_id: str, extra: JsonObject) -> None:
    """Delete the record of a post, given its at-URI. Raises PlatformError."""
    del extra
    did = connected.account.platform_account_id
    place, _, rkey = platform_post_id.rpartition("/")
    if place != f"at://{did}/{COLLECTION}" or not rkey:
        raise ContentRefused("This is no post of the account.", platform=NAME, operation=_DELETE)
    body = {"repo": did, "collection": COLLECTION, "rkey": rkey}
    request = Request(operation=_DELETE, method="POST", url=xrpc(connected.account.service_url, _DELETE), json=body)
    _ = await wire.prepare(authorized(connected, request))
