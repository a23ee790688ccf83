"""Is the post there? Its key is ours, so one question to the account's own server proves it either way.

One absent answer is enough although a lost call may still be on its way: whichever of the two arrives second finds the
key taken (`swapRecord: null` in publish.py) and makes nothing.

Source: https://github.com/bluesky-social/atproto, packages/pds/src/api/com/atproto/repo/getRecord.ts, 2026-11-21.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.accounts import Connected
from platforms.base import Absent, CannotTell, Key, Prepared, Published, Request, Wire
from platforms.bluesky.answers import UnreadableError, object_in, text_in, unusable
from platforms.bluesky.record import Frozen, frozen_in, same_post
from platforms.bluesky.spec import COLLECTION
from platforms.errors import ContentRefused, Refused

_GET = "com.atproto.repo.getRecord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What stands at our key."""

    cid: str
    value: object


async def find(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: datetime
) -> Published | Absent | CannotTell:
    """Look at the post's own key. Raises Unavailable and the like when the server cannot be asked."""
    del key, since
    frozen = frozen_in(prepared)
    try:
        there = await read_post(wire, connected, frozen)
    except Refused as refusal:
        return CannotTell(reason=f"the server would not say: {refusal.code or refusal.status}")
    if there is None:
        return Absent(evidence=f"{_GET}: no record {frozen.rkey}")
    if not same_post(frozen.record, there.value):
        return CannotTell(reason=f"record {frozen.rkey} exists with other content")
    return published(frozen, connected.account.platform_account_id, there.cid)


async def read_post(wire: Wire, connected: Connected, frozen: Frozen) -> Found | None:
    """The record at our key, or None when the server says there is none. Raises PlatformError."""
    account = connected.account
    request = Request(
        operation=_GET,
        method="GET",
        url=f"{account.service_url}/xrpc/{_GET}",
        query=(("repo", account.platform_account_id), ("collection", COLLECTION), ("rkey", frozen.rkey)),
    )
    try:
        answer = await wire.read(request)
    except ContentRefused as refusal:
        if refusal.code == "RecordNotFound":
            return None
        raise
    try:
        fields = object_in(answer)
        return Found(cid=text_in(fields, "cid"), value=fields.get("value"))
    except UnreadableError:
        raise unusable(_GET) from None


def published(frozen: Frozen, did: str, cid: str) -> Published:
    """The post as the rest of the house knows it."""
    uri = frozen.uri(did)
    return Published(
        platform_post_id=uri,
        permalink=f"{frozen.web}/profile/{did}/post/{frozen.rkey}",
        extra={"uri": uri, "cid": cid},
    )
