"""Looking for a post that may have been made: its container says whether, the account's list says which.

A container is this item's alone, so `PUBLISHED` is a proof; only the post's own number has to be read off the list, by
text, kind, parent and time. A container that is `FINISHED` or `EXPIRED` was not published, and is believed only while
the list shows nothing like it either. That the same post is not taken for two items is the caller's to see to.

Source: https://developers.facebook.com/docs/threads/troubleshooting and /threads-media, read 2026-10-07.
"""

from datetime import datetime, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_object, identifier, text
from platforms.base import Absent, CannotTell, JsonObject, Key, Prepared, Published, Wire
from platforms.errors import Unavailable
from platforms.threads.calls import read_of
from platforms.threads.containers import Status, status_of
from platforms.threads.counting import comparable
from platforms.threads.reading import moment, rows_of
from platforms.threads.spec import CAROUSEL, IMAGE, VIDEO

CLOCK_MARGIN = timedelta(seconds=60)
"""By how much the clocks of Threads and of us may differ, and seconds are cut."""
PAGE = 100
"""The most the list gives at once."""
_FIELDS = "id,text,permalink,timestamp,media_type,replied_to"
_KINDS = {IMAGE: "IMAGE", VIDEO: "VIDEO", CAROUSEL: "CAROUSEL_ALBUM"}
_NOT_OUT = frozenset({Status.FINISHED, Status.EXPIRED, Status.ERROR})


async def find(
    wire: Wire, connected: Connected, prepared: Prepared, key: Key, since: datetime
) -> Published | Absent | CannotTell:
    """Whether the prepared container was published since then. Raises PlatformError when it cannot be looked."""
    del key
    container = text(prepared.data, "container")
    if container is None:
        return CannotTell(reason="no container was stored")
    status, _ = await status_of(wire, connected, container)
    if status is Status.PUBLISHED:
        return _which(await _alike(wire, connected, prepared, since))
    if status not in _NOT_OUT:
        return CannotTell(reason=f"the container is {status or 'in a state nobody knows'}")
    alike = await _alike(wire, connected, prepared, since)
    if alike is None:
        return CannotTell(reason=f"more than {PAGE} posts since then")
    if alike:
        return CannotTell(reason=f"the container is {status}, but {identifier(alike[0])} is like it")
    return Absent(evidence=f"the container is {status}, and nothing like it is listed")


def _which(alike: list[JsonObject] | None) -> Published | CannotTell:
    if alike is None or len(alike) != 1:
        what = f"{len(alike)} posts are like it" if alike else "it is not listed yet"
        return CannotTell(reason=f"the container was published, but {what}")
    post = alike[0]
    return Published(platform_post_id=identifier(post) or "", permalink=text(post, "permalink"))


async def _alike(wire: Wire, connected: Connected, prepared: Prepared, since: datetime) -> list[JsonObject] | None:
    """The account's posts since then which show what this one does; None when there are too many to read."""
    wanted, parent = comparable(text(prepared.data, "text") or ""), text(prepared.data, "parent")
    kind = _KINDS.get(text(prepared.data, "kind") or "")
    oldest = since - CLOCK_MARGIN
    listed = await _listed(wire, connected, "threads" if parent is None else "replies", oldest)
    alike = [
        post
        for post in listed
        if comparable(text(post, "text") or "") == wanted
        and (made := moment(post, "timestamp")) is not None
        and made >= oldest
        and (kind is None or text(post, "media_type") in {kind, None})
        and (parent is None or identifier(as_object(post.get("replied_to"))) in {parent, None})
    ]
    return alike if alike or len(listed) < PAGE else None


async def _listed(wire: Wire, connected: Connected, which: str, oldest: datetime) -> tuple[JsonObject, ...]:
    operation = f"GET /{which}"
    path = f"{connected.account.platform_account_id}/{which}"
    query = (("fields", _FIELDS), ("since", str(int(oldest.timestamp()))), ("limit", str(PAGE)))
    answer = await wire.read(read_of(connected, operation, path, query))
    rows = rows_of(answer)
    if rows is None or any(identifier(row) is None or moment(row, "timestamp") is None for row in rows):
        safe = "Threads' list of posts cannot be read."
        raise Unavailable(safe, platform="threads", operation=operation, status=answer.status)
    return rows
