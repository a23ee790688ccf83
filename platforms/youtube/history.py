"""A channel's numbers of each day (Pacific time), from the Analytics API.

Source: https://developers.google.com/youtube/analytics/reference/reports/query and …/channel_reports, 2026-11-21.
Consents given before Herald asked for this permission are answered with a 403.
"""

from datetime import date

from bot.domain.accounts import Connected
from platforms.answers import as_list, object_of, objects, text
from platforms.base import AccountDay, Endpoints, Request, Wire
from platforms.errors import Unavailable
from platforms.places import place
from platforms.youtube.spec import ANALYTICS, SPEC

_METRICS = "views,likes,comments,shares,subscribersGained,subscribersLost,estimatedMinutesWatched"
_OPERATION = "reports.query"


async def history(
    wire: Wire, endpoints: Endpoints, connected: Connected, first: date, last: date
) -> tuple[AccountDay, ...]:
    """What the days from `first` to `last` added. Raises PlatformError."""
    answer = await wire.read(
        Request(
            operation=_OPERATION,
            method="GET",
            url=place(SPEC, endpoints, f"{ANALYTICS}/v2/reports"),
            query=(
                ("ids", "channel==MINE"),
                ("startDate", first.isoformat()),
                ("endDate", last.isoformat()),
                ("metrics", _METRICS),
                ("dimensions", "day"),
                ("sort", "day"),
            ),
            bearer=connected.tokens.access,
        )
    )
    body = object_of(answer)
    columns = [text(one, "name") for one in objects(body.get("columnHeaders"))]
    if not columns:
        safe = "YouTube's numbers cannot be read."
        raise Unavailable(safe, platform="youtube", operation=_OPERATION, status=answer.status)
    days = [_day(columns, as_list(row) or []) for row in as_list(body.get("rows")) or []]
    return tuple(day for day in days if day is not None)


def _day(columns: list[str | None], row: list[object]) -> AccountDay | None:
    told = {name: value for name, value in zip(columns, row, strict=False) if name is not None}
    try:
        day = date.fromisoformat(str(told.pop("day", "")))
    except ValueError:
        return None
    counts = {name: value for name, value in told.items() if isinstance(value, int) and not isinstance(value, bool)}
    return AccountDay(
        day=day,
        views=counts.get("views"),
        video_views=counts.get("views"),
        likes=counts.get("likes"),
        comments=counts.get("comments"),
        shares=counts.get("shares"),
        raw=counts,
    )
