"""Numbers of posts and accounts, from the public view of the network. Bluesky tells no impressions or clicks.

Source: lexicons/app/bsky/feed/getPosts.json and actor/getProfile.json of bluesky-social/atproto, 2026-11-21.
"""

from collections.abc import Iterator

from bot.domain.accounts import Connected
from platforms.base import AccountNumbers, Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.bluesky.answers import UnreadableError, as_list, as_object, count_in, object_in, text_in, unusable
from platforms.bluesky.spec import NUMBERS

_GET = "app.bsky.feed.getPosts"
_PROFILE = "app.bsky.actor.getProfile"
_BATCH = NUMBERS.posts_per_call
_OF_ACCOUNTS = ("followersCount", "followsCount", "postsCount")
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


async def account_metrics(wire: Wire, endpoints: Endpoints, connected: Connected) -> AccountNumbers:
    """How many follow the account, whom it follows, and how much it posted. Raises PlatformError."""
    request = Request(
        operation=_PROFILE,
        method="GET",
        url=f"{endpoints.api}/xrpc/{_PROFILE}",
        query=(("actor", connected.account.platform_account_id),),
    )
    try:
        profile = object_in(await wire.read(request))
        did = text_in(profile, "did")
    except UnreadableError:
        raise unusable(_PROFILE) from None
    if did != connected.account.platform_account_id:
        raise unusable(_PROFILE)
    return AccountNumbers(
        followers=count_in(profile, "followersCount"),
        following=count_in(profile, "followsCount"),
        posts=count_in(profile, "postsCount"),
        raw={name: profile[name] for name in _OF_ACCOUNTS if name in profile},
    )


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
