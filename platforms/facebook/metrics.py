"""Numbers of posts and of the Page.

Sources: developers.facebook.com/docs/graph-api/reference/post, /docs/graph-api/reference/page and
/docs/platforminsights/page/deprecated-metrics, read 2026-11-21. Impressions of every kind are gone since 2026-06-15;
views are read as `post_media_view`.
"""

from collections.abc import Iterator

from bot.domain.accounts import Connected
from platforms.answers import as_object, object_of, objects, text
from platforms.base import AccountNumbers, Answer, Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.errors import AccountError, Refused, Unavailable
from platforms.facebook.spec import NUMBERS
from platforms.meta import count, graph

BATCH = NUMBERS.posts_per_call
_COUNTERS = "shares,comments.summary(total_count).limit(0),reactions.summary(total_count).limit(0)"
_SEEN = {"views": "post_media_view", "reach": "post_total_media_view_unique", "clicks": "post_clicks"}
_VIEWS = f"insights.metric({','.join(_SEEN.values())}).period(lifetime)"


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The numbers of these posts; those that are gone are left out. Raises PlatformError."""
    found: list[PostNumbers] = []
    for start in range(0, len(post_ids), BATCH):
        some = post_ids[start : start + BATCH]
        counted = await _of_many(wire, connected, some, _COUNTERS)
        seen = await _views(wire, connected, tuple(counted)) if counted else {}
        found += [_numbers(one, counted[one], seen.get(one, {})) for one in some if one in counted]
    return tuple(found)


async def _of_many(wire: Wire, connected: Connected, ids: tuple[str, ...], fields: str) -> dict[str, JsonObject]:
    """Fields of several posts. One that is gone spoils the whole call: then each is asked for alone."""
    try:
        return _by_id(await _get(wire, connected, ids, fields), ids)
    except Refused:
        if len(ids) == 1:
            return {}
    return {name: value for one in ids for name, value in (await _of_many(wire, connected, (one,), fields)).items()}


def _by_id(answer: Answer, ids: tuple[str, ...]) -> dict[str, JsonObject]:
    body = object_of(answer)
    return {one: as_object(body[one]) for one in ids if isinstance(body.get(one), dict)}


async def _get(wire: Wire, connected: Connected, ids: tuple[str, ...], fields: str) -> Answer:
    return await wire.read(
        Request(
            operation="GET /?ids",
            method="GET",
            url=graph(connected, ""),
            query=(("ids", ",".join(ids)), ("fields", fields)),
            bearer=connected.tokens.access,
        )
    )


async def _views(wire: Wire, connected: Connected, ids: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """How often each was seen, by whom, and clicked; empty where the permission or a metric is missing."""
    try:
        shown = _by_id(await _get(wire, connected, ids, _VIEWS), ids)
    except (AccountError, Refused):
        return {}
    return {one: dict(_values(as_object(value.get("insights")))) for one, value in shown.items()}


def _values(insights: JsonObject) -> Iterator[tuple[str, int]]:
    for metric in objects(insights.get("data")):
        name = text(metric, "name")
        number = next((count(value, "value") for value in objects(metric.get("values"))), None)
        if name is not None and number is not None:
            yield name, number


def _numbers(post_id: str, shown: JsonObject, seen: dict[str, int]) -> PostNumbers:
    return PostNumbers(
        platform_post_id=post_id,
        likes=_total(shown, "reactions"),
        comments=_total(shown, "comments"),
        shares=count(as_object(shown.get("shares")), "count"),
        **{ours: seen.get(theirs) for ours, theirs in _SEEN.items()},
        raw={name: shown[name] for name in ("reactions", "comments", "shares") if name in shown} | seen,
    )


def _total(shown: JsonObject, name: str) -> int | None:
    return count(as_object(as_object(shown.get(name)).get("summary")), "total_count")


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """How many people follow the Page. Raises PlatformError."""
    request = Request(
        operation="GET /{page}",
        method="GET",
        url=graph(connected, connected.account.platform_account_id),
        query=(("fields", "followers_count,fan_count"),),
        bearer=connected.tokens.access,
    )
    answer = await wire.read(request)
    page = object_of(answer)
    if count(page, "followers_count") is None:
        raise Unavailable(
            "Facebook does not say how many follow the Page.",
            platform="facebook",
            operation=request.operation,
            status=answer.status,
        )
    raw = {name: page[name] for name in ("followers_count", "fan_count") if name in page}
    return AccountNumbers(followers=count(page, "followers_count"), raw=raw)
