"""A post's numbers, from the public view of the network. Bluesky tells no impressions or clicks.

Source: https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/getPosts.json, 2026-11-21.
"""

from collections.abc import Iterator

from bot.domain.accounts import Connected
from platforms.base import Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_list, as_object, count_in, object_in, text_in, unusable

_GET = "app.bsky.feed.getPosts"
_BATCH = 25
"""Most posts that one call answers."""
_COUNTS = ("likeCount", "replyCount", "repostCount", "quoteCount", "bookmarkCount")


async def metrics(
    wire: Wire, endpoints: Endpoints, connected: Connected, posts: tuple[str, ...]
) -> tuple[PostNumbers, ...]:
    """The numbers of posts by their at-URIs. One that the network does not show is left out."""
    del connected
    numbers: list[PostNumbers] = []
    for uris in _batches(posts):
        request = Request(
            operation=_GET,
            method="GET",
            url=f"{endpoints.api}/xrpc/{_GET}",
            query=tuple(("uris", uri) for uri in uris),
        )
        try:
            answered = as_list(object_in(await wire.read(request)).get("posts"))
            numbers.extend(_numbers(as_object(post)) for post in answered)
        except UnreadableError:
            raise unusable(_GET) from None
    return tuple(numbers)


def _batches(posts: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(posts), _BATCH):
        yield posts[start : start + _BATCH]


def _numbers(post: JsonObject) -> PostNumbers:
    return PostNumbers(
        platform_post_id=text_in(post, "uri"),
        likes=count_in(post, "likeCount"),
        comments=count_in(post, "replyCount"),
        shares=count_in(post, "repostCount"),
        saves=count_in(post, "bookmarkCount"),
        quotes=count_in(post, "quoteCount"),
        raw={name: post[name] for name in _COUNTS if name in post},
    )
