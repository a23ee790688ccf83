"""A video's numbers. Google writes them as text, and leaves out what an owner hides.

Source: https://developers.google.com/youtube/v3/docs/videos#statistics, 2026-11-21.
"""

from bot.domain.accounts import Connected
from platforms import google
from platforms.answers import text
from platforms.base import Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.google import count, inside
from platforms.youtube.spec import NUMBERS

BATCH = NUMBERS.posts_per_call


async def metrics(
    wire: Wire, endpoints: Endpoints, connected: Connected, post_ids: tuple[str, ...]
) -> tuple[PostNumbers, ...]:
    """The numbers of these videos; those that are gone, and comments, are left out. Raises PlatformError."""
    found: list[PostNumbers] = []
    for start in range(0, len(post_ids), BATCH):
        some = post_ids[start : start + BATCH]
        request = Request(
            operation="videos.list",
            method="GET",
            url=f"{endpoints.api or connected.account.service_url}/youtube/v3/videos",
            query=(("part", "statistics"), ("id", ",".join(some)), ("maxResults", str(BATCH))),
            bearer=connected.tokens.access,
        )
        answer = await wire.read(request)
        found += [_numbers(one) for one in google.items_of(answer, "items") or () if text(one, "id") in some]
    return tuple(found)


def _numbers(video: JsonObject) -> PostNumbers:
    statistics = inside(video, "statistics")
    return PostNumbers(
        platform_post_id=text(video, "id") or "",
        likes=count(statistics, "likeCount"),
        comments=count(statistics, "commentCount"),
        views=count(statistics, "viewCount"),
        video_views=count(statistics, "viewCount"),
        raw=statistics,
    )
