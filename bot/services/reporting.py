"""Reports of a span of days: in numbers, as CSV, and as a picture; asked for, or told of each week on Mondays."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bot import clock
from bot.domain.digest import aged, tally_of
from bot.domain.ids import ItemId, PostId
from bot.domain.numbers import Numbers
from bot.domain.posts import PostView
from bot.domain.publication import State
from bot.domain.report import Ahead, Report, ReportFacts, Span, bars_show, report_of
from bot.domain.weekly import upcoming_slots
from bot.services import adding_up, charting, history, own_days, slotting
from bot.services.deps import Deps
from storage import digests, numbers, outbox, post_views, weekly
from storage.brands import Brand
from storage.engine import Session

__all__ = ["Report", "as_csv", "as_picture", "owe", "owe_weekly", "packed", "report", "unpacked"]

KIND = "report"
_MOST_PLANNED = 1000
_AT_ONCE = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run."""
_NUMBERS = tuple(one.name for one in fields(Numbers))


async def report(deps: Deps, brand: Brand, span: Span, *, ahead: bool = False) -> Report:
    """What these days, in the brand's zone, brought; with `ahead` also what the seven after them have.

    What its accounts do not know yet of days so long ago is fetched from now on.
    """
    await history.want(deps, brand.workspace_id, brand.id, span.since)
    posts = await _posts(deps, brand, span)
    whole = Span(since=span.before.since, until=span.until)
    so_far = await adding_up.added(deps, brand, whole, span)
    async with deps.database.reading() as session:
        items = [item.item_id for post in posts for item in post.items]
        refused = await digests.refused(session, brand.workspace_id, items)
        first = await digests.first_day(session, brand.workspace_id, brand.id)
    return report_of(
        ReportFacts(
            span=span,
            zone=brand.timezone,
            at=clock.now(),
            posts=posts,
            tally=tally_of(posts, refused),
            grown=so_far.total,
            by_platform=so_far.by_platform,
            best=await adding_up.best(deps, brand, so_far),
            ahead=await _ahead(deps, brand, span) if ahead else None,
            numbers_from=first,
            numbers_at=max(so_far.read_at.values(), default=None),
            aged=aged(so_far.read_at),
            accounts=await own_days.of_brand(deps, brand, span),
        )
    )


async def _posts(deps: Deps, brand: Brand, span: Span) -> list[PostView]:
    begin, end = _instants(brand, span)
    async with deps.database.reading() as session:
        ids: Sequence[PostId] = await digests.posts_of_days(session, brand.workspace_id, brand.id, begin, end)
        return await post_views.of_ids(session, brand.workspace_id, ids)


def _instants(brand: Brand, span: Span) -> tuple[datetime, datetime]:
    zone = ZoneInfo(brand.timezone)
    begin = datetime.combine(span.since, time(), zone)
    end = datetime.combine(span.until + timedelta(days=1), time(), zone)
    return begin.astimezone(UTC), end.astimezone(UTC)


async def _ahead(deps: Deps, brand: Brand, span: Span) -> Ahead:
    week = Span(since=span.until + timedelta(days=1), until=span.until + timedelta(days=7))
    begin, end = _instants(brand, week)
    slots = (await slotting.slots_of(deps, brand)).slots
    moments: list[datetime] = []
    for moment in upcoming_slots(slots, brand.timezone, now=clock.now()):
        if moment.at >= end:
            break
        moments.append(moment.at)
    async with deps.database.reading() as session:
        planned = await post_views.upcoming(
            session, brand.workspace_id, brand_ids=[brand.id], since=begin, until=end, limit=_MOST_PLANNED
        )
        taken = await weekly.taken(session, brand.workspace_id, brand.id, moments)
    return Ahead(planned=len(planned), free=len([at for at in moments if at >= begin and at not in taken]))


# --- To a channel --------------------------------------------------------------------------------------------------


