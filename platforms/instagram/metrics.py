"""Numbers of posts and of the account.

Sources: developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/insights and /ig-user,
read 2026-11-21. One metric that a kind of post does not have spoils a call, so only those are asked for which all have;
where they are refused (a story that few saw) likes and comments are read from the post itself.
"""

from collections.abc import Iterator

from bot.domain.accounts import Connected
from platforms.answers import as_object, identifier, object_of, objects, text
from platforms.base import AccountNumbers, Answer, Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.errors import Refused, ScopeMissing, Unavailable
from platforms.instagram.auth import first_of, me
from platforms.meta import count, graph, rows_of

_METRICS = "views,reach,likes,comments,shares,saved,total_interactions"
_ACCOUNT = ("followers_count", "follows_count", "media_count")


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The numbers of these posts; those that are gone are left out. Raises PlatformError."""
    found = [await _of(wire, connected, post_id) for post_id in post_ids]
    return tuple(one for one in found if one is not None)


async def _of(wire: Wire, connected: Connected, post_id: str) -> PostNumbers | None:
    try:
        answer = await _get(wire, connected, f"{post_id}/insights", "metric", _METRICS)
    except (Refused, ScopeMissing):
        return await _plain(wire, connected, post_id)
    rows = rows_of(answer)
    if rows is None:
        raise _unreadable(answer)
    values = dict(_values(rows))
    return PostNumbers(
        platform_post_id=post_id,
        likes=values.get("likes"),
        comments=values.get("comments"),
        shares=values.get("shares"),
        saves=values.get("saved"),
        views=values.get("views"),
        reach=values.get("reach"),
        raw=values,
    )


def _values(rows: tuple[JsonObject, ...]) -> Iterator[tuple[str, int]]:
    """A metric's value is in a list or alone, by its kind."""
    for row in rows:
        name = text(row, "name")
        value = next((count(one, "value") for one in objects(row.get("values"))), None)
        value = count(as_object(row.get("total_value")), "value") if value is None else value
        if name is not None and value is not None:
            yield name, value


async def _plain(wire: Wire, connected: Connected, post_id: str) -> PostNumbers | None:
    try:
        answer = await _get(wire, connected, post_id, "fields", "id,like_count,comments_count")
    except Refused:
        return None
    shown = object_of(answer)
    if identifier(shown) is None:
        raise _unreadable(answer)
    return PostNumbers(
        platform_post_id=post_id,
        likes=count(shown, "like_count"),
        comments=count(shown, "comments_count"),
        raw={name: shown[name] for name in ("like_count", "comments_count") if name in shown},
    )


async def _get(wire: Wire, connected: Connected, path: str, name: str, value: str) -> Answer:
    return await wire.read(
        Request(
            operation="GET /{media}",
            method="GET",
            url=graph(connected, path),
            query=((name, value),),
            bearer=connected.tokens.access,
        )
    )


def _unreadable(answer: Answer) -> Unavailable:
    return Unavailable(
        "Instagram's numbers cannot be read.", platform="instagram", operation="GET /{media}", status=answer.status
    )


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """Followers, following and posts of the account. Raises PlatformError."""
    answer = await me(wire, connected, ",".join(_ACCOUNT))
    shown = first_of(answer)
    if count(shown, "followers_count") is None:
        raise _unreadable(answer)
    return AccountNumbers(
        followers=count(shown, "followers_count"),
        following=count(shown, "follows_count"),
        posts=count(shown, "media_count"),
        raw={name: shown[name] for name in _ACCOUNT if name in shown},
    )
