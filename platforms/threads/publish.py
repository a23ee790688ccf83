"""The one call that makes a post seen: publishing its container. And taking a post down.

A container is published once: after a lost answer its own status says whether it was (find.py). A refusal is therefore
held against that status, too, before anybody believes it.

Source: https://developers.facebook.com/docs/threads/posts and /troubleshooting, read 2026-10-07.
"""

from bot.domain.accounts import Connected
from platforms.answers import identifier, object_of, text
from platforms.base import Answer, JsonObject, Key, Prepared, Published, Request, Wire
from platforms.errors import (
    DuplicateRefused,
    MaterialGone,
    NotReady,
    OutcomeUnknown,
    PlatformError,
    Refused,
    Unavailable,
)
from platforms.threads.calls import delete_of, post_of, read_of
from platforms.threads.containers import GONE, Status, status_of

PUBLISH = "POST /threads_publish"
DELETE = "DELETE /media"
_AFTERWARDS_S = 5.0
"""The longest a call may take that is only of use: the post is out already."""
_QUOTA = "quota_usage,config"
_SAYS_NOTHING = frozenset({"1", "2"})
"""The Graph's codes for "something went wrong"."""


async def publish(wire: Wire, connected: Connected, prepared: Prepared, key: Key) -> Published:
    """Publish the container. Raises PlatformError.

    DuplicateRefused when it was published before, MaterialGone when it cannot be any more, NotReady when it is too
    early.
    """
    del key
    container, account = text(prepared.data, "container") or "", connected.account.platform_account_id
    request = post_of(connected, PUBLISH, f"{account}/threads_publish", (("creation_id", container),))
    try:
        answer = await wire.create(request)
    except (Refused, NotReady) as refusal:
        raise await _held_against_status(wire, connected, container, refusal) from refusal
    except Unavailable as broken:
        if broken.code not in _SAYS_NOTHING:
            raise
        raise _unknown(broken.status) from broken
    post_id = identifier(object_of(answer))
    if post_id is None:
        raise _unknown(answer.status)
    permalink = await _permalink(wire, connected, post_id)
    await _hear_quota(wire, connected)
    return Published(platform_post_id=post_id, permalink=permalink)


async def delete(wire: Wire, connected: Connected, post_id: str, extra: JsonObject) -> None:
    """Take a post down; one that is gone already is fine. Raises PlatformError."""
    del extra
    try:
        await wire.prepare(delete_of(connected, DELETE, post_id))
    except NotReady as gone:
        if gone.code not in GONE:
            raise


async def _held_against_status(
    wire: Wire, connected: Connected, container: str, refusal: Refused | NotReady
) -> PlatformError:
    """What a refusal means, given how far the container is. Where nobody can say, it may be live."""
    try:
        status, _ = await status_of(wire, connected, container)
    except PlatformError:
        status = Status.PUBLISHED
    facts = {"platform": "threads", "operation": PUBLISH, "status": refusal.status, "code": refusal.code}
    if status is Status.PUBLISHED:
        return DuplicateRefused("Threads says that this was published before.", **facts)  # pyright: ignore[reportArgumentType]  # the facts of PlatformError
    if status in {Status.EXPIRED, Status.ERROR}:
        return MaterialGone("Threads no longer has what was prepared.", **facts)  # pyright: ignore[reportArgumentType]  # the same
    return refusal


async def _permalink(wire: Wire, connected: Connected, post_id: str) -> str | None:
    """Where people see it; None when Threads does not say now."""
    request = read_of(connected, "GET /media", post_id, (("fields", "id,permalink"),), timeout_s=_AFTERWARDS_S)
    answer = await _of_use(wire, request)
    return text(object_of(answer), "permalink") if answer is not None else None


async def _hear_quota(wire: Wire, connected: Connected) -> None:
    """Ask how much of the day's posts is spent; the wire hears the answer."""
    path = f"{connected.account.platform_account_id}/threads_publishing_limit"
    query = (("fields", _QUOTA),)
    await _of_use(wire, read_of(connected, "GET /threads_publishing_limit", path, query, timeout_s=_AFTERWARDS_S))


async def _of_use(wire: Wire, request: Request) -> Answer | None:
    try:
        return await wire.read(request)
    except PlatformError:
        return None


def _unknown(status: int | None) -> OutcomeUnknown:
    safe = "Threads gave an answer that cannot be read. The post may be live."
    return OutcomeUnknown(safe, platform="threads", operation=PUBLISH, status=status)
