"""What the posts of a page came to on each day (UTC), whenever they were published. Members' days are not told.

Source: https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/share-statistics, read
2026-11-22. Reposts without words of one's own count among a post's, and not here. Followers LinkedIn tells of a day as
gains alone, not how many there were: they stay out.
"""

from datetime import UTC, date, datetime, time, timedelta

from bot.domain.accounts import Connected
from platforms.base import AccountDay, Endpoints, JsonObject, Wire
from platforms.errors import Unavailable
from platforms.linkedin.calls import as_object, is_page, moment
from platforms.linkedin.metrics import STATISTICS, counts_in, elements_at, raw_of, statistics_of

_DAY = timedelta(days=1)
_REACH, _ALSO_REACH = "uniqueImpressionsCount", "uniqueImpressionsCounts"
"""LinkedIn's table has the first name, its example of days the second."""


async def history(
    wire: Wire,
    endpoints: Endpoints,  # noqa: ARG001  # Connector.history
    connected: Connected,
    first: date,
    last: date,
) -> tuple[AccountDay, ...]:
    """The days from `first` to `last`; none of a member. Raises PlatformError."""
    if not is_page(connected.account):
        return ()
    span = f"(timeRange:(start:{_ms(first)},end:{_ms(last + _DAY)}),timeGranularityType:DAY)"
    place = f"{statistics_of(connected)}&timeIntervals={span}"
    days = [_day(one) for one in await elements_at(wire, connected, STATISTICS, place)]
    return tuple(sorted((one for one in days if first <= one.day <= last), key=_by_day))


def _day(element: JsonObject) -> AccountDay:
    began, found = moment(as_object(element.get("timeRange")), "start"), as_object(element.get("totalShareStatistics"))
    if began is None or not found:
        safe = "LinkedIn's numbers of days cannot be read."
        raise Unavailable(safe, platform="linkedin", operation=STATISTICS)
    if _REACH not in found and _ALSO_REACH in found:
        found = {**found, _REACH: found[_ALSO_REACH]}
    return AccountDay(day=began.date(), **counts_in(found), raw=raw_of(found))


def _by_day(one: AccountDay) -> date:
    return one.day


def _ms(day: date) -> int:
    return int(datetime.combine(day, time.min, UTC).timestamp()) * 1000