async def owe_weekly(session: Session, brand: Brand, made: Report, monday: date, *, now: datetime) -> bool:
    """Owe the report of the week before this Monday, after the digest of the same moment; once."""
    return await outbox.add(
        session,
        brand.workspace_id,
        kind=KIND,
        dedupe_key=f"weekly:{brand.id}:{monday}",
        payload={"report": packed(made)},
        now=now + timedelta(milliseconds=1),
        deliver_at=now,
        brand_id=brand.id,
    )


async def owe(deps: Deps, brand: Brand, span: Span) -> bool:
    """Owe a report of these days to the brand's channel. False: the one of this minute is on its way already."""
    made, now = await report(deps, brand, span), clock.now()
    async with deps.database.transaction() as session:
        return await outbox.add(
            session,
            brand.workspace_id,
            kind=KIND,
            dedupe_key=f"{KIND}:{brand.id}:{span.since}:{span.until}:{now:%Y-%m-%dT%H:%M}",
            payload={"report": packed(made)},
            now=now,
            brand_id=brand.id,
        )


def packed(made: Report) -> dict[str, object]:
    """As it is kept in a notice, and printed for programs."""
    return msgspec.to_builtins(made)


def unpacked(payload: object) -> Report:
    """As it was when it was packed. Raises msgspec.ValidationError."""
    return msgspec.convert(payload, Report)


# --- Files ---------------------------------------------------------------------------------------------------------

_COLUMNS = ("date", "time", "zone", "network", "account", "state", "post", "text", "link")


async def as_csv(deps: Deps, brand: Brand, span: Span) -> str:
    """A line for each post and account of these days, with its newest numbers; an unknown number is an empty field."""
    posts = await _posts(deps, brand, span)
    ids = [item.item_id for post in posts for item in post.items]
    latest: dict[ItemId, numbers.ItemSnapshot] = {}
    async with deps.database.reading() as session:
        for place in range(0, len(ids), _AT_ONCE):
            some = ids[place : place + _AT_ONCE]
            latest |= await numbers.latest_of_items(session, brand.workspace_id, some)
    titles = {name: connector.spec.title for name, connector in deps.connectors.items()}
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow([*_COLUMNS, *_NUMBERS, "numbers_as_of"])
    writer.writerows(_rows(posts, latest, titles, brand))
    return made.getvalue()


def _rows(
    posts: Sequence[PostView],
    latest: Mapping[ItemId, numbers.ItemSnapshot],
    titles: Mapping[str, str],
    brand: Brand,
) -> Iterator[list[str]]:
    zone = ZoneInfo(brand.timezone)
    for post in sorted(posts, key=lambda one: (one.scheduled_at or one.created_at, one.post_id)):
        for item in post.items:
            at = item.published_at or item.scheduled_at
            there = at.astimezone(zone) if at is not None else None
            snapshot = latest.get(item.item_id)
            counted = [getattr(snapshot.numbers, name) if snapshot is not None else None for name in _NUMBERS]
            shown = [
                f"{there:%Y-%m-%d}" if there else "",
                f"{there:%H:%M:%S}" if there else "",
                brand.timezone,
                titles.get(item.platform, item.platform),
                item.handle,
                item.status.value if item.status is not State.CLAIMED else State.SCHEDULED.value,
                post.code,
                " ".join(post.text.split()),
                item.permalink or "",
            ]
            known = ["" if number is None else str(number) for number in counted]
            as_of = snapshot.fetched_at.isoformat(timespec="seconds") if snapshot is not None else ""
            yield [*map(_harmless, shown), *known, as_of]


def _harmless(cell: str) -> str:
    """People's words as words: a spreadsheet would run what looks like a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


async def as_picture(brand: Brand, made: Report) -> bytes | None:
    """The views as a chart in PNG; None when none are known. Raises charting.CannotDraw."""
    if not made.bars:
        return None
    days = f"{made.span.since.day} {made.span.since:%b} to {made.span.until.day} {made.span.until:%b %Y}"
    title = f"{brand.name}: views per {bars_show(made.span)}, {days}"
    return await charting.draw(charting.Chart(title=title, bars=[(bar.label, bar.value) for bar in made.bars]))
