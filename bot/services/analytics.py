"""How contents are doing, of a workspace, a brand or a mission: what a time added, step by step, by network.

Numbers are totals, taken once a day; what a day added is the difference to the snapshot before it.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import itemgetter

from bot import clock
from bot.domain.errors import invalid
from bot.domain.ids import BrandId, ItemId, MissionId, WorkspaceId
from bot.domain.numbers import Numbers
from bot.domain.spans import (
    Adding,
    Granularity,
    Span,
    added,
    change_percent,
    engagement,
    grown,
    known_of,
    step_of,
    tells_more,
)
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
_SOME_DAYS = timedelta(days=30)
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
    whole = Span(start=before.start, end=ask.span.end)
    await _refuse_unknown(deps, workspace_id, ask)
    sums = _Sums(ask=ask)
    async for out in _out(deps, workspace_id, ask, whole):
        sums.went_out(out)
    async for page in _pages(deps, workspace_id, ask, whole):
        strangers = sums.strangers(page)
        async with deps.database.reading() as session:
            facts = await _facts(session, workspace_id, ask, strangers)
            first = await _before(session, workspace_id, facts, page, whole.start)
        sums.begin(strangers, facts, first)
        sums.add(page)
    async with deps.database.reading() as session:
        followers = await _followers(session, workspace_id, ask)
    return sums.report(followers)


async def lines(deps: Deps, workspace_id: WorkspaceId, ask: Ask) -> list[Line]:
    """Every content that has numbers of these days, with the last of them, the newest content first."""
    _refuse_long(ask)
    await _refuse_unknown(deps, workspace_id, ask)
    last: dict[ItemId, ItemSnapshot] = {}
    async for page in _pages(deps, workspace_id, ask, ask.span):
        last |= {one.item_id: one for one in page}
    facts: dict[ItemId, Fact] = {}
    for some in _parts(sorted(last)):
        async with deps.database.reading() as session:
            facts |= await _facts(session, workspace_id, ask, some)
    found = [
        Line(fact=facts[item_id], fetched_at=one.fetched_at, numbers=one.numbers)
        for item_id, one in last.items()
        if item_id in facts
    ]
    return sorted(found, key=lambda line: (line.fact.published_at, line.fact.item_id), reverse=True)


def _refuse_long(ask: Ask) -> None:
    for name, at in (("start_date", ask.span.start), ("end_date", ask.span.end)):
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise invalid(name, f"{name} lies before {_FIRST_YEAR} or after {_LAST_YEAR}. Choose another day.")
    if ask.span.days < 1:
        raise invalid("end_date", "The last day comes before the first.")
    if ask.span.days > _MOST_DAYS:
        raise invalid("start_date", f"At most {_MOST_DAYS:,} days can be asked for at once.")
    if ask.granularity is Granularity.HOUR and ask.span.days > _MOST_HOURS_DAYS:
        raise invalid("granularity", f"Hours can be asked for of at most {_MOST_HOURS_DAYS} days.")


# --- Reading ---------------------------------------------------------------------------------------------------------
#
# A workspace may have a million snapshots. They are read a page at a time, and nothing but sums is kept, so that nobody
# else waits meanwhile: the same process may have posts to send at this second.


async def _refuse_unknown(deps: Deps, workspace_id: WorkspaceId, ask: Ask) -> None:
    """Raises NotFound for the mission."""
    if ask.mission_id is not None:
        async with deps.database.reading() as session:
            await missions.get_mission(session, workspace_id, ask.mission_id, brand_id=ask.brand_id)


async def _before(
    session: Session, workspace_id: WorkspaceId, items: Collection[ItemId], page: Iterable[ItemSnapshot], day: date
) -> dict[ItemId, Numbers]:
    """What was counted of each item before that day. What its last snapshot did not tell, an earlier one may have."""
    last = await numbers.before_of_items(session, workspace_id, items, day)
    known = {item_id: one.numbers for item_id, one in last.items()}
    gaps = {one.item_id for one in page if one.item_id in known and tells_more(known[one.item_id], one.numbers)}
    earlier = await numbers.greatest_before(session, workspace_id, gaps, day) if gaps else {}
    return known | {item_id: known_of(one, known[item_id]) for item_id, one in earlier.items()}


def _whose(ask: Ask) -> published.Whose:
    return published.Whose(brand_id=ask.brand_id, mission_id=ask.mission_id)


async def _pages(deps: Deps, workspace_id: WorkspaceId, ask: Ask, span: Span) -> AsyncIterator[Sequence[ItemSnapshot]]:
    """The snapshots of these days, each item's in the order of time."""
    brand_ids = [ask.brand_id] if ask.brand_id is not None else await _brands(deps, workspace_id)
    for brand_id in brand_ids:
        after: ItemSnapshot | None = None
        while True:
            async with deps.database.reading() as session:
                page = await numbers.of_brand(
                    session, workspace_id, brand_id, span.start, span.end, after=after, limit=_AT_ONCE
                )
            if page:
                yield page
            await asyncio.sleep(0)
            if len(page) < _AT_ONCE:
                break
            after = page[-1]


