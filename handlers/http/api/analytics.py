"""`/analytics`: how contents are doing, in a time, by network, step by step; and as a table."""

import csv
import io
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from bot import clock
from bot.domain.errors import invalid
from bot.domain.ids import MissionId
from bot.domain.numbers import NAMES, Numbers
from bot.domain.spans import Granularity, Span, change_percent, engagement
from bot.domain.spelling import all_meant, told
from bot.services import analytics
from bot.services.analytics import Ask, Growth, Line, Report
from handlers.http.api.call import Call
from handlers.http.api.endpoint import Endpoint
from handlers.http.api.errors import Family
from handlers.http.api.times import day, stamp

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Period = Literal["7d", "30d", "90d", "ytd", "all"]


class PeriodQuery(Struct, kw_only=True):
    """Of which days: a period, or from a first to a last one (today, where it is not given)."""

    period: Period | None = None
    start_date: str | None = None
    end_date: str | None = None
    platforms: Annotated[str, Meta(max_length=500)] = ""
    """Separated by commas; empty: all."""


class AnalyticsQuery(PeriodQuery, kw_only=True):
    """And in which steps."""

    granularity: Granularity = Granularity.DAY


class Metrics(Struct, kw_only=True):
    """What came in. Null is unknown."""

    posts: int
    views: int | None
    likes: int | None
    comments: int | None
    shares: int | None
    saves: int | None
    clicks: int | None
    video_views: int | None
    reach: int | None
    quotes: int | None
    engagement: int | None


class Summary(Metrics, kw_only=True):
    """All together. `followers` is how many the accounts have now."""

    followers: int | None


class Trend(Struct, kw_only=True):
    """Beside as many days before."""

    current: int | None
    previous: int | None
    change_percent: float | None


class Step(Metrics, kw_only=True):
    """One step; `date` is its beginning."""

    date: str


class Top(Struct, kw_only=True):
    """One of the contents that did best."""

    content_id: str
    mission_id: str | None
    platform: str
    type: str
    account: str
    published_at: str
    platform_url: str | None
    metrics: dict[str, int | None]


class PeriodBody(Struct, kw_only=True):
    """The first and the last day."""

    start: str
    end: str


class AnalyticsBody(Struct, kw_only=True):
    """How it went."""

    period: PeriodBody
    summary: Summary
    trends: dict[str, Trend]
    by_platform: dict[str, Metrics]
    time_series: list[Step]
    top_content: list[Top]


class MissionAnalytics(AnalyticsBody, kw_only=True):
    """The same of a mission."""

    mission_id: str


async def _ask(call: Call[None, AnalyticsQuery], mission_id: MissionId | None = None) -> Ask:
    query = call.query
    return Ask(
        span=await span_of(call, mission_id),
        granularity=query.granularity,
        networks=networks_of(query),
        brand_id=call.brand_id,
        mission_id=mission_id,
    )


def networks_of(query: PeriodQuery) -> frozenset[str]:
    """Which networks are meant; none: all."""
    return all_meant(name for name in query.platforms.split(",") if name.strip())


async def span_of(call: Call[None, Any], mission_id: MissionId | None) -> Span:
    """Which days are meant. Raises InvalidContent."""
    query: PeriodQuery = call.query
    if query.start_date is None and query.end_date is None:
        usual = "30d" if mission_id is None else "all"
        return await analytics.span_of(
            call.deps, call.workspace_id, query.period or usual, brand_id=call.brand_id, mission_id=mission_id
        )
    if query.period is not None:
        raise invalid("period", "Send a period, or start_date and end_date, not both.")
    if query.start_date is None:
        raise invalid("start_date", "start_date is missing.")
    end = day("end_date", query.end_date) if query.end_date is not None else clock.now().date()
    return Span(start=day("start_date", query.start_date), end=end)


def _of(report: Report) -> dict[str, Any]:
    now = _plain(report.now)
    before = _plain(report.before)
    return {
        "period": PeriodBody(start=report.span.start.isoformat(), end=report.span.end.isoformat()),
        "summary": Summary(**now, followers=report.followers),
        "trends": {
            name: Trend(
                current=now[name], previous=before[name], change_percent=change_percent(before[name], now[name])
            )
            for name in now
        },
        "by_platform": _by_platform(report.by_network),
        "time_series": [Step(date=step, **_plain(growth)) for step, growth in report.series],
        "top_content": [_top(line) for line in report.top],
    }


def _by_platform(by_network: Mapping[str, Growth]) -> dict[str, Metrics]:
    merged: dict[str, Growth] = {}
    for network, growth in by_network.items():
        known = merged.get(told(network))
        merged[told(network)] = growth if known is None else analytics.together(known, growth)
    return {name: Metrics(**_plain(growth)) for name, growth in merged.items()}


