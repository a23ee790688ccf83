"""Numbers of posts and of the account, and taking a post down.

Source: https://docs.x.com/x-api/fundamentals/metrics, /x-api/posts/get-posts-by-ids, /x-api/users/get-me and
/x-api/posts/delete-post, read 2026-11-21. Each post read is charged; the same one again on the same UTC day is not.
"""

from collections.abc import Iterator
from http import HTTPStatus

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, objects, text
from platforms.base import AccountNumbers, Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.x.auth import ask_me
from platforms.x.posts import read_posts
from platforms.x.reading import data_of, unreadable
from platforms.x.spec import NUMBERS, VERSION

BATCH = NUMBERS.posts_per_call


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The public numbers of these posts; those that are gone are left out. Raises PlatformError."""
    found: list[PostNumbers] = []
    for some in _batches(post_ids):
        request = Request(
            operation="GET /2/tweets",
            method="GET",
            url=f"{connected.account.service_url}{VERSION}/tweets",
            query=(("ids", ",".join(some)),),
            bearer=connected.tokens.access,
        )
        body, _ = await read_posts(wire, request, ("public_metrics",), wanted="public_metrics")
        found += [_numbers(post) for post in objects(body.get("data")) if text(post, "id") in some]
    return tuple(found)


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """Followers, followed and posts of the account. Raises PlatformError."""
    raw = as_object((await ask_me(wire, connected)).get("public_metrics"))
    return AccountNumbers(
        followers=number(raw, "followers_count"),
        following=number(raw, "following_count"),
        posts=number(raw, "post_count" if "post_count" in raw else "tweet_count"),
        raw=raw,
    )


async def delete(
    wire: Wire,
    connected: Connected,
    post_id: str,
    extra: JsonObject,  # noqa: ARG001  # Connector.delete
) -> None:
    """Take a post down; one that is gone is fine. Raises PlatformError."""
    request = Request(
        operation="DELETE /2/tweets/:id",
        method="DELETE",
        url=f"{connected.account.service_url}{VERSION}/tweets/{post_id}",
        bearer=connected.tokens.access,
        accept_status=frozenset({HTTPStatus.NOT_FOUND}),
    )
    answer = await wire.prepare(request)
    if answer.status != HTTPStatus.NOT_FOUND and data_of(answer).get("deleted") is not True:
        raise unreadable(request.operation, answer.status)


def _batches(post_ids: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(post_ids), BATCH):
        yield post_ids[start : start + BATCH]


def _numbers(post: JsonObject) -> PostNumbers:
    raw = as_object(post.get("public_metrics"))
    return PostNumbers(
        platform_post_id=text(post, "id") or "",
        likes=number(raw, "like_count"),
        comments=number(raw, "reply_count"),
        shares=number(raw, "repost_count" if "repost_count" in raw else "retweet_count"),
        saves=number(raw, "bookmark_count"),
        views=number(raw, "impression_count"),
        quotes=number(raw, "quote_count"),
        raw=raw,
    )
