"""Insights of each day, as Instagram and Facebook tell them of accounts.

Source: developers.facebook.com/docs/instagram-platform/api-reference/instagram-user/insights and
/docs/graph-api/reference/page/insights, read 2026-11-21. `end_time` is the end of a day in Meta's own zone.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from bot.domain.accounts import Connected
from platforms.answers import as_object, objects, text
from platforms.base import AccountDay, JsonObject, Request, Wire
from platforms.errors import Unavailable
from platforms.meta import count, graph, moment, rows_of

_DAY = timedelta(days=1)
_OPERATION = "GET /{account}/insights"


async def days_of(
    wire: Wire, connected: Connected, first: date, last: date, names: Mapping[str, str]
) -> tuple[AccountDay, ...]:
    """What these metrics, by our names, were on the days from `first` to `last`. Raises PlatformError."""
    account = connected.account
    answer = await wire.read(
        Request(
            operation=_OPERATION,
            method="GET",
            url=graph(connected, f"{account.platform_account_id}/insights"),
            query=(
                ("metric", ",".join(names.values())),
                ("period", "day"),
                ("since", str(_second(first))),
                ("until", str(_second(last + _DAY))),
            ),
            bearer=connected.tokens.access,
        )
    )
    rows = rows_of(answer)
    if rows is None:
        safe = "The account's numbers cannot be read."
        raise Unavailable(safe, platform=account.platform, operation=_OPERATION, status=answer.status)
    days: dict[date, dict[str, int]] = {}
    for row in rows:
        for value in objects(row.get("values")):
            ended, told, name = moment(value, "end_time"), _value(value), text(row, "name")
            if ended is not None and told is not None and name in names.values():
                days.setdefault((ended - _DAY).date(), {})[name or ""] = told
    return tuple(
        AccountDay(day=day, **{ours: told.get(theirs) for ours, theirs in names.items()}, raw=told)
        for day, told in sorted(days.items())
    )


def _second(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp())


def _value(said: JsonObject) -> int | None:
    """A number, or one for each way it came about."""
    ways = as_object(said.get("value"))
    parts = [told for name in ways if (told := count(ways, name)) is not None]
    return sum(parts) if parts else count(said, "value")
