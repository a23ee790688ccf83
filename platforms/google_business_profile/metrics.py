"""A place's numbers. Google took away those of single posts.

The call wants dates, and a connector has no clock: Google's own, in the head of an answer, says what day it is. The
last three days are not complete there, so the numbers are those of the 28 days before.

Source: https://developers.google.com/my-business/reference/performance/rest/v1/locations/fetchMultiDailyMetricsTimeSeries,
2026-11-21.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import parsedate_to_datetime

from bot.domain.accounts import Connected
from platforms import google
from platforms.answers import objects, text
from platforms.base import AccountNumbers, Answer, Endpoints, JsonObject, Request, Wire
from platforms.errors import Unavailable
from platforms.google import count, inside
from platforms.google_business_profile.locations import parent_of, posts_request
from platforms.google_business_profile.spec import NAME, PERFORMANCE, SPEC
from platforms.places import place

DAYS, NOT_COMPLETE_DAYS = 28, 3
SEEN = tuple(
    f"BUSINESS_IMPRESSIONS_{where}" for where in ("DESKTOP_MAPS", "DESKTOP_SEARCH", "MOBILE_MAPS", "MOBILE_SEARCH")
)
_DONE = (
    "BUSINESS_CONVERSATIONS",
    "BUSINESS_DIRECTION_REQUESTS",
    "CALL_CLICKS",
    "WEBSITE_CLICKS",
    "BUSINESS_BOOKINGS",
    "BUSINESS_FOOD_ORDERS",
    "BUSINESS_FOOD_MENU_CLICKS",
)
_FETCH = "locations.fetchMultiDailyMetricsTimeSeries"


async def account_metrics(wire: Wire, endpoints: Endpoints, connected: Connected) -> AccountNumbers:
    """How often the profile was seen in 28 days, and what people did there. Raises PlatformError."""
    parent = parent_of(connected.account)
    today = _day_of(await wire.read(posts_request(connected, parent, (("pageSize", "1"),))))
    if today is None:
        raise Unavailable("Google's answer does not say what day it is.", platform=NAME, operation="localPosts.list")
    last = today - timedelta(days=NOT_COMPLETE_DAYS)
    first = last - timedelta(days=DAYS - 1)
    series = await series_between(wire, endpoints, connected, first, last)
    sums = _sums(series)
    seen = [sums[name] for name in SEEN if name in sums]
    return AccountNumbers(
        views=sum(seen) if seen else None, raw={"from": first.isoformat(), "to": last.isoformat(), **sums}
    )


async def series_between(
    wire: Wire, endpoints: Endpoints, connected: Connected, first: date, last: date
) -> tuple[JsonObject, ...]:
    """All numbers of these days. Raises PlatformError."""
    location = "locations/" + parent_of(connected.account).rpartition("/")[2]
    answer = await wire.read(
        Request(
            operation=_FETCH,
            method="GET",
            url=place(SPEC, endpoints, f"{PERFORMANCE}/{location}:fetchMultiDailyMetricsTimeSeries"),
            query=(
                *(("dailyMetrics", name) for name in (*SEEN, *_DONE)),
                *_range("start", first),
                *_range("end", last),
            ),
            bearer=connected.tokens.access,
        )
    )
    series = google.items_of(answer, "multiDailyMetricTimeSeries")
    if series is None:
        raise Unavailable("Google's numbers cannot be read.", platform=NAME, operation=_FETCH)
    return series


def _day_of(answer: Answer) -> date | None:
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")).date()
    except ValueError:
        return None


def _range(end: str, day: date) -> Iterator[tuple[str, str]]:
    for name in ("year", "month", "day"):
        yield f"dailyRange.{end}Date.{name}", str(getattr(day, name))


def _sums(series: tuple[JsonObject, ...]) -> dict[str, int]:
    """By metric, over all days that have a number; a metric without any is left out."""
    sums: dict[str, int] = {}
    for group in series:
        for one in objects(group.get("dailyMetricTimeSeries")):
            name = text(one, "dailyMetric")
            days = [count(day, "value") for day in objects(inside(one, "timeSeries").get("datedValues"))]
            known = [day for day in days if day is not None]
            if name is not None and known:
                sums[name] = sums.get(name, 0) + sum(known)
    return sums