def _plain(growth: Growth) -> dict[str, Any]:
    return {"posts": growth.posts, **_numbers(growth.numbers)}


def _numbers(numbers: Numbers) -> dict[str, int | None]:
    return {**{name: getattr(numbers, name) for name in NAMES}, "engagement": engagement(numbers)}


def _top(line: Line) -> Top:
    fact = line.fact
    return Top(
        content_id=fact.item_id,
        mission_id=fact.mission_id,
        platform=told(fact.network),
        type=fact.post_type.partition("-")[2],
        account=fact.handle,
        published_at=stamp(fact.published_at),
        platform_url=fact.permalink,
        metrics=_numbers(line.numbers),
    )


async def _workspace(call: Call[None, AnalyticsQuery]) -> AnalyticsBody:
    return AnalyticsBody(**_of(await analytics.report(call.deps, call.workspace_id, await _ask(call))))


async def _mission(call: Call[None, AnalyticsQuery]) -> MissionAnalytics:
    mission_id = MissionId(call.path["mission_id"])
    report = await analytics.report(call.deps, call.workspace_id, await _ask(call, mission_id))
    return MissionAnalytics(mission_id=mission_id, **_of(report))


async def _export(call: Call[None, AnalyticsQuery]) -> str:
    found = await analytics.lines(call.deps, call.workspace_id, await _ask(call))
    table = io.StringIO()
    writer = csv.writer(table)
    facts = ("content_id", "mission_id", "platform", "type", "account", "published_at", "platform_url", "fetched_at")
    writer.writerow((*facts, *NAMES, "engagement"))
    for line in found:
        top = _top(line)
        cells = (top.content_id, top.mission_id, top.platform, top.type, top.account, top.published_at)
        row = (*cells, top.platform_url, stamp(line.fetched_at), *top.metrics.values())
        writer.writerow(["" if cell is None else _harmless(cell) for cell in row])
    return table.getvalue()


def _harmless(cell: str | int) -> str | int:
    """No spreadsheet may take a text for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


_SCOPE, _TAG = "analytics:read", "Analytics"
_METRICS = {
    "posts": 12,
    "views": 4_210,
    "likes": 310,
    "comments": 24,
    "shares": 18,
    "saves": None,
    "clicks": 95,
    "video_views": None,
    "reach": None,
    "quotes": 2,
    "engagement": 354,
}
_EXAMPLE = {
    "period": {"start": "2026-10-24", "end": "2026-11-22"},
    "summary": {**_METRICS, "followers": 1_204},
    "trends": {"views": {"current": 4_210, "previous": 4_000, "change_percent": 5.2}},
    "by_platform": {"twitter": _METRICS},
    "time_series": [{"date": "2026-11-22", **_METRICS}],
    "top_content": [
        {
            "content_id": "item_01kc0000000000000000000000",
            "mission_id": None,
            "platform": "twitter",
            "type": "post",
            "account": "juniper",
            "published_at": "2026-11-20T08:00:00Z",
            "platform_url": "https://x.com/juniper/status/1990000000000000007",
            "metrics": {name: value for name, value in _METRICS.items() if name != "posts"},
        }
    ],
}
_QUERY = {"period": "30d", "platforms": "twitter", "granularity": "week"}
ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/analytics",
        family=Family.B,
        scope=_SCOPE,
        query=AnalyticsQuery,
        answer=AnalyticsBody,
        handle=_workspace,
        summary="See how contents are doing",
        description="What came in during these days (UTC), from daily snapshots. `trends` compares with as many days"
        " before. Null is unknown, never 0.",
        tag=_TAG,
        example_query=_QUERY,
        example_answer=_EXAMPLE,
    ),
    Endpoint(
        method="GET",
        path="/analytics/missions/{mission_id}",
        family=Family.B,
        scope=_SCOPE,
        query=AnalyticsQuery,
        answer=MissionAnalytics,
        handle=_mission,
        summary="See how a mission is doing",
        description="Of all its time, unless days are named.",
        tag=_TAG,
        example_query={"granularity": "week"},
        example_answer={"mission_id": "msn_01kc0000000000000000000000", **_EXAMPLE},
    ),
    Endpoint(
        method="GET",
        path="/analytics/export",
        family=Family.B,
        scope=_SCOPE,
        query=AnalyticsQuery,
        answer=str,
        handle=_export,
        media_type="text/csv; charset=utf-8",
        summary="Take the numbers along as a table",
        description="CSV: one line for each content with numbers of these days, and the last of them.",
        tag=_TAG,
        example_query={"period": "90d"},
    ),
)
