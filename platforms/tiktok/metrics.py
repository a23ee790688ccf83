"""Numbers of posts and of the account: totals since their beginning, which is all that TikTok tells here.

Sources: https://developers.tiktok.com/doc/tiktok-api-v2-video-query and …-get-user-info, read 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, objects
from platforms.base import AccountNumbers, Endpoints, JsonObject, PostNumbers, Wire
from platforms.tiktok.calls import api_call, ask, user_info
from platforms.tiktok.reading import identifier
from platforms.tiktok.spec import NUMBERS
from platforms.tiktok.status import progress_of

BATCH = NUMBERS.posts_per_call
_COUNTS = ("like_count", "comment_count", "share_count", "view_count")
_ACCOUNT = ("follower_count", "following_count", "likes_count", "video_count")


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The numbers of these posts; those that are gone, private or in moderation are left out. Raises PlatformError."""
    names = {number_of: post_id for post_id in post_ids if (number_of := await _number(wire, connected, post_id))}
    found: list[PostNumbers] = []
    ids = list(names)
    for start in range(0, len(ids), BATCH):
        body = {"filters": {"video_ids": ids[start : start + BATCH]}}
        request = api_call(connected, "video/query/", body, query=(("fields", ",".join(("id", *_COUNTS))),))
        for video in objects((await ask(wire, request)).get("videos")):
            video_id = identifier(video.get("id"))
            if video_id in names:
                found.append(_numbers(names[video_id], video))
    return tuple(found)


async def _number(wire: Wire, connected: Connected, post_id: str) -> str | None:
    """The number of a post. One that is known by its publish_id may have got its number meanwhile."""
    return post_id if post_id.isdigit() else (await progress_of(wire, connected, post_id)).post_id


def _numbers(post_id: str, video: JsonObject) -> PostNumbers:
    return PostNumbers(
        platform_post_id=post_id,
        likes=number(video, "like_count"),
        comments=number(video, "comment_count"),
        shares=number(video, "share_count"),
        views=number(video, "view_count"),
        raw={name: video[name] for name in _COUNTS if name in video},
    )


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """Followers and the like. Raises PlatformError."""
    user = as_object((await user_info(wire, connected, _ACCOUNT)).get("user"))
    return AccountNumbers(
        followers=number(user, "follower_count"),
        following=number(user, "following_count"),
        posts=number(user, "video_count"),
        raw={name: user[name] for name in _ACCOUNT if name in user},
    )
