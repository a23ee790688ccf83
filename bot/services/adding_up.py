"""What days added to a brand's numbers, from the snapshots that were taken of its posts."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.domain.digest import Best, best_of
from bot.domain.growth import NOTHING, Grown, Reading, grown
from bot.domain.ids import ItemId
from bot.domain.report import GrownNumbers, Span
from bot.services.deps import Deps
from storage import digests, numbers, post_views
from storage.brands import Brand
from storage.digests import Published
from storage.engine import Session
from storage.numbers import ItemSnapshot

_AT_ONCE = 1000
_LOOKED_AT = 25
"""So many of those that gained most are looked at to find the best three."""
_RECENT = timedelta(days=8)
"""Networks without newer numbers than that have none to speak of the age of."""

Number = Literal["views", "likes", "comments"]
_EMPTY = GrownNumbers(views=NOTHING, likes=NOTHING, comments=NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What days added to a brand's numbers, in all and by network, and when the newest of them were read."""

    total: GrownNumbers
    by_platform: Mapping[str, GrownNumbers]
    read_at: Mapping[str, datetime]


async def added(deps: Deps, brand: Brand, span: Span) -> Added:
    """What these days, in the brand's zone, added; also those a little before and after that are known of."""
    async with deps.database.reading() as session:
        snapshots, before = await _snapshots(session, brand, span)
        live = await digests.published(session, brand.workspace_id, {one.item_id for one in snapshots})
    return await asyncio.to_thread(_added, snapshots, before, live, ZoneInfo(brand.timezone))


async def best(deps: Deps, brand: Brand, so_far: Added, span: Span) -> tuple[Best, ...]:
    """The three posts that gained most views in these days; likes, where a network tells no views."""
    gained = _gained(so_far.total, span)
    first = sorted(gained, key=lambda item_id: (-gained[item_id], item_id))[:_LOOKED_AT]
    async with deps.database.reading() as session:
        latest = await numbers.latest_of_items(session, brand.workspace_id, first)
        live = await digests.published(session, brand.workspace_id, first)
        posts = await post_views.of_ids(session, brand.workspace_id, [one.post_id for one in live.values()])
    items = [(post, item) for post in posts for item in post.items if item.item_id in latest]
    return best_of(items, {item_id: one.numbers for item_id, one in latest.items()}, gained)


def _gained(total: GrownNumbers, span: Span) -> dict[ItemId, int]:
    found: dict[ItemId, int] = {}
    for item_id in total.views.items.keys() | total.likes.items.keys():
        views = total.views.of_item(item_id, span.since, span.until)
        gained = views if views is not None else total.likes.of_item(item_id, span.since, span.until)
        if gained:
            found[item_id] = gained
    return found


async def _snapshots(
    session: Session, brand: Brand, span: Span
) -> tuple[Sequence[ItemSnapshot], Mapping[ItemId, ItemSnapshot]]:
    """Those of the days and of one more at each end, for their days are UTC's; and the last ones before them."""
    since, until = span.since - timedelta(days=1), span.until + timedelta(days=2)
    found = await numbers.of_brand(session, brand.workspace_id, brand.id, since, until)
    ids, before = sorted({one.item_id for one in found}), dict[ItemId, ItemSnapshot]()
    for place in range(0, len(ids), _AT_ONCE):
        some = ids[place : place + _AT_ONCE]
        before |= await numbers.before_of_items(session, brand.workspace_id, some, since)
    return found, before


def _added(
    snapshots: Sequence[ItemSnapshot],
    before: Mapping[ItemId, ItemSnapshot],
    live: Mapping[ItemId, Published],
    zone: ZoneInfo,
) -> Added:
    by_item: dict[ItemId, list[ItemSnapshot]] = {}
    for one in snapshots:
        by_item.setdefault(one.item_id, []).append(one)
    items_of: dict[str, list[ItemId]] = {}
    read_at: dict[str, datetime] = {}
    for item_id in by_item.keys() & live.keys():
        platform, newest = live[item_id].platform, by_item[item_id][-1].fetched_at
        items_of.setdefault(platform, []).append(item_id)
        read_at[platform] = max(newest, read_at.get(platform, newest))
    by_platform = {platform: _numbers(ids, by_item, before, live, zone) for platform, ids in sorted(items_of.items())}
    newest = max(read_at.values(), default=None)
    recent = {name: at for name, at in read_at.items() if newest is not None and newest - at < _RECENT}
    return Added(total=_together(list(by_platform.values())), by_platform=by_platform, read_at=recent)


def _numbers(
    ids: Collection[ItemId],
    by_item: Mapping[ItemId, Sequence[ItemSnapshot]],
    before: Mapping[ItemId, ItemSnapshot],
    live: Mapping[ItemId, Published],
    zone: ZoneInfo,
) -> GrownNumbers:
    def of(number: Number) -> Grown:
        readings = {item_id: _readings(number, by_item[item_id], before.get(item_id), live[item_id]) for item_id in ids}
        return grown(readings, zone)

    return GrownNumbers(views=of("views"), likes=of("likes"), comments=of("comments"))


def _readings(
    number: Number, snapshots: Sequence[ItemSnapshot], before: ItemSnapshot | None, live: Published
) -> list[Reading]:
    """From the last one before the days on; without one, from 0 at the instant it went out."""
    earlier = [before] if before is not None else []
    read = [Reading(at=one.fetched_at, total=_total(one, number)) for one in [*earlier, *snapshots]]
    born = [Reading(at=live.at, total=0)] if before is None and live.at < read[0].at else []
    return born + read


def _total(snapshot: ItemSnapshot, number: Number) -> int | None:
    match number:
        case "views":
            return snapshot.numbers.views
        case "likes":
            return snapshot.numbers.likes
        case "comments":
            return snapshot.numbers.comments


def _together(some: Sequence[GrownNumbers]) -> GrownNumbers:
    if not some:
        return _EMPTY
    return GrownNumbers(
        views=_sum([one.views for one in some]),
        likes=_sum([one.likes for one in some]),
        comments=_sum([one.comments for one in some]),
    )


def _sum(some: Sequence[Grown]) -> Grown:
    days: dict[date, int] = {}
    items: dict[ItemId, Mapping[date, int]] = {}
    for one in some:
        items |= one.items
        for day, number in one.days.items():
            days[day] = days.get(day, 0) + number
    return Grown(days=days, items=items)