async def _brands(deps: Deps, workspace_id: WorkspaceId) -> list[BrandId]:
    async with deps.database.reading() as session:
        return [brand.id for brand in await brands.list_brands(session, workspace_id)]


async def _out(deps: Deps, workspace_id: WorkspaceId, ask: Ask, span: Span) -> AsyncIterator[Sequence[Fact]]:
    """What was published on these days, some days after the other."""
    start = span.start
    while start <= span.end:
        end = min(start + _SOME_DAYS, span.end)
        async with deps.database.reading() as session:
            found = await published.days(session, workspace_id, Span(start=start, end=end), _whose(ask))
        yield [fact for fact in found if not ask.networks or fact.network in ask.networks]
        await asyncio.sleep(0)
        start = end + timedelta(days=1)


async def _facts(
    session: Session, workspace_id: WorkspaceId, ask: Ask, item_ids: Collection[ItemId]
) -> dict[ItemId, Fact]:
    found = await published.facts(session, workspace_id, item_ids, _whose(ask))
    if ask.networks:
        return {item_id: fact for item_id, fact in found.items() if fact.network in ask.networks}
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


@dataclass(slots=True)
class _Sum:
    """What came in, so far."""

    posts: int = 0
    gained: Adding = field(default_factory=Adding)

    def growth(self) -> Growth:
        return Growth(posts=self.posts, numbers=self.gained.numbers)


@dataclass(slots=True, kw_only=True)
class _Sums:
    """What was added up so far."""

    ask: Ask
    facts: dict[ItemId, Fact | None] = field(default_factory=dict[ItemId, "Fact | None"])
    """Of each item that was met; None: it is not asked for."""
    last: dict[ItemId, Numbers] = field(default_factory=dict[ItemId, Numbers])
    """The newest known of each number."""
    before: _Sum = field(default_factory=_Sum)
    steps: dict[tuple[str, str], _Sum] = field(default_factory=dict[tuple[str, str], _Sum])
    """By step and network."""
    items: dict[ItemId, Adding] = field(default_factory=dict[ItemId, Adding])
    read_at: dict[ItemId, datetime] = field(default_factory=dict[ItemId, datetime])

    def went_out(self, out: Iterable[Fact]) -> None:
        """These contents were published."""
        for fact in out:
            step = step_of(fact.published_at, fact.day, self.ask.granularity)
            self._sum(fact.day, step, fact.network).posts += 1

    def strangers(self, page: Iterable[ItemSnapshot]) -> set[ItemId]:
        """The items of which nothing is known yet."""
        return {one.item_id for one in page} - self.facts.keys()

    def begin(
        self, strangers: Collection[ItemId], facts: Mapping[ItemId, Fact], first: Mapping[ItemId, Numbers]
    ) -> None:
        """These are they, and what was counted of them before."""
        self.facts |= {item_id: facts.get(item_id) for item_id in strangers}
        self.last |= first

    def add(self, page: Iterable[ItemSnapshot]) -> None:
        """What each snapshot adds to the one before it."""
        for one in page:
            fact = self.facts[one.item_id]
            if fact is None:
                continue
            before = self.last.get(one.item_id)
            gain = grown(before, one.numbers)
            self.last[one.item_id] = known_of(before, one.numbers)
            step = step_of(one.fetched_at, one.day, self.ask.granularity)
            self._sum(one.day, step, fact.network).gained.add(gain)
            if self.ask.span.has(one.day):
                self.items.setdefault(one.item_id, Adding()).add(gain)
                self.read_at[one.item_id] = one.fetched_at

    def _sum(self, day: date, step: str, network: str) -> _Sum:
        return self.steps.setdefault((step, network), _Sum()) if self.ask.span.has(day) else self.before

    def report(self, followers: int | None) -> Report:
        """The sums."""
        steps: dict[str, list[_Sum]] = {}
        networks: dict[str, list[_Sum]] = {}
        for (step, network), one in sorted(self.steps.items(), key=itemgetter(0)):
            steps.setdefault(step, []).append(one)
            networks.setdefault(network, []).append(one)
        return Report(
            span=self.ask.span,
            now=_all(self.steps.values()),
            before=self.before.growth(),
            followers=followers,
            by_network={network: _all(some) for network, some in sorted(networks.items())},
            series=[(step, _all(some)) for step, some in steps.items()],
            top=self._top(),
        )

    def _top(self) -> list[Line]:
        found = [
            Line(fact=fact, fetched_at=self.read_at[item_id], numbers=gained.numbers)
            for item_id, gained in self.items.items()
            if (fact := self.facts[item_id]) is not None
        ]
        return sorted(found, key=_rank)[:_TOP]


def _all(sums: Iterable[_Sum]) -> Growth:
    growths = [one.growth() for one in sums]
    return Growth(posts=sum(one.posts for one in growths), numbers=added(one.numbers for one in growths))


def _rank(line: Line) -> tuple[int, int, str]:
    return -(engagement(line.numbers) or 0), -(line.numbers.views or 0), line.fact.item_id


def together(one: Growth, other: Growth) -> Growth:
    """Both, added up."""
    return Growth(posts=one.posts + other.posts, numbers=added([one.numbers, other.numbers]))
