"""The numbers of a post, and of the account. Asked for one post at a time: Threads has no call for several.

Source: https://developers.facebook.com/docs/threads/insights, read 2026-10-07.
"""

from bot.domain.accounts import Connected
from platforms.answers import as_object, number, objects, text
from platforms.base import AccountNumbers, Answer, Endpoints, JsonObject, PostNumbers, Wire
from platforms.errors import NotReady, Refused, Unavailable
from platforms.threads.calls import read_of
from platforms.threads.reading import rows_of

POST_METRICS = "views,likes,replies,reposts,quotes,shares"
ACCOUNT_METRICS = "views,likes,replies,reposts,quotes"
_POST, _ACCOUNT = "GET /insights", "GET /threads_insights"


async def metrics(
    wire: Wire, endpoints: Endpoints, connected: Connected, post_ids: tuple[str, ...]
) -> tuple[PostNumbers, ...]:
    """The numbers of these posts; those that are gone are left out. Raises PlatformError."""
    del endpoints
    found = [await _of_post(wire, connected, post_id) for post_id in post_ids]
    return tuple(one for one in found if one is not None)


async def account_metrics(wire: Wire, endpoints: Endpoints, connected: Connected) -> AccountNumbers:
    """Followers (None where Threads does not tell them), and views of the last two days. Raises PlatformError."""
    del endpoints
    path = f"{connected.account.platform_account_id}/threads_insights"
    numbers = _values(await wire.read(read_of(connected, _ACCOUNT, path, (("metric", ACCOUNT_METRICS),))), _ACCOUNT)
    try:
        asked = await wire.read(read_of(connected, _ACCOUNT, path, (("metric", "followers_count"),)))
        numbers |= _values(asked, _ACCOUNT)
    except Refused:
        pass  # THREADS_API__FEATURE_NOT_AVAILABLE where no Instagram account is linked
    return AccountNumbers(followers=numbers.get("followers_count"), views=numbers.get("views"), raw=numbers)


async def _of_post(wire: Wire, connected: Connected, post_id: str) -> PostNumbers | None:
    request = read_of(connected, _POST, f"{post_id}/insights", (("metric", POST_METRICS),))
    try:
        numbers = _values(await wire.read(request), _POST)
    except (NotReady, Refused):
        return None
    return PostNumbers(
        platform_post_id=post_id,
        likes=numbers.get("likes"),
        comments=numbers.get("replies"),
        shares=numbers.get("reposts"),
        views=numbers.get("views"),
        quotes=numbers.get("quotes"),
        raw=numbers,
    )


def _values(answer: Answer, operation: str) -> dict[str, int]:
    """The numbers by their names, a series summed up."""
    rows = rows_of(answer)
    if rows is None:
        safe = "Threads' numbers cannot be read."
        raise Unavailable(safe, platform="threads", operation=operation, status=answer.status)
    found = {name: _value(row) for row in rows if (name := text(row, "name")) is not None}
    return {name: value for name, value in found.items() if value is not None}


def _value(row: JsonObject) -> int | None:
    total = number(as_object(row.get("total_value")), "value")
    if total is not None:
        return total
    series = [value for one in objects(row.get("values")) if (value := number(one, "value")) is not None]
    return sum(series) if series else None
