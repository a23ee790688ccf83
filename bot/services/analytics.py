"""How contents are doing, of a workspace, a brand or a mission: what a time added, step by step, by network.

Numbers are totals, taken once a day; what a day added is the difference to the snapshot before it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot import clock
from bot.domain.errors import invalid
from bot.domain.ids import BrandId, ItemId, MissionId, WorkspaceId
from bot.domain.numbers import Numbers
from bot.domain.spans import Granularity, Span, added, change_percent, engagement, grown, known_of, step_of
from bot.services import history
from bot.services.deps import Deps
from bot.services.integrating import network_of
from storage import brands, integrations, missions, numbers, published
from storage.engine import Session
from storage.numbers import ItemSnapshot
from storage.published import Fact

__all__ = [
    "Ask",
    "Granularity",
    "Growth",
    "Line",
    "Report",
    "Span",
    "change_percent",
    "engagement",
    "lines",
    "report",
    "span_of",
    "together",
]

_MOST_HOURS_DAYS = 31
_MOST_DAYS = 3_660
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_TOP = 10
_AT_ONCE = 500
_PERIODS = {"7d": 7, "30d": 30, "90d": 90}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked for. `networks` empty: all."""

    span: Span
    granularity: Granularity = Granularity.DAY
    networks: frozenset[str] = frozenset()
    brand_id: BrandId | None = None
    mission_id: MissionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What came in: contents published, and numbers."""

    posts: int
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One content, and its numbers."""

    fact: Fact
    fetched_at: datetime
    numbers: Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How it went. `followers` is how many the accounts have now; None: nobody knows."""

    span: Span
    now: Growth
    before: Growth
    followers: int | None
    by_network: Mapping[str, Growth]
    series: Sequence[tuple[str, Growth]]
    top: Sequence[Line]


async def span_of(
    deps: Deps,
    workspace_id: WorkspaceId,
    period: str,
    *,
    brand_id: BrandId | None = None,
    mission_id: MissionId | None = None,
) -> Span:
    """The days of a period: 7d, 30d, 90d, ytd, or all since the first content. Raises InvalidContent."""
    today = clock.now().date()
    if period in _PERIODS:
        return Span(start=date.fromordinal(today.toordinal() - _PERIODS[period] + 1), end=today)
    if period == "ytd":
        return Span(start=today.replace(month=1, day=1), end=today)
    if period != "all":
        raise invalid("period", "The period is one of 7d, 30d, 90d, ytd, all.")
    async with deps.database.reading() as session:
        first = await published.first_day(session, workspace_id, brand_id=brand_id, mission_id=mission_id)
    return Span(start=min(first or today, today), end=today)


async def report(deps: Deps, workspace_id: WorkspaceId, ask: Ask) -> Report:
    """How it went. Raises InvalidContent for days that are too many, NotFound for the mission."""
    _refuse_long(ask)
    await history.want(deps, workspace_id, ask.brand_id, ask.span.start)
    before = ask.span.before()
    async with deps.database.reading() as session:
        if ask.mission_id is not None:
            await missions.get_mission(session, workspace_id, ask.mission_id, brand_id=ask.brand_id)
        snapshots = await _snapshots(session, workspace_id, ask, Span(start=before.start, end=ask.span.end))
        facts = await _facts(session, workspace_id, ask, {one.item_id for one in snapshots})
        first = await _in_parts(session, workspace_id, facts, before.start)
        days = await published.days(session, workspace_id, Span(start=before.start, end=ask.span.end), _whose(ask))
        followers = await _followers(session, workspace_id, ask)
    growth = [(one, gain) for one, gain in _growth(snapshots, first) if one.item_id in facts]
    inside = [(one, gain) for one, gain in growth if ask.span.has(one.day)]
    out = [fact for fact in days if not ask.networks or fact.network in ask.networks]
    return Report(
        span=ask.span,
        now=_sum(inside, [fact for fact in out if ask.span.has(fact.day)]),
        before=_sum(
            [(one, gain) for one, gain in growth if before.has(one.day)], [f for f in out if before.has(f.day)]
        ),
        followers=followers,
        by_network=_by_network(inside, facts, [fact for fact in out if ask.span.has(fact.day)]),
        series=_series(inside, [fact for fact in out if ask.span.has(fact.day)], ask.granularity),
        top=_top(inside, facts),
    )


async def lines(deps: Deps, workspace_id: WorkspaceId, ask: Ask) -> list[Line]:
    """Every content that has numbers of these days, with the last of them, the newest content first."""
    _refuse_long(ask)
    async with deps.database.reading() as session:
        if ask.mission_id is not None:
            await missions.get_mission(session, workspace_id, ask.mission_id, brand_id=ask.brand_id)
        snapshots = await _snapshots(session, workspace_id, ask, ask.span)
        facts = await _facts(session, workspace_id, ask, {one.item_id for one in snapshots})
    last = {one.item_id: one for one in snapshots}
    found = [
        Line(fact=facts[item_id], fetched_at=one.fetched_at, numbers=one.numbers)
        for item_id, one in last.items()
        if item_id in facts
    ]
    return sorted(found, key=lambda line: (line.fact.published_at, line.fact.item_id), reverse=True)


def _refuse_long(ask: Ask) -> None:
    for field, at in (("start_date", ask.span.start), ("end_date", ask.span.end)):
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise invalid(field, f"{field} lies before {_FIRST_YEAR} or after {_LAST_YEAR}. Choose another day.")
    if ask.span.days < 1:
        raise invalid("end_date", "The last day comes before the first.")
    if ask.span.days > _MOST_DAYS:
        raise invalid("start_date", f"At most {_MOST_DAYS:,} days can be asked for at once.")
    if ask.granularity is Granularity.HOUR and ask.span.days > _MOST_HOURS_DAYS:
        raise invalid("granularity", f"Hours can be asked for of at most {_MOST_HOURS_DAYS} days.")


# --- Reading ---------------------------------------------------------------------------------------------------------


def _whose(ask: Ask) -> published.Whose:
    return published.Whose(brand_id=ask.brand_id, mission_id=ask.mission_id)


async def _snapshots(session: Session, workspace_id: WorkspaceId, ask: Ask, span: Span) -> list[ItemSnapshot]:
    """By item and day."""
    if ask.brand_id is not None:
        return await numbers.of_brand(session, workspace_id, ask.brand_id, span.start, span.end)
    found: list[ItemSnapshot] = []
    for brand in await brands.list_brands(session, workspace_id):
        found += await numbers.of_brand(session, workspace_id, brand.id, span.start, span.end)
    return found


async def _facts(
    session: Session, workspace_id: WorkspaceId, ask: Ask, item_ids: Collection[ItemId]
) -> dict[ItemId, Fact]:
    found: dict[ItemId, Fact] = {}
    for some in _parts(sorted(item_ids)):
        found |= await published.facts(session, workspace_id, some, _whose(ask))
    if ask.networks:
        return {item_id: fact for item_id, fact in found.items() if fact.network in ask.networks}
    return found


async def _in_parts(
    session: Session, workspace_id: WorkspaceId, item_ids: Collection[ItemId], day: date
) -> dict[ItemId, Numbers]:
    found: dict[ItemId, Numbers] = {}
    for some in _parts(sorted(item_ids)):
        before = await numbers.before_of_items(session, workspace_id, some, day)
        found |= {item_id: one.numbers for item_id, one in before.items()}
    return found


def _parts(item_ids: Sequence[ItemId]) -> Iterable[Sequence[ItemId]]:
    return (item_ids[begin : begin + _AT_ONCE] for begin in range(0, len(item_ids), _AT_ONCE))


async def _followers(session: Session, workspace_id: WorkspaceId, ask: Ask) -> int | None:
    there = await integrations.linked_accounts(session, workspace_id, brand_id=ask.brand_id)
    ids = [one.account.id for one in there if not ask.networks or network_of(one.account) in ask.networks]
    last = await numbers.latest_of_accounts(session, workspace_id, ids)
    known = [one.followers for one in last.values() if one.followers is not None]
    return sum(known) if known else None


# --- Adding up -------------------------------------------------------------------------------------------------------


def _growth(
    snapshots: Iterable[ItemSnapshot], first: Mapping[ItemId, Numbers]
) -> Iterable[tuple[ItemSnapshot, Numbers]]:
    """What each snapshot adds to the one before it; they come by item and day."""
    last: dict[ItemId, Numbers] = dict(first)
    for one in snapshots:
        before = last.get(one.item_id)
        yield one, grown(before, one.numbers)
        last[one.item_id] = known_of(before, one.numbers)


_Gains = Sequence[tuple[ItemSnapshot, Numbers]]


def _sum(gains: _Gains, out: Sequence[Fact]) -> Growth:
    return Growth(posts=len(out), numbers=added(gain for _, gain in gains))


def _by_network(gains: _Gains, facts: Mapping[ItemId, Fact], out: Sequence[Fact]) -> dict[str, Growth]:
    networks = sorted({facts[one.item_id].network for one, _ in gains} | {fact.network for fact in out})
    return {
        network: _sum(
            [(one, gain) for one, gain in gains if facts[one.item_id].network == network],
            [fact for fact in out if fact.network == network],
        )
        for network in networks
    }


def _series(gains: _Gains, out: Sequence[Fact], granularity: Granularity) -> list[tuple[str, Growth]]:
    steps: dict[str, list[tuple[ItemSnapshot, Numbers]]] = {}
    posts: dict[str, list[Fact]] = {}
    for one, gain in gains:
        steps.setdefault(step_of(one.fetched_at, one.day, granularity), []).append((one, gain))
    for fact in out:
        posts.setdefault(step_of(fact.published_at, fact.day, granularity), []).append(fact)
    return [(step, _sum(steps.get(step, ()), posts.get(step, ()))) for step in sorted(steps.keys() | posts.keys())]


def _top(gains: _Gains, facts: Mapping[ItemId, Fact]) -> list[Line]:
    of_item: dict[ItemId, list[tuple[ItemSnapshot, Numbers]]] = {}
    for one, gain in gains:
        of_item.setdefault(one.item_id, []).append((one, gain))
    found = [
        Line(fact=facts[item_id], fetched_at=own[-1][0].fetched_at, numbers=added(gain for _, gain in own))
        for item_id, own in of_item.items()
    ]
    return sorted(found, key=_rank)[:_TOP]


def _rank(line: Line) -> tuple[int, int, str]:
    return -(engagement(line.numbers) or 0), -(line.numbers.views or 0), line.fact.item_id


def together(one: Growth, other: Growth) -> Growth:
    """Both, added up."""
    return Growth(posts=one.posts + other.posts, numbers=added([one.numbers, other.numbers]))
