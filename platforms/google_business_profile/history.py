"""A place's numbers of each day.

Source: as metrics.py. A day without a value is 0 or not counted yet: which of both is not said, so it is unknown.
"""

from datetime import date

from bot.domain.accounts import Connected
from platforms.answers import number, objects, text
from platforms.base import AccountDay, Endpoints, JsonObject, Wire
from platforms.google import count, inside
from platforms.google_business_profile.metrics import SEEN, series_between

_CLICKS = "WEBSITE_CLICKS"


async def history(
    wire: Wire, endpoints: Endpoints, connected: Connected, first: date, last: date
) -> tuple[AccountDay, ...]:
    """How often the profile was seen, and clicks on its website, on each day of these. Raises PlatformError."""
    series = await series_between(wire, endpoints, connected, first, last)
    days: dict[date, dict[str, int]] = {}
    for group in series:
        for one in objects(group.get("dailyMetricTimeSeries")):
            name = text(one, "dailyMetric")
            for dated in objects(inside(one, "timeSeries").get("datedValues")):
                day, value = _day_of(inside(dated, "date")), count(dated, "value")
                if name is not None and day is not None and value is not None:
                    days.setdefault(day, {})[name] = value
    return tuple(_day(day, told) for day, told in sorted(days.items()))


def _day(day: date, told: dict[str, int]) -> AccountDay:
    seen = [told[name] for name in SEEN if name in told]
    return AccountDay(day=day, views=sum(seen) if seen else None, clicks=told.get(_CLICKS), raw=told)


def _day_of(said: JsonObject) -> date | None:
    year, month, day = (number(said, name) for name in ("year", "month", "day"))
    try:
        return date(year or 0, month or 0, day or 0)
    except ValueError:
        return None
