"""The numbers of posts and comments, a hundred at a time, and of the account. Reddit blurs scores a little.

Source: https://www.reddit.com/dev/api#GET_api_info and #GET_api_v1_me, read 2026-11-21.
"""

from collections.abc import Iterator

from bot.domain.accounts import Connected
from platforms.answers import as_object, object_of, text
from platforms.base import AccountNumbers, Endpoints, JsonObject, PostNumbers, Wire
from platforms.errors import Unavailable
from platforms.reddit.auth import ME
from platforms.reddit.calls import read_of
from platforms.reddit.reading import number, things_of
from platforms.reddit.spec import NUMBERS

BATCH = NUMBERS.posts_per_call
INFO = "GET /api/info"
_RAW = ("score", "ups", "upvote_ratio", "num_comments", "num_crossposts", "view_count", "removed_by_category")
_ACCOUNT_RAW = ("total_karma", "link_karma", "comment_karma")
_GONE = "[deleted]"


async def metrics(
    wire: Wire, endpoints: Endpoints, connected: Connected, post_ids: tuple[str, ...]
) -> tuple[PostNumbers, ...]:
    """The numbers of these; those that were deleted are left out. Raises PlatformError."""
    del endpoints
    found: list[PostNumbers] = []
    for some in _batches(post_ids):
        answer = await wire.read(read_of(connected, INFO, "api/info", (("id", ",".join(some)),)))
        things = things_of(answer)
        if things is None:
            safe = "Reddit's numbers cannot be read."
            raise Unavailable(safe, platform="reddit", operation=INFO, status=answer.status)
        found += [_numbers(one) for one in things if text(one, "name") in some and text(one, "author") != _GONE]
    return tuple(found)


async def account_metrics(wire: Wire, endpoints: Endpoints, connected: Connected) -> AccountNumbers:
    """Followers of the profile, and its karma. Raises PlatformError."""
    del endpoints
    answer = await wire.read(read_of(connected, ME, "api/v1/me"))
    me = object_of(answer)
    if text(me, "name") is None:
        safe = "Reddit's numbers cannot be read."
        raise Unavailable(safe, platform="reddit", operation=ME, status=answer.status)
    raw = {name: me[name] for name in _ACCOUNT_RAW if name in me}
    return AccountNumbers(followers=number(as_object(me.get("subreddit")), "subscribers"), raw=raw)


def _batches(post_ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(post_ids), BATCH):
        yield post_ids[start : start + BATCH]


def _numbers(thing: JsonObject) -> PostNumbers:
    return PostNumbers(
        platform_post_id=text(thing, "name") or "",
        likes=number(thing, "score"),
        comments=number(thing, "num_comments"),
        shares=number(thing, "num_crossposts"),
        views=number(thing, "view_count"),
        raw={name: thing[name] for name in _RAW if thing.get(name) is not None},
    )
