"""What days added to a brand's numbers, from the snapshots that were taken of its posts.

A brand may have ten thousand posts that are still counted. They are read a day and a page at a time, and nothing but
sums is kept, so that nobody else waits meanwhile: digests come at the hours at which posts go out.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.digest import Best, best_of
from bot.domain.growth import Grown, Noons, together
from bot.domain.ids import ItemId
from bot.domain.report import GrownNumbers, Span
from bot.services.deps import Deps
from storage import digests, numbers, post_views
from storage.brands import Brand
from storage.digests import Counted

_PAGE = 500
_LOOKED_AT = 25
"""So many of those that gained most are looked at to find the best three."""
_RECENT = timedelta(days=8)
"""Networks without newer numbers than that have none to speak of the age of."""
_NUMBERS = ("views", "likes", "comments")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What days added to a brand's numbers, in all and by network, and when the newest of them were read."""

    total: GrownNumbers
    by_platform: Mapping[str, GrownNumbers]
    read_at: Mapping[str, datetime]
    gained: Mapping[ItemId, int]
    """What the days that are ranked added to each post: views; likes, where the network tells no views."""


async def added(deps: Deps, brand: Brand, span: Span, ranked: Span) -> Added:
    """What these days, in the brand's zone, added; also those a little before and after that are known of.

    Posts that are older than the days that are read may have been counted before.
    """
    sums = _Sums(noons=Noons(span.since, span.until, ZoneInfo(brand.timezone)), ranked=ranked)
    first = datetime.combine(span.since - _DAY, time(), UTC)
    async for page in _pages(deps, brand, span):
        strangers = [one.item_id for one in page if one.item_id not in sums.last and one.published_at < first]
        async with deps.database.reading() as session:
            earlier = await digests.counted_before(session, brand.workspace_id, strangers, span.since - _DAY)
        sums.begin(earlier)
        sums.add(page)
        await asyncio.sleep(0)
    return sums.added()


async def _pages(deps: Deps, brand: Brand, span: Span) -> AsyncIterator[Sequence[Counted]]:
    """Day by day, and one more at each end, for snapshots go by UTC's days."""
    day = span.since - _DAY
    while day <= span.until + _DAY:
        after: ItemId | None = None
        while True:
            async with deps.database.reading() as session:
                page = await digests.counted(session, brand.workspace_id, brand.id, day, after=after, limit=_PAGE)
            if page:
                yield page
            if len(page) < _PAGE:
                break
            after = page[-1].item_id
        day += _DAY


async def best(deps: Deps, brand: Brand, so_far: Added) -> tuple[Best, ...]:
    """The three posts that gained most in the days that are ranked."""
    first = sorted(so_far.gained, key=lambda item_id: (-so_far.gained[item_id], item_id))[:_LOOKED_AT]
    async with deps.database.reading() as session:
        latest = await numbers.latest_of_items(session, brand.workspace_id, first)
        ids = await digests.posts_of_items(session, brand.workspace_id, first)
        posts = await post_views.of_ids(session, brand.workspace_id, ids)
    items = [(post, item) for post in posts for item in post.items if item.item_id in latest]
    return best_of(items, {item_id: one.numbers for item_id, one in latest.items()}, so_far.gained)


_Last = dict[str, tuple[datetime, int]]
"""The newest known reading of each number."""


@dataclass(slots=True, kw_only=True)
class _Sums:
    """What was added up so far."""

    noons: Noons
    ranked: Span
    last: dict[ItemId, _Last] = field(default_factory=dict[ItemId, _Last])
    days: dict[str, dict[str, dict[date, int]]] = field(default_factory=dict[str, dict[str, dict[date, int]]])
    """By platform and number."""
    read_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    gained: dict[str, dict[ItemId, int]] = field(default_factory=lambda: {name: {} for name in _NUMBERS})

    def begin(self, earlier: Iterable[Counted]) -> None:
        """These are the last snapshots before."""
        for one in earlier:
            self.last[one.item_id] = {
                name: (one.fetched_at, total) for name, total in one.totals.items() if total is not None
            }

    def add(self, page: Iterable[Counted]) -> None:
        """One snapshot after the other, each post's in the order of time."""
        for one in page:
            newest = self.read_at.get(one.platform, one.fetched_at)
            self.read_at[one.platform] = max(newest, one.fetched_at)
            last = self.last.get(one.item_id)
            if last is None:  # it had nothing when it went out
                last = self.last[one.item_id] = dict.fromkeys(_NUMBERS, (one.published_at, 0))
            sums = self.days.setdefault(one.platform, {name: {} for name in _NUMBERS})
            for name, total in one.totals.items():
                if total is not None:
                    self._add(one.item_id, name, last, (one.fetched_at, total), sums[name])

    def _add(self, item_id: ItemId, name: str, last: _Last, now: tuple[datetime, int], days: dict[date, int]) -> None:
        before, last[name] = last.get(name), now
        if before is None or before[0] >= now[0]:
            return
        gained = self.gained[name]
        for day, number in self.noons.shares(before, now):
            days[day] = days.get(day, 0) + number
            if self.ranked.since <= day <= self.ranked.until:
                gained[item_id] = gained.get(item_id, 0) + number

    def added(self) -> Added:
        """The sums."""
        by_platform = {
            platform: GrownNumbers(**{name: Grown(days=days) for name, days in of_number.items()})
            for platform, of_number in sorted(self.days.items())
        }
        newest = max(self.read_at.values(), default=None)
        every = list(by_platform.values())
        ranked = self.gained["likes"] | self.gained["views"]
        return Added(
            total=GrownNumbers(
                views=together([one.views for one in every]),
                likes=together([one.likes for one in every]),
                comments=together([one.comments for one in every]),
            ),
            by_platform=by_platform,
            read_at={name: at for name, at in self.read_at.items() if newest is not None and newest - at < _RECENT},
            gained={item_id: number for item_id, number in ranked.items() if number > 0},
        )
