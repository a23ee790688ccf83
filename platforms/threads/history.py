"""How often the profile was seen on each day: all else is told as one sum, and followers of today alone.

Source: https://developers.facebook.com/docs/threads/insights, read 2026-11-22. Days without views are not in the
series. `end_time` is taken for the end of a day in Meta's own zone, as with Instagram and Facebook.
"""

from datetime import UTC, date, datetime, time, timedelta

from bot.domain.accounts import Connected
from platforms.answers import number, objects, text
from platforms.base import AccountDay, Endpoints, Wire
from platforms.errors import Unavailable
from platforms.threads.calls import read_of
from platforms.threads.reading import moment, rows_of

OLDEST = 1_712_991_600
"""The first second Threads may be asked of, the beginning of 13 April 2024 there; what is before it is refused."""
_DAY = timedelta(days=1)
_OPERATION = "GET /threads_insights"


async def history(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.history
    connected: Connected,
    first: date,
    last: date,
) -> tuple[AccountDay, ...]:
    """The days from `first` to `last`. Raises PlatformError."""
    first = max(first, datetime.fromtimestamp(OLDEST, UTC).date())
    if last < first:
        return ()
    # A day ends there when the next one has begun in UTC.
    since, until = max(_second(first), OLDEST), _second(last + 2 * _DAY)
    path = f"{connected.account.platform_account_id}/threads_insights"
    query = (("metric", "views"), ("since", str(since)), ("until", str(until)))
    answer = await wire.read(read_of(connected, _OPERATION, path, query))
    rows = rows_of(answer)
    series = [value for row in rows or () if text(row, "name") == "views" for value in objects(row.get("values"))]
    ends = [moment(value, "end_time") for value in series]
    if rows is None or None in ends:
        safe = "Threads' numbers cannot be read."
        raise Unavailable(safe, platform="threads", operation=_OPERATION, status=answer.status)
    told = {
        (end.astimezone(UTC) - _DAY).date(): views
        for end, value in zip(ends, series, strict=True)
        if end is not None and (views := number(value, "value")) is not None
    }
    return tuple(
        AccountDay(day=day, views=views, raw={"views": views})
        for day, views in sorted(told.items())
        if first <= day <= last
    )


def _second(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp())
