"""Numbers of posts and accounts: of pages, and of members where the consent has LinkedIn's analytics permissions.

Sources: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics and
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics, read 2026-11-21.
"""

from collections.abc import Mapping

from bot.domain.accounts import Connected
from platforms.base import AccountNumbers, Endpoints, JsonObject, PostNumbers, Request, Wire
from platforms.linkedin.calls import (
    POST,
    as_object,
    elements_of,
    encoded,
    headers,
    is_page,
    number,
    object_of,
    text,
    unreadable,
)
from platforms.linkedin.spec import NUMBERS

BATCH = NUMBERS.posts_per_call
STATISTICS = "GET /rest/organizationalEntityShareStatistics"
_ANALYTICS = "GET /rest/memberCreatorPostAnalytics"
_COUNTS = {"likes": "likeCount", "comments": "commentCount", "shares": "shareCount", "views": "impressionCount"}
_OF_PAGES = _COUNTS | {"clicks": "clickCount", "reach": "uniqueImpressionsCount"}
_KINDS = {"likes": "REACTION", "comments": "COMMENT", "shares": "RESHARE", "views": "IMPRESSION"}
_RAW = ("impressionCount", "uniqueImpressionsCount", "clickCount", "likeCount", "commentCount", "shareCount")


async def metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.metrics
    connected: Connected,
    post_ids: tuple[str, ...],
) -> tuple[PostNumbers, ...]:
    """The numbers of these posts; comments, and members' posts without the permission, are left out."""
    posts = tuple(urn for urn in post_ids if POST.fullmatch(urn))
    if is_page(connected.account):
        found: list[PostNumbers] = []
        for start in range(0, len(posts), BATCH):
            found += await _of_page(wire, connected, posts[start : start + BATCH])
        return tuple(found)
    if "r_member_postAnalytics" not in connected.tokens.scopes:
        return ()
    return tuple([await _of_member(wire, connected, urn) for urn in posts])


async def account_metrics(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.account_metrics
    connected: Connected,
) -> AccountNumbers:
    """Followers. Unknown of members whose consent does not show them."""
    if is_page(connected.account):
        urn = encoded(connected.account.platform_account_id)
        place = f"networkSizes/{urn}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        found = await _read(wire, connected, "GET /rest/networkSizes/:urn", place)
        return _followers(found, "firstDegreeSize")
    if "r_member_profileAnalytics" not in connected.tokens.scopes:
        return AccountNumbers()
    elements = await elements_at(wire, connected, "GET /rest/memberFollowersCount", "memberFollowersCount?q=me")
    return _followers(elements[0] if elements else {}, "memberFollowersCount")


def _followers(found: JsonObject, name: str) -> AccountNumbers:
    return AccountNumbers(followers=number(found, name), raw={name: found[name]} if name in found else {})


async def _of_page(wire: Wire, connected: Connected, posts: tuple[str, ...]) -> list[PostNumbers]:
    """LinkedIn leaves out posts that nobody has seen yet: their numbers are zeros."""
    lists = {
        "shares": [urn for urn in posts if ":share:" in urn],
        "ugcPosts": [urn for urn in posts if ":ugcPost:" in urn],
    }
    asked = "".join(f"&{name}=List({','.join(map(encoded, urns))})" for name, urns in lists.items() if urns)
    elements = await elements_at(wire, connected, STATISTICS, f"{statistics_of(connected)}{asked}")
    by_urn = {text(one, "share") or text(one, "ugcPost"): one for one in elements}
    zeros: JsonObject = {"totalShareStatistics": dict.fromkeys(_RAW, 0)}
    return [_numbers(urn, as_object(by_urn.get(urn, zeros).get("totalShareStatistics"))) for urn in posts]


def _numbers(urn: str, found: JsonObject) -> PostNumbers:
    return PostNumbers(platform_post_id=urn, **counts_in(found), raw=raw_of(found))


def statistics_of(connected: Connected) -> str:
    """Where a page's statistics are; of which posts or days is still to be said."""
    page = encoded(connected.account.platform_account_id)
    return f"organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={page}"


def counts_in(found: JsonObject) -> dict[str, int | None]:
    """The numbers in a page's statistics, by our names."""
    return {name: number(found, said) for name, said in _OF_PAGES.items()}


def raw_of(found: JsonObject) -> JsonObject:
    """The same in LinkedIn's own words."""
    return {name: found[name] for name in _RAW if name in found}


async def _of_member(wire: Wire, connected: Connected, urn: str) -> PostNumbers:
    """One call for each number."""
    kind = "share" if ":share:" in urn else "ugc"
    counts: dict[str, int | None] = {}
    for name, query_type in _KINDS.items():
        entity = f"({kind}:{encoded(urn)})"
        query = f"q=entity&entity={entity}&queryType={query_type}&aggregation=TOTAL"
        elements = await elements_at(wire, connected, _ANALYTICS, f"memberCreatorPostAnalytics?{query}")
        counts[name] = number(elements[0], "count") if elements else None
    raw = {_KINDS[name]: count for name, count in counts.items() if count is not None}
    return PostNumbers(platform_post_id=urn, **counts, raw=raw)


async def elements_at(wire: Wire, connected: Connected, operation: str, place: str) -> tuple[JsonObject, ...]:
    """What a finder at this place finds. Raises PlatformError."""
    answer = await wire.read(_request(connected, operation, place, "FINDER"))
    return elements_of(answer, operation)


async def _read(wire: Wire, connected: Connected, operation: str, place: str) -> Mapping[str, object]:
    answer = await wire.read(_request(connected, operation, place, ""))
    found = object_of(answer)
    if not found:
        raise unreadable(operation, answer)
    return found


def _request(connected: Connected, operation: str, place: str, method: str) -> Request:
    return Request(
        operation=operation,
        method="GET",
        url=f"{connected.account.service_url}/rest/{place}",
        headers=headers(method),
        bearer=connected.tokens.access,
    )
